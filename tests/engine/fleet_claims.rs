//! Which browsers projects claim, and when a browser is unclaimed.

use crate::support::{FleetDriver, MINUTE, SECOND, START, browser};
use serde_json::json;
use tidewatch::fleet::{Directory, Store as _, unclaimed};
use tidewatch::session::{BrowserExit, BrowserId, Input, ProjectName, Timestamp};
use tidewatch::wire::{Claims, RunningBrowser, Swept};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START.as_millis() + millis)
}

fn running(name: &str, started_at: i64) -> RunningBrowser {
    RunningBrowser { browser: browser(name), started_at: Some(at(started_at)) }
}

fn mine(browsers: &[&str]) -> Claims {
    Claims { mine: browsers.iter().map(|name| browser(name)).collect(), starting_since: None }
}

fn starting(since: i64) -> Claims {
    Claims { starting_since: Some(at(since)), ..Claims::default() }
}

#[test]
fn a_browser_that_no_project_claims_is_unclaimed() {
    let list = [running("a", 0), running("unknown", 0), running("b", 0)];
    assert_eq!(unclaimed(&list, &[mine(&["a"]), mine(&["b"])]), [browser("unknown")]);
}

#[test]
fn a_browser_that_a_pending_start_may_own_is_claimed() {
    let list = [running("young", 0)];
    for (since, is_nobodys) in [(-50 * SECOND, false), (0, false), (MINUTE, false), (MINUTE + 1, true)] {
        let claims = [mine(&[]), starting(since)];
        assert_eq!(unclaimed(&list, &claims).is_empty(), !is_nobodys, "a start that began after {since} ms");
    }
}

#[test]
fn the_oldest_start_of_all_projects_counts() {
    let list = [running("young", 0)];
    assert_eq!(unclaimed(&list, &[starting(2 * MINUTE), starting(SECOND)]), []);
    assert_eq!(unclaimed(&list, &[starting(2 * MINUTE), starting(3 * MINUTE)]), [browser("young")]);
}

#[test]
fn a_browser_of_unknown_age_is_not_closed() {
    let list = [RunningBrowser { browser: browser("ageless"), started_at: None }];
    assert_eq!(unclaimed(&list, &[mine(&[])]), []);
}

#[test]
fn every_browser_is_unclaimed_without_a_project() {
    assert_eq!(unclaimed(&[running("left", 0)], &[]), [browser("left")]);
}

/// Which of these browsers a fleet claims.
fn claimed(fleet: &FleetDriver, browsers: &[&BrowserId]) -> Vec<BrowserId> {
    let asked: Vec<BrowserId> = browsers.iter().map(|browser| (*browser).clone()).collect();
    fleet.fleet.claims(&asked).unwrap().mine
}

#[test]
fn a_project_claims_a_browser_until_it_is_closed() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&json!({}));
    let epoch = fleet.session(id).epoch();
    let (own, other) = (fleet.fresh_browser(), fleet.fresh_browser());
    assert_eq!(claimed(&fleet, &[&own, &other]), []);
    let _turn = fleet.hand(id, Input::BrowserAcquired { epoch, browser: own.clone() });
    assert_eq!(claimed(&fleet, &[&own, &other]), std::slice::from_ref(&own), "while it is prepared");
    let _turn = fleet.hand(id, Input::WindowReady { epoch, dimensions: crate::support::WINDOW });
    assert_eq!(claimed(&fleet, &[&other, &own]), std::slice::from_ref(&own), "while it is live");
    let _turn = fleet.hand(id, Input::BrowserAcquired { epoch, browser: other.clone() });
    assert_eq!(claimed(&fleet, &[&own, &other]), [own.clone(), other.clone()], "one that came twice is being closed");
    let _turn = fleet.release(id);
    assert_eq!(claimed(&fleet, &[&own]), std::slice::from_ref(&own), "while it is being closed");
    let _turn = fleet.hand(id, Input::BrowserClosed { browser: own.clone() });
    let _turn = fleet.hand(id, Input::BrowserClosed { browser: other.clone() });
    assert_eq!(claimed(&fleet, &[&own, &other]), []);
}

#[test]
fn a_projects_claims_have_the_time_of_its_oldest_pending_start() {
    let mut fleet = FleetDriver::new();
    let since = |fleet: &FleetDriver| fleet.fleet.claims(&[]).unwrap().starting_since;
    assert_eq!(since(&fleet), None);
    let first = fleet.start(&json!({}));
    fleet.wait(SECOND);
    let second = fleet.start(&json!({}));
    assert_eq!(since(&fleet), Some(START));
    fleet.becomes_live(first);
    assert_eq!(since(&fleet), Some(at(SECOND)));
    let _turn = fleet.release(second);
    assert_eq!(since(&fleet), None);
}

#[test]
fn an_unreadable_row_claims_every_browser() {
    let mut fleet = FleetDriver::new();
    let id = fleet.start(&json!({}));
    fleet.fleet.store().query("UPDATE sessions SET doc = '{}' WHERE id = ?", &[id.to_string().into()]).unwrap();
    assert!(fleet.fleet.claims(&[browser("b")]).is_err(), "nobody knows what it owns");
}

#[test]
fn a_sweep_counts_the_browsers_that_are_still_closing() {
    let mut fleet = FleetDriver::new();
    let [first, second] = [fleet.live(&json!({})), fleet.live(&json!({}))];
    let _third = fleet.live(&json!({}));
    assert_eq!(fleet.fleet.closing().unwrap(), 0);
    let _turns = (fleet.release(first), fleet.release(second));
    assert_eq!(fleet.fleet.closing().unwrap(), 2);
    fleet.closes(first);
    assert_eq!(fleet.fleet.closing().unwrap(), 1);
}

#[test]
fn the_directory_stores_the_result_of_the_last_sweep() {
    let directory = Directory::new(crate::support::SqliteStore::new());
    directory.open().unwrap();
    assert_eq!(directory.last_sweep().unwrap(), Swept::default());
    directory.register(&ProjectName::parse("p").unwrap(), 1).unwrap();
    for closing in [3, 0] {
        let swept = Swept { at: Some(at(0)), closing };
        directory.note_sweep(swept).unwrap();
        directory.open().unwrap();
        assert_eq!(directory.last_sweep().unwrap(), swept);
    }
}

#[test]
fn a_providers_exit_reason_is_parsed_in_every_notation() {
    for (text, how) in [
        ("NormalClosure", BrowserExit::Closed),
        ("Normal closure", BrowserExit::Closed),
        ("ChromiumCrashed", BrowserExit::Crashed),
        ("Chromium crashed", BrowserExit::Crashed),
        ("BrowserIdle", BrowserExit::Evicted),
        ("Session evicted", BrowserExit::Evicted),
        ("connection_error", BrowserExit::Evicted),
        ("", BrowserExit::Unknown),
        ("Something new", BrowserExit::Unknown),
    ] {
        assert_eq!(BrowserExit::told_by(text), how, "{text}");
    }
}
