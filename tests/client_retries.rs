//! When the Rust client tries a call again, and when it stops, on a clock that only the test moves.

#![cfg(all(feature = "client", not(target_arch = "wasm32")))]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod scripted;

use scripted::{ID, Script, Step, answer, no_json, session};
use serde_json::json;
use tidewatch::client::{Answer, CreateOptions, Error, RetryPolicy, retry_after_secs};
use tidewatch::session::{Millis, SessionId};
use tidewatch::wire::SessionView;

fn retrieve(script: &Script) -> Result<SessionView, Error> {
    script.run(script.client().sessions().retrieve(SessionId::parse(ID).unwrap()))
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
fn what_may_pass_is_tried_again_and_nothing_else() {
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
        let script = Script::new(vec![step.clone(); 6]);
        assert!(retrieve(&script).is_err());
        assert_eq!(script.times().len(), tries, "{step:?}");
        assert_eq!(script.left_over(), (0, 0));
    }
}

#[test]
fn a_create_is_tried_again_since_it_has_a_key() {
    let script = Script::new([Step::Lost, refusal(503, None, None), answer(201, session())]);
    let created = script.run(script.client().sessions().create(&CreateOptions::default())).unwrap();
    assert_eq!((created.id.as_str(), script.times().len()), (ID, 3));
}

#[test]
fn the_waits_double_up_to_the_longest_and_use_all_of_their_range() {
    let policy = RetryPolicy { max_retries: 9, max_elapsed: Millis::from_secs(600), ..RetryPolicy::default() };
    for (retry, longest) in [(1, 500), (2, 1000), (3, 2000), (4, 4000), (5, 8000), (6, 8000), (9, 8000)] {
        let delay = |dice| policy.delay(retry, Millis::new(0), None, dice).unwrap().get();
        assert_eq!((delay(0), delay(longest), delay(longest + 1)), (0, longest, 0), "retry {retry}");
    }
    assert_eq!(policy.delay(10, Millis::new(0), None, 0), None);
    let endless = RetryPolicy { max_retries: u32::MAX, max_elapsed: Millis::new(u64::MAX), ..policy };
    assert_eq!(endless.delay(4_000_000, Millis::new(0), None, 8000), Some(Millis::new(8000)));
}

#[test]
fn retry_after_is_waited_for() {
    let script = Script::new([refusal(429, Some("30"), None), refusal(503, Some("2"), None), answer(200, session())]);
    retrieve(&script).unwrap();
    assert_eq!(script.times(), [0, 30_000, 32_000]);
}

#[test]
fn the_jitter_comes_on_top_of_retry_after() {
    let policy = RetryPolicy::default();
    let delay = |dice| policy.delay(1, Millis::new(0), Some(2), dice).unwrap().get();
    assert_eq!((delay(0), delay(500)), (2000, 2500));
}

#[test]
fn nobody_waits_for_a_try_that_may_not_start_any_more() {
    let script =
        Script::new([refusal(429, Some("30"), None), refusal(429, Some("30"), None), refusal(429, Some("1"), None)]);
    assert_eq!(retrieve(&script).unwrap_err().code, "limit_reached");
    assert_eq!(script.times(), [0, 30_000, 60_000]);
    let script = Script::new([refusal(429, Some("61"), None)]);
    assert_eq!(retrieve(&script).unwrap_err().status, Some(429));
    assert_eq!(script.times(), [0]);
}

#[test]
fn only_whole_seconds_are_a_retry_after() {
    assert_eq!(retry_after_secs(" 7 "), Some(7));
    for text in ["", "-1", "1.5", "soon", "Mon, 23 Nov 2026 00:00:00 GMT", "99999999999"] {
        assert_eq!(retry_after_secs(text), None, "{text}");
    }
}

#[test]
fn a_call_ends_at_its_limit_in_every_phase() {
    let slow = Step::Answer(4000, no_json(503));
    for (name, steps) in [
        ("no answer", vec![Step::Silence]),
        ("waiting for a retry", vec![refusal(503, Some("30"), None)]),
        ("a slow answer", vec![slow.clone(), slow]),
    ] {
        let script = Script::new(steps);
        let client = script.client_with(|settings| settings.call_limit = Millis::new(5000));
        let error = script.run(client.sessions().retrieve(SessionId::parse(ID).unwrap())).unwrap_err();
        assert_eq!((error.code.as_ref(), error.retryable), ("timeout", true), "{name}");
        assert_eq!(tidewatch::client::Transport::now(&script).get(), 5000, "{name}");
        assert_eq!(script.left_over(), (0, 0), "{name}");
    }
}

#[test]
fn a_call_that_is_dropped_leaves_nothing_behind_in_any_phase() {
    for (name, steps, until, tries) in [
        ("before the answer", vec![Step::Answer(1000, no_json(200))], 500, 1),
        ("waiting for a retry", vec![refusal(503, Some("10"), None)], 5000, 1),
        ("before the second answer", vec![Step::Lost, Step::Silence], 5000, 2),
    ] {
        let script = Script::new(steps);
        let client = script.client();
        let outcome = script.run_until(until, client.sessions().retrieve(SessionId::parse(ID).unwrap()));
        assert!(outcome.is_none(), "{name}");
        assert_eq!(script.left_over(), (0, 0), "{name}");
        assert_eq!(script.times().len(), tries, "{name}");
    }
}
