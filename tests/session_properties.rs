//! What holds for one session, whatever happens to it, in whatever order and at whatever time.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};
use serde_json::{Value, json};
use support::{START, browser, failure};
use tidewatch::session::{
    Adapter, BrowserId, Change, Command, Dimensions, Effect, Gone, Millis, Options, Reason, STARTUP_LIMIT, Session,
    SessionError, SessionId, State, Status, Timestamp,
};

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
    /// So much later than what came before; earlier if that is negative.
    For(i64),
    /// So long after the next deadline; before it if that is negative.
    UntilDue(i64),
}

/// When something happens, and what.
type Step = (Pause, Command);

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
    let inactivity = prop_oneof![9 => Just(None), 1 => Just(Some(Millis::new(5_000)))];
    (proptest::option::of(1_000..200_000_u64), inactivity, proptest::option::of(metadata)).prop_map(
        |(timeout, inactivity_timeout, metadata)| Change {
            timeout: timeout.map(Millis::new),
            inactivity_timeout,
            metadata,
        },
    )
}

fn a_command() -> impl Strategy<Value = Command> {
    let named = |make: fn(BrowserId) -> Command| a_browser().prop_map(move |(_, browser)| make(browser));
    prop_oneof![
        1 => Just(Command::Release),
        2 => a_change().prop_map(Command::Change),
        6 => a_browser().prop_map(|(epoch, browser)| Command::BrowserAcquired { epoch, browser }),
        6 => an_epoch().prop_map(|epoch| Command::WindowReady { epoch, dimensions: support::WINDOW }),
        1 => an_epoch().prop_map(|epoch| Command::BrowserFailed { epoch, failure: failure("no") }),
        1 => named(|browser| Command::BrowserGone { browser, how: Gone::Unknown }),
        2 => named(|browser| Command::BrowserClosed { browser }),
        2 => named(|browser| Command::CloseAcknowledged { browser }),
        4 => named(|browser| Command::CloseFailed { browser }),
        6 => Just(Command::DeadlineReached),
    ]
}

fn a_step() -> impl Strategy<Value = Step> {
    let pause = prop_oneof![
        4 => (0..3_000_i64).prop_map(Pause::For),
        3 => (0..70_000_i64).prop_map(Pause::For),
        1 => (-100_000..0_i64).prop_map(Pause::For),
        3 => (-1..=1_i64).prop_map(Pause::UntilDue),
    ];
    (pause, a_command())
}

fn a_life() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(a_step(), 0..40)
}

fn a_new_session() -> Session {
    let body = json!({"timeout": 90_000, "metadata": {"run": "1"}, "owner": "a"});
    let options = Options::parse(&body, support::OPTIONS_LIMITS).unwrap();
    let (session, effects) = Session::create(SessionId::new(START, [7; 10]), &options, START);
    assert_eq!(effects.into_iter().count(), 1);
    session
}

/// One step as it was.
struct Seen<'a> {
    before: &'a Session,
    after: &'a Session,
    command: &'a Command,
    now: Timestamp,
    outcome: Result<Vec<Effect>, SessionError>,
}

/// Lets a session live, and shows each step to `look`.
fn live(steps: &[Step], mut look: impl FnMut(&Seen<'_>)) -> Session {
    let mut session = a_new_session();
    let mut now = START;
    for (pause, command) in steps {
        now = match pause {
            Pause::For(millis) => Timestamp::from_millis(now.as_millis() + millis),
            Pause::UntilDue(millis) => {
                session.next_deadline().map_or(now, |due| Timestamp::from_millis(due.as_millis() + millis))
            }
        };
        let before = session.clone();
        let outcome = session.handle(command.clone(), now).map(|effects| effects.into_iter().collect());
        look(&Seen { before: &before, after: &session, command, now, outcome });
    }
    session
}

/// The browsers that the machine answers for.
fn held(session: &Session) -> BTreeSet<BrowserId> {
    let own = match &session.state {
        State::Starting { browser, .. } => browser.clone(),
        State::Live { browser, .. } => Some(browser.clone()),
        State::Ended { .. } => None,
    };
    own.into_iter().chain(session.closing.iter().map(|closing| closing.browser.clone())).collect()
}

fn closing(session: &Session) -> BTreeSet<BrowserId> {
    session.closing.iter().map(|closing| closing.browser.clone()).collect()
}

fn closes(effects: &[Effect]) -> Vec<BrowserId> {
    let close = |effect: &Effect| match effect {
        Effect::CloseBrowser { browser } => Some(browser.clone()),
        Effect::AcquireBrowser { .. } | Effect::PrepareWindow { .. } | Effect::AskRelay => None,
    };
    effects.iter().filter_map(close).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn ended_is_final_with_one_reason(steps in a_life()) {
        live(&steps, |seen| {
            if seen.before.status().is_ended() {
                assert_eq!(seen.after.state, seen.before.state);
            }
        });
    }

    #[test]
    fn an_epoch_never_falls_and_each_end_raises_it(steps in a_life()) {
        live(&steps, |seen| {
            let ends = seen.after.status().is_ended() && !seen.before.status().is_ended();
            assert_eq!(seen.after.epoch, seen.before.epoch + u32::from(ends));
        });
    }

    #[test]
    fn a_state_is_never_gone_back_to(steps in a_life()) {
        let place = |session: &Session| match session.status() {
            Status::Starting => 0,
            Status::Live => 1,
            Status::Released | Status::Failed => 2,
        };
        live(&steps, |seen| assert!(place(seen.after) >= place(seen.before)));
    }

    #[test]
    fn no_browser_is_forgotten_until_it_is_confirmed_gone(steps in a_life()) {
        let mut owed = BTreeSet::new();
        live(&steps, |seen| {
            match seen.command {
                Command::BrowserAcquired { browser, .. } => {
                    owed.insert(browser.clone());
                }
                Command::BrowserClosed { browser } | Command::BrowserGone { browser, .. } => {
                    owed.remove(browser);
                }
                _ => {}
            }
            assert!(held(seen.after).is_superset(&owed), "{owed:?} in {:?}", seen.after);
        });
    }

    #[test]
    fn whatever_is_to_be_closed_is_told_once_and_nothing_else_is(steps in a_life()) {
        live(&steps, |seen| {
            let Ok(effects) = &seen.outcome else { return };
            let told = closes(effects);
            let set: BTreeSet<BrowserId> = told.iter().cloned().collect();
            assert_eq!(told.len(), set.len(), "once");
            assert!(closing(seen.after).is_superset(&set), "what is told is also remembered");
            assert_eq!(seen.after.browser().filter(|browser| set.contains(browser)), None, "no live one is closed");
            let new: BTreeSet<BrowserId> = closing(seen.after).difference(&closing(seen.before)).cloned().collect();
            assert!(set.is_superset(&new), "{new:?} are to be closed, and only {set:?} is told");
            let due = |closing: &&tidewatch::session::Closing| closing.next_try <= seen.now;
            let due = seen.before.closing.iter().filter(due).map(|closing| closing.browser.clone());
            if *seen.command == Command::DeadlineReached {
                assert_eq!(set, new.into_iter().chain(due).collect(), "each that is due, and no other, is tried again");
            } else {
                assert_eq!(set, new, "nothing is tried again but by the alarm");
            }
        });
    }

    #[test]
    fn there_is_a_deadline_exactly_while_something_is_left_to_do(steps in a_life()) {
        live(&steps, |seen| {
            let done = seen.after.status().is_ended() && seen.after.closing.is_empty();
            assert_eq!(seen.after.next_deadline().is_none(), done, "{:?}", seen.after);
        });
    }

    #[test]
    fn a_deadline_is_kept_and_never_early(steps in a_life()) {
        live(&steps, |seen| {
            if *seen.command != Command::DeadlineReached {
                return;
            }
            let limit = match seen.before.state {
                State::Starting { since, .. } => Some((since.plus(STARTUP_LIMIT), Reason::StartupFailed)),
                State::Live { .. } => Some((seen.before.expires_at(), Reason::Timeout)),
                State::Ended { .. } => None,
            };
            match (limit, &seen.after.state) {
                (Some((limit, due)), State::Ended { reason, at, .. }) => {
                    assert!(limit <= seen.now, "ended {:?} before its time", limit.since(seen.now));
                    assert_eq!((*reason, *at), (due, seen.now));
                }
                (Some((limit, _)), _) => assert!(limit > seen.now, "a deadline that has come is kept"),
                (None, after) => assert_eq!(after, &seen.before.state),
            }
            assert!(seen.after.next_deadline().is_none_or(|next| next > seen.now), "an alarm can't spin");
        });
    }

    #[test]
    fn a_command_that_is_refused_changes_nothing(steps in a_life()) {
        live(&steps, |seen| {
            if seen.outcome.is_err() {
                assert_eq!(seen.after, seen.before);
                assert!(matches!(seen.command, Command::Change(_)), "only a caller's wish can be refused");
            }
        });
    }

    #[test]
    fn a_browser_is_asked_for_once_and_prepared_once(steps in a_life()) {
        let mut prepared = 0;
        live(&steps, |seen| {
            for effect in seen.outcome.iter().flatten() {
                match effect {
                    Effect::AcquireBrowser { .. } => panic!("a second browser is asked for"),
                    Effect::PrepareWindow { epoch, .. } => {
                        assert_eq!(*epoch, seen.after.epoch);
                        prepared += 1;
                    }
                    Effect::CloseBrowser { .. } | Effect::AskRelay => {}
                }
            }
        });
        assert!(prepared <= 1);
    }

    #[test]
    fn a_session_survives_being_stored(steps in a_life()) {
        live(&steps, |seen| {
            let text = serde_json::to_string(seen.after).unwrap();
            assert_eq!(&serde_json::from_str::<Session>(&text).unwrap(), seen.after);
        });
    }

    #[test]
    fn fields_of_a_later_version_are_ignored_and_those_of_none_have_a_default(steps in a_life()) {
        let session = live(&steps, |_| {});
        let mut stored = serde_json::to_value(&session).unwrap();
        stored["later"] = json!({"a": [1]});
        for state in stored["state"].as_object_mut().unwrap().values_mut() {
            state["later"] = json!(1);
        }
        for closing in stored.get_mut("closing").and_then(Value::as_array_mut).into_iter().flatten() {
            closing["later"] = json!("x");
        }
        assert_eq!(serde_json::from_value::<Session>(stored.clone()).unwrap(), session);

        let fields = stored.as_object_mut().unwrap();
        fields.retain(|name, _| ["id", "epoch", "state", "timeout"].contains(&name.as_str()));
        let bare = Session {
            adapter: Adapter::Puppeteer,
            owner: None,
            metadata: BTreeMap::new(),
            dimensions: None,
            verified_at: None,
            closing: Vec::new(),
            ..session
        };
        assert_eq!(serde_json::from_value::<Session>(stored).unwrap(), bare);
    }
}

#[test]
fn sessions_that_were_stored_by_the_first_version_can_be_read() {
    let id = "0192f0c1-7b3c-7000-8000-00000000000a";
    let starting = json!({"id": id, "epoch": 1, "state": {"starting": {"since": 1}}, "timeout": 5_000});
    let read: Session = serde_json::from_value(starting).unwrap();
    assert_eq!(read.state, State::Starting { since: Timestamp::from_millis(1), browser: None });

    let live = json!({
        "id": id, "epoch": 1, "timeout": 5_000, "adapter": "playwright", "owner": "a", "metadata": {"k": "v"},
        "state": {"live": {"browser": "b", "since": 2}},
        "dimensions": {"width": 800, "height": 600}, "verified_at": 3,
    });
    let read: Session = serde_json::from_value(live).unwrap();
    assert_eq!(read.state, State::Live { browser: browser("b"), since: Timestamp::from_millis(2) });
    assert_eq!((read.adapter, read.owner.as_deref()), (Adapter::Playwright, Some("a")));
    assert_eq!(read.dimensions, Some(Dimensions { width: 800, height: 600 }));
    assert_eq!(read.verified_at, Some(Timestamp::from_millis(3)));

    let ended = json!({
        "id": id, "epoch": 2, "timeout": 5_000,
        "state": {"ended": {"live_since": 2, "at": 9, "reason": "browser_lost",
                            "failure": {"code": "browser_lost", "message": "m"}}},
        "closing": [{"browser": "b", "next_try": 10}],
    });
    let read: Session = serde_json::from_value(ended).unwrap();
    assert_eq!((read.status(), read.closing[0].failures), (Status::Failed, 0));
    assert_eq!(read.next_deadline(), Some(Timestamp::from_millis(10)));
}
