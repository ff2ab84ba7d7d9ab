//! The events that a fleet records for subscribers.

use crate::support::{DAY, FleetDriver, LIMITS, MINUTE, SECOND, START, failure};
use serde_json::{Value as Json, json};
use tidewatch::fleet::{FleetLimits, Resumed, RetainedRange, StoredEvent};
use tidewatch::session::{
    BrowserExit, Change, Input, Millis, PresenceReport, ReportSequence, SessionId, Status, Timestamp,
};

const HOUR: i64 = 60 * MINUTE;

/// All retained events.
fn told(fleet: &FleetDriver) -> Vec<StoredEvent> {
    let floor = fleet.fleet.retained_events().unwrap().floor;
    fleet.fleet.events_after(floor).unwrap()
}

fn kinds(fleet: &FleetDriver) -> Vec<String> {
    told(fleet).into_iter().map(|told| told.kind.strip_prefix("session.").unwrap().to_owned()).collect()
}

/// Each announcement: when it was recorded, in milliseconds after the start, its kind, and the session.
fn events(fleet: &FleetDriver, id: SessionId) -> Vec<(i64, String, Json)> {
    let announced = told(fleet).into_iter().filter(|told| told.kind == "session.expiring");
    announced
        .map(|told| {
            assert_eq!(told.session, id.to_string());
            (told.at.as_millis() - START.as_millis(), told.kind, told.data)
        })
        .collect()
}

fn expiring(at: i64, expires_at: i64) -> (i64, String, Json) {
    let iso = Timestamp::from_millis(START.as_millis() + expires_at).to_iso();
    (at, "session.expiring".to_owned(), json!({ "expiresAt": iso }))
}

#[test]
fn a_sessions_events_are_recorded_in_order() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&json!({}));
    assert_eq!(kinds(&fleet), [""; 0], "what is starting is in no list");
    fleet.becomes_live(id);
    let metadata = Some([("a".to_owned(), "b".to_owned())].into());
    let _turn = fleet.hand(id, Input::Change(Change { metadata, ..Change::default() }));
    fleet.end(id);
    assert_eq!(kinds(&fleet), ["created", "updated", "ended", "closed"]);
    let told = told(&fleet);
    assert_eq!(told.iter().map(|told| told.id).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(told[2].data, json!({"reason": "user_requested"}));
    for told in told {
        assert_eq!(told.record.unwrap().session.status(), Status::Released, "as it is now");
    }
}

#[test]
fn a_change_without_a_difference_records_no_event() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({"timeout": 5 * MINUTE}));
    let change = Change { timeout: Some(Millis::new(300_000)), ..Change::default() };
    let _turn = fleet.hand(id, Input::Change(change));
    assert_eq!(kinds(&fleet), ["created"]);
}

#[test]
fn a_change_that_ends_the_session_records_only_the_end() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({}));
    fleet.wait(2 * SECOND);
    let change = Change { timeout: Some(Millis::new(1_000)), ..Change::default() };
    let _turn = fleet.hand(id, Input::Change(change));
    assert_eq!(kinds(&fleet), ["created", "ended"]);
}

#[test]
fn a_client_that_connects_or_leaves_is_recorded_and_a_renewed_lease_is_not() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({"inactivityTimeout": 10 * MINUTE}));
    let mut report = |number, clients| {
        let sequence = ReportSequence { relay: START, number };
        let report = PresenceReport { sequence, clients, active_at: fleet.now() };
        let _turn = fleet.hand(id, Input::ClientsSeen(report));
        kinds(&fleet).len()
    };
    assert_eq!([report(1, 1), report(2, 1), report(3, 2), report(4, 0)], [2, 2, 2, 3]);
}

#[test]
fn a_failed_start_is_recorded_as_an_end() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&json!({}));
    let _turn = fleet.fails_to_start(id, failure("no"));
    assert_eq!(kinds(&fleet), ["ended"]);
}

#[test]
fn a_session_that_leaves_the_queue_without_a_slot_records_no_event() {
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 0, ..LIMITS });
    fleet.create(&json!({"wait": 1_000}), None).unwrap();
    fleet.wait(SECOND);
    let _due = fleet.ring();
    assert_eq!(kinds(&fleet), [""; 0]);
}

#[test]
fn a_browser_that_died_leaves_nothing_to_close() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({}));
    let browser = fleet.session(id).browser().unwrap().clone();
    let _turn = fleet.hand(id, Input::BrowserGone { browser, how: BrowserExit::Crashed });
    assert_eq!(kinds(&fleet), ["created", "ended"]);
}

#[test]
fn a_late_browser_is_recorded_as_closed_once_it_is_gone() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&json!({}));
    let epoch = fleet.session(id).epoch();
    let _turn = fleet.release(id);
    let browser = fleet.fresh_browser();
    let _turn = fleet.hand(id, Input::BrowserAcquired { epoch, browser });
    assert_eq!(kinds(&fleet), ["ended"]);
    fleet.closes(id);
    assert_eq!(kinds(&fleet), ["ended", "closed"]);
}

#[test]
fn an_event_outlives_its_session_s_row() {
    let mut fleet = FleetDriver::with_limits(FleetLimits { retention: Millis::new(0), ..LIMITS });
    let id = fleet.live(&json!({}));
    fleet.end(id);
    fleet.purge();
    assert_eq!(fleet.find_record(id), None);
    assert_eq!(kinds(&fleet), ["created", "ended", "closed"]);
    assert!(told(&fleet).iter().all(|told| told.record.is_none() && told.session == id.to_string()));
}

#[test]
fn events_are_retained_for_a_day_and_removed_an_hour_later_oldest_first() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({"timeout": DAY}));
    fleet.wait(HOUR / 2);
    fleet.end(id);
    assert_eq!(fleet.due(), Some(DAY + HOUR));
    fleet.wait(DAY + HOUR / 2 - 1);
    fleet.purge();
    assert_eq!(kinds(&fleet).len(), 3);
    fleet.wait(1);
    fleet.purge();
    let kept = fleet.fleet.retained_events().unwrap();
    assert_eq!((kept, kinds(&fleet).len()), (RetainedRange { floor: 3, latest: 3 }, 0));
    assert_eq!(fleet.due(), Some(7 * DAY + HOUR / 2));
    assert_eq!(kept.resume(Some(3)), Resumed::After(3), "whoever has heard all has missed nothing");
    assert_eq!(kept.resume(Some(2)), Resumed::Reset(3));
    fleet.restart();
    fleet.live(&json!({}));
    assert_eq!(told(&fleet)[0].id, 4, "no number comes twice");
}

#[test]
fn a_young_event_stays_when_old_ones_are_removed() {
    let mut fleet = FleetDriver::new();
    fleet.live(&json!({"timeout": DAY}));
    fleet.wait(20 * HOUR);
    fleet.live(&json!({"timeout": DAY}));
    fleet.wait(5 * HOUR);
    fleet.purge();
    assert_eq!(fleet.fleet.retained_events(), Ok(RetainedRange { floor: 1, latest: 2 }));
}

#[test]
fn a_failed_turn_records_no_event() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({}));
    assert_eq!(fleet.fleet.latest_event(), Ok(1));
    let change = Change { timeout: Some(Millis::new(1_000)), ..Change::default() };
    fleet.end(id);
    assert!(fleet.offer(id, Input::Change(change)).is_err());
    assert_eq!(fleet.fleet.latest_event(), Ok(3));
}

#[test]
fn an_end_is_announced_a_minute_before() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({"timeout": 5 * MINUTE}));
    fleet.fleet.begin_check(Timestamp::from_millis(START.as_millis() + 5 * MINUTE)).unwrap();
    assert_eq!(fleet.due(), Some(4 * MINUTE));
    fleet.wait(4 * MINUTE - 1);
    let _due = fleet.ring();
    assert_eq!(events(&fleet, id), []);
    fleet.wait(1);
    assert_eq!(fleet.ring().tasks, []);
    let _due = fleet.ring();
    assert_eq!(events(&fleet, id), [expiring(4 * MINUTE, 5 * MINUTE)], "once");
}

#[test]
fn the_end_of_a_short_timeout_is_announced_at_its_half() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({"timeout": 10 * SECOND}));
    fleet.wait(5 * SECOND);
    let _due = fleet.ring();
    assert_eq!(events(&fleet, id), [expiring(5 * SECOND, 10 * SECOND)]);
}

#[test]
fn a_postponed_end_is_announced_again() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({"timeout": 2 * MINUTE}));
    fleet.wait(MINUTE);
    let _due = fleet.ring();
    let change = Change { timeout: Some(Millis::new(600_000)), ..Change::default() };
    let _turn = fleet.hand(id, Input::Change(change));
    let _due = fleet.ring();
    fleet.wait(8 * MINUTE);
    let _due = fleet.ring();
    assert_eq!(events(&fleet, id), [expiring(MINUTE, 2 * MINUTE), expiring(9 * MINUTE, 10 * MINUTE)]);
}

#[test]
fn a_past_end_is_not_announced() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({"timeout": 2 * MINUTE}));
    fleet.wait(2 * MINUTE);
    let _due = fleet.ring();
    assert_eq!(events(&fleet, id), []);
}
