//! The queue for a slot: which sessions wait, are admitted, and leave.

use crate::support::{FleetDriver, MINUTE, SECOND, dump};
use serde_json::{Value, json};
use tidewatch::fleet::{CreateError, Created, FleetLimits, Store as _, Task};
use tidewatch::session::{Action, Failure, FailureCode, Input, Millis, Reason, SessionId, State, Status};

const TWO: FleetLimits = FleetLimits { live_max: 2, retention: Millis::from_secs(7 * 86_400) };

fn waiting() -> Value {
    json!({"wait": 20_000, "timeout": 60_000})
}

fn at_once() -> Value {
    json!({"timeout": 60_000})
}

/// A fleet with both slots taken, and their sessions.
fn full() -> (FleetDriver, [SessionId; 2]) {
    let mut fleet = FleetDriver::with_limits(TWO);
    let holders = [fleet.live(&at_once()), fleet.live(&at_once())];
    (fleet, holders)
}

fn queue_with_key(fleet: &mut FleetDriver, body: &Value, key: Option<&str>) -> SessionId {
    match fleet.create(body, key) {
        Ok(Created::Queued(record)) => record.session.id(),
        other => panic!("it waits, not: {other:?}"),
    }
}

fn queue(fleet: &mut FleetDriver) -> SessionId {
    queue_with_key(fleet, &waiting(), None)
}

/// The sessions that request a browser.
fn served(tasks: &[Task]) -> Vec<SessionId> {
    let acquire = |task: &&Task| matches!(task.action, Action::AcquireBrowser { .. });
    tasks.iter().filter(acquire).map(|task| task.session).collect()
}

fn reason(fleet: &FleetDriver, id: SessionId) -> Reason {
    match fleet.session(id).state() {
        State::Ended { reason, .. } => *reason,
        other => panic!("it has ended, not: {other:?}"),
    }
}

fn put_off(retry_after_secs: u32) -> Failure {
    let failure = Failure::new(FailureCode::ProviderRateLimited, "later");
    Failure { retry_after_secs: Some(retry_after_secs), ..failure }
}

#[test]
fn the_first_session_in_the_queue_is_admitted_first() {
    let (mut fleet, [first, second]) = full();
    let line = [queue(&mut fleet), queue(&mut fleet), queue(&mut fleet)];
    assert_eq!(served(&fleet.release(first).tasks), [line[0]]);
    assert_eq!(served(&fleet.release(second).tasks), [line[1]]);
    fleet.becomes_live(line[0]);
    assert_eq!(served(&fleet.release(line[0]).tasks), [line[2]]);
}

#[test]
fn a_create_never_overtakes_the_queue() {
    let (mut fleet, [first, _]) = full();
    let ahead = queue(&mut fleet);
    let _turn = fleet.release(first);
    assert_eq!(fleet.session(ahead).status(), Status::Starting, "the free slot is taken in the same turn");
    assert!(matches!(fleet.create(&at_once(), None), Err(CreateError::LimitReached { .. })));
    let _behind = queue(&mut fleet);
}

#[test]
fn a_create_that_may_wait_starts_at_once_if_a_slot_is_free() {
    let mut fleet = FleetDriver::with_limits(TWO);
    let id = fleet.start(&waiting());
    assert_eq!(fleet.session(id).status(), Status::Starting);
}

#[test]
fn fifty_creates_for_twenty_slots_are_all_admitted_in_order() {
    let mut fleet = FleetDriver::new();
    let mut running: Vec<SessionId> = (0..20).map(|_| fleet.live(&waiting())).collect();
    let line: Vec<SessionId> = (0..30).map(|_| queue(&mut fleet)).collect();
    let mut order = Vec::new();
    while let Some(id) = running.pop() {
        for next in served(&fleet.release(id).tasks) {
            fleet.becomes_live(next);
            order.push(next);
            running.push(next);
        }
        fleet.closes(id);
    }
    assert_eq!(order, line);
}

#[test]
fn a_waiting_session_is_in_no_list_and_holds_no_slot() {
    let (mut fleet, holders) = full();
    let id = queue(&mut fleet);
    assert_eq!((fleet.list("").total, fleet.list("").records.len()), (2, 2));
    assert!(holders.iter().all(|holder| fleet.session(*holder).status() == Status::Live));
    assert_eq!(fleet.session(id).status(), Status::Waiting);
}

#[test]
fn an_expired_wait_leaves_no_row() {
    let (mut fleet, _) = full();
    let before = dump(fleet.fleet.store());
    let id = queue_with_key(&mut fleet, &json!({"wait": 20_000, "owner": "a", "metadata": {"k": "v"}}), Some("key"));
    fleet.wait(20 * SECOND - 1);
    assert_eq!(fleet.ring().sessions, []);
    fleet.wait(1);
    let due = fleet.ring();
    assert_eq!((due.sessions, served(&due.tasks)), (vec![id], vec![]));
    assert_eq!(dump(fleet.fleet.store()), before);
    // Its key is free, so a retry is a new request.
    assert_ne!(queue_with_key(&mut fleet, &waiting(), Some("key")), id);
}

#[test]
fn a_slot_that_frees_after_a_wait_expired_goes_to_the_next_session() {
    let (mut fleet, [first, _]) = full();
    let late = queue_with_key(&mut fleet, &json!({"wait": 5_000}), None);
    let next = queue(&mut fleet);
    fleet.wait(5 * SECOND);
    assert_eq!(served(&fleet.release(first).tasks), [next], "nobody has rung for the one whose wait is over");
    // Its create still waits for an answer. Only a deadline ends the wait.
    assert_eq!(fleet.session(late).status(), Status::Waiting);
    assert_eq!(fleet.ring().sessions, [late]);
    assert_eq!(fleet.find_record(late), None);
}

#[test]
fn a_released_session_leaves_the_queue_and_keeps_its_row() {
    let (mut fleet, [first, _]) = full();
    let id = queue_with_key(&mut fleet, &waiting(), Some("key"));
    assert_eq!(fleet.release(id).tasks, []);
    assert_eq!(
        (reason(&fleet, id), fleet.list("?status=released".trim_start_matches('?')).total),
        (Reason::UserRequested, 1)
    );
    assert_eq!(served(&fleet.release(first).tasks), []);
    assert_eq!(fleet.find(&waiting(), Some("key")).session.id(), id, "its key leads to its end");
}

#[test]
fn a_release_of_all_includes_waiting_sessions() {
    let (mut fleet, holders) = full();
    let line = [queue(&mut fleet), queue(&mut fleet)];
    let released = fleet.release_all("");
    assert_eq!(released.sessions.len(), 4);
    assert_eq!(served(&released.tasks), [], "nobody is served who is released in the same turn");
    for id in holders.into_iter().chain(line) {
        assert_eq!(reason(&fleet, id), Reason::UserRequested);
    }
}

#[test]
fn a_release_of_some_admits_the_others() {
    let (mut fleet, _) = full();
    let mine = queue_with_key(&mut fleet, &json!({"wait": 20_000, "owner": "mine"}), None);
    let other = queue(&mut fleet);
    let released = fleet.release_all("owner=mine");
    assert_eq!((released.sessions, served(&released.tasks)), (vec![mine], vec![]));
    assert_eq!(fleet.session(other).status(), Status::Waiting);
}

#[test]
fn a_disconnected_create_leaves_the_queue_and_gets_no_browser() {
    let (mut fleet, [first, _]) = full();
    let gone = queue(&mut fleet);
    let next = queue(&mut fleet);
    assert_eq!(fleet.hand(gone, Input::CallerGone).tasks, []);
    assert_eq!(reason(&fleet, gone), Reason::ClientDisconnected);
    assert_eq!(served(&fleet.release(first).tasks), [next]);
}

#[test]
fn a_create_that_disconnects_during_its_start_has_its_browser_closed() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&at_once());
    let epoch = fleet.session(id).epoch();
    let _turn = fleet.hand(id, Input::CallerGone);
    assert_eq!(reason(&fleet, id), Reason::ClientDisconnected);
    let browser = fleet.fresh_browser();
    let tasks = fleet.hand(id, Input::BrowserAcquired { epoch, browser: browser.clone() }).tasks;
    assert_eq!(tasks, [Task { session: id, action: Action::CloseBrowser { browser } }]);
}

#[test]
fn a_disconnected_create_with_a_key_keeps_its_position() {
    let (mut fleet, [first, _]) = full();
    let by_id = json!({"wait": 20_000, "sessionId": "0192f0c1-7b3c-7000-8000-00000000000a"});
    let line = [queue_with_key(&mut fleet, &waiting(), Some("key")), queue_with_key(&mut fleet, &by_id, None)];
    for id in line {
        let _turn = fleet.hand(id, Input::CallerGone);
        assert_eq!(fleet.session(id).status(), Status::Waiting);
    }
    assert_eq!(served(&fleet.release(first).tasks), [line[0]]);
    let _turn = fleet.hand(line[0], Input::CallerGone);
    fleet.becomes_live(line[0]);
    assert_eq!(fleet.find(&waiting(), Some("key")).session.id(), line[0]);
    fleet.wait(31 * SECOND);
    let _due = fleet.ring();
    assert_eq!(fleet.session(line[0]).status(), Status::Live, "it waits for its caller until its own limits");
}

/// A session that was admitted, without a key or an id to retry with.
fn admitted() -> (FleetDriver, SessionId) {
    let (mut fleet, [first, second]) = full();
    let id = queue(&mut fleet);
    fleet.end(first);
    fleet.end(second);
    fleet.becomes_live(id);
    (fleet, id)
}

#[test]
fn an_admitted_session_without_a_claim_ends_after_30_seconds() {
    let (mut fleet, id) = admitted();
    fleet.wait(30 * SECOND - 1);
    let _due = fleet.ring();
    assert_eq!(fleet.session(id).status(), Status::Live);
    fleet.wait(1);
    let due = fleet.ring();
    assert!(matches!(due.tasks[..], [Task { action: Action::CloseBrowser { .. }, .. }]));
    assert_eq!(reason(&fleet, id), Reason::ClientDisconnected);
}

#[test]
fn an_admitted_session_with_a_claim_stays() {
    let (mut fleet, id) = admitted();
    fleet.wait(29 * SECOND);
    let _turn = fleet.hand(id, Input::Claimed);
    fleet.wait(2 * SECOND);
    let _due = fleet.ring();
    assert_eq!(fleet.session(id).status(), Status::Live);
}

#[test]
fn a_late_claim_changes_nothing() {
    let (mut fleet, id) = admitted();
    fleet.wait(30 * SECOND);
    let turn = fleet.hand(id, Input::Claimed);
    assert_eq!(turn.tasks.len(), 1, "its browser is closed, although nobody has rung");
    assert_eq!(reason(&fleet, id), Reason::ClientDisconnected);
}

#[test]
fn a_restart_removes_sessions_without_a_key_from_the_queue_and_admits_the_others() {
    let (mut fleet, [first, _]) = full();
    let starting = {
        fleet.end(first);
        fleet.start(&at_once())
    };
    let anonymous = queue(&mut fleet);
    let named = queue_with_key(&mut fleet, &waiting(), Some("key"));
    fleet.restart();
    let tasks = fleet.fleet.abandon_starting(fleet.now()).unwrap();
    assert_eq!(served(&tasks), [named]);
    assert_eq!(
        (reason(&fleet, anonymous), reason(&fleet, starting)),
        (Reason::ClientDisconnected, Reason::StartupFailed)
    );
}

#[test]
fn a_full_queue_refuses_creates() {
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 0, ..TWO });
    fleet.quietly(|fleet| {
        for _ in 0..1_000 {
            queue(fleet);
        }
    });
    assert!(matches!(fleet.create(&waiting(), None), Err(CreateError::LimitReached { .. })));
}

#[test]
fn a_rate_limited_start_goes_back_to_its_position() {
    let mut fleet = FleetDriver::new();
    let [first, second] = [fleet.start(&waiting()), fleet.start(&waiting())];
    let _turn = fleet.fails_to_start(second, put_off(3));
    let _turn = fleet.fails_to_start(first, put_off(3));
    assert_eq!(fleet.session(first).status(), Status::Waiting);
    assert_eq!(fleet.due(), Some(3_000), "as long as the provider says");
    fleet.wait(3 * SECOND);
    assert_eq!(served(&fleet.ring().tasks), [first], "the one who came first, and one at a time");
    fleet.becomes_live(first);
    assert_eq!(fleet.session(second).status(), Status::Starting, "and the next once that went well");
    let turn = fleet.fails_to_start(second, put_off(30));
    assert_eq!(served(&turn.tasks), []);
    fleet.wait(17 * SECOND);
    let _due = fleet.ring();
    assert_eq!(fleet.find_record(second), None, "its wait is over");
    assert!(matches!(fleet.fleet.refusal(fleet.now()).unwrap(), CreateError::RateLimited { retry_after_secs: 13 }));
}

#[test]
fn a_half_open_queue_admits_all_once_that_is_over() {
    let mut fleet = FleetDriver::new();
    let refused = fleet.start(&at_once());
    let _turn = fleet.fails_to_start(refused, put_off(1));
    fleet.wait(SECOND / 2);
    let [slow, second, third] = [(); 3].map(|()| queue_with_key(&mut fleet, &json!({"wait": 60_000}), None));
    fleet.wait(SECOND / 2);
    assert_eq!(served(&fleet.ring().tasks), [slow], "one at a time");
    assert_eq!(fleet.due(), Some(60_000), "although nothing is heard of that one");
    fleet.wait(59 * SECOND);
    assert_eq!(served(&fleet.ring().tasks), [second, third]);
}

#[test]
fn a_turn_returns_its_session_after_the_queue_has_moved() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&waiting());
    let epoch = fleet.session(id).epoch();
    let _turn = fleet.fails_to_start(id, put_off(3));
    fleet.wait(3 * SECOND);
    // No alarm has run yet. The driver compares the turn's record with the stored one.
    let turn = fleet.hand(id, Input::BrowserFailed { epoch, failure: put_off(1) });
    assert_eq!((turn.record.session.status(), served(&turn.tasks)), (Status::Starting, vec![id]));
}

#[test]
fn a_rate_limited_start_that_may_not_wait_fails() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&at_once());
    let _turn = fleet.fails_to_start(id, put_off(3));
    assert_eq!(reason(&fleet, id), Reason::StartupFailed);
    let refused = fleet.create(&at_once(), None);
    assert_eq!(refused, Err(CreateError::RateLimited { retry_after_secs: 3 }), "the provider is left alone");
    let waits = queue(&mut fleet);
    fleet.wait(3 * SECOND);
    assert_eq!(served(&fleet.ring().tasks), [waits]);
    fleet.wait(SECOND);
    fleet.start(&at_once());
}

#[test]
fn a_clock_that_steps_back_does_not_prolong_a_backoff() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&at_once());
    let _turn = fleet.fails_to_start(id, put_off(30));
    fleet.wait(-60 * MINUTE);
    fleet.start(&at_once());
}

#[test]
fn a_late_answer_to_a_rate_limited_start_changes_nothing_and_its_browser_is_closed() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&waiting());
    let epoch = fleet.session(id).epoch();
    let _turn = fleet.fails_to_start(id, put_off(30));
    let browser = fleet.fresh_browser();
    let tasks = fleet.hand(id, Input::BrowserAcquired { epoch, browser: browser.clone() }).tasks;
    assert_eq!(tasks, [Task { session: id, action: Action::CloseBrowser { browser: browser.clone() } }]);
    fleet.wait(20 * SECOND);
    let _due = fleet.ring();
    assert_eq!(fleet.session(id).closing().len(), 1, "turned away, and kept until its browser is closed");
    let _turn = fleet.fleet.apply(id, Input::BrowserClosed { browser }, fleet.now()).unwrap();
    assert_eq!(fleet.find_record(id), None);
}

#[test]
fn an_unreadable_row_in_the_queue_blocks_no_other_row() {
    let (mut fleet, [first, _]) = full();
    let strange = queue(&mut fleet);
    let next = queue(&mut fleet);
    let sql = "UPDATE sessions SET doc = '{}' WHERE id = ?";
    fleet.fleet.store().query(sql, &[strange.to_string().into()]).unwrap();
    let turn = fleet.fleet.apply(first, Input::Release, fleet.now()).unwrap();
    assert_eq!(served(&turn.tasks), [next]);
}
