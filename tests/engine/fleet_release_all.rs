//! A release of many sessions: what it ends, what it spares, and that it is safe to repeat.

use std::collections::BTreeSet;

use crate::support::{FleetDriver, LIMITS, MINUTE, dump, failure};
use serde_json::{Value, json};
use tidewatch::fleet::{FleetLimits, Released};
use tidewatch::session::{Action, Input, Reason, SessionId, State, Status};

fn wide() -> FleetDriver {
    FleetDriver::with_limits(FleetLimits { live_max: 2_000, ..LIMITS })
}

fn any() -> Value {
    json!({})
}

fn ids(released: &Released) -> BTreeSet<SessionId> {
    let ids: BTreeSet<SessionId> = released.sessions.iter().copied().collect();
    assert_eq!(ids.len(), released.sessions.len(), "each is named once");
    ids
}

#[test]
fn a_release_without_a_filter_ends_every_live_or_starting_session() {
    let mut fleet = wide();
    let starting = fleet.start(&any());
    let preparing = fleet.start(&any());
    let browser = fleet.fresh_browser();
    let _turn = fleet.hand(preparing, Input::BrowserAcquired { epoch: 1, browser });
    let live = fleet.live(&any());
    let closing = fleet.live(&any());
    let _turn = fleet.release(closing);
    let ended = fleet.live(&any());
    fleet.end(ended);
    let failed = fleet.start(&any());
    let _turn = fleet.fails_to_start(failed, failure("no"));

    let released = fleet.release_all("");
    assert_eq!(ids(&released), BTreeSet::from([starting, preparing, live]));
    let closes: BTreeSet<SessionId> = released
        .tasks
        .iter()
        .inspect(|task| assert!(matches!(task.action, Action::CloseBrowser { .. })))
        .map(|task| task.session)
        .collect();
    assert_eq!(closes, BTreeSet::from([preparing, live]), "one that has no browser yet has nothing to close");
    for id in [starting, preparing, live] {
        let State::Ended { reason, .. } = *fleet.session(id).state() else { panic!("it has ended") };
        assert_eq!(reason, Reason::UserRequested);
    }
    assert_eq!(fleet.session(failed).status(), Status::Failed);

    // The browser of the pending start is closed when it arrives.
    let late = fleet.fresh_browser();
    let turn = fleet.hand(starting, Input::BrowserAcquired { epoch: 1, browser: late.clone() });
    assert_eq!(turn.tasks[0].action, Action::CloseBrowser { browser: late });
}

#[test]
fn a_repeated_release_finds_nothing_and_changes_nothing() {
    let mut fleet = wide();
    for _ in 0..5 {
        fleet.live(&any());
    }
    assert_eq!(fleet.release_all("").sessions.len(), 5);
    let before = dump(fleet.fleet.store());
    assert_eq!(fleet.release_all(""), Released::default());
    assert_eq!(dump(fleet.fleet.store()), before);
}

#[test]
fn an_empty_fleet_has_nothing_to_release() {
    assert_eq!(wide().release_all(""), Released::default());
}

#[test]
fn a_dry_run_names_the_same_and_changes_nothing() {
    let mut fleet = wide();
    fleet.start(&json!({"owner": "a"}));
    fleet.live(&json!({"owner": "a", "metadata": {"k": "v"}}));
    fleet.live(&json!({"owner": "b"}));
    for filter in ["", "owner=a", "metadata[k]=v", "owner=c"] {
        let before = dump(fleet.fleet.store());
        let dry = fleet.release_all(&format!("{filter}&dryRun=true"));
        assert_eq!(dry.tasks, [], "{filter}");
        assert_eq!(dump(fleet.fleet.store()), before, "{filter}");
        let real = fleet.release_all(filter);
        assert_eq!(real.sessions, dry.sessions, "{filter}");
    }
}

#[test]
fn filters_spare_every_session_that_does_not_match_all_of_them() {
    let mut fleet = wide();
    let a = fleet.live(&json!({"owner": "a", "metadata": {"run": "1", "env": "x"}}));
    let b = fleet.live(&json!({"owner": "b", "metadata": {"run": "1", "env": "y"}}));
    let a_starting = fleet.start(&json!({"owner": "a", "metadata": {"run": "2"}}));
    let nobody = fleet.live(&any());
    for (filter, expected) in [
        ("", vec![a, b, a_starting, nobody]),
        ("owner=a", vec![a, a_starting]),
        ("owner=A", vec![]),
        ("metadata[run]=1", vec![a, b]),
        ("metadata[run]=1&metadata[env]=y", vec![b]),
        ("metadata[run]=1&owner=a", vec![a]),
        ("metadata[run]=2&metadata[env]=x", vec![]),
        ("metadata[none]=", vec![]),
    ] {
        let dry = fleet.release_all(&format!("{filter}&dryRun=true"));
        assert_eq!(ids(&dry), expected.into_iter().collect(), "{filter}");
    }
    assert_eq!(ids(&fleet.release_all("owner=a")), BTreeSet::from([a, a_starting]));
    assert_eq!(fleet.session(b).status(), Status::Live);
    assert_eq!(fleet.session(nobody).status(), Status::Live);
}

#[test]
fn a_key_prefix_releases_every_session_created_with_such_a_key() {
    let mut fleet = wide();
    let live = fleet.live_with_key(&any(), Some("run-1-a"));
    let starting = fleet.start_with_key(&any(), Some("run-1-b"));
    let other = fleet.live_with_key(&any(), Some("run-10-a"));
    let upper = fleet.live_with_key(&any(), Some("RUN-1-a"));
    let none = fleet.live(&any());
    for (prefix, expected) in [
        ("run-1-", vec![live, starting]),
        ("run-1", vec![live, starting, other]),
        ("run-1-b", vec![starting]),
        ("run-1-c", vec![]),
        ("%25", vec![]),
        ("~", vec![]),
    ] {
        let dry = fleet.release_all(&format!("idempotencyKeyPrefix={prefix}&dryRun=true"));
        assert_eq!(ids(&dry), expected.into_iter().collect(), "{prefix}");
    }
    assert_eq!(ids(&fleet.release_all("idempotencyKeyPrefix=run-1-")), BTreeSet::from([live, starting]));
    for spared in [other, upper, none] {
        assert_eq!(fleet.session(spared).status(), Status::Live);
    }
}

#[test]
fn created_before_releases_only_older_sessions() {
    let mut fleet = wide();
    let early = fleet.live(&any());
    let early_start = fleet.start(&any());
    fleet.wait(MINUTE / 2);
    let time = fleet.now().to_iso();
    let exactly = fleet.live(&any());
    let late_start = fleet.start(&any());
    let dry = fleet.release_all(&format!("createdBefore={time}&dryRun=1"));
    assert_eq!(ids(&dry), BTreeSet::from([early, early_start]));
    // A session counts as created when it became live.
    fleet.becomes_live(early_start);
    assert_eq!(ids(&fleet.release_all(&format!("createdBefore={time}"))), BTreeSet::from([early]));
    for spared in [early_start, exactly, late_start] {
        assert!(!fleet.session(spared).status().is_ended());
    }
}

#[test]
fn the_oldest_session_is_released_first() {
    let mut fleet = wide();
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(fleet.live(&any()));
        fleet.wait(10);
    }
    assert_eq!(fleet.release_all("").sessions, expected);
}

#[test]
fn a_thousand_sessions_end_in_one_turn() {
    let mut fleet = wide();
    fleet.quietly(|fleet| {
        for n in 0..1_000 {
            fleet.live(&json!({"owner": if n % 2 == 0 { "even" } else { "odd" }}));
        }
    });
    let released = fleet.release_all("owner=even");
    assert_eq!((released.sessions.len(), released.tasks.len()), (500, 500));
    assert_eq!((fleet.list("status=live").total, fleet.list("owner=even&status=released").total), (500, 500));
}

#[test]
fn every_slot_is_free_after_a_release_of_all() {
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 3, ..LIMITS });
    for _ in 0..3 {
        for _ in 0..3 {
            fleet.start(&any());
        }
        assert_eq!(fleet.release_all("").sessions.len(), 3);
    }
}
