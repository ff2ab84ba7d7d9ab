//! The Rust client's retries: which calls it repeats, when, and when it stops. Only the test moves the clock.

#![cfg(all(feature = "client", not(target_arch = "wasm32")))]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod fake_transport;

use fake_transport::{FakeTransport, ID, Step, answer, no_json, session};
use serde_json::json;
use tidewatch::client::{Answer, CreateOptions, Error, RetryPolicy, retry_after_secs};
use tidewatch::session::{Millis, SessionId};
use tidewatch::wire::SessionView;

fn retrieve(transport: &FakeTransport) -> Result<SessionView, Error> {
    transport.run(transport.client().sessions().retrieve(SessionId::parse(ID).unwrap()))
}

fn refusal(status: u16, retry_after: Option<&str>, should_retry: Option<&str>) -> Step {
    let answer = Answer {
        retry_after: retry_after.map(str::to_owned),
        should_retry: should_retry.map(str::to_owned),
        body: Some(json!({"code": "limit_reached", "detail": "d"})),
        ..no_json(status)
    };
    Step::Answer(0, answer)
}

#[test]
fn a_transient_failure_is_retried_and_no_other() {
    for (step, tries) in [
        (Step::Lost, 5),
        (refusal(408, None, None), 5),
        (refusal(429, None, None), 5),
        (refusal(500, None, None), 5),
        (refusal(503, None, None), 5),
        (Step::Answer(0, no_json(502)), 5),
        (refusal(500, None, Some("false")), 1),
        (refusal(429, None, Some("false")), 1),
        (refusal(400, None, None), 1),
        (refusal(404, None, None), 1),
        (refusal(409, None, Some("true")), 1),
        (refusal(422, None, None), 1),
        (Step::Answer(0, no_json(200)), 1),
        (Step::Answer(0, no_json(302)), 1),
    ] {
        let transport = FakeTransport::new(vec![step.clone(); 6]);
        assert!(retrieve(&transport).is_err());
        assert_eq!(transport.times().len(), tries, "{step:?}");
        assert_eq!(transport.left_over(), (0, 0));
    }
}

#[test]
fn a_create_is_retried_because_it_has_an_idempotency_key() {
    let transport = FakeTransport::new([Step::Lost, refusal(503, None, None), answer(201, session())]);
    let created = transport.run(transport.client().sessions().create(&CreateOptions::default())).unwrap();
    assert_eq!((created.id.as_str(), transport.times().len()), (ID, 3));
}

#[test]
fn a_retry_delay_doubles_up_to_its_limit_and_has_full_jitter() {
    let policy = RetryPolicy { max_retries: 9, max_elapsed: Millis::from_secs(600), ..RetryPolicy::default() };
    for (retry, longest) in [(1, 500), (2, 1000), (3, 2000), (4, 4000), (5, 8000), (6, 8000), (9, 8000)] {
        let delay = |random| policy.delay(retry, Millis::new(0), None, random).unwrap().get();
        assert_eq!((delay(0), delay(longest), delay(longest + 1)), (0, longest, 0), "retry {retry}");
    }
    assert_eq!(policy.delay(10, Millis::new(0), None, 0), None);
    let endless = RetryPolicy { max_retries: u32::MAX, max_elapsed: Millis::new(u64::MAX), ..policy };
    assert_eq!(endless.delay(4_000_000, Millis::new(0), None, 8000), Some(Millis::new(8000)));
}

#[test]
fn a_retry_waits_for_retry_after() {
    let transport =
        FakeTransport::new([refusal(429, Some("30"), None), refusal(503, Some("2"), None), answer(200, session())]);
    retrieve(&transport).unwrap();
    assert_eq!(transport.times(), [0, 30_000, 32_000]);
}

#[test]
fn the_jitter_is_added_to_retry_after() {
    let policy = RetryPolicy::default();
    let delay = |random| policy.delay(1, Millis::new(0), Some(2), random).unwrap().get();
    assert_eq!((delay(0), delay(500)), (2000, 2500));
}

#[test]
fn a_call_fails_at_once_when_its_next_try_would_be_too_late() {
    let transport = FakeTransport::new([
        refusal(429, Some("30"), None),
        refusal(429, Some("30"), None),
        refusal(429, Some("1"), None),
    ]);
    assert_eq!(retrieve(&transport).unwrap_err().code, "limit_reached");
    assert_eq!(transport.times(), [0, 30_000, 60_000]);
    let transport = FakeTransport::new([refusal(429, Some("61"), None)]);
    assert_eq!(retrieve(&transport).unwrap_err().status, Some(429));
    assert_eq!(transport.times(), [0]);
}

#[test]
fn a_retry_after_is_valid_only_in_whole_seconds() {
    assert_eq!(retry_after_secs(" 7 "), Some(7));
    for text in ["", "-1", "1.5", "soon", "Mon, 23 Nov 2026 00:00:00 GMT", "99999999999"] {
        assert_eq!(retry_after_secs(text), None, "{text}");
    }
}

#[test]
fn a_call_ends_at_its_time_limit_in_every_phase() {
    let slow = Step::Answer(4000, no_json(503));
    for (name, steps) in [
        ("no answer", vec![Step::Silence]),
        ("waiting for a retry", vec![refusal(503, Some("30"), None)]),
        ("a slow answer", vec![slow.clone(), slow]),
    ] {
        let transport = FakeTransport::new(steps);
        let client = transport.client_with(|settings| settings.call_limit = Millis::new(5000));
        let error = transport.run(client.sessions().retrieve(SessionId::parse(ID).unwrap())).unwrap_err();
        assert_eq!((error.code.as_ref(), error.retryable), ("timeout", true), "{name}");
        assert_eq!(tidewatch::client::Transport::now(&transport).get(), 5000, "{name}");
        assert_eq!(transport.left_over(), (0, 0), "{name}");
    }
}

#[test]
fn a_dropped_call_leaves_no_request_and_no_timer_in_any_phase() {
    for (name, steps, until, tries) in [
        ("before the answer", vec![Step::Answer(1000, no_json(200))], 500, 1),
        ("waiting for a retry", vec![refusal(503, Some("10"), None)], 5000, 1),
        ("before the second answer", vec![Step::Lost, Step::Silence], 5000, 2),
    ] {
        let transport = FakeTransport::new(steps);
        let client = transport.client();
        let outcome = transport.run_until(until, client.sessions().retrieve(SessionId::parse(ID).unwrap()));
        assert!(outcome.is_none(), "{name}");
        assert_eq!(transport.left_over(), (0, 0), "{name}");
        assert_eq!(transport.times().len(), tries, "{name}");
    }
}
