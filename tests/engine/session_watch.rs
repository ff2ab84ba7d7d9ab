//! Scenarios of a watched session. Times are milliseconds after `START`, when each session becomes live.

use crate::support::{BROWSER, Machine, START, WINDOW, announced, browser, tokens};
use serde_json::{Value, json};
use tidewatch::session::{
    Action, BrowserExit, Change, FailureCode, Input, Millis, PresenceReport, Reason, ReportSequence, Session,
    SessionError, Status, Timestamp,
};
use tidewatch::wire::{SessionView, ViewContext};

const HOUR: i64 = 3_600_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START.as_millis() + millis)
}

/// The report with sequence number `number` of a relay that began at `relay`.
fn word(relay: i64, number: u64, clients: u32, active: i64) -> Input {
    Input::ClientsSeen(PresenceReport {
        sequence: ReportSequence { relay: at(relay), number },
        clients,
        active_at: at(active),
    })
}

/// A report of the only relay.
fn says(number: u64, clients: u32, active: i64) -> Input {
    word(0, number, clients, active)
}

/// A report of a relay that has had no client yet.
fn says_nothing(relay: i64) -> Input {
    let sequence = ReportSequence { relay: at(relay), number: 1 };
    Input::ClientsSeen(PresenceReport { sequence, clients: 0, active_at: Timestamp::from_millis(0) })
}

fn releases_after(grace: u64) -> Value {
    json!({"timeout": HOUR, "onDisconnect": "release", "disconnectGrace": grace})
}

fn silent_for(inactivity: u64) -> Value {
    json!({"timeout": HOUR, "inactivityTimeout": inactivity})
}

fn inactivity(millis: u64) -> Input {
    Input::Change(Change { inactivity_timeout: Some(Millis::new(millis)), ..Change::default() })
}

fn gone(how: BrowserExit) -> Input {
    Input::BrowserGone { browser: browser(BROWSER), how }
}

fn close() -> [Action; 1] {
    [Action::CloseBrowser { browser: browser(BROWSER) }]
}

/// Runs only the requested alarms until the session ends. Returns when it ended.
fn end_of(machine: &mut Machine) -> (i64, Reason) {
    for _ in 0..20 {
        let due = machine.due().expect("it has a deadline");
        machine.at(due - 1);
        machine.session = announced(&machine.session);
        let before = machine.session.clone();
        assert_eq!(machine.ring(), [], "an alarm that comes early does nothing");
        assert_eq!(machine.session, before);
        machine.at(due).ring();
        if let Some(reason) = machine.reason() {
            assert_eq!(machine.session.status(), Status::Released);
            return (due, reason);
        }
    }
    panic!("it never ends: {:?}", machine.session);
}

fn view(session: &Session) -> Value {
    let context = ViewContext { base_url: "https://t.example", now: START, checked_at: None };
    serde_json::to_value(SessionView::new(session, &tokens(session.id()), None, context)).unwrap()
}

#[test]
fn a_session_ends_on_the_millisecond_of_its_grace_after_its_client_was_killed() {
    let mut machine = Machine::live(&releases_after(10_000));
    assert_eq!(machine.at(500).hand(says(1, 1, 500)), []);
    for renewal in 1..=10 {
        let now = 500 + renewal * 3_000;
        assert_eq!(machine.at(now).hand(says(1 + renewal.unsigned_abs(), 1, 500)), []);
    }
    machine.at(31_000).hand(says(12, 0, 31_000));
    assert_eq!(machine.due(), Some(41_000));
    assert_eq!(machine.at(40_999).ring(), []);
    assert_eq!(machine.session.status(), Status::Live);
    assert_eq!(machine.at(41_000).ring(), close());
    assert_eq!((machine.session.status(), machine.reason()), (Status::Released, Some(Reason::ClientDisconnected)));
    assert_eq!((machine.cause(), machine.closing()), (None, vec![BROWSER]));
}

#[test]
fn a_session_without_a_grace_ends_with_the_report_itself() {
    let mut machine = Machine::live(&releases_after(0));
    machine.at(500).hand(says(1, 1, 500));
    assert_eq!(machine.at(700).hand(says(2, 0, 700)), close());
    assert_eq!(machine.reason(), Some(Reason::ClientDisconnected));
}

#[test]
fn a_client_that_reconnects_within_the_grace_keeps_its_session_and_its_next_grace_is_full() {
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(1_000).hand(says(2, 0, 1_000));
    assert_eq!(machine.at(10_999).hand(says(3, 1, 10_999)), []);
    assert_eq!(machine.at(11_000).ring(), [], "the alarm of the first grace");
    machine.at(15_000).hand(says(4, 0, 15_000));
    assert_eq!(end_of(&mut machine), (25_000, Reason::ClientDisconnected));
}

#[test]
fn a_client_that_reconnects_before_a_late_alarm_keeps_its_session() {
    let mut machine = Machine::live(&releases_after(1_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(1_000).hand(says(2, 0, 1_000));
    assert_eq!(machine.at(2_500).hand(says(3, 1, 2_500)), [], "what is still live can be connected to");
    assert_eq!(machine.ring(), []);
    assert_eq!(machine.session.connected(), Some(true));
}

#[test]
fn the_grace_begins_when_the_last_of_several_clients_leaves() {
    let mut machine = Machine::live(&releases_after(1_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(600).hand(says(2, 3, 600));
    machine.at(700).hand(says(3, 1, 700));
    assert_eq!(machine.at(5_000).ring(), []);
    assert_eq!(machine.session.connected(), Some(true));
    machine.at(6_000).hand(says(4, 0, 6_000));
    assert_eq!(end_of(&mut machine), (7_000, Reason::ClientDisconnected));
}

#[test]
fn a_session_without_a_client_ends_a_minute_and_the_grace_after_it_becomes_live() {
    let mut machine = Machine::live(&releases_after(10_000));
    assert_eq!(machine.due(), Some(70_000));
    assert_eq!(end_of(&mut machine), (70_000, Reason::ClientDisconnected));

    // The time of the start does not count.
    let mut machine = Machine::preparing(&releases_after(10_000));
    machine.at(59_000).hand(Input::WindowReady { epoch: 1, dimensions: WINDOW });
    assert_eq!(end_of(&mut machine), (129_000, Reason::ClientDisconnected));
}

#[test]
fn a_relay_without_a_client_does_not_keep_a_session() {
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(30_000).hand(says_nothing(29_000));
    assert_eq!(end_of(&mut machine), (70_000, Reason::ClientDisconnected));
}

#[test]
fn a_first_client_that_left_before_its_report_has_its_grace_and_no_minute() {
    let mut machine = Machine::live(&releases_after(1_000));
    machine.at(500).hand(says(2, 0, 500));
    machine.hand(says(1, 1, 400));
    assert_eq!(end_of(&mut machine), (1_500, Reason::ClientDisconnected));
}

#[test]
fn a_client_that_reconnected_and_left_before_a_report_has_its_grace() {
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(1_000).hand(says(2, 0, 1_000));
    // The third report, of the reconnect, was lost.
    machine.at(9_000).hand(says(4, 0, 9_000));
    assert_eq!(end_of(&mut machine), (19_000, Reason::ClientDisconnected));
}

#[test]
fn a_client_of_an_unreachable_relay_has_its_grace_from_when_it_left() {
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(9_500).ring();
    assert_eq!(machine.session.connected(), Some(false), "the lease has lapsed");
    machine.at(15_000).hand(says(5, 0, 15_000));
    assert_eq!(end_of(&mut machine), (25_000, Reason::ClientDisconnected));
}

#[test]
fn a_repeated_report_does_not_postpone_the_grace() {
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(1_000).hand(says(2, 0, 1_000));
    for number in 3..10 {
        machine.wait(1_000).hand(says(number, 0, 1_000));
    }
    machine.hand(says_nothing(7_000));
    assert_eq!(end_of(&mut machine), (11_000, Reason::ClientDisconnected));
}

#[test]
fn a_client_of_a_dead_relay_has_the_lease_and_then_the_grace() {
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(3_500).hand(says(2, 1, 500));
    assert_eq!(machine.due(), Some(12_500), "nine seconds after the last renewal");
    machine.at(12_499).ring();
    assert_eq!(machine.session.connected(), Some(true));
    assert_eq!(machine.at(12_500).ring(), []);
    assert_eq!((machine.session.connected(), machine.due()), (Some(false), Some(22_500)));
    assert_eq!(end_of(&mut machine), (22_500, Reason::ClientDisconnected));

    // A late alarm counts neither time from when it runs.
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(500).hand(says(1, 1, 500));
    assert_eq!(machine.at(19_499).ring(), []);
    assert_eq!(machine.due(), Some(19_500));
    assert_eq!(machine.at(19_500).ring(), close());
}

#[test]
fn a_relay_that_replaces_a_dead_one_keeps_the_session() {
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(500).hand(says(7, 1, 500));
    machine.at(9_500).ring();
    assert_eq!(machine.at(12_000).hand(word(11_900, 1, 1, 12_000)), []);
    assert_eq!((machine.session.connected(), machine.due()), (Some(true), Some(21_000)));
}

#[test]
fn a_report_that_is_old_out_of_order_or_repeated_changes_nothing() {
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(5_000).hand(word(1_000, 5, 1, 4_000));
    let before = machine.session.clone();
    for late in [
        word(1_000, 5, 1, 4_000),
        word(1_000, 5, 0, 5_000),
        word(1_000, 4, 0, 5_000),
        word(1_000, 1, 2, 5_000),
        word(0, 6, 0, 5_000),
        word(999, u64::MAX, 0, 5_000),
    ] {
        assert_eq!(machine.at(6_000).hand(late.clone()), [], "{late:?}");
        assert_eq!(machine.session, before, "{late:?}");
    }
    machine.hand(word(1_001, 0, 0, 5_500));
    assert_eq!(machine.session.connected(), Some(false), "a newer relay is right, whatever its number");
    machine.hand(word(1_000, 100, 1, 6_000));
    assert_eq!(machine.session.connected(), Some(false), "and an older one is wrong from then on");
}

#[test]
fn inactivity_ends_a_session_without_a_client_and_without_a_query_to_its_relay() {
    let mut machine = Machine::live(&silent_for(30_000));
    assert_eq!(end_of(&mut machine), (30_000, Reason::InactivityTimeout));

    let mut machine = Machine::live(&silent_for(30_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(10_000).hand(says(2, 0, 10_000));
    assert_eq!(end_of(&mut machine), (40_000, Reason::InactivityTimeout), "a leave is a sign of a client");
    assert_eq!(machine.closing(), [BROWSER]);
}

#[test]
fn a_session_that_keeps_its_browser_outlives_its_clients() {
    let mut machine = Machine::live(&silent_for(600_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(1_000).hand(says(2, 0, 1_000));
    machine.at(599_999).ring();
    assert_eq!(machine.session.status(), Status::Live);
    assert_eq!(end_of(&mut machine), (601_000, Reason::InactivityTimeout));
}

#[test]
fn inactivity_ends_a_session_with_a_client_only_after_a_query_to_its_relay() {
    let mut machine = Machine::live(&silent_for(5_000));
    machine.at(500).hand(says(1, 1, 500));
    assert_eq!(machine.at(5_499).ring(), []);
    assert_eq!(machine.at(5_500).ring(), [Action::AskRelay]);
    assert_eq!(machine.due(), Some(7_500));
    assert_eq!(machine.ring(), [], "an alarm that comes twice asks once");

    // The client has been active meanwhile.
    assert_eq!(machine.at(5_510).hand(says(2, 1, 5_400)), []);
    assert_eq!(machine.due(), Some(10_400));
    assert_eq!(machine.at(10_400).ring(), [Action::AskRelay]);

    // The client has not been active. The answer itself ends the session, not the next alarm.
    assert_eq!(machine.at(10_410).hand(says(3, 1, 5_400)), close());
    assert_eq!((machine.session.status(), machine.reason()), (Status::Released, Some(Reason::InactivityTimeout)));
}

#[test]
fn a_relay_without_an_answer_within_two_seconds_counts_as_inactive() {
    let mut machine = Machine::live(&silent_for(5_000));
    machine.at(500).hand(says(1, 1, 500));
    assert_eq!(machine.at(5_500).ring(), [Action::AskRelay]);
    assert_eq!(machine.at(7_499).ring(), []);
    assert_eq!(machine.at(7_500).ring(), close());
    assert_eq!(machine.reason(), Some(Reason::InactivityTimeout));

    // Its late answer changes nothing.
    let ended = machine.session.clone();
    assert_eq!(machine.at(7_501).hand(says(2, 1, 7_400)), []);
    assert_eq!(machine.session, ended);
}

#[test]
fn a_late_answer_counts_until_the_inactivity_was_handled() {
    let mut machine = Machine::live(&silent_for(5_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(5_500).ring();
    assert_eq!(machine.at(8_000).hand(says(2, 1, 7_900)), []);
    assert_eq!(machine.ring(), []);
    assert_eq!(machine.at(12_900).hand(says(3, 1, 12_900)), []);
    assert_eq!(machine.session.status(), Status::Live);
}

#[test]
fn a_lease_that_expires_during_a_query_ends_the_wait_for_its_answer() {
    let mut machine = Machine::live(&silent_for(8_500));
    machine.at(500).hand(says(1, 1, 500));
    assert_eq!(machine.at(9_000).ring(), [Action::AskRelay]);
    assert_eq!(end_of(&mut machine), (9_500, Reason::InactivityTimeout));
}

#[test]
fn a_relay_is_not_queried_while_its_clients_are_reported_active() {
    let mut machine = Machine::live(&silent_for(5_000));
    for number in 1..180 {
        let now = i64::try_from(number).unwrap() * 3_000;
        assert_eq!(machine.at(now).hand(says(number, 1, now - 100)), []);
        assert_eq!(machine.ring(), []);
    }
    assert_eq!(machine.session.status(), Status::Live);
}

#[test]
fn a_relay_whose_clock_is_ahead_postpones_no_inactivity() {
    let mut machine = Machine::live(&silent_for(5_000));
    machine.at(500).hand(says(1, 1, HOUR));
    machine.at(600).hand(says(2, 0, HOUR));
    assert_eq!(end_of(&mut machine), (5_600, Reason::InactivityTimeout));
}

#[test]
fn a_relay_whose_clock_is_behind_revokes_no_activity() {
    let mut machine = Machine::live(&silent_for(5_000));
    machine.at(500).hand(says(1, 1, 400));
    machine.at(600).hand(says(2, 0, -HOUR));
    assert_eq!(end_of(&mut machine), (5_400, Reason::InactivityTimeout));
}

#[test]
fn a_timeout_takes_precedence_over_every_watched_limit() {
    let both = json!({"timeout": 61_000, "inactivityTimeout": 61_000, "onDisconnect": "release",
                      "disconnectGrace": 1_000});
    let mut machine = Machine::live(&both);
    assert_eq!(end_of(&mut machine), (61_000, Reason::Timeout), "three deadlines in one millisecond have one reason");

    // A connected and active client postpones neither.
    let mut machine = Machine::live(&both);
    for number in 1..=20 {
        let now = i64::try_from(number).unwrap() * 3_000;
        machine.at(now).hand(says(number, 1, now));
    }
    assert_eq!(end_of(&mut machine), (61_000, Reason::Timeout));

    // A late alarm finds all of them in the past.
    let mut machine = Machine::live(&both);
    machine.at(90_000).ring();
    assert_eq!(machine.reason(), Some(Reason::Timeout));
}

#[test]
fn a_report_after_the_timeout_does_not_change_the_end() {
    let body = json!({"timeout": 61_000, "inactivityTimeout": 5_000, "onDisconnect": "release", "disconnectGrace": 0});
    for late in [says(2, 0, 60_900), says(2, 1, 1_000), says(2, 1, 61_000)] {
        let mut machine = Machine::live(&body);
        machine.at(58_000).hand(says(1, 1, 57_000));
        assert_eq!(machine.at(61_000).hand(late.clone()), close(), "{late:?}, and no alarm has come");
        assert_eq!(machine.reason(), Some(Reason::Timeout), "{late:?}");
    }
}

#[test]
fn the_grace_is_the_reason_when_it_ends_in_the_same_millisecond_as_the_inactivity() {
    let body = json!({"inactivityTimeout": 10_000, "onDisconnect": "release"});
    let mut machine = Machine::live(&body);
    machine.at(500).hand(says(1, 1, 500));
    machine.at(1_000).hand(says(2, 0, 1_000));
    assert_eq!(end_of(&mut machine), (11_000, Reason::ClientDisconnected));
    let ended = machine.session.state().clone();
    assert_eq!(machine.ring(), []);
    machine.hand(Input::Release);
    assert_eq!(machine.session.state(), &ended);
}

#[test]
fn the_earliest_limit_is_the_reason() {
    let body = |inactivity: u64, grace: u64| json!({"timeout": HOUR, "inactivityTimeout": inactivity, "onDisconnect": "release", "disconnectGrace": grace});
    for (inactivity, grace, end) in [
        (5_000, 10_000, (6_000, Reason::InactivityTimeout)),
        (10_000, 5_000, (6_000, Reason::ClientDisconnected)),
        (5_001, 5_000, (6_000, Reason::ClientDisconnected)),
        (5_000, 5_001, (6_000, Reason::InactivityTimeout)),
    ] {
        let mut machine = Machine::live(&body(inactivity, grace));
        machine.at(500).hand(says(1, 1, 500));
        machine.at(1_000).hand(says(2, 0, 1_000));
        assert_eq!(end_of(&mut machine), end);
    }
}

#[test]
fn the_next_deadline_is_the_earliest_of_all_watched_limits() {
    let body = json!({"timeout": 100_000, "inactivityTimeout": 20_000, "onDisconnect": "release"});
    let mut machine = Machine::preparing(&body);
    assert_eq!(machine.due(), Some(60_000), "nothing is watched before it is live");
    machine.hand(Input::WindowReady { epoch: 1, dimensions: WINDOW });
    assert_eq!(machine.due(), Some(20_000), "inactivity");
    machine.at(15_000).hand(says(1, 1, 15_000));
    assert_eq!(machine.due(), Some(24_000), "the lease");
    machine.at(32_000).hand(says(2, 1, 15_000));
    assert_eq!(machine.due(), Some(35_000), "inactivity, as it was");
    machine.at(35_000).ring();
    assert_eq!(machine.due(), Some(37_000), "the question");
    machine.at(36_000).hand(says(3, 0, 36_000));
    assert_eq!(machine.due(), Some(46_000), "the grace");
    machine.at(43_000).hand(says(4, 1, 43_000));
    machine.at(60_000).hand(says(5, 1, 60_000));
    machine.at(79_000).hand(says(6, 1, 79_000));
    machine.at(98_000).hand(says(7, 1, 98_000));
    assert_eq!(machine.due(), Some(100_000), "the timeout");
    machine.hand(Input::Release);
    assert_eq!(machine.due(), Some(113_000), "the close, and nothing else");
    machine.hand(Input::BrowserClosed { browser: browser(BROWSER) });
    assert_eq!(machine.due(), None);
}

#[test]
fn a_report_about_a_session_that_is_starting_ended_or_not_watched_changes_nothing() {
    let body = releases_after(1_000);
    let (starting, _) = Machine::starting(&body);
    for machine in [
        starting,
        Machine::preparing(&body),
        Machine::released(&body),
        Machine::live(&json!({"timeout": 60_000})),
        Machine::released(&json!({})),
    ] {
        for (when, clients) in [(500, 0), (500, 1), (HOUR, 0), (HOUR, 1)] {
            let mut machine = machine.clone();
            assert_eq!(machine.at(when).hand(says(1, clients, 400)), []);
            let mut before = machine.clone();
            assert_eq!(before.at(when).hand(says(2, 1, 400)), []);
            assert_eq!(machine.session, before.session);
        }
    }
    let (mut starting, _) = Machine::starting(&body);
    let before = starting.session.clone();
    starting.at(500).hand(says(1, 1, 500));
    starting.hand(Input::ClosedByClient);
    assert_eq!(starting.session, before);
}

#[test]
fn a_new_inactivity_timeout_counts_from_the_last_activity() {
    let mut machine = Machine::live(&silent_for(60_000));
    machine.at(10_000).hand(says(1, 1, 10_000));
    machine.at(12_000).hand(says(2, 0, 12_000));
    assert_eq!(machine.at(15_000).hand(inactivity(90_000)), []);
    assert_eq!(machine.due(), Some(102_000));
    assert_eq!(machine.at(72_000).ring(), [], "the old deadline ends nothing");
    assert_eq!(machine.hand(inactivity(61_000)), []);
    assert_eq!(end_of(&mut machine), (73_000, Reason::InactivityTimeout));
}

#[test]
fn an_inactivity_timeout_no_longer_than_the_present_inactivity_is_due_at_once() {
    for shorter in [1_000, 19_999, 20_000] {
        let mut machine = Machine::live(&silent_for(60_000));
        assert_eq!(machine.at(20_000).hand(inactivity(shorter)), [], "{shorter}");
        assert_eq!(machine.session.status(), Status::Live, "the change itself ends nothing");
        let due = i64::try_from(shorter).unwrap();
        assert_eq!(machine.due(), Some(due), "it is behind us: the alarm comes at once");
        assert_eq!(machine.ring(), close());
        assert_eq!(machine.reason(), Some(Reason::InactivityTimeout));
    }

    // A connected client may have been active since, so its relay is queried.
    let mut machine = Machine::live(&silent_for(60_000));
    machine.at(20_000).hand(says(1, 1, 12_000));
    machine.hand(inactivity(5_000));
    assert_eq!(machine.ring(), [Action::AskRelay]);
    assert_eq!(machine.hand(says(2, 1, 19_900)), []);
    assert_eq!(machine.due(), Some(24_900));
}

#[test]
fn a_longer_inactivity_timeout_during_a_query_keeps_the_session() {
    let mut machine = Machine::live(&silent_for(5_000));
    machine.at(500).hand(says(1, 1, 500));
    assert_eq!(machine.at(5_500).ring(), [Action::AskRelay]);
    machine.at(6_000).hand(inactivity(8_000));
    assert_eq!(machine.at(7_500).ring(), [], "the question is dropped");
    assert_eq!(machine.due(), Some(8_500));
    assert_eq!(machine.at(8_500).ring(), [Action::AskRelay], "and asked anew when it matters again");
}

#[test]
fn an_inactivity_timeout_can_be_set_on_watched_sessions_only() {
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.at(1_000).hand(says(2, 0, 1_000));
    assert_eq!(machine.at(2_000).hand(inactivity(5_000)), []);
    assert_eq!(end_of(&mut machine), (6_000, Reason::InactivityTimeout));
    assert_eq!(machine.offer(inactivity(5_000)), Err(SessionError::Ended));

    let mut machine = Machine::live(&json!({"onDisconnect": "keep"}));
    let before = machine.session.clone();
    assert_eq!(machine.offer(inactivity(5_000)), Err(SessionError::NotWatched));
    assert_eq!(machine.session, before);

    let mut machine = Machine::preparing(&silent_for(5_000));
    assert_eq!(machine.offer(inactivity(5_000)), Err(SessionError::NotLive));
}

#[test]
fn a_change_of_something_else_leaves_the_watch_as_it_is() {
    let mut machine = Machine::live(&json!({"inactivityTimeout": 50_000, "onDisconnect": "release"}));
    machine.at(500).hand(says(1, 1, 500));
    let watch = machine.session.watch().cloned();
    machine.hand(Input::Change(Change { timeout: Some(Millis::new(90_000)), ..Change::default() }));
    assert_eq!(machine.session.watch(), watch.as_ref());
}

#[test]
fn a_browser_that_a_client_closed_ends_as_closed_in_every_order_of_reports() {
    for body in [releases_after(10_000), json!({})] {
        for how in [BrowserExit::Unknown, BrowserExit::Closed, BrowserExit::Crashed, BrowserExit::Evicted] {
            let mut machine = Machine::live(&body);
            machine.at(500).hand(says(1, 1, 500));
            assert_eq!(machine.at(1_000).hand(Input::ClosedByClient), []);
            assert_eq!(machine.session.status(), Status::Live, "it may not have closed yet");
            assert_eq!(machine.hand(Input::ClosedByClient), []);
            assert_eq!(machine.at(2_000).hand(gone(how)), [], "there is nothing left to close");
            assert_eq!((machine.session.status(), machine.reason()), (Status::Released, Some(Reason::BrowserClosed)));
            assert_eq!((machine.cause(), machine.due()), (None, None));
        }
    }
}

#[test]
fn a_browser_that_no_client_closed_ends_with_the_providers_reason() {
    for (how, status, reason, code) in [
        (BrowserExit::Closed, Status::Released, Reason::BrowserClosed, None),
        (BrowserExit::Crashed, Status::Failed, Reason::BrowserCrashed, Some(FailureCode::BrowserCrashed)),
        (BrowserExit::Evicted, Status::Failed, Reason::ProviderError, Some(FailureCode::BrowserEvicted)),
        (BrowserExit::Unknown, Status::Failed, Reason::BrowserLost, Some(FailureCode::BrowserLost)),
    ] {
        for body in [releases_after(10_000), json!({})] {
            let mut machine = Machine::live(&body);
            assert_eq!(machine.at(2_000).hand(gone(how)), []);
            assert_eq!((machine.session.status(), machine.reason()), (status, Some(reason)), "{how:?}");
            assert_eq!(machine.cause().map(|cause| cause.code), code, "{how:?}");
            assert_eq!((machine.closing(), machine.due()), (vec![], None));
        }
    }
}

#[test]
fn a_clients_close_without_effect_does_not_hide_the_reason() {
    let mut machine = Machine::live(&releases_after(1_000));
    machine.at(500).hand(says(1, 1, 500));
    machine.hand(Input::ClosedByClient);
    machine.at(600).hand(says(2, 0, 600));
    assert_eq!(end_of(&mut machine), (1_600, Reason::ClientDisconnected));
    let ended = machine.session.state().clone();
    machine.hand(gone(BrowserExit::Unknown));
    assert_eq!(machine.session.state(), &ended);
}

#[test]
fn a_clients_close_after_the_end_changes_nothing() {
    let mut machine = Machine::released(&releases_after(1_000));
    let before = machine.session.clone();
    assert_eq!(machine.hand(Input::ClosedByClient), []);
    assert_eq!(machine.session, before);
}

#[test]
fn a_backward_clock_step_ends_no_session_early_and_blocks_none() {
    let mut machine = Machine::live(&releases_after(10_000));
    machine.at(500).hand(says(1, 1, 500));
    assert_eq!(machine.at(-HOUR).ring(), []);
    assert_eq!(machine.session.connected(), Some(true));
    assert_eq!(machine.hand(says(2, 1, -HOUR)), []);
    assert_eq!(machine.due(), Some(-HOUR + 9_000), "the lease is counted on the clock as it is now");
    machine.at(-HOUR + 5_000).hand(says(3, 0, -HOUR + 5_000));
    assert_eq!(end_of(&mut machine), (-HOUR + 15_000, Reason::ClientDisconnected));

    let mut machine = Machine::live(&silent_for(5_000));
    machine.at(500).hand(says(1, 1, 500));
    assert_eq!(machine.at(5_500).ring(), [Action::AskRelay]);
    assert_eq!(machine.at(-HOUR).ring(), []);
    machine.at(-HOUR).hand(says(2, 0, -HOUR));
    assert_eq!(end_of(&mut machine), (5_500, Reason::InactivityTimeout));
}

#[test]
fn a_view_of_a_watched_session_has_whether_a_client_is_connected() {
    assert_eq!(view(&Machine::live(&json!({})).session)["connected"], Value::Null);
    assert_eq!(view(&Machine::released(&json!({})).session)["connected"], Value::Null);

    let mut machine = Machine::live(&json!({"onDisconnect": "release", "inactivityTimeout": 7_000}));
    assert_eq!(view(&machine.session)["connected"], json!(false));
    machine.at(500).hand(says(1, 2, 500));
    assert_eq!(view(&machine.session)["connected"], json!(true));
    machine.at(600).hand(says(2, 0, 600));
    assert_eq!(view(&machine.session)["connected"], json!(false));
    machine.at(700).hand(says(3, 1, 700));
    assert_eq!(view(&machine.session)["inactivityTimeout"], json!(7_000));
    machine.hand(inactivity(8_000));
    assert_eq!(view(&machine.session)["inactivityTimeout"], json!(8_000));
    machine.hand(Input::Release);
    assert_eq!(view(&machine.session)["connected"], json!(false), "nobody is connected to what is over");
    assert_eq!(view(&machine.session)["releaseReason"], json!("user_requested"));

    assert!(view(&Machine::live(&json!({"onDisconnect": "release"})).session).get("inactivityTimeout").is_none());
}

#[test]
fn a_session_stored_before_watches_existed_is_not_watched() {
    let stored = json!({
        "id": "0192f0c1-7b3c-7000-8000-00000000000a", "epoch": 1, "timeout": 5_000,
        "state": {"live": {"browser": "b", "since": 2}},
    });
    let mut read: Session = serde_json::from_value(stored).unwrap();
    assert_eq!((read.connected(), read.watch(), read.is_closed_by_client()), (None, None, false));
    assert_eq!(read.handle(inactivity(5_000), Timestamp::from_millis(3)), Err(SessionError::NotWatched));
    assert_eq!(read.next_deadline(), Some(Timestamp::from_millis(2_502)), "the announcement of its end");
}

#[test]
fn a_watch_is_stored_under_names_that_persist() {
    let mut machine = Machine::live(&json!({"inactivityTimeout": 5_000, "onDisconnect": "release"}));
    machine.at(500).hand(word(100, 7, 2, 400));
    machine.at(5_400).ring();
    let start = START.as_millis();
    let stored = json!({
        "inactivity": 5_000, "grace": 10_000, "active_at": start + 400,
        "lease": {"clients": 2, "until": start + 9_500},
        "heard": {"relay": start + 100, "number": 7},
        "asked_until": start + 7_400,
    });
    assert_eq!(serde_json::to_value(machine.session.watch()).unwrap(), stored);

    machine.hand(word(100, 8, 0, 5_400));
    machine.hand(Input::ClosedByClient);
    let stored = json!({
        "inactivity": 5_000, "grace": 10_000, "active_at": start + 5_400, "alone_since": start + 5_400,
        "heard": {"relay": start + 100, "number": 8},
    });
    let session = serde_json::to_value(&machine.session).unwrap();
    assert_eq!((&session["watch"], &session["closed_by_client"]), (&stored, &json!(true)));
}

#[test]
fn a_report_is_sent_under_names_that_persist() {
    let report = PresenceReport { sequence: ReportSequence { relay: at(1), number: 2 }, clients: 3, active_at: at(4) };
    let start = START.as_millis();
    let sent = json!({"word": {"relay": start + 1, "number": 2}, "clients": 3, "active_at": start + 4});
    assert_eq!(serde_json::to_value(report).unwrap(), sent);
    let renamed = json!({"sequence": {"relay": start + 1, "number": 2}, "clients": 3, "active_at": start + 4});
    assert_eq!(serde_json::from_value::<PresenceReport>(renamed).unwrap(), report, "a later version's name");
    let mut later = sent;
    later["later"] = json!(1);
    later["word"]["later"] = json!(1);
    assert_eq!(serde_json::from_value::<PresenceReport>(later).unwrap(), report, "old and new code run side by side");
}
