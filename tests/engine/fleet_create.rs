//! Creates: one key has one session and one browser, and the limit is never exceeded.

use crate::support::{DAY, FleetDriver, LIMITS, MINUTE, OPTIONS_LIMITS, SECOND, START, dump, failure, tokens};
use serde_json::{Value, json};
use tidewatch::fleet::{CreateError, Created, FleetLimits, Record, Task};
use tidewatch::session::{Action, Failure, FailureCode, Input, Millis, Reason, SessionId, State, Status, Timestamp};
use tidewatch::wire::{CreateRequest, Holder, from_json};

const ID: &str = "0192f0c1-7b3c-7000-8000-00000000000a";
const OTHER_ID: &str = "0192f0c1-7b3c-7000-8000-00000000000b";

fn one() -> Value {
    json!({"owner": "one"})
}

fn two() -> Value {
    json!({"owner": "two"})
}

fn named(owner: &str) -> Value {
    json!({"sessionId": ID, "owner": owner})
}

fn id() -> SessionId {
    SessionId::parse(ID).unwrap()
}

fn reason(record: &Record) -> Option<Reason> {
    match record.session.state() {
        State::Ended { reason, .. } => Some(*reason),
        State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => None,
    }
}

fn refused(created: Result<Created, CreateError>) -> (Vec<Holder>, u32) {
    match created {
        Err(CreateError::LimitReached { holders, retry_after_secs }) => (holders, retry_after_secs),
        other => panic!("the limit is reached, not: {other:?}"),
    }
}

#[test]
fn a_create_stores_its_options_before_it_requests_a_browser() {
    let mut fleet = FleetDriver::new();
    let body = json!({
        "owner": "a", "timeout": 5_000, "metadata": {"run": "7"},
        "lambdatestOptions": {"build": "b", "name": "n", "video": true, "accessKey": "s"},
    });
    let id = fleet.start(&body);
    let (record, config) = fleet.fleet.get(id).unwrap().unwrap();
    assert_eq!(record.session.status(), Status::Starting);
    assert_eq!(record.tokens, tokens(id));
    assert_eq!(record.summary, Some(json!({"lambdatestOptions": {"build": "b", "name": "n"}})));
    let stored = serde_json::to_value(&record).unwrap();
    assert_eq!(stored["brief"], json!({"lambdatestOptions": {"build": "b", "name": "n"}}));
    let renamed = stored.to_string().replace("\"brief\"", "\"summary\"");
    assert_eq!(serde_json::from_str::<Record>(&renamed).unwrap().summary, record.summary, "a later version's name");
    assert_eq!(serde_json::from_value::<Record>(stored).unwrap().summary, record.summary);
    let shown = json!({"build": "b", "name": "n", "video": true});
    assert_eq!(config["lambdatestOptions"], shown, "what is stored holds no secrets");
    assert!(!dump(fleet.fleet.store()).concat().contains("accessKey"));
}

#[test]
fn each_create_without_a_key_or_an_id_makes_a_session() {
    let mut fleet = FleetDriver::new();
    assert_ne!(fleet.start(&one()), fleet.start(&one()));
}

#[test]
fn the_same_key_with_the_same_body_finds_the_session_in_every_state() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start_with_key(&one(), Some("k"));
    assert_eq!(fleet.find(&one(), Some("k")), fleet.record(id), "starting");
    fleet.becomes_live(id);
    assert_eq!(fleet.find(&one(), Some("k")), fleet.record(id), "live");
    let _turn = fleet.release(id);
    assert_eq!(fleet.find(&one(), Some("k")), fleet.record(id), "closing");
    fleet.closes(id);
    assert_eq!(fleet.find(&one(), Some("k")), fleet.record(id), "released");
}

#[test]
fn the_same_key_with_another_body_is_refused_and_changes_nothing() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start_with_key(&one(), Some("k"));
    let before = dump(fleet.fleet.store());
    assert_eq!(fleet.mismatch(&two(), Some("k")), "Idempotency-Key");
    assert_eq!(fleet.mismatch(&named("one"), Some("k")), "Idempotency-Key");
    assert_eq!(dump(fleet.fleet.store()), before);
    fleet.becomes_live(id);
    fleet.end(id);
    assert_eq!(fleet.mismatch(&two(), Some("k")), "Idempotency-Key", "its session's end does not free it");
}

#[test]
fn another_key_makes_another_session() {
    let mut fleet = FleetDriver::new();
    assert_ne!(fleet.start_with_key(&one(), Some("k")), fleet.start_with_key(&one(), Some("l")));
}

#[test]
fn a_key_is_valid_for_24_hours_after_the_end_and_then_makes_a_new_session() {
    let mut fleet = FleetDriver::new();
    let id = fleet.live_with_key(&one(), Some("k"));
    fleet.wait(3 * MINUTE);
    fleet.end(id);
    fleet.wait(DAY - 1);
    assert_eq!(fleet.find(&one(), Some("k")).session.id(), id);
    assert_eq!(fleet.mismatch(&two(), Some("k")), "Idempotency-Key");
    fleet.wait(1);
    let next = fleet.start_with_key(&two(), Some("k"));
    assert_ne!(next, id);
    assert_eq!(fleet.find(&two(), Some("k")).session.id(), next, "the key is the new session's now");
    fleet.wait(DAY);
    assert_eq!(fleet.find(&two(), Some("k")).session.id(), next, "and stands as long as that one lives");
}

#[test]
fn a_failed_start_frees_its_key() {
    let mut fleet = FleetDriver::new();
    let first = fleet.start_with_key(&one(), Some("k"));
    let _turn = fleet.fails_to_start(first, failure("no"));
    let second = fleet.start_with_key(&one(), Some("k"));
    assert_ne!(second, first);
    let _turn = fleet.fails_to_start(second, failure("no"));
    let third = fleet.start_with_key(&two(), Some("k"));
    assert_eq!(fleet.find(&two(), Some("k")).session.id(), third, "another body may take it as well");
}

#[test]
fn a_start_that_times_out_frees_its_key() {
    let mut fleet = FleetDriver::new();
    let first = fleet.start_with_key(&one(), Some("k"));
    fleet.wait(MINUTE);
    assert_eq!(fleet.ring().sessions.len(), 1);
    assert_ne!(fleet.start_with_key(&one(), Some("k")), first);
}

#[test]
fn a_release_while_starting_does_not_free_the_key() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start_with_key(&one(), Some("k"));
    let _turn = fleet.release(id);
    assert_eq!(reason(&fleet.find(&one(), Some("k"))), Some(Reason::UserRequested));
}

#[test]
fn the_same_id_with_the_same_body_finds_the_session_until_its_row_is_purged() {
    let mut fleet = FleetDriver::new();
    assert_eq!(fleet.start(&named("one")), id(), "the caller's own id is the session's");
    assert_eq!(fleet.find(&named("one"), None), fleet.record(id()));
    fleet.becomes_live(id());
    fleet.end(id());
    fleet.wait(7 * DAY - 1);
    fleet.purge();
    assert_eq!(fleet.find(&named("one"), None).session.id(), id());
    assert_eq!(fleet.mismatch(&named("two"), None), "sessionId");
    fleet.wait(1);
    fleet.purge();
    assert_eq!(fleet.start(&named("two")), id());
}

#[test]
fn the_same_id_in_the_other_case_is_the_same_session() {
    let mut fleet = FleetDriver::new();
    fleet.start(&named("one"));
    let body = json!({"sessionId": ID.to_uppercase(), "owner": "one"});
    assert_eq!(fleet.mismatch(&body, None), "sessionId", "no second session, and another body");
}

#[test]
fn the_same_id_after_a_failed_start_gets_the_stored_problem_again() {
    let mut fleet = FleetDriver::new();
    let failure =
        Failure { retry_after_secs: Some(9), ..Failure::new(FailureCode::ProviderRateLimited, "not so fast") };
    fleet.start_with_key(&named("one"), Some("k"));
    let _turn = fleet.fails_to_start(id(), failure.clone());
    for key in [Some("k"), Some("l"), None] {
        let State::Ended { failure: stored, .. } = fleet.find(&named("one"), key).session.state().clone() else {
            panic!("it stays as it was")
        };
        assert_eq!(stored, Some(failure.clone()));
    }
    assert_eq!(fleet.mismatch(&named("two"), None), "sessionId");
}

#[test]
fn a_key_repeated_after_a_failed_start_is_free_for_another_body() {
    let mut fleet = FleetDriver::new();
    fleet.start_with_key(&named("one"), Some("k"));
    let _turn = fleet.fails_to_start(id(), failure("no"));
    fleet.find(&named("one"), Some("k"));
    fleet.start_with_key(&two(), Some("k"));
}

#[test]
fn a_second_key_that_finds_a_session_by_its_id_is_stored_for_it() {
    let mut fleet = FleetDriver::new();
    fleet.start_with_key(&named("one"), Some("k"));
    for key in [Some("l"), Some("k"), None] {
        assert_eq!(fleet.find(&named("one"), key).session.id(), id(), "{key:?}");
    }
    assert_eq!(fleet.mismatch(&two(), Some("l")), "Idempotency-Key");
    fleet.becomes_live(id());
    fleet.end(id());
    fleet.wait(DAY);
    assert_ne!(fleet.start_with_key(&two(), Some("l")), id(), "and ends with it");
}

#[test]
fn a_key_that_finds_an_ended_session_by_its_id_expires_with_its_first_key() {
    let mut fleet = FleetDriver::new();
    fleet.live_with_key(&named("one"), Some("k"));
    fleet.end(id());
    fleet.wait(DAY - 1);
    assert_eq!(fleet.find(&named("one"), Some("late")).session.id(), id());
    assert_eq!(fleet.mismatch(&two(), Some("late")), "Idempotency-Key");
    fleet.wait(1);
    fleet.start_with_key(&two(), Some("late"));
    fleet.wait(8 * DAY);
    fleet.purge();
    fleet.find(&two(), Some("late"));
}

#[test]
fn a_key_and_an_id_of_two_sessions_are_a_mismatch_whichever_was_first() {
    let mut fleet = FleetDriver::new();
    fleet.start_with_key(&one(), Some("k"));
    fleet.start(&named("one"));
    assert_eq!(fleet.mismatch(&named("one"), Some("k")), "Idempotency-Key");
    assert_eq!(fleet.mismatch(&json!({"sessionId": OTHER_ID, "owner": "one"}), Some("k")), "Idempotency-Key");
    assert_eq!(fleet.mismatch(&named("two"), Some("new")), "sessionId");
    assert_eq!(fleet.start_with_key(&two(), Some("new")), fleet.find(&two(), Some("new")).session.id(), "still free");
}

#[test]
fn a_key_repeated_at_the_limit_still_finds_its_session() {
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 1, ..LIMITS });
    let id = fleet.start_with_key(&one(), Some("k"));
    assert_eq!(fleet.find(&one(), Some("k")).session.id(), id, "a repeat needs no slot");
    refused(fleet.create(&one(), Some("l")));
    fleet.end(id);
    fleet.start_with_key(&two(), Some("l"));
}

#[test]
fn fifty_creates_get_twenty_slots_and_each_end_frees_one() {
    let mut fleet = FleetDriver::new();
    let mut started = Vec::new();
    for n in 0..50 {
        let created = fleet.create(&one(), None);
        if n < 20 {
            let Ok(Created::Started(turn)) = created else { panic!("{n} has a place") };
            started.push(turn.record.session.id());
        } else {
            refused(created);
        }
        // Half of them are live by then. A starting session holds a slot as well.
        if n % 2 == 0 && n < 20 {
            fleet.becomes_live(started[n]);
        }
    }
    let _turn = fleet.release(started[0]);
    fleet.start(&one());
    refused(fleet.create(&one(), None));
    let _turn = fleet.fails_to_start(started[1], failure("no"));
    fleet.start(&one());
    refused(fleet.create(&one(), None));
    assert_eq!(fleet.list("").total, 11, "those that were refused left nothing behind");
}

#[test]
fn a_limit_of_zero_gives_no_slot() {
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 0, ..LIMITS });
    assert_eq!(refused(fleet.create(&one(), None)), (vec![], 30));
}

#[test]
fn a_refusal_names_the_live_sessions_that_hold_the_slots() {
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 3, ..LIMITS });
    let first = fleet.live(&json!({"owner": "a", "timeout": 60_000}));
    fleet.wait(5 * SECOND);
    let second = fleet.live(&json!({"timeout": 60_000}));
    fleet.start(&json!({"owner": "b"}));
    let (holders, _) = refused(fleet.create(&one(), None));
    let expires_at = |millis| Timestamp::from_millis(START.as_millis() + millis).to_iso();
    assert_eq!(
        holders,
        [
            Holder { id: first.to_string(), owner: Some("a".to_owned()), expires_at: expires_at(60_000) },
            Holder { id: second.to_string(), owner: None, expires_at: expires_at(65_000) },
        ]
    );
}

#[test]
fn a_refusal_has_a_retry_after_of_1_to_30_seconds() {
    for (timeout, elapsed, seconds) in [
        (1_000, 0, 1),
        (10_000, 0, 10),
        (10_000, 1, 10),
        (10_000, 999, 10),
        (10_000, 1_000, 9),
        (30_000, 0, 30),
        (30_001, 0, 30),
        (300_000, 0, 30),
        (86_400_000, 0, 30),
        (10_000, 9_999, 1),
        (10_000, 10_000, 1),
        (10_000, 3_600_000, 1),
        (10_000, -5_000, 15),
        (10_000, -3_600_000, 30),
    ] {
        let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 2, ..LIMITS });
        fleet.live(&json!({"timeout": 86_400_000}));
        fleet.live(&json!({"timeout": timeout}));
        fleet.wait(elapsed);
        assert_eq!(refused(fleet.create(&one(), None)).1, seconds, "{timeout} after {elapsed}");
    }
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 1, ..LIMITS });
    fleet.start(&one());
    assert_eq!(refused(fleet.create(&one(), None)), (vec![], 30), "nobody knows when a start is over");
}

#[test]
fn a_browser_is_requested_once_despite_repeated_inputs() {
    let mut fleet = FleetDriver::new();
    fleet.start_with_key(&named("one"), Some("k"));
    for _ in 0..3 {
        assert!(matches!(fleet.create(&named("one"), Some("k")), Ok(Created::Existing(_))));
    }
    let epoch = fleet.session(id()).epoch();
    let browser = fleet.fresh_browser();
    for tasks in [1, 0, 0] {
        let turn = fleet.hand(id(), Input::BrowserAcquired { epoch, browser: browser.clone() });
        assert_eq!(turn.tasks.len(), tasks);
    }
}

#[test]
fn two_bodies_with_different_secrets_differ_although_secrets_are_not_stored() {
    let body = |key: &str| json!({"lambdatestOptions": {"accessKey": key}});
    let mut fleet = FleetDriver::new();
    fleet.start_with_key(&body("s"), Some("k"));
    fleet.find(&body("s"), Some("k"));
    assert_eq!(fleet.mismatch(&body("t"), Some("k")), "Idempotency-Key");
}

#[test]
fn a_create_request_survives_serialization() {
    let request = CreateRequest::parse(&named("one"), Some("k"), OPTIONS_LIMITS).unwrap();
    let text = serde_json::to_string(&request).unwrap();
    assert_eq!(from_json::<CreateRequest>(&text).unwrap(), request);
}

/// A session with a chosen id that failed to start and whose row was purged.
fn purged_start() -> (FleetDriver, u32) {
    let mut fleet = FleetDriver::with_limits(FleetLimits { retention: Millis::new(0), ..LIMITS });
    let asked = fleet.start(&named("one"));
    let epoch = fleet.session(asked).epoch();
    let _turn = fleet.fails_to_start(asked, failure("no answer in time"));
    fleet.purge();
    assert_eq!(fleet.find_record(asked), None);
    (fleet, epoch)
}

#[test]
fn a_purged_sessions_browser_is_closed_by_the_next_session_with_its_id() {
    let (mut fleet, epoch) = purged_start();
    fleet.start(&named("two"));
    let late = fleet.fresh_browser();
    let turn = fleet.hand(id(), Input::BrowserAcquired { epoch, browser: late.clone() });
    let close = Task { session: id(), action: Action::CloseBrowser { browser: late.clone() } };
    assert_eq!(turn.tasks, [close], "it was started for the session before");
    let own = fleet.becomes_live(id());
    assert_eq!(fleet.session(id()).browser(), Some(&own));
}

#[test]
fn a_purged_sessions_failure_does_not_end_the_next_session_with_its_id() {
    let (mut fleet, epoch) = purged_start();
    fleet.start(&named("two"));
    let turn = fleet.hand(id(), Input::BrowserFailed { epoch, failure: failure("no answer in time") });
    assert_eq!(turn.record.session.status(), Status::Starting);
}

#[test]
fn an_epoch_of_an_id_is_never_reused() {
    let (mut fleet, mut last) = purged_start();
    for _ in 0..3 {
        let waits = json!({"sessionId": ID, "wait": 10_000});
        fleet.start(&waits);
        // The provider rate limits each start, and each new start has its own epoch.
        for _ in 0..2 {
            let limited =
                Failure { retry_after_secs: Some(1), ..Failure::new(FailureCode::ProviderRateLimited, "429") };
            let _turn = fleet.fails_to_start(id(), limited);
            fleet.wait(SECOND);
            let _due = fleet.ring();
        }
        assert!(fleet.session(id()).epoch() > last, "{last}");
        last = fleet.session(id()).epoch();
        let _turn = fleet.fails_to_start(id(), failure("no answer in time"));
        fleet.purge();
        fleet.wait(2 * MINUTE);
    }
}

#[test]
fn a_generated_id_begins_at_the_first_epoch() {
    let (mut fleet, epoch) = purged_start();
    let fresh = fleet.start(&one());
    assert_eq!(fleet.session(fresh).epoch(), epoch, "no session had this id before");
}
