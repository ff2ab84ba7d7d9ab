//! What a fleet records for whoever will listen.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod support;

use serde_json::{Value as Json, json};
use support::{DAY, FleetDriver, MINUTE, SECOND, START};
use tidewatch::fleet::{Store as _, Value};
use tidewatch::session::{Change, Command, Millis, SessionId, Timestamp};

/// When each event was recorded, in milliseconds after the start, what it is, and whose end it tells.
fn events(fleet: &FleetDriver, id: SessionId) -> Vec<(i64, String, Json)> {
    let sql = "SELECT at, kind, data FROM events WHERE id = ? ORDER BY n";
    let rows = fleet.fleet.store().query(sql, &[id.to_string().into()]).unwrap();
    let read = |row: &tidewatch::fleet::Row| match &row.0[..] {
        [Value::Integer(at), Value::Text(kind), Value::Text(data)] => {
            (at - START.as_millis(), kind.clone(), serde_json::from_str(data).unwrap())
        }
        other => panic!("an event, not {other:?}"),
    };
    rows.iter().map(read).collect()
}

fn expiring(at: i64, expires_at: i64) -> (i64, String, Json) {
    let iso = Timestamp::from_millis(START.as_millis() + expires_at).to_iso();
    (at, "session.expiring".to_owned(), json!({ "expiresAt": iso }))
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
fn an_end_that_is_put_off_is_announced_anew() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({"timeout": 2 * MINUTE}));
    fleet.wait(MINUTE);
    let _due = fleet.ring();
    let change = Change { timeout: Some(Millis::new(600_000)), ..Change::default() };
    let _turn = fleet.hand(id, Command::Change(change));
    let _due = fleet.ring();
    fleet.wait(8 * MINUTE);
    let _due = fleet.ring();
    assert_eq!(events(&fleet, id), [expiring(MINUTE, 2 * MINUTE), expiring(9 * MINUTE, 10 * MINUTE)]);
}

#[test]
fn an_end_that_has_come_is_not_announced() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({"timeout": 2 * MINUTE}));
    fleet.wait(2 * MINUTE);
    let _due = fleet.ring();
    assert_eq!(events(&fleet, id), []);
}

#[test]
fn events_go_with_their_session() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&json!({"timeout": 2 * MINUTE}));
    fleet.wait(MINUTE);
    let _due = fleet.ring();
    fleet.end(id);
    fleet.wait(7 * DAY);
    fleet.purge();
    assert_eq!(fleet.fleet.store().query("SELECT * FROM events", &[]).unwrap(), []);
}
