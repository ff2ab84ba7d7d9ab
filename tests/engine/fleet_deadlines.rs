//! Deadlines: what is due, when the next one is, and when rows are purged.

use std::collections::BTreeSet;

use crate::support::{DAY, FleetDriver, LIMITS, MINUTE, SECOND, dump, failure};
use serde_json::{Value, json};
use tidewatch::fleet::{FleetLimits, Store as _};
use tidewatch::session::{Action, BrowserId, Change, FailureCode, Input, Millis, Reason, SessionId, State, Status};

const WIDE: FleetLimits = FleetLimits { live_max: 2_000, ..LIMITS };

fn lasting(millis: i64) -> Value {
    json!({"timeout": millis})
}

fn rows(fleet: &FleetDriver, table: &str) -> usize {
    fleet.fleet.store().query(&format!("SELECT * FROM {table}"), &[]).unwrap().len()
}

#[test]
fn an_empty_fleet_has_nothing_to_do() {
    let mut fleet = FleetDriver::new();
    assert_eq!(fleet.due(), None);
    assert_eq!(fleet.ring().sessions.len(), 0);
    fleet.purge();
}

#[test]
fn a_deadline_is_reached_on_its_millisecond_and_never_early() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&lasting(5 * MINUTE));
    fleet.wait(5 * MINUTE - 1);
    assert_eq!(fleet.ring().tasks, [], "its end is announced, no more");
    assert_eq!(fleet.session(id).status(), Status::Live);
    fleet.wait(1);
    let due = fleet.ring();
    assert_eq!((due.sessions.len(), due.tasks.len()), (1, 1));
    assert_eq!(fleet.session(id).status(), Status::Released);
    assert_eq!(fleet.ring().sessions.len(), 0, "an alarm that comes twice ends once");
}

#[test]
fn a_thousand_due_sessions_are_handled_in_pages_each_once() {
    let mut fleet = FleetDriver::with_limits(WIDE);
    let running: BTreeSet<BrowserId> = fleet.quietly(|fleet| {
        let ids: Vec<SessionId> = (0..1_000).map(|_| fleet.start(&lasting(MINUTE))).collect();
        ids.into_iter().map(|id| fleet.becomes_live(id)).collect()
    });
    let bystander = fleet.live(&lasting(3 * MINUTE));
    fleet.wait(MINUTE);
    let mut pages = Vec::new();
    let mut closed: Vec<BrowserId> = Vec::new();
    loop {
        let due = fleet.ring();
        pages.push(due.sessions.len());
        closed.extend(due.tasks.into_iter().map(|task| match task.action {
            Action::CloseBrowser { browser } => browser,
            other => panic!("a browser is to be closed, not: {other:?}"),
        }));
        if due.is_over {
            break;
        }
    }
    assert_eq!(pages, [200, 200, 200, 200, 200]);
    assert_eq!(closed.len(), 1_000);
    assert_eq!(closed.into_iter().collect::<BTreeSet<_>>(), running);
    assert_eq!(fleet.session(bystander).status(), Status::Live);
    assert_eq!(fleet.list("status=released").total, 1_000);
}

#[test]
fn the_earliest_deadline_is_handled_first() {
    let mut fleet = FleetDriver::with_limits(WIDE);
    let [second, third, first] = [2, 3, 1].map(|minutes| fleet.live(&lasting(minutes * MINUTE)));
    fleet.wait(10 * MINUTE);
    let order: Vec<_> = fleet.ring().tasks.into_iter().map(|task| task.session).collect();
    assert_eq!(order, [first, second, third]);
}

#[test]
fn a_start_that_times_out_frees_its_slot() {
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 1, ..LIMITS });
    let id = fleet.start(&lasting(MINUTE));
    assert_eq!(fleet.due(), Some(60_000));
    fleet.wait(MINUTE);
    assert_eq!(fleet.ring().sessions.len(), 1);
    let State::Ended { reason, failure, .. } = fleet.session(id).state().clone() else { panic!("it has ended") };
    assert_eq!((reason, failure.unwrap().code), (Reason::StartupFailed, FailureCode::StartTimeout));
    fleet.start(&lasting(MINUTE));
}

#[test]
fn a_close_is_retried_through_the_fleet_until_it_is_confirmed() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&lasting(5 * MINUTE));
    let _turn = fleet.release(id);
    let browser = fleet.session(id).closing()[0].browser.clone();
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        let _turn = fleet.hand(id, Input::CloseFailed { browser: browser.clone() });
        fleet.wait(wait * SECOND - 1);
        assert_eq!(fleet.ring().sessions.len(), 0);
        fleet.wait(1);
        assert_eq!(fleet.ring().tasks.len(), 1);
    }
    fleet.closes(id);
    assert_eq!(fleet.ring().sessions.len(), 0);
}

#[test]
fn the_next_deadline_is_the_earliest_of_all() {
    // Each turn's audit compares it with the deadlines of all rows.
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 10, retention: Millis::from_secs(3 * 86_400) });
    let started = fleet.start_with_key(&lasting(MINUTE), Some("k"));
    assert_eq!(fleet.due(), Some(60_000), "the start-up limit");
    fleet.becomes_live(started);
    fleet.fleet.begin_check(fleet.now()).unwrap();
    assert_eq!(fleet.due(), Some(4_000), "the next check");
    fleet.wait(58 * SECOND);
    fleet.fleet.begin_check(fleet.now()).unwrap();
    assert_eq!(fleet.due(), Some(30_000), "the announcement of its end");
    let _due = fleet.ring();
    assert_eq!(fleet.due(), Some(60_000), "its timeout");
    let change = Change { timeout: Some(Millis::new(61_000)), ..Change::default() };
    let _turn = fleet.hand(started, Input::Change(change));
    let _due = fleet.ring();
    assert_eq!(fleet.due(), Some(61_000), "as changed");
    fleet.wait(2 * SECOND);
    let _turn = fleet.release(started);
    assert_eq!(fleet.due(), Some(75_000), "the close's lease: nothing is live that could be checked");
    fleet.closes(started);
    assert_eq!(fleet.due(), Some(60_000 + DAY), "the key's expiry");
    fleet.wait(DAY);
    fleet.purge();
    assert_eq!(fleet.due(), Some(60_000 + 3 * DAY), "the row's purge");
    fleet.wait(2 * DAY);
    fleet.purge();
    assert_eq!(fleet.due(), None);
}

#[test]
fn an_ended_session_is_purged_with_its_rows_and_not_early() {
    let mut fleet = FleetDriver::new();
    let body = json!({"owner": "a", "metadata": {"x": "1", "y": "2"}});
    let id = fleet.live_with_key(&body, Some("k"));
    fleet.end(id);
    fleet.wait(DAY - 1);
    fleet.purge();
    assert_eq!(rows(&fleet, "idempotency"), 1);
    fleet.wait(1);
    fleet.purge();
    assert_eq!(rows(&fleet, "idempotency"), 0);
    fleet.wait(6 * DAY - 1);
    fleet.purge();
    assert_eq!((rows(&fleet, "sessions"), rows(&fleet, "labels"), rows(&fleet, "counts WHERE n <> 0")), (1, 2, 2));
    fleet.wait(1);
    fleet.purge();
    assert_eq!((rows(&fleet, "sessions"), rows(&fleet, "labels"), rows(&fleet, "counts")), (0, 0, 0));
    assert_eq!((fleet.due(), fleet.list("").total, fleet.find_record(id)), (None, 0, None));
}

#[test]
fn the_retention_counts_from_the_end_and_not_from_the_last_close() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&lasting(MINUTE));
    let _turn = fleet.release(id);
    fleet.wait(2 * DAY);
    fleet.closes(id);
    // Its events are removed first.
    fleet.wait(2 * DAY);
    fleet.purge();
    assert_eq!(fleet.due(), Some(7 * DAY));
}

#[test]
fn a_session_with_a_closing_browser_is_never_purged() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&lasting(MINUTE));
    let _turn = fleet.release(id);
    let browser = fleet.session(id).closing()[0].browser.clone();
    for _ in 0..20 {
        fleet.wait(DAY);
        assert_eq!(fleet.ring().sessions.len(), 1);
        let _turn = fleet.hand(id, Input::CloseFailed { browser: browser.clone() });
        fleet.purge();
        assert_eq!(fleet.session(id).closing().len(), 1);
    }
    fleet.closes(id);
    assert!(fleet.find_record(id).is_some());
    fleet.purge();
    assert_eq!(fleet.find_record(id), None);
}

#[test]
fn a_browser_that_arrives_long_after_the_end_keeps_its_row_until_it_is_closed() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&lasting(MINUTE));
    let epoch = fleet.session(id).epoch();
    let _turn = fleet.release(id);
    fleet.wait(7 * DAY);
    let browser = fleet.fresh_browser();
    let _turn = fleet.hand(id, Input::BrowserAcquired { epoch, browser });
    fleet.purge();
    assert!(fleet.find_record(id).is_some());
    fleet.closes(id);
    fleet.purge();
    assert_eq!(fleet.find_record(id), None);
}

#[test]
fn a_live_session_is_never_purged() {
    let mut fleet = FleetDriver::new();
    let live = fleet.live_with_key(&json!({"timeout": DAY, "metadata": {"a": "b"}}), Some("k"));
    let starting = fleet.start_with_key(&json!({}), Some("l"));
    // Events have their own retention.
    fleet.wait(2 * DAY);
    fleet.purge();
    let before = dump(fleet.fleet.store());
    fleet.wait(28 * DAY);
    fleet.purge();
    assert_eq!(dump(fleet.fleet.store()), before);
    assert!(fleet.find_record(live).is_some() && fleet.find_record(starting).is_some());
}

#[test]
fn an_unlimited_retention_purges_nothing_and_sets_no_deadline() {
    // A stored number has to be exact as a JavaScript number.
    for retention in [Millis::new(u64::MAX), Millis::from_secs(u64::MAX / 1_000), Millis::new(1 << 53)] {
        let mut fleet = FleetDriver::with_limits(FleetLimits { retention, ..LIMITS });
        let id = fleet.live(&lasting(MINUTE));
        fleet.end(id);
        fleet.wait(2 * DAY);
        fleet.purge();
        assert_eq!(fleet.due(), None);
        fleet.wait(100_000 * DAY);
        fleet.purge();
        assert!(fleet.find_record(id).is_some());
    }
}

#[test]
fn many_rows_are_purged_in_pages_each_with_a_next_deadline() {
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 10, ..LIMITS });
    fleet.quietly(|fleet| {
        for _ in 0..210 {
            let id = fleet.start(&json!({}));
            let _turn = fleet.fails_to_start(id, failure("no"));
        }
    });
    fleet.wait(7 * DAY);
    fleet.purge();
    assert_eq!(rows(&fleet, "sessions"), 10);
    assert_eq!(fleet.due(), Some(7 * DAY), "there is more to do, now");
    fleet.purge();
    assert_eq!((rows(&fleet, "sessions"), fleet.due()), (0, None));
}

#[test]
fn a_purged_session_is_unknown_to_every_turn() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&lasting(MINUTE));
    fleet.end(id);
    fleet.wait(7 * DAY);
    fleet.purge();
    for input in [Input::Release, Input::DeadlineReached] {
        assert_eq!(fleet.offer(id, input), Err(tidewatch::fleet::FleetError::NotFound));
    }
}

#[test]
fn an_unreadable_row_is_deferred_and_blocks_no_other_row() {
    let mut fleet = FleetDriver::new();
    let strange = fleet.live(&lasting(MINUTE));
    let other = fleet.live(&lasting(MINUTE));
    let sql = "UPDATE sessions SET doc = '{\"session\":\"of a later version\"}' WHERE id = ?";
    fleet.fleet.store().query(sql, &[strange.to_string().into()]).unwrap();
    fleet.wait(MINUTE);
    let due = fleet.fleet.reach_deadlines(fleet.now()).unwrap();
    assert_eq!((due.sessions.len(), due.unreadable.len(), due.tasks.len()), (1, 1, 1));
    assert_eq!(fleet.session(other).status(), Status::Released);
    assert_eq!(fleet.fleet.reach_deadlines(fleet.now()).unwrap().sessions.len(), 0, "it is looked at again later");
    fleet.wait(MINUTE);
    assert_eq!(fleet.fleet.reach_deadlines(fleet.now()).unwrap().unreadable.len(), 1);
}
