//! The periodic check against the provider's list: which live sessions have lost their browser.

use crate::support::{FleetDriver, MINUTE, SECOND, START, WINDOW, failure};
use serde_json::{Value, json};
use tidewatch::session::{BrowserExit, BrowserId, Input, Millis, Reason, SessionId, State, Timestamp};
use tidewatch::wire::{ListedBrowsers, SessionView, ViewContext};

fn any() -> Value {
    json!({"timeout": 10 * MINUTE})
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START.as_millis() + millis)
}

fn listed(millis: i64, browsers: &[&BrowserId]) -> ListedBrowsers {
    ListedBrowsers { asked_at: at(millis), browsers: browsers.iter().copied().cloned().collect() }
}

fn live(fleet: &mut FleetDriver) -> (SessionId, BrowserId) {
    let id = fleet.start(&any());
    let browser = fleet.becomes_live(id);
    (id, browser)
}

/// `verifiedAt` as a client sees it, in milliseconds after `START`.
fn verified(fleet: &FleetDriver, id: SessionId) -> Option<i64> {
    let record = fleet.record(id);
    let checked_at = fleet.fleet.checked_at().unwrap();
    let context = ViewContext { base_url: "http://localhost", now: fleet.now(), checked_at };
    let view = SessionView::new(&record.session, &record.tokens, None, context);
    view.verified_at.map(|text| Timestamp::parse_iso(&text).unwrap().as_millis() - START.as_millis())
}

#[test]
fn a_live_session_that_is_missing_from_a_later_list_is_suspect() {
    let mut fleet = FleetDriver::new();
    let (lost, browser) = live(&mut fleet);
    let (_, known) = live(&mut fleet);
    assert_eq!(fleet.fleet.suspects(&listed(1, &[&known])).unwrap(), [(lost, browser)]);
    assert_eq!(fleet.fleet.suspects(&listed(1, &[])).unwrap().len(), 2);
}

#[test]
fn a_session_that_became_live_after_the_list_was_asked_for_is_not_suspect() {
    let mut fleet = FleetDriver::new();
    fleet.wait(10 * SECOND);
    let (id, browser) = live(&mut fleet);
    for asked_at in [0, 9_999, 10_000] {
        assert_eq!(fleet.fleet.suspects(&listed(asked_at, &[])).unwrap(), [], "{asked_at}");
    }
    assert_eq!(fleet.fleet.suspects(&listed(10_001, &[])).unwrap(), [(id, browser)]);
}

#[test]
fn a_starting_or_ended_session_is_not_suspect() {
    let mut fleet = FleetDriver::new();
    let starting = fleet.start(&any());
    let preparing = fleet.start(&any());
    let browser = fleet.fresh_browser();
    let _turn = fleet.hand(preparing, Input::BrowserAcquired { epoch: 1, browser });
    let failed = fleet.start(&any());
    let _turn = fleet.fails_to_start(failed, failure("no"));
    let (closing, _) = live(&mut fleet);
    let _turn = fleet.release(closing);
    let (ended, _) = live(&mut fleet);
    fleet.end(ended);
    assert_eq!(fleet.fleet.suspects(&listed(60_000, &[])).unwrap(), []);
    fleet.becomes_live(starting);
    assert_eq!(fleet.fleet.suspects(&listed(60_000, &[])).unwrap().len(), 1);
}

#[test]
fn a_foreign_browser_in_the_list_changes_nothing() {
    let mut fleet = FleetDriver::new();
    let (_, own) = live(&mut fleet);
    let other = crate::support::browser("somebody-elses");
    assert_eq!(fleet.fleet.suspects(&listed(1, &[&other, &own])).unwrap(), []);
}

#[test]
fn a_suspect_whose_browser_is_gone_ends_as_lost_once() {
    let mut fleet = FleetDriver::new();
    let (id, browser) = live(&mut fleet);
    fleet.wait(5 * SECOND);
    for _ in 0..2 {
        let turn = fleet.hand(id, Input::BrowserGone { browser: browser.clone(), how: BrowserExit::Unknown });
        assert_eq!(turn.tasks, [], "there is nothing to close");
        let State::Ended { reason, at: ended, .. } = *turn.record.session.state() else { panic!("it has ended") };
        assert_eq!((reason, ended), (Reason::BrowserLost, at(5_000)));
        fleet.wait(SECOND);
    }
}

#[test]
fn a_check_shows_in_the_view_of_every_live_session() {
    let mut fleet = FleetDriver::new();
    assert_eq!(fleet.fleet.checked_at(), Ok(None));
    let (first, _) = live(&mut fleet);
    assert_eq!(verified(&fleet, first), Some(0), "the provider has just given it");
    fleet.wait(4 * SECOND);
    fleet.fleet.end_check(at(4_000)).unwrap();
    assert_eq!(verified(&fleet, first), Some(4_000));
    fleet.wait(4 * SECOND);
    let (second, _) = live(&mut fleet);
    assert_eq!(verified(&fleet, second), Some(8_000), "an older check says nothing about it");
    fleet.fleet.end_check(at(9_000)).unwrap();
    assert_eq!((verified(&fleet, first), verified(&fleet, second)), (Some(9_000), Some(9_000)));
}

#[test]
fn a_session_that_has_ended_keeps_the_last_check_that_saw_it() {
    let mut fleet = FleetDriver::new();
    let (id, _) = live(&mut fleet);
    fleet.wait(6 * SECOND);
    fleet.fleet.end_check(at(4_000)).unwrap();
    let _turn = fleet.release(id);
    assert_eq!(verified(&fleet, id), Some(4_000));
    fleet.fleet.end_check(at(8_000)).unwrap();
    assert_eq!(verified(&fleet, id), Some(4_000), "a later check has not seen it");
}

#[test]
fn a_start_that_failed_before_it_had_a_browser_was_never_verified() {
    let mut fleet = FleetDriver::new();
    fleet.fleet.end_check(at(1_000)).unwrap();
    let id = fleet.start(&any());
    let _turn = fleet.fails_to_start(id, failure("no"));
    assert_eq!(verified(&fleet, id), None);
}

#[test]
fn a_check_is_due_every_four_seconds_only_while_a_session_is_live() {
    let mut fleet = FleetDriver::new();
    assert_eq!(fleet.fleet.next_check(), Ok(None));
    let id = fleet.start(&any());
    assert_eq!(fleet.fleet.next_check(), Ok(None), "what is starting has its own limit");
    let browser = fleet.fresh_browser();
    let _turn = fleet.hand(id, Input::BrowserAcquired { epoch: 1, browser });
    assert_eq!(fleet.fleet.next_check(), Ok(None));
    let _turn = fleet.hand(id, Input::WindowReady { epoch: 1, dimensions: WINDOW });
    assert!(fleet.fleet.next_check().unwrap().unwrap() <= fleet.now(), "the first is due at once");
    fleet.fleet.begin_check(fleet.now()).unwrap();
    assert_eq!(fleet.fleet.next_check(), Ok(Some(fleet.now().plus(Millis::from_secs(4)))));
    fleet.wait(30 * SECOND);
    assert_eq!(fleet.fleet.next_check(), Ok(Some(at(4_000))), "one that never ended does not hold up the next");
    let _turn = fleet.release(id);
    assert_eq!(fleet.fleet.next_check(), Ok(None), "a browser that is closing is asked about by itself");
    fleet.closes(id);
    assert_eq!(fleet.fleet.next_check(), Ok(None));
}

#[test]
fn a_check_survives_a_restart() {
    let mut fleet = FleetDriver::new();
    let (id, _) = live(&mut fleet);
    fleet.fleet.begin_check(at(2_000)).unwrap();
    fleet.fleet.end_check(at(2_000)).unwrap();
    fleet.restart();
    assert_eq!(verified(&fleet, id), Some(2_000));
    assert_eq!(fleet.fleet.next_check(), Ok(Some(at(6_000))));
}
