//! Lists: newest first, page by page, filtered and counted.

use std::collections::BTreeSet;

use crate::support::{DAY, FleetDriver, LIMITS, failure, names};
use serde_json::{Value, json};
use tidewatch::fleet::{FleetLimits, ListError};
use tidewatch::session::{Change, Input, SessionId};

fn wide() -> FleetDriver {
    FleetDriver::with_limits(FleetLimits { live_max: 1_000, ..LIMITS })
}

fn any() -> Value {
    json!({})
}

/// Walks all pages, with a change between any two.
fn walk(fleet: &mut FleetDriver, filter: &str, mut between: impl FnMut(&mut FleetDriver, usize)) -> Vec<SessionId> {
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for page in 0.. {
        let read = fleet.list(&format!("{filter}&limit=7{cursor}"));
        assert!(read.records.len() <= 7);
        seen.extend(names(&read));
        match read.next {
            None => break,
            Some(next) => {
                assert_eq!(Some(&next), seen.last(), "the cursor is the last session that was seen");
                cursor = format!("&cursorId={next}");
            }
        }
        between(fleet, page);
    }
    seen
}

#[test]
fn a_list_has_the_session_that_became_visible_last_first() {
    let mut fleet = wide();
    let asked_first = fleet.start(&any());
    let asked_second = fleet.start(&any());
    let fails = fleet.start(&any());
    let released_early = fleet.start(&any());
    fleet.becomes_live(asked_second);
    let _turn = fleet.fails_to_start(fails, failure("no"));
    fleet.becomes_live(asked_first);
    let _turn = fleet.release(released_early);
    assert_eq!(names(&fleet.list("")), [released_early, asked_first, fails, asked_second]);
    fleet.end(asked_second);
    assert_eq!(names(&fleet.list("")), [released_early, asked_first, fails, asked_second], "an end moves nothing");
}

#[test]
fn a_clock_that_steps_back_does_not_change_the_order() {
    let mut fleet = wide();
    let first = fleet.live(&any());
    fleet.wait(-DAY);
    let second = fleet.live(&any());
    assert_eq!(names(&fleet.list("")), [second, first]);
}

#[test]
fn a_starting_session_is_in_no_list_and_in_no_total() {
    let mut fleet = wide();
    let id = fleet.start(&json!({"owner": "a", "metadata": {"k": "v"}}));
    for filter in ["", "status=live", "owner=a", "status=live&owner=a", "metadata[k]=v", "owner=a&metadata[k]=v"] {
        let page = fleet.list(filter);
        assert_eq!((names(&page), page.total, page.next), (vec![], 0, None), "{filter}");
    }
    assert_eq!(fleet.try_list(&format!("cursorId={id}")), Err(ListError::UnknownCursor));
    fleet.becomes_live(id);
    for filter in ["", "status=live", "owner=a", "status=live&owner=a", "metadata[k]=v", "owner=a&metadata[k]=v"] {
        let page = fleet.list(filter);
        assert_eq!((names(&page), page.total, page.next), (vec![id], 1, None), "{filter}");
    }
}

#[test]
fn pages_show_every_session_exactly_once_while_sessions_begin_and_end() {
    let mut fleet = wide();
    let owner = |n: usize| json!({"owner": if n.is_multiple_of(2) { "even" } else { "odd" }});
    let there: Vec<SessionId> = (0..40).map(|n| fleet.live(&owner(n))).collect();
    let starting = fleet.start(&any());
    let seen = walk(&mut fleet, "", |fleet, page| {
        fleet.live(&owner(page));
        fleet.end(there[page * 5]);
        fleet.end(there[39 - page * 5]);
        if page == 2 {
            fleet.becomes_live(starting);
        }
    });
    let newest_first: Vec<SessionId> = there.iter().rev().copied().collect();
    assert_eq!(seen, newest_first);

    let total = usize::try_from(fleet.list("owner=even").total).unwrap();
    let even = walk(&mut fleet, "owner=even", |_, _| {});
    assert_eq!((even.len(), even.iter().collect::<BTreeSet<_>>().len()), (total, total));
}

#[test]
fn a_walk_over_live_sessions_shows_none_twice_and_none_that_has_ended() {
    let mut fleet = wide();
    let there: Vec<SessionId> = (0..30).map(|_| fleet.live(&any())).collect();
    let seen = walk(&mut fleet, "status=live", |fleet, page| {
        if page == 0 {
            // One that was listed, the cursor itself, and one that is not listed yet.
            for index in [25, 23, 10] {
                fleet.end(there[index]);
            }
        }
    });
    let expected: Vec<SessionId> = (0..30).rev().filter(|index| *index != 10).map(|index| there[index]).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_full_last_page_has_no_cursor() {
    let mut fleet = wide();
    for _ in 0..7 {
        fleet.live(&any());
    }
    assert_eq!(fleet.list("limit=7").next, None);
    assert!(fleet.list("limit=6").next.is_some());
    let page = fleet.list("limit=100");
    assert_eq!((page.records.len(), page.next, page.total), (7, None, 7));
}

#[test]
fn a_page_after_the_last_is_empty() {
    let mut fleet = wide();
    let oldest = fleet.live(&any());
    fleet.live(&any());
    let page = fleet.list(&format!("cursorId={oldest}"));
    assert_eq!((names(&page), page.next, page.total), (vec![], None, 2));
}

#[test]
fn an_ended_sessions_id_is_a_valid_cursor_and_an_unknown_id_is_refused() {
    let mut fleet = wide();
    let first = fleet.live(&any());
    let second = fleet.live(&any());
    fleet.end(second);
    assert_eq!(names(&fleet.list(&format!("status=live&cursorId={second}"))), [first]);
    assert_eq!(names(&fleet.list(&format!("owner=none&cursorId={second}"))), []);

    let unknown = fleet.fresh_id();
    assert_eq!(fleet.try_list(&format!("cursorId={unknown}")), Err(ListError::UnknownCursor));
    fleet.wait(8 * DAY);
    fleet.purge();
    assert_eq!(fleet.try_list(&format!("cursorId={second}")), Err(ListError::UnknownCursor));
    assert_eq!(names(&fleet.list("")), [first]);
}

#[test]
fn filters_are_combined_with_and_and_the_total_counts_the_matches() {
    let mut fleet = wide();
    let a1 = fleet.live(&json!({"owner": "a", "metadata": {"run": "1", "env": "x"}}));
    let a2 = fleet.live(&json!({"owner": "a", "metadata": {"run": "2", "env": "x"}}));
    let b1 = fleet.live(&json!({"owner": "b", "metadata": {"run": "1", "env": "y"}}));
    let bare = fleet.live(&any());
    let failed = fleet.start(&json!({"owner": "a", "metadata": {"run": "1"}}));
    let _turn = fleet.fails_to_start(failed, failure("no"));
    fleet.end(a2);
    for (filter, expected) in [
        ("", vec![failed, bare, b1, a2, a1]),
        ("status=live", vec![bare, b1, a1]),
        ("status=released", vec![a2]),
        ("status=failed", vec![failed]),
        ("owner=a", vec![failed, a2, a1]),
        ("owner=a&status=live", vec![a1]),
        ("owner=a&status=failed", vec![failed]),
        ("owner=A", vec![]),
        ("owner=%", vec![]),
        ("metadata[run]=1", vec![failed, b1, a1]),
        ("metadata[run]=1&metadata[env]=x", vec![a1]),
        ("metadata[env]=x&metadata[run]=2", vec![a2]),
        ("metadata[run]=x&metadata[env]=1", vec![]),
        ("metadata[run]=1&status=live", vec![b1, a1]),
        ("metadata[run]=1&status=live&owner=b", vec![b1]),
        ("metadata[run]=", vec![]),
        ("metadata[none]=1", vec![]),
    ] {
        let page = fleet.list(filter);
        assert_eq!(names(&page), expected, "{filter}");
        assert_eq!(page.total, u64::try_from(expected.len()).unwrap(), "{filter}");
        assert_eq!(walk(&mut fleet, filter, |_, _| {}), expected, "{filter}");
    }
}

#[test]
fn a_total_counts_all_pages() {
    let mut fleet = wide();
    let all: Vec<SessionId> =
        (0..12).map(|n| fleet.live(&json!({"owner": "a", "metadata": {"n": (n % 3).to_string()}}))).collect();
    for (filter, total) in [("", 12), ("owner=a", 12), ("metadata[n]=1", 4), ("owner=a&metadata[n]=1", 4)] {
        assert_eq!(fleet.list(&format!("{filter}&limit=1")).total, total, "{filter}");
        assert_eq!(fleet.list(&format!("{filter}&limit=1&cursorId={}", all[3])).total, total, "{filter}");
    }
}

#[test]
fn ten_metadata_filters_fit_into_one_statement() {
    let mut fleet = wide();
    let pairs: serde_json::Map<String, Value> = (0..50).map(|n| (format!("k{n}"), json!(n.to_string()))).collect();
    let id = fleet.live(&json!({"owner": "a", "metadata": pairs}));
    let filters: Vec<String> = (0..10).map(|n| format!("metadata[k{n}]={n}")).collect();
    assert_eq!(names(&fleet.list(&format!("status=live&owner=a&{}", filters.join("&")))), [id]);
}

#[test]
fn changed_metadata_is_found_by_its_new_values_only() {
    let mut fleet = wide();
    let id = fleet.live(&json!({"metadata": {"run": "1", "env": "x"}}));
    let metadata = [("run".to_owned(), "2".to_owned())].into();
    let _turn = fleet.hand(id, Input::Change(Change { metadata: Some(metadata), ..Change::default() }));
    assert_eq!(names(&fleet.list("metadata[run]=2")), [id]);
    assert_eq!(names(&fleet.list("metadata[run]=1")), []);
    assert_eq!(names(&fleet.list("metadata[env]=x")), []);
}

#[test]
fn an_owner_that_looks_like_sql_or_like_a_scope_is_just_a_name() {
    let mut fleet = wide();
    let owners = ["'; DROP TABLE sessions; --", "o:a", "a", "%", "_", "ключ", "null"];
    let ids: Vec<SessionId> = owners.iter().map(|owner| fleet.live(&json!({"owner": owner}))).collect();
    for (owner, id) in owners.iter().zip(ids) {
        let encoded: Vec<String> = owner.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let page = fleet.list(&format!("owner={}", encoded.concat()));
        assert_eq!((names(&page), page.total), (vec![id], 1), "{owner}");
    }
}
