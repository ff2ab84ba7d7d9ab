//! Scenarios of one session's state machine. Times are milliseconds after `START`.

use std::collections::BTreeMap;

use crate::support::{BROWSER, Machine, START, WINDOW, announced, browser, failure, with_stored};
use serde_json::{Value, json};
use tidewatch::session::{
    Action, BrowserExit, Change, Dimensions, Failure, FailureCode, Input, Millis, Reason, SessionError, State, Status,
};

fn minute() -> Value {
    json!({"timeout": 60_000})
}

fn acquired(epoch: u32, name: &str) -> Input {
    Input::BrowserAcquired { epoch, browser: browser(name) }
}

fn window(epoch: u32) -> Input {
    Input::WindowReady { epoch, dimensions: WINDOW }
}

fn failed(epoch: u32) -> Input {
    Input::BrowserFailed { epoch, failure: failure("no") }
}

fn gone(name: &str) -> Input {
    Input::BrowserGone { browser: browser(name), how: BrowserExit::Unknown }
}

fn closed(name: &str) -> Input {
    Input::BrowserClosed { browser: browser(name) }
}

fn acknowledged(name: &str) -> Input {
    Input::CloseAcknowledged { browser: browser(name) }
}

fn close_failed(name: &str) -> Input {
    Input::CloseFailed { browser: browser(name) }
}

fn timeout(millis: u64) -> Input {
    Input::Change(Change { timeout: Some(Millis::new(millis)), ..Change::default() })
}

fn close(name: &str) -> Action {
    Action::CloseBrowser { browser: browser(name) }
}

#[test]
fn a_session_goes_from_starting_through_live_to_released_and_leaves_nothing_to_do() {
    let (mut machine, actions) = Machine::starting(&minute());
    assert_eq!(actions, [Action::AcquireBrowser { epoch: 1, keep_alive: Millis::from_secs(90) }]);
    assert_eq!((machine.session.status(), machine.due()), (Status::Starting, Some(60_000)));

    let actions = machine.at(2_000).hand(acquired(1, BROWSER));
    assert_eq!(actions, [Action::PrepareWindow { epoch: 1, browser: browser(BROWSER), dimensions: None }]);
    assert_eq!((machine.session.status(), machine.due()), (Status::Starting, Some(60_000)));
    assert_eq!(machine.session.browser(), None, "nobody connects to a browser that is not ready");

    assert_eq!(machine.at(3_000).hand(window(1)), []);
    assert_eq!((machine.session.status(), machine.due()), (Status::Live, Some(63_000)));
    assert_eq!(machine.session.browser(), Some(&browser(BROWSER)));
    assert_eq!(machine.session.dimensions(), Some(WINDOW));

    assert_eq!(machine.at(9_000).hand(Input::Release), [close(BROWSER)]);
    assert_eq!((machine.session.status(), machine.reason()), (Status::Released, Some(Reason::UserRequested)));
    assert_eq!((machine.session.epoch(), machine.session.browser()), (2, None));
    assert_eq!(machine.closing(), [BROWSER]);
    assert!(machine.due().is_some());

    assert_eq!(machine.at(10_000).hand(closed(BROWSER)), []);
    assert!(machine.closing().is_empty());
    assert_eq!(machine.due(), None);
    assert_eq!(machine.session.created_at(), START.plus(Millis::new(3_000)));
}

#[test]
fn the_requested_keep_alive_is_limited_by_the_session_and_by_the_provider() {
    for (timeout, keep_alive_secs) in [(1_000, 60), (60_000, 90), (61_000, 91), (570_000, 600), (86_400_000, 600)] {
        let (_, actions) = Machine::starting(&json!({"timeout": timeout}));
        let keep_alive = Millis::from_secs(keep_alive_secs);
        assert_eq!(actions, [Action::AcquireBrowser { epoch: 1, keep_alive }], "{timeout}");
    }
}

#[test]
fn the_requested_size_is_prepared_and_the_actual_size_stored() {
    let requested = Dimensions { width: 800, height: 600 };
    let (mut machine, _) = Machine::starting(&json!({"dimensions": {"width": 800, "height": 600}}));
    let actions = machine.hand(acquired(1, BROWSER));
    assert_eq!(actions, [Action::PrepareWindow { epoch: 1, browser: browser(BROWSER), dimensions: Some(requested) }]);
    machine.hand(window(1));
    assert_eq!(machine.session.dimensions(), Some(WINDOW));
}

#[test]
fn a_browser_that_arrives_after_a_release_is_closed_and_its_close_is_stored() {
    let (mut machine, _) = Machine::starting(&minute());
    assert_eq!(machine.at(1_000).hand(Input::Release), [], "there is no browser to close yet");
    assert_eq!((machine.reason(), machine.due()), (Some(Reason::UserRequested), None));

    assert_eq!(machine.at(5_000).hand(acquired(1, BROWSER)), [close(BROWSER)]);
    assert_eq!(machine.closing(), [BROWSER]);
    assert!(machine.due().is_some(), "the close is tried again if its outcome is lost");
    assert_eq!(machine.reason(), Some(Reason::UserRequested));
}

#[test]
fn a_release_while_the_window_is_prepared_closes_the_browser() {
    let mut machine = Machine::preparing(&minute());
    assert_eq!(machine.hand(Input::Release), [close(BROWSER)]);
    assert_eq!(machine.hand(window(1)), [], "the window comes too late");
    assert_eq!((machine.session.status(), machine.closing()), (Status::Released, vec![BROWSER]));
}

#[test]
fn the_first_of_a_release_and_a_deadline_in_one_millisecond_is_the_reason() {
    let mut machine = Machine::live(&minute());
    assert_eq!(machine.at(60_000).hand(Input::Release), [close(BROWSER)]);
    assert_eq!(machine.ring(), []);
    assert_eq!((machine.reason(), machine.session.epoch()), (Some(Reason::UserRequested), 2));

    let mut machine = Machine::live(&minute());
    assert_eq!(machine.at(60_000).ring(), [close(BROWSER)]);
    assert_eq!(machine.hand(Input::Release), [], "a release of what has ended is no error");
    assert_eq!((machine.reason(), machine.session.epoch()), (Some(Reason::Timeout), 2));
}

#[test]
fn a_timeout_comes_on_its_millisecond_and_never_early() {
    let mut machine = Machine::preparing(&minute());
    machine.at(7_000).hand(window(1));
    assert_eq!(machine.due(), Some(67_000), "it counts from when the session is live");

    let before = machine.session.clone();
    assert_eq!(machine.at(66_999).ring(), []);
    assert_eq!(machine.session, announced(&before));

    assert_eq!(machine.at(67_000).ring(), [close(BROWSER)]);
    assert_eq!((machine.session.status(), machine.reason()), (Status::Released, Some(Reason::Timeout)));
}

#[test]
fn a_start_times_out_on_its_millisecond_and_never_early() {
    let (mut machine, _) = Machine::starting(&minute());
    assert_eq!(machine.at(59_999).ring(), []);
    assert_eq!(machine.session.status(), Status::Starting);
    assert_eq!(machine.at(60_000).ring(), [], "no browser was named");
    assert_eq!((machine.session.status(), machine.reason()), (Status::Failed, Some(Reason::StartupFailed)));
    assert_eq!(machine.cause().unwrap().code, FailureCode::StartTimeout);
    assert_eq!(machine.due(), None);

    // The time counts from the request, not from the browser.
    let (mut machine, _) = Machine::starting(&minute());
    machine.at(59_000).hand(acquired(1, BROWSER));
    assert_eq!(machine.at(59_999).ring(), []);
    assert_eq!(machine.at(60_000).ring(), [close(BROWSER)]);
    assert_eq!(machine.hand(window(1)), []);
    assert_eq!((machine.reason(), machine.closing()), (Some(Reason::StartupFailed), vec![BROWSER]));
}

#[test]
fn a_window_that_is_ready_too_late_makes_no_session_live() {
    let (mut machine, _) = Machine::starting(&minute());
    machine.at(59_000).hand(acquired(1, BROWSER));
    assert_eq!(machine.at(60_000).hand(window(1)), [close(BROWSER)], "even if no alarm has come");
    assert_eq!(machine.reason(), Some(Reason::StartupFailed));
}

#[test]
fn a_failed_start_keeps_its_cause() {
    let cause = Failure { retry_after_secs: Some(12), ..Failure::new(FailureCode::ProviderRateLimited, "slow down") };
    let (mut machine, _) = Machine::starting(&minute());
    assert_eq!(machine.hand(Input::BrowserFailed { epoch: 1, failure: cause.clone() }), []);
    assert_eq!((machine.session.status(), machine.reason()), (Status::Failed, Some(Reason::StartupFailed)));
    assert_eq!(machine.cause(), Some(cause));
    assert_eq!((machine.due(), machine.session.epoch()), (None, 2));
}

#[test]
fn a_window_that_can_not_be_prepared_closes_its_browser() {
    let mut machine = Machine::preparing(&minute());
    assert_eq!(machine.hand(failed(1)), [close(BROWSER)]);
    assert_eq!((machine.reason(), machine.cause()), (Some(Reason::StartupFailed), Some(failure("no"))));
    assert_eq!(machine.closing(), [BROWSER]);
    assert_eq!(machine.hand(window(1)), []);
    assert_eq!(machine.session.status(), Status::Failed);
}

#[test]
fn an_extension_counts_from_the_creation_and_moves_the_deadline() {
    let mut machine = Machine::live(&minute());
    assert_eq!(machine.at(59_999).hand(timeout(90_000)), []);
    assert_eq!(machine.due(), Some(90_000));
    assert_eq!(machine.at(60_000).ring(), [], "the old deadline ends nothing");
    assert_eq!(machine.at(90_000).ring(), [close(BROWSER)]);
    assert_eq!(machine.reason(), Some(Reason::Timeout));
}

#[test]
fn an_extension_that_comes_with_the_deadline_comes_too_late() {
    for at in [60_000, 60_001, 600_000] {
        let mut machine = Machine::live(&minute());
        let before = machine.session.clone();
        assert_eq!(machine.at(at).offer(timeout(3_600_000)), Err(SessionError::Ended));
        assert_eq!(machine.session, before, "the deadline stands, to be carried out");
        assert_eq!(machine.ring(), [close(BROWSER)]);
    }
}

#[test]
fn a_timeout_no_longer_than_the_elapsed_time_ends_the_session_at_once() {
    for shorter in [1_000, 29_999, 30_000] {
        let mut machine = Machine::live(&minute());
        assert_eq!(machine.at(30_000).hand(timeout(shorter)), [close(BROWSER)], "{shorter}");
        assert_eq!((machine.session.status(), machine.reason()), (Status::Released, Some(Reason::Timeout)));
    }
    let mut machine = Machine::live(&minute());
    assert_eq!(machine.at(30_000).hand(timeout(30_001)), []);
    assert_eq!(machine.due(), Some(30_001));
}

#[test]
fn a_change_replaces_what_it_names_and_nothing_else() {
    let mut machine = Machine::live(&json!({"timeout": 60_000, "metadata": {"run": "1", "kept": "no"}}));
    let metadata = BTreeMap::from([("run".to_owned(), "2".to_owned())]);
    machine.hand(Input::Change(Change { metadata: Some(metadata.clone()), ..Change::default() }));
    assert_eq!((machine.session.metadata(), machine.due()), (&metadata, Some(60_000)));
    machine.hand(timeout(70_000));
    assert_eq!((machine.session.metadata(), machine.due()), (&metadata, Some(70_000)));
    machine.hand(Input::Change(Change { metadata: Some(BTreeMap::new()), ..Change::default() }));
    assert!(machine.session.metadata().is_empty());
}

#[test]
fn a_change_that_does_not_fit_the_state_is_refused_and_changes_nothing() {
    let unwatched = Input::Change(Change {
        timeout: Some(Millis::new(90_000)),
        inactivity_timeout: Some(Millis::new(5_000)),
        metadata: Some(BTreeMap::from([("a".to_owned(), "b".to_owned())])),
    });
    let (starting, _) = Machine::starting(&minute());
    for (mut machine, input, error) in [
        (starting, timeout(90_000), SessionError::NotLive),
        (Machine::preparing(&minute()), timeout(90_000), SessionError::NotLive),
        (Machine::live(&minute()), unwatched.clone(), SessionError::NotWatched),
        (Machine::released(&minute()), timeout(90_000), SessionError::Ended),
        (Machine::released(&minute()), unwatched, SessionError::Ended),
    ] {
        let before = machine.session.clone();
        assert_eq!(machine.offer(input), Err(error));
        assert_eq!(machine.session, before);
    }
}

#[test]
fn a_failed_close_is_retried_with_backoff_until_it_is_confirmed() {
    let mut machine = Machine::released(&minute());
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300] {
        machine.hand(close_failed(BROWSER));
        assert_eq!(machine.due().unwrap(), machine.now().as_millis() - START.as_millis() + wait * 1_000);
        assert_eq!(machine.wait(wait * 1_000 - 1).ring(), [], "not before {wait} s");
        assert_eq!(machine.wait(1).ring(), [close(BROWSER)], "after {wait} s");
    }
    assert_eq!(machine.session.status(), Status::Released, "however long it takes");
    machine.hand(closed(BROWSER));
    assert_eq!((machine.due(), machine.closing()), (None, vec![]));
}

#[test]
fn a_close_that_fails_for_months_is_still_retried() {
    let mut machine = Machine::released(&minute());
    let closing = json!([{"browser": BROWSER, "failures": 100_000, "next_try": machine.now()}]);
    machine.session = with_stored(&machine.session, "closing", closing);
    machine.hand(close_failed(BROWSER));
    assert_eq!(machine.due(), Some(300_000));
}

#[test]
fn a_close_without_an_answer_is_retried_but_not_while_it_may_still_run() {
    let mut machine = Machine::released(&minute());
    assert_eq!(machine.at(14_999).ring(), []);
    assert_eq!(machine.at(15_000).ring(), [close(BROWSER)]);
    assert_eq!(machine.ring(), [], "an alarm that comes twice closes once");
    assert_eq!(machine.due(), Some(30_000));
}

#[test]
fn a_close_that_the_provider_is_still_carrying_out_is_retried_after_a_second() {
    let mut machine = Machine::released(&minute());
    for second in 1..=20 {
        machine.hand(acknowledged(BROWSER));
        assert_eq!(machine.at(second * 1_000 - 1).ring(), []);
        assert_eq!(machine.at(second * 1_000).ring(), [close(BROWSER)]);
    }
    machine.hand(close_failed(BROWSER));
    assert_eq!(machine.due(), Some(21_000), "to be still closing is no failure");
}

#[test]
fn a_browser_that_the_provider_does_not_know_counts_as_closed() {
    // The host reports a 404 to a close as `BrowserClosed` and a 404 to a check as `BrowserGone`.
    for fact in [closed(BROWSER), gone(BROWSER)] {
        let mut machine = Machine::released(&minute());
        machine.hand(close_failed(BROWSER));
        assert_eq!(machine.hand(fact), []);
        assert_eq!((machine.due(), machine.closing()), (None, vec![]));
        assert_eq!(machine.reason(), Some(Reason::UserRequested));
    }
}

#[test]
fn two_browsers_are_closed_with_independent_retries() {
    let mut machine = Machine::released(&minute());
    assert_eq!(machine.hand(acquired(1, "second")), [close("second")]);
    for _ in 0..4 {
        machine.hand(close_failed(BROWSER));
    }
    machine.hand(close_failed("second"));
    assert_eq!(machine.at(1_000).ring(), [close("second")]);
    assert_eq!(machine.at(8_000).ring(), [close(BROWSER)]);
    assert_eq!(machine.hand(closed(BROWSER)), []);
    assert_eq!(machine.closing(), ["second"]);
    assert_eq!(machine.due(), Some(16_000));
}

#[test]
fn a_browser_that_died_fails_its_session_and_leaves_nothing_to_close() {
    let mut machine = Machine::live(&minute());
    assert_eq!(machine.at(5_000).hand(gone(BROWSER)), []);
    assert_eq!((machine.session.status(), machine.reason()), (Status::Failed, Some(Reason::BrowserLost)));
    assert_eq!(machine.cause().unwrap().code, FailureCode::BrowserLost);
    assert_eq!((machine.closing(), machine.due(), machine.session.epoch()), (vec![], None, 2));
}

#[test]
fn another_browser_that_is_gone_or_closed_ends_nothing() {
    for fact in [gone("other"), closed("other"), acknowledged("other"), close_failed("other")] {
        let mut machine = Machine::live(&minute());
        let before = machine.session.clone();
        assert_eq!(machine.hand(fact.clone()), [], "{fact:?}");
        assert_eq!(machine.session, before, "{fact:?}");
    }
}

#[test]
fn an_answer_of_another_epoch_changes_nothing_and_its_browser_is_closed() {
    for epoch in [0, 2, u32::MAX] {
        let (mut machine, _) = Machine::starting(&minute());
        assert_eq!(machine.hand(failed(epoch)), []);
        assert_eq!(machine.hand(acquired(epoch, "stray")), [close("stray")], "{epoch}");
        assert_eq!((machine.session.status(), machine.closing()), (Status::Starting, vec!["stray"]));
        assert_eq!(machine.due(), Some(15_000), "the stray browser is due before the start is");

        machine.hand(acquired(1, BROWSER));
        assert_eq!(machine.hand(window(epoch)), []);
        assert_eq!(machine.session.status(), Status::Starting);
        machine.hand(window(1));
        assert_eq!(machine.session.browser(), Some(&browser(BROWSER)), "its own answer still counts");
        assert_eq!(machine.hand(failed(1)), [], "a live session's start can't fail");
        assert_eq!(machine.session.status(), Status::Live);
    }
}

#[test]
fn a_second_browser_is_closed_and_the_first_one_kept() {
    for mut machine in [Machine::preparing(&minute()), Machine::live(&minute())] {
        let before = machine.session.state().clone();
        assert_eq!(machine.hand(acquired(1, "second")), [close("second")]);
        assert_eq!((machine.session.state(), machine.closing()), (&before, vec!["second"]));
    }
}

#[test]
fn a_backward_clock_step_ends_no_session_early_and_blocks_none() {
    const HOUR: i64 = 3_600_000;
    let mut machine = Machine::live(&minute());
    assert_eq!(machine.at(-HOUR).ring(), []);
    assert_eq!(machine.due(), Some(60_000));
    assert_eq!(machine.hand(timeout(90_000)), []);
    assert_eq!(machine.at(90_000).ring(), [close(BROWSER)]);

    // A retry comes a second later on the stepped clock.
    assert_eq!(machine.at(-HOUR).hand(close_failed(BROWSER)), []);
    assert_eq!(machine.due(), Some(-HOUR + 1_000));
    assert_eq!(machine.at(-HOUR + 1_000).ring(), [close(BROWSER)]);

    let mut machine = Machine::live(&minute());
    assert_eq!(machine.at(-HOUR).hand(Input::Release), [close(BROWSER)]);
    let State::Ended { live_since: Some(since), at, .. } = *machine.session.state() else { panic!("it has ended") };
    assert_eq!(at.since(since), Millis::new(0), "no session has lived for a negative time");
}

#[test]
fn a_repeated_input_counts_once() {
    let (starting, _) = Machine::starting(&minute());
    let preparing = Machine::preparing(&minute());
    let live = Machine::live(&minute());
    let released = Machine::released(&minute());
    let mut late = Machine::live(&minute());
    late.at(60_000);
    let mut closing_late = Machine::released(&minute());
    closing_late.at(15_000);
    let metadata = Change { metadata: Some(BTreeMap::from([("a".to_owned(), "b".to_owned())])), ..Change::default() };
    for (machine, input) in [
        (&starting, Input::Release),
        (&preparing, Input::Release),
        (&live, Input::Release),
        (&released, Input::Release),
        (&live, Input::Change(metadata)),
        (&live, timeout(90_000)),
        (&starting, acquired(1, BROWSER)),
        (&starting, acquired(0, BROWSER)),
        (&preparing, acquired(1, BROWSER)),
        (&live, acquired(1, BROWSER)),
        (&live, acquired(1, "second")),
        (&released, acquired(1, BROWSER)),
        (&released, acquired(1, "second")),
        (&preparing, window(1)),
        (&live, window(1)),
        (&released, window(1)),
        (&starting, failed(1)),
        (&preparing, failed(1)),
        (&released, failed(1)),
        (&live, Input::ClosedByClient),
        (&live, gone(BROWSER)),
        (&released, gone(BROWSER)),
        (&released, closed(BROWSER)),
        (&released, acknowledged(BROWSER)),
        (&late, Input::DeadlineReached),
        (&closing_late, Input::DeadlineReached),
    ] {
        let mut machine = machine.clone();
        machine.hand(input.clone());
        let once = machine.session.clone();
        assert_eq!(machine.hand(input.clone()), [], "{input:?}");
        assert_eq!(machine.session, once, "{input:?}");
    }

    // A repeated failure doubles the backoff and loses no browser.
    let mut machine = released;
    machine.hand(close_failed(BROWSER));
    assert_eq!(machine.hand(close_failed(BROWSER)), []);
    assert_eq!((machine.due(), machine.closing()), (Some(2_000), vec![BROWSER]));
}

#[test]
fn an_ended_session_stays_ended_after_every_input() {
    for ended in [
        {
            let mut machine = Machine::live(&minute());
            machine.hand(gone(BROWSER));
            machine
        },
        Machine::released(&minute()),
    ] {
        for input in [
            Input::Release,
            acquired(1, BROWSER),
            acquired(2, BROWSER),
            window(1),
            window(2),
            failed(1),
            failed(2),
            gone(BROWSER),
            closed(BROWSER),
            close_failed(BROWSER),
            Input::ClosedByClient,
            Input::BrowserGone { browser: browser(BROWSER), how: BrowserExit::Closed },
            Input::BrowserGone { browser: browser(BROWSER), how: BrowserExit::Crashed },
            Input::DeadlineReached,
        ] {
            let mut machine = ended.clone();
            machine.at(1_000_000).hand(input.clone());
            assert_eq!(machine.session.state(), ended.session.state(), "{input:?}");
            assert_eq!(machine.session.epoch(), ended.session.epoch(), "{input:?}");
        }
    }
}

#[test]
fn a_browser_is_kept_alive_beyond_the_providers_idle_limit_while_its_session_is_live() {
    let mut machine = Machine::live(&json!({"timeout": 3_600_000}));
    let keep = [Action::KeepAlive { browser: browser(BROWSER) }];
    let first = machine.due().unwrap();
    assert!(first <= 570_000, "before the 600 s are over: {first}");
    assert_eq!(machine.at(first - 1).ring(), []);
    assert_eq!(machine.at(first).ring(), keep);
    assert_eq!(machine.due(), Some(first + 10_000), "tried again if nobody confirms it");
    assert_eq!(machine.at(first + 10_000).ring(), keep);
    assert_eq!(machine.at(first + 11_000).hand(Input::KeptAlive), []);
    assert_eq!(machine.due(), Some(first + 11_000 + 570_000));
    assert_eq!(machine.session.status(), Status::Live);
}

#[test]
fn a_session_shorter_than_its_browsers_keep_alive_sends_no_keep_alive() {
    let mut machine = Machine::live(&json!({"timeout": 60_000}));
    let deadline = machine.due().unwrap();
    assert_eq!(machine.at(deadline).ring(), [close(BROWSER)]);
    assert_eq!(machine.reason(), Some(Reason::Timeout));
}

#[test]
fn an_extended_session_sends_keep_alives_by_the_keep_alive_that_its_browser_began_with() {
    let mut machine = Machine::live(&json!({"timeout": 60_000}));
    machine.at(30_000).hand(timeout(3_600_000));
    let due = machine.due().unwrap();
    assert!(due <= 90_000, "{due}");
    assert_eq!(machine.at(due).ring(), [Action::KeepAlive { browser: browser(BROWSER) }]);
    machine.at(due).hand(Input::KeptAlive);
    assert_eq!(machine.due(), Some(due + 60_000));
}
