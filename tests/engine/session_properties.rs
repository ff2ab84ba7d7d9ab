//! Properties of one session's state machine, for every sequence of inputs at any times.

use std::collections::BTreeSet;

use crate::support::{START, browser, failure};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};
use serde_json::{Value, json};
use tidewatch::session::{
    Action, Adapter, BrowserExit, BrowserId, Change, Dimensions, Event, FIRST_CONNECT_LIMIT, Failure, FailureCode,
    Input, LEASE, Millis, NewSession, Options, PresenceReport, Reason, ReportSequence, STARTUP_LIMIT, Session,
    SessionError, SessionId, State, Status, Timestamp,
};
use tidewatch::wire::from_json;

fn config() -> Config {
    Config {
        cases: 128,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/regressions/session_properties.txt"))),
        ..Config::default()
    }
}

/// When something happens, in milliseconds.
#[derive(Clone, Copy, Debug)]
enum Pause {
    /// After the previous step by this many milliseconds. Before it if negative.
    For(i64),
    /// After the next deadline by this many milliseconds. Before it if negative.
    UntilDue(i64),
}

/// A time and an input. A report's times are relative to that time.
type Step = (Pause, Input);

/// A create's options, and the steps after it.
type Life = (Wish, Vec<Step>);

/// How a session reacts to its clients.
#[derive(Clone, Copy, Debug)]
struct Wish {
    inactivity: Option<u64>,
    grace: Option<u64>,
    /// Whether it waits in the queue first.
    wait: Option<u64>,
    anonymous: bool,
}

impl Wish {
    fn is_watched(self) -> bool {
        self.inactivity.is_some() || self.grace.is_some()
    }
}

/// A browser belongs to the request, and so to the epoch, that it was given for.
fn a_browser() -> impl Strategy<Value = (u32, BrowserId)> {
    (prop_oneof![1 => Just(0_u32), 6 => Just(1), 1 => Just(2), 1 => Just(3)], 0..3_u8)
        .prop_map(|(epoch, n)| (epoch, browser(&format!("e{epoch}-{n}"))))
}

fn an_epoch() -> impl Strategy<Value = u32> {
    prop_oneof![1 => Just(0_u32), 6 => Just(1), 1 => Just(2), 1 => Just(3)]
}

fn a_change() -> impl Strategy<Value = Change> {
    let metadata = proptest::collection::btree_map("[a-c]", "[a-c]{0,2}", 0..3);
    let inactivity = prop_oneof![3 => Just(None), 1 => (1_000..40_000_u64).prop_map(|n| Some(Millis::new(n)))];
    (proptest::option::of(1_000..200_000_u64), inactivity, proptest::option::of(metadata)).prop_map(
        |(timeout, inactivity_timeout, metadata)| Change {
            timeout: timeout.map(Millis::new),
            inactivity_timeout,
            metadata,
        },
    )
}

/// A report of one of two relays, in any order. Its times are relative to the step.
fn a_report() -> impl Strategy<Value = PresenceReport> {
    let relay = prop_oneof![2 => Just(START), 1 => Just(START.plus(Millis::from_secs(20)))];
    let active_at = prop_oneof![3 => Just(0), 3 => -5_000..0_i64, 1 => -100_000..1_000_i64];
    (relay, 0..40_u64, 0..3_u32, active_at).prop_map(|(relay, number, clients, active_at)| PresenceReport {
        sequence: ReportSequence { relay, number },
        clients,
        active_at: Timestamp::from_millis(active_at),
    })
}

fn a_way_to_be_gone() -> impl Strategy<Value = BrowserExit> {
    prop_oneof![
        Just(BrowserExit::Unknown),
        Just(BrowserExit::Closed),
        Just(BrowserExit::Crashed),
        Just(BrowserExit::Evicted)
    ]
}

fn an_input() -> impl Strategy<Value = Input> {
    let named = |make: fn(BrowserId) -> Input| a_browser().prop_map(move |(_, browser)| make(browser));
    prop_oneof![
        1 => Just(Input::Release),
        2 => a_change().prop_map(Input::Change),
        6 => a_browser().prop_map(|(epoch, browser)| Input::BrowserAcquired { epoch, browser }),
        6 => an_epoch().prop_map(|epoch| Input::WindowReady { epoch, dimensions: crate::support::WINDOW }),
        1 => an_epoch().prop_map(|epoch| Input::BrowserFailed { epoch, failure: failure("no") }),
        1 => an_epoch().prop_map(|epoch| Input::BrowserFailed { epoch, failure: put_off() }),
        4 => Just(Input::SlotGranted),
        1 => Just(Input::CallerGone),
        1 => Just(Input::Claimed),
        1 => (a_browser(), a_way_to_be_gone()).prop_map(|((_, browser), how)| Input::BrowserGone { browser, how }),
        9 => a_report().prop_map(Input::ClientsSeen),
        1 => Just(Input::ClosedByClient),
        2 => named(|browser| Input::BrowserClosed { browser }),
        2 => named(|browser| Input::CloseAcknowledged { browser }),
        4 => named(|browser| Input::CloseFailed { browser }),
        6 => Just(Input::DeadlineReached),
    ]
}

fn a_step() -> impl Strategy<Value = Step> {
    let pause = prop_oneof![
        4 => (0..3_000_i64).prop_map(Pause::For),
        3 => (0..70_000_i64).prop_map(Pause::For),
        1 => (-100_000..0_i64).prop_map(Pause::For),
        3 => (-1..=1_i64).prop_map(Pause::UntilDue),
    ];
    (pause, an_input())
}

fn a_wish() -> impl Strategy<Value = Wish> {
    let inactivity = proptest::option::of(1_000..40_000_u64);
    let grace = proptest::option::of(prop_oneof![1 => Just(0_u64), 4 => 0..20_000_u64]);
    let wait = proptest::option::weighted(0.3, 1_000..60_000_u64);
    (inactivity, grace, wait, any::<bool>()).prop_map(|(inactivity, grace, wait, anonymous)| Wish {
        inactivity,
        grace,
        wait,
        anonymous,
    })
}

/// Half of all lives are live from the start. Otherwise too few would reach the states after that.
fn a_life() -> impl Strategy<Value = Life> {
    let start: Vec<Step> = vec![
        (Pause::For(10), Input::SlotGranted),
        (Pause::For(10), Input::BrowserAcquired { epoch: 1, browser: browser("e1-0") }),
        (Pause::For(10), Input::WindowReady { epoch: 1, dimensions: crate::support::WINDOW }),
    ];
    let steps = (any::<bool>(), proptest::collection::vec(a_step(), 0..40))
        .prop_map(move |(is_live, steps)| if is_live { [start.clone(), steps].concat() } else { steps });
    (a_wish(), steps)
}

fn a_new_session(wish: Wish) -> Session {
    let mut body = json!({"timeout": 90_000, "metadata": {"run": "1"}, "owner": "a"});
    if let Some(inactivity) = wish.inactivity {
        body["inactivityTimeout"] = json!(inactivity);
    }
    if let Some(grace) = wish.grace {
        body["onDisconnect"] = json!("release");
        body["disconnectGrace"] = json!(grace);
    }
    if let Some(wait) = wish.wait {
        body["wait"] = json!(wait);
    }
    let options = Options::parse(&body, crate::support::OPTIONS_LIMITS).unwrap();
    let id = SessionId::new(START, [7; 10]);
    let new = NewSession { id, options: &options, last_epoch: 0, is_anonymous: wish.anonymous };
    if wish.wait.is_some() {
        return Session::wait(&new, START);
    }
    let (session, actions) = Session::create(&new, START);
    assert_eq!(actions.into_iter().count(), 1);
    session
}

fn put_off() -> Failure {
    Failure::new(FailureCode::ProviderRateLimited, "later")
}

/// One executed step.
struct Seen<'a> {
    before: &'a Session,
    after: &'a Session,
    input: &'a Input,
    now: Timestamp,
    outcome: Result<Vec<Action>, SessionError>,
}

/// Runs a session's steps. Passes each of them to `look`.
fn live((wish, steps): &Life, mut look: impl FnMut(&Seen<'_>)) -> Session {
    let mut session = a_new_session(*wish);
    let mut now = START;
    for (pause, input) in steps {
        now = match pause {
            Pause::For(millis) => Timestamp::from_millis(now.as_millis() + millis),
            Pause::UntilDue(millis) => {
                session.next_deadline().map_or(now, |due| Timestamp::from_millis(due.as_millis() + millis))
            }
        };
        let input = &match input {
            Input::ClientsSeen(report) => Input::ClientsSeen(PresenceReport {
                active_at: Timestamp::from_millis(now.as_millis() + report.active_at.as_millis()),
                ..*report
            }),
            other => other.clone(),
        };
        let before = session.clone();
        let outcome = session.handle(input.clone(), now).map(|actions| actions.into_iter().collect());
        look(&Seen { before: &before, after: &session, input, now, outcome });
    }
    session
}

/// The browsers that the machine owns or closes.
fn held(session: &Session) -> BTreeSet<BrowserId> {
    let own = match session.state() {
        State::Starting { browser, .. } => browser.clone(),
        State::Live { browser, .. } => Some(browser.clone()),
        State::Waiting { .. } | State::Ended { .. } => None,
    };
    own.into_iter().chain(session.closing().iter().map(|closing| closing.browser.clone())).collect()
}

fn closing(session: &Session) -> BTreeSet<BrowserId> {
    session.closing().iter().map(|closing| closing.browser.clone()).collect()
}

fn closes(actions: &[Action]) -> Vec<BrowserId> {
    let close = |action: &Action| match action {
        Action::CloseBrowser { browser } => Some(browser.clone()),
        Action::AcquireBrowser { .. }
        | Action::PrepareWindow { .. }
        | Action::KeepAlive { .. }
        | Action::AskRelay
        | Action::StartRecorder { .. } => None,
    };
    actions.iter().filter_map(close).collect()
}

/// A model of a session's clients, computed from the reports alone.
#[derive(Debug)]
struct Known {
    newest: Option<ReportSequence>,
    active_at: Timestamp,
    is_connected: bool,
    /// No client counts as gone before this time.
    alone_from: Timestamp,
    /// A client that left counts as gone by this time.
    alone_by: Timestamp,
}

impl Known {
    fn new(since: Timestamp) -> Self {
        let limit = since.plus(FIRST_CONNECT_LIMIT);
        Self { newest: None, active_at: since, is_connected: false, alone_from: limit, alone_by: limit }
    }

    fn hear(&mut self, report: PresenceReport, now: Timestamp) {
        if self.newest.is_some_and(|newest| report.sequence <= newest) {
            return;
        }
        self.newest = Some(report.sequence);
        let active_at = report.active_at.min(now);
        let has_come = active_at > self.active_at;
        self.active_at = self.active_at.max(active_at);
        if report.clients > 0 {
            (self.alone_from, self.alone_by) = (now.plus(LEASE), now.plus(LEASE));
        } else if has_come {
            (self.alone_from, self.alone_by) = (now, now);
        } else if self.is_connected {
            // The lease may have expired, noticed or not.
            (self.alone_from, self.alone_by) = (now.min(self.alone_from), now.max(self.alone_by));
        }
        self.is_connected = report.clients > 0;
    }
}

/// Reports of two successive relays, and the order of those that arrive. The newest always arrives.
fn a_history() -> impl Strategy<Value = (Vec<PresenceReport>, Vec<usize>)> {
    let word = (any::<bool>(), 0..3_u32, 0..500_i64);
    proptest::collection::vec(word, 1..20)
        .prop_map(|words| {
            let (mut relay, mut number, mut active_at) = (START, 0, START.as_millis() + 1);
            let says = |(is_last, clients, passed)| {
                number += 1;
                active_at += passed;
                if is_last && relay == START {
                    (relay, number) = (Timestamp::from_millis(active_at), 0);
                }
                PresenceReport {
                    sequence: ReportSequence { relay, number },
                    clients,
                    active_at: Timestamp::from_millis(active_at),
                }
            };
            words.into_iter().map(says).collect::<Vec<PresenceReport>>()
        })
        .prop_flat_map(|history| {
            let newest = history.len() - 1;
            let heard = proptest::collection::vec(0..history.len(), 0..30)
                .prop_map(move |heard| [heard, vec![newest]].concat())
                .prop_shuffle();
            (Just(history), heard)
        })
}

fn a_watched_session() -> Session {
    let wish = Wish { inactivity: Some(80_000), grace: Some(40_000), wait: None, anonymous: false };
    let mut session = a_new_session(wish);
    for input in [
        Input::BrowserAcquired { epoch: 1, browser: browser("b") },
        Input::WindowReady { epoch: 1, dimensions: crate::support::WINDOW },
    ] {
        let _effects = session.handle(input, START).unwrap();
    }
    session
}

fn hear(session: &mut Session, report: PresenceReport, now: Timestamp) {
    let actions = session.handle(Input::ClientsSeen(report), now).unwrap();
    assert_eq!(actions.into_iter().count(), 0);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn ended_is_final_with_one_reason(life in a_life()) {
        live(&life, |seen| {
            if seen.before.status().is_ended() {
                assert_eq!(seen.after.state(), seen.before.state());
            }
        });
    }

    #[test]
    fn an_epoch_never_falls_and_each_end_and_each_acquire_raises_it(life in a_life()) {
        live(&life, |seen| {
            let ends = seen.after.status().is_ended() && !seen.before.status().is_ended();
            let acquires = seen.outcome.iter().flatten().any(|action| matches!(action, Action::AcquireBrowser { .. }));
            assert_eq!(seen.after.epoch(), seen.before.epoch() + u32::from(ends) + u32::from(acquires));
        });
    }

    #[test]
    fn a_session_never_returns_to_a_state_except_after_a_rate_limited_start(life in a_life()) {
        let place = |session: &Session| match session.status() {
            Status::Waiting => 0,
            Status::Starting => 1,
            Status::Live => 2,
            Status::Released | Status::Failed => 3,
        };
        live(&life, |seen| {
            if place(seen.after) < place(seen.before) {
                assert_eq!((seen.before.status(), seen.after.status()), (Status::Starting, Status::Waiting));
                let is_put_off = matches!(seen.input, Input::BrowserFailed { failure, .. } if *failure == put_off());
                assert!(is_put_off && life.0.wait.is_some(), "{:?}", seen.input);
            }
        });
    }

    #[test]
    fn a_disconnected_caller_without_a_key_gets_no_browser(life in a_life()) {
        live(&life, |seen| {
            let was_on_its_way = matches!(seen.before.status(), Status::Waiting | Status::Starting);
            if *seen.input == Input::CallerGone && was_on_its_way {
                assert_eq!(seen.after.status().is_ended(), life.0.anonymous);
            }
            assert!(!seen.after.was_turned_away() || held(seen.after).is_empty(), "nothing of it is kept");
            let is_due = seen.after.claim_by().is_some_and(|by| by <= seen.now);
            assert!(seen.after.claim_by().is_none() || life.0.anonymous);
            if *seen.input == Input::DeadlineReached && seen.after.status() == Status::Live {
                assert!(!is_due, "nobody came for it, and it lives on");
            }
        });
    }

    #[test]
    fn a_browser_is_tracked_until_it_is_confirmed_gone(life in a_life()) {
        let mut owed = BTreeSet::new();
        live(&life, |seen| {
            match seen.input {
                Input::BrowserAcquired { browser, .. } => {
                    owed.insert(browser.clone());
                }
                Input::BrowserClosed { browser } | Input::BrowserGone { browser, .. } => {
                    owed.remove(browser);
                }
                _ => {}
            }
            assert!(held(seen.after).is_superset(&owed), "{owed:?} in {:?}", seen.after);
        });
    }

    #[test]
    fn a_close_is_requested_once_and_only_for_a_closing_browser(life in a_life()) {
        live(&life, |seen| {
            let Ok(actions) = &seen.outcome else { return };
            let told = closes(actions);
            let set: BTreeSet<BrowserId> = told.iter().cloned().collect();
            assert_eq!(told.len(), set.len(), "once");
            assert!(closing(seen.after).is_superset(&set), "what is told is also remembered");
            assert_eq!(seen.after.browser().filter(|browser| set.contains(browser)), None, "no live one is closed");
            let new: BTreeSet<BrowserId> = closing(seen.after).difference(&closing(seen.before)).cloned().collect();
            assert!(set.is_superset(&new), "{new:?} are to be closed, and only {set:?} is told");
            let due = |closing: &&tidewatch::session::Closing| closing.next_try <= seen.now;
            let due = seen.before.closing().iter().filter(due).map(|closing| closing.browser.clone());
            if *seen.input == Input::DeadlineReached {
                assert_eq!(set, new.into_iter().chain(due).collect(), "each that is due, and no other, is tried again");
            } else {
                assert_eq!(set, new, "nothing is tried again but by the alarm");
            }
        });
    }

    #[test]
    fn a_deadline_exists_exactly_while_something_is_left_to_do(life in a_life()) {
        live(&life, |seen| {
            let done = seen.after.status().is_ended() && seen.after.closing().is_empty();
            assert_eq!(seen.after.next_deadline().is_none(), done, "{:?}", seen.after);
        });
    }

    #[test]
    fn a_deadline_is_kept_and_never_early(life in a_life()) {
        live(&life, |seen| {
            if *seen.input != Input::DeadlineReached {
                return;
            }
            let limit = match seen.before.state() {
                State::Waiting { .. } => Some((seen.before.wait_until().unwrap(), Reason::StartupFailed)),
                State::Starting { since, .. } => Some((since.plus(STARTUP_LIMIT), Reason::StartupFailed)),
                State::Live { .. } => Some((seen.before.expires_at(), Reason::Timeout)),
                State::Ended { .. } => None,
            };
            match (limit, seen.after.state()) {
                (Some((limit, due)), State::Ended { reason, at, .. }) if limit <= seen.now => {
                    assert_eq!((*reason, *at), (due, seen.now), "it wins over everything");
                }
                (Some(_), State::Ended { reason, at, .. }) => {
                    assert!(matches!(reason, Reason::ClientDisconnected | Reason::InactivityTimeout), "{reason:?} early");
                    assert!(seen.before.next_deadline().is_some_and(|due| due <= seen.now), "{reason:?} early");
                    assert_eq!(*at, seen.now);
                }
                (Some((limit, _)), _) => assert!(limit > seen.now, "a deadline that has come is kept"),
                (None, after) => assert_eq!(after, seen.before.state()),
            }
            assert!(seen.after.next_deadline().is_none_or(|next| next > seen.now), "an alarm can't spin");
        });
    }

    #[test]
    fn a_watched_session_ends_neither_early_nor_late(life in a_life()) {
        let mut known: Option<Known> = None;
        let mut latest = START;
        live(&life, |seen| {
            latest = latest.max(seen.now);
            if let (State::Starting { .. }, State::Live { since, .. }) = (seen.before.state(), seen.after.state()) {
                known = Some(Known::new(*since));
            }
            let (Some(known), State::Live { .. }) = (&mut known, seen.before.state()) else { return };
            if let Input::ClientsSeen(report) = seen.input {
                known.hear(*report, seen.now);
            }
            let inactivity = seen.before.watch().and_then(|watch| watch.inactivity);
            let silent_at = inactivity.map(|inactivity| known.active_at.plus(inactivity));
            let grace = life.0.grace.map(Millis::new);
            if let State::Ended { reason, at, .. } = *seen.after.state() {
                match reason {
                    Reason::InactivityTimeout => assert!(silent_at.is_some_and(|silent_at| silent_at <= at), "{known:?}"),
                    Reason::ClientDisconnected if *seen.input == Input::CallerGone => {}
                    Reason::ClientDisconnected if seen.before.claim_by().is_some_and(|by| by <= at) => {}
                    Reason::ClientDisconnected => {
                        assert!(grace.is_some_and(|grace| known.alone_from.plus(grace) <= at), "{known:?}");
                    }
                    _ => {}
                }
            } else if *seen.input == Input::DeadlineReached && life.0.is_watched() {
                assert!(grace.is_none_or(|grace| known.alone_by.plus(grace) > seen.now), "{known:?} at {:?}", seen.now);
                if silent_at.is_some_and(|silent_at| silent_at <= seen.now) {
                    let answer_by = latest.plus(Millis::from_secs(2));
                    assert!(seen.after.next_deadline().is_some_and(|next| next <= answer_by), "it is asked");
                    assert_eq!(seen.after.connected(), Some(true), "nobody else can answer");
                }
            }
        });
    }

    #[test]
    fn only_a_session_that_is_watched_reacts_to_its_clients(life in a_life()) {
        let session = live(&life, |seen| {
            assert_eq!(seen.after.connected().is_some(), life.0.is_watched());
            assert!(seen.after.connected() != Some(true) || seen.after.status() == Status::Live);
            if matches!(seen.input, Input::ClientsSeen(_)) && !life.0.is_watched() {
                assert_eq!(seen.after, seen.before);
            }
            let asks = seen.outcome.iter().flatten().filter(|action| **action == Action::AskRelay).count();
            assert!(asks <= usize::from(seen.after.connected() == Some(true)), "only whoever is connected is asked for");
        });
        if let State::Ended { reason: Reason::InactivityTimeout | Reason::ClientDisconnected, .. } = session.state() {
            assert!(life.0.is_watched() || life.0.anonymous);
        }
    }

    #[test]
    fn reports_have_the_effect_of_the_newest_one_alone(
        (history, heard) in a_history(),
        waits in proptest::collection::vec(0..100_i64, 40),
    ) {
        let newest = history.last().copied().unwrap();
        // If all arrive at once, every field is equal.
        let (mut once, mut often) = (a_watched_session(), a_watched_session());
        let now = START.plus(Millis::from_secs(50));
        hear(&mut once, newest, now);
        for word in &heard {
            hear(&mut often, history[*word], now);
        }
        prop_assert_eq!(&often, &once);

        // If they arrive over some seconds, only the times of the lease differ.
        let mut often = a_watched_session();
        let mut later = now;
        for (word, wait) in heard.iter().zip(waits) {
            later = Timestamp::from_millis(later.as_millis() + wait);
            hear(&mut often, history[*word], later);
        }
        let timeless = |session: &Session| {
            let mut stored = serde_json::to_value(session).unwrap();
            for time in ["/watch/lease/until", "/watch/alone_since"] {
                stored.pointer_mut(time).map(Value::take);
            }
            stored
        };
        prop_assert_eq!(timeless(&often), timeless(&once));
    }

    #[test]
    fn a_refused_input_changes_nothing(life in a_life()) {
        live(&life, |seen| {
            if seen.outcome.is_err() {
                assert_eq!(seen.after, seen.before);
                assert!(matches!(seen.input, Input::Change(_)), "only a caller's request can be refused");
            }
        });
    }

    #[test]
    fn a_browser_is_requested_once_in_an_epoch_and_one_is_prepared(life in a_life()) {
        let mut asked = if life.0.wait.is_some() { BTreeSet::new() } else { BTreeSet::from([1]) };
        let mut prepared = 0;
        live(&life, |seen| {
            for action in seen.outcome.iter().flatten() {
                match action {
                    Action::AcquireBrowser { epoch, .. } => {
                        assert_eq!((*seen.input == Input::SlotGranted, *epoch), (true, seen.after.epoch()));
                        assert!(asked.insert(*epoch), "a second browser is asked for");
                    }
                    Action::PrepareWindow { epoch, .. } => {
                        assert_eq!(*epoch, seen.after.epoch());
                        prepared += 1;
                    }
                    Action::CloseBrowser { .. }
                    | Action::KeepAlive { .. }
                    | Action::StartRecorder { .. }
                    | Action::AskRelay => {}
                }
            }
        });
        assert!(prepared <= 1);
    }

    #[test]
    fn the_end_of_a_timeout_is_announced_once_and_in_advance(life in a_life()) {
        let mut announced = BTreeSet::new();
        live(&life, |seen| {
            for event in Event::between(seen.before, seen.after) {
                if let Event::Expiring { expires_at } = event {
                    assert_eq!((seen.after.status(), seen.after.expires_at()), (Status::Live, expires_at));
                    assert!(expires_at > seen.now && announced.insert(expires_at));
                }
            }
        });
    }

    #[test]
    fn a_session_survives_being_stored(life in a_life()) {
        live(&life, |seen| {
            let text = serde_json::to_string(seen.after).unwrap();
            assert_eq!(&from_json::<Session>(&text).unwrap(), seen.after);
        });
    }

    #[test]
    fn an_unknown_field_is_ignored_and_an_absent_field_has_its_default(life in a_life()) {
        let session = live(&life, |_| {});
        let mut stored = serde_json::to_value(&session).unwrap();
        stored["later"] = json!({"a": [1]});
        for state in stored["state"].as_object_mut().unwrap().values_mut() {
            state["later"] = json!(1);
        }
        if let Some(watch) = stored.get_mut("watch") {
            watch["later"] = json!(1);
            for part in ["lease", "heard"] {
                if let Some(part) = watch.get_mut(part) {
                    part["later"] = json!([1]);
                }
            }
        }
        for closing in stored.get_mut("closing").and_then(Value::as_array_mut).into_iter().flatten() {
            closing["later"] = json!("x");
        }
        assert_eq!(serde_json::from_value::<Session>(stored.clone()).unwrap(), session);

        let fields = stored.as_object_mut().unwrap();
        fields.retain(|name, _| ["id", "epoch", "state", "timeout"].contains(&name.as_str()));
        let bare: Session = serde_json::from_value(stored.clone()).unwrap();
        // All other fields are stored only when they are not the default.
        stored["adapter"] = json!("puppeteer");
        stored["state"] = serde_json::to_value(session.state()).unwrap();
        assert_eq!(serde_json::to_value(&bare).unwrap(), stored);
    }
}

#[test]
fn a_session_stored_by_the_first_version_can_be_read() {
    let id = "0192f0c1-7b3c-7000-8000-00000000000a";
    let starting = json!({"id": id, "epoch": 1, "state": {"starting": {"since": 1}}, "timeout": 5_000});
    let read: Session = serde_json::from_value(starting).unwrap();
    assert_eq!(read.state(), &State::Starting { since: Timestamp::from_millis(1), browser: None });

    let live = json!({
        "id": id, "epoch": 1, "timeout": 5_000, "adapter": "playwright", "owner": "a", "metadata": {"k": "v"},
        "state": {"live": {"browser": "b", "since": 2}},
        "dimensions": {"width": 800, "height": 600}, "verified_at": 3,
    });
    let read: Session = serde_json::from_value(live).unwrap();
    assert_eq!(read.state(), &State::Live { browser: browser("b"), since: Timestamp::from_millis(2) });
    assert_eq!((read.adapter(), read.owner()), (Adapter::Playwright, Some("a")));
    assert_eq!(read.dimensions(), Some(Dimensions { width: 800, height: 600 }));
    assert_eq!(read.verified_at(), Some(Timestamp::from_millis(3)));

    let ended = json!({
        "id": id, "epoch": 2, "timeout": 5_000,
        "state": {"ended": {"live_since": 2, "at": 9, "reason": "browser_lost",
                            "failure": {"code": "browser_lost", "message": "m"}}},
        "closing": [{"browser": "b", "next_try": 10}],
    });
    let read: Session = serde_json::from_value(ended).unwrap();
    assert_eq!((read.status(), read.closing()[0].failures), (Status::Failed, 0));
    assert_eq!(read.next_deadline(), Some(Timestamp::from_millis(10)));
}
