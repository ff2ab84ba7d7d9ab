//! What the fleet asks of its store, and what it gives back: all of a turn is stored, or nothing of it.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod support;

use std::fmt::Debug;

use serde_json::{Value, json};
use support::{DAY, FailingStore, FleetDriver, LIMITS, MINUTE, SqliteStore, WINDOW, dump, failure, request, tokens};
use tidewatch::fleet::{CreateError, Created, Fleet, FleetError, Store, StoreError, open};
use tidewatch::session::{Change, Command, Millis, SessionId, Timestamp};
use tidewatch::wire::ReleaseAllQuery;

type Driver = FleetDriver<FailingStore>;

fn body() -> Value {
    json!({"owner": "a", "metadata": {"x": "1", "y": "2"}})
}

fn driver() -> Driver {
    FleetDriver::over(FailingStore::new(SqliteStore::new()), LIMITS)
}

/// Fails the first statement of `turn`, then the second and so on, until one goes through. Answers what that one does.
fn fails_as_a_whole<T, E: From<StoreError> + PartialEq + Debug>(
    driver: &Driver,
    turn: impl Fn(&Fleet<FailingStore>, Timestamp) -> Result<T, E>,
) -> T {
    let store = driver.fleet.store();
    let before = dump(store);
    for statement in 0.. {
        store.light(statement);
        let outcome = turn(&driver.fleet, driver.now());
        if !store.has_failed() {
            assert!(statement > 0, "a turn has at least one statement");
            assert_ne!(dump(store), before, "the turn that went through has changed something");
            driver.audit();
            return outcome.unwrap_or_else(|error| panic!("nothing failed, and yet: {error:?}"));
        }
        match outcome {
            Ok(_) => panic!("statement {statement} failed, and nobody was told"),
            Err(error) => assert_eq!(error, E::from(FailingStore::error())),
        }
        assert_eq!(dump(store), before, "statement {statement} failed, and something has changed");
    }
    unreachable!("a turn has an end")
}

fn hand(driver: &Driver, id: SessionId, command: &Command) {
    let _turn = fails_as_a_whole(driver, |fleet, now| fleet.apply(id, command.clone(), now));
}

#[test]
fn a_session_s_whole_life_is_stored_turn_by_turn_or_not_at_all() {
    let mut driver = driver();
    let create = request(&body(), Some("k"));
    let fresh = driver.fresh_id();
    let created = fails_as_a_whole(&driver, |fleet, now| fleet.create(&create, fresh, tokens, now));
    let Created::Started(turn) = created else { panic!("it starts") };
    let id = turn.record.session.id;
    let browser = driver.fresh_browser();
    hand(&driver, id, &Command::BrowserAcquired { epoch: 1, browser: browser.clone() });
    hand(&driver, id, &Command::WindowReady { epoch: 1, dimensions: WINDOW });
    let metadata = Some([("z".to_owned(), "3".to_owned())].into());
    hand(
        &driver,
        id,
        &Command::Change(Change { timeout: Some(Millis::new(5_000)), inactivity_timeout: None, metadata }),
    );
    hand(&driver, id, &Command::Release);
    hand(&driver, id, &Command::CloseFailed { browser: browser.clone() });
    hand(&driver, id, &Command::BrowserClosed { browser });
    driver.wait(8 * DAY);
    fails_as_a_whole(&driver, Fleet::purge);
    assert_eq!(driver.find_record(id), None);
}

#[test]
fn a_start_that_fails_is_stored_with_its_free_key_or_not_at_all() {
    let mut driver = driver();
    let id = driver.start_with_key(&body(), Some("k"));
    hand(&driver, id, &Command::BrowserFailed { epoch: 1, failure: failure("no") });
    driver.start_with_key(&body(), Some("k"));
}

#[test]
fn a_second_key_is_remembered_or_not_at_all() {
    let mut driver = driver();
    let named = json!({"sessionId": "0192f0c1-7b3c-7000-8000-00000000000a"});
    let id = driver.live(&named);
    driver.end(id);
    let (again, fresh) = (request(&named, Some("k")), driver.fresh_id());
    let created = fails_as_a_whole(&driver, |fleet, now| fleet.create(&again, fresh, tokens, now));
    assert!(matches!(created, Created::Existing(_)));
}

#[test]
fn a_release_of_many_ends_all_or_none() {
    let mut driver = driver();
    for _ in 0..4 {
        driver.live_with_key(&body(), None);
        driver.start(&json!({}));
    }
    let query = ReleaseAllQuery::parse("").unwrap();
    let released = fails_as_a_whole(&driver, |fleet, now| fleet.release_all(&query, now));
    assert_eq!(released.sessions.len(), 8);
}

#[test]
fn a_page_of_deadlines_is_reached_as_a_whole() {
    let mut driver = driver();
    for n in 0..4 {
        driver.live_with_key(&body(), Some(&format!("k{n}")));
    }
    driver.start(&json!({}));
    driver.wait(10 * MINUTE);
    assert_eq!(fails_as_a_whole(&driver, Fleet::reach_deadlines).sessions, 5);
}

#[test]
fn what_was_starting_is_abandoned_as_a_whole() {
    let mut driver = driver();
    for _ in 0..3 {
        driver.start_with_key(&body(), Some("k"));
        let id = driver.start(&json!({}));
        let browser = driver.fresh_browser();
        let _turn = driver.hand(id, Command::BrowserAcquired { epoch: 1, browser });
        assert_eq!(fails_as_a_whole(&driver, Fleet::abandon_starting).len(), 1);
    }
}

#[test]
fn a_leave_is_stored_as_a_whole() {
    let driver = driver();
    let version = driver.fleet.registration_due().unwrap().unwrap();
    driver.fleet.registered(version).unwrap();
    assert_eq!(fails_as_a_whole(&driver, |fleet, _| fleet.leave_if_idle()), Some(version));
}

#[test]
fn the_tables_are_made_as_a_whole() {
    let store = FailingStore::new(SqliteStore::new());
    for statement in 0.. {
        store.light(statement);
        let opened = open(&store);
        if !store.has_failed() {
            assert_eq!(opened, Ok(()));
            break;
        }
        assert_eq!(opened, Err(FailingStore::error()));
        assert_eq!(dump(&store), [""; 0]);
    }
}

#[test]
fn a_refusal_changes_nothing() {
    let mut fleet = FleetDriver::with_limits(tidewatch::fleet::FleetLimits { live_max: 1, ..LIMITS });
    let id = fleet.live_with_key(&body(), Some("k"));
    let before = dump(fleet.fleet.store());
    assert!(matches!(fleet.create(&json!({}), None), Err(CreateError::LimitReached { .. })));
    assert!(matches!(fleet.create(&json!({}), Some("k")), Err(CreateError::Mismatch { .. })));
    let unwatched = Change { inactivity_timeout: Some(Millis::new(5_000)), ..Change::default() };
    assert!(matches!(fleet.offer(id, Command::Change(unwatched)), Err(FleetError::Session(_))));
    let nobody = fleet.fresh_id();
    assert_eq!(fleet.offer(nobody, Command::Release), Err(FleetError::NotFound));
    assert_eq!(dump(fleet.fleet.store()), before);
}

#[test]
fn a_store_that_is_opened_again_keeps_what_it_has() {
    let mut fleet = FleetDriver::new();
    let live = fleet.live_with_key(&body(), Some("k"));
    let starting = fleet.start(&json!({}));
    let before = dump(fleet.fleet.store());
    fleet.restart();
    fleet.restart();
    assert_eq!(dump(fleet.fleet.store()), before);
    assert_eq!(fleet.find(&body(), Some("k")).session.id, live);
    fleet.becomes_live(starting);
    assert_eq!(support::names(&fleet.list("")), [starting, live]);
}

#[test]
fn a_store_of_a_later_version_is_read_as_far_as_it_is_known() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&body());
    fleet.fleet.store().query("UPDATE schema SET version = 99", &[]).unwrap();
    fleet.fleet.store().query("ALTER TABLE sessions ADD COLUMN later TEXT", &[]).unwrap();
    let before = dump(fleet.fleet.store());
    fleet.restart();
    assert_eq!(dump(fleet.fleet.store()), before);
    fleet.end(id);
    fleet.live(&body());
}

#[test]
fn a_row_that_can_not_be_read_is_an_error_and_never_a_panic() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live(&body());
    let sound = fleet.live(&json!({}));
    let sql = "UPDATE sessions SET doc = '{' WHERE id = ?";
    fleet.fleet.store().query(sql, &[id.to_string().into()]).unwrap();
    assert!(fleet.fleet.get(id).is_err());
    assert!(fleet.try_list("").is_err());
    assert!(matches!(fleet.fleet.apply(id, Command::Release, fleet.now()), Err(FleetError::Store(_))));
    assert!(fleet.fleet.get(sound).is_ok());
}
