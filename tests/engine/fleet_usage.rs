//! A project's usage by hour and by day.

use std::collections::BTreeMap;

use crate::support::{DAY, FleetDriver, LIMITS, MINUTE, SECOND, failure};
use serde_json::json;
use tidewatch::fleet::{FleetLimits, Store as _};
use tidewatch::session::{BrowserExit, Change, Input, Millis, Reason, SessionId, Timestamp};
use tidewatch::wire::{PeriodView, UsageQuery, UsageView};

const HOUR: i64 = 60 * MINUTE;

/// A fleet at a time of a day.
fn fleet_at(time: &str) -> FleetDriver {
    let mut fleet = FleetDriver::with_limits(FleetLimits { retention: Millis::from_secs(900 * 86_400), ..LIMITS });
    fleet.wait_until(Timestamp::parse_iso(time).unwrap());
    fleet
}

fn usage(fleet: &FleetDriver, query: &str) -> UsageView {
    fleet.fleet.usage(&UsageQuery::parse(query, fleet.now()).unwrap(), fleet.now()).unwrap()
}

/// The periods with any usage, by their start.
fn used(fleet: &FleetDriver, query: &str) -> Vec<(String, f64)> {
    let periods = usage(fleet, query).periods.into_iter().filter(|period| period.browser_seconds > 0.0);
    periods.map(|period| (period.start[5..13].to_owned(), period.browser_seconds)).collect()
}

fn latest(fleet: &FleetDriver) -> PeriodView {
    usage(fleet, "by=hour").periods.pop().unwrap()
}

fn seconds(list: &[(&str, f64)]) -> Vec<(String, f64)> {
    list.iter().map(|(start, n)| ((*start).to_owned(), *n)).collect()
}

fn live_a_day(fleet: &mut FleetDriver) -> SessionId {
    fleet.live(&json!({"timeout": DAY}))
}

#[test]
fn every_period_is_listed_and_one_without_sessions_is_zero() {
    let fleet = fleet_at("2026-11-22T17:48:23Z");
    let read = usage(&fleet, "");
    assert_eq!((read.periods.len(), read.periods[0].start.as_str()), (30, "2026-10-24T00:00:00.000Z"));
    assert!(read.periods.iter().all(|period| *period == PeriodView { start: period.start.clone(), ..zero() }));
    assert_eq!(usage(&fleet, "by=hour&from=2026-11-22").periods.len(), 18);
    assert_eq!((read.limits.live_max, read.now.live, read.now.starting, read.now.waiting), (20, 0, 0, 0));
}

fn zero() -> PeriodView {
    PeriodView {
        start: String::new(),
        browser_seconds: 0.0,
        sessions: 0,
        failures: 0,
        ends_by_reason: BTreeMap::new(),
        live_peak: 0,
        live_at_end: 0,
    }
}

#[test]
fn a_session_within_an_hour_is_counted_there() {
    let mut fleet = fleet_at("2026-11-22T10:15:00Z");
    let id = live_a_day(&mut fleet);
    fleet.wait(90 * SECOND + 250);
    fleet.end(id);
    assert_eq!(used(&fleet, "by=hour"), seconds(&[("11-22T10", 90.25)]));
    let ends_by_reason = [(Reason::UserRequested, 1)].into();
    let start = "2026-11-22T10:00:00.000Z".to_owned();
    let expected = PeriodView { start, browser_seconds: 90.25, sessions: 1, ends_by_reason, live_peak: 1, ..zero() };
    assert_eq!(latest(&fleet), expected);
}

#[test]
fn a_session_over_midnight_counts_in_each_day_by_its_seconds_there() {
    let mut fleet = fleet_at("2026-11-22T23:59:00Z");
    let id = live_a_day(&mut fleet);
    fleet.wait(3 * MINUTE);
    let running = used(&fleet, "");
    fleet.end(id);
    assert_eq!(used(&fleet, ""), seconds(&[("11-22T00", 60.0), ("11-23T00", 120.0)]));
    assert_eq!(running, used(&fleet, ""), "one that is live counts up to now");
    let days = usage(&fleet, "").periods;
    let [first, second] = &days[28..] else { panic!("two days") };
    assert_eq!((first.sessions, second.sessions), (1, 0), "it began once");
    assert_eq!((first.ends_by_reason.len(), second.ends_by_reason.len()), (0, 1), "and ended once");
    assert_eq!((first.live_peak, first.live_at_end, second.live_peak, second.live_at_end), (1, 1, 1, 0));
}

#[test]
fn a_session_over_many_hours_is_split_over_all_of_them() {
    let mut fleet = fleet_at("2026-11-20T10:30:00Z");
    let id = live_a_day(&mut fleet);
    fleet.wait(DAY);
    let _due = fleet.ring();
    fleet.closes(id);
    let hours = used(&fleet, "by=hour");
    assert_eq!(hours.len(), 25);
    assert_eq!((hours[0].1, hours[1].1, hours[23].1, hours[24].1), (1800.0, 3600.0, 3600.0, 1800.0));
    assert_eq!(used(&fleet, ""), seconds(&[("11-20T00", 48_600.0), ("11-21T00", 37_800.0)]));
    let noon = &usage(&fleet, "by=hour&from=2026-11-20T12:00:00Z&to=2026-11-20T13:00:00Z").periods;
    assert_eq!((noon.len(), noon[0].live_peak, noon[0].live_at_end), (1, 1, 1), "nothing began or ended then");
}

#[test]
fn a_session_that_ends_on_the_hour_adds_nothing_to_the_next() {
    let mut fleet = fleet_at("2026-11-22T10:00:00Z");
    let id = live_a_day(&mut fleet);
    fleet.wait(HOUR);
    fleet.end(id);
    assert_eq!(used(&fleet, "by=hour"), seconds(&[("11-22T10", 3600.0)]));
}

fn day((place, seconds): (usize, f64)) -> (String, f64) {
    (format!("11-{:02}T00", place + 1), seconds)
}

#[test]
fn a_session_with_more_hours_than_a_statement_has_parameters_is_split() {
    let mut fleet = fleet_at("2026-11-01T00:00:00Z");
    let id = live_a_day(&mut fleet);
    fleet.wait(20 * DAY);
    let _due = fleet.ring();
    fleet.closes(id);
    assert_eq!(used(&fleet, "")[..19], vec![86_400.0; 19].into_iter().enumerate().map(day).collect::<Vec<_>>());
    assert_eq!(used(&fleet, "").len(), 20);
}

#[test]
fn a_timeout_shortened_into_the_past_counts_the_time_that_was_used() {
    let mut fleet = fleet_at("2026-11-22T10:00:00Z");
    let id = live_a_day(&mut fleet);
    fleet.wait(10 * SECOND);
    let _turn = fleet.hand(id, Input::Change(Change { timeout: Some(Millis::new(1_000)), ..Change::default() }));
    assert_eq!(used(&fleet, "by=hour"), seconds(&[("11-22T10", 10.0)]));
    assert_eq!(latest(&fleet).ends_by_reason, [(Reason::Timeout, 1)].into());
}

#[test]
fn a_session_on_a_stopped_clock_counts_without_time() {
    let mut fleet = fleet_at("2026-11-22T10:00:00Z");
    let id = live_a_day(&mut fleet);
    fleet.end(id);
    let hour = latest(&fleet);
    assert!(hour.browser_seconds.abs() < f64::EPSILON);
    assert_eq!((hour.sessions, hour.live_peak, hour.live_at_end), (1, 1, 0));
}

#[test]
fn usage_after_a_backward_clock_step_counts_in_the_latest_hour() {
    let mut fleet = fleet_at("2026-11-22T10:30:00Z");
    let (first, second) = (live_a_day(&mut fleet), live_a_day(&mut fleet));
    fleet.wait(-HOUR);
    fleet.end(first);
    fleet.restart();
    fleet.wait(HOUR + MINUTE);
    assert_eq!(latest(&fleet).live_at_end, 1);
    fleet.end(second);
    assert_eq!(used(&fleet, "by=hour"), seconds(&[("11-22T10", 60.0)]));
    assert_eq!((latest(&fleet).live_peak, latest(&fleet).live_at_end, latest(&fleet).sessions), (2, 0, 2));
}

#[test]
fn failures_include_starts_that_never_became_live() {
    let mut fleet = fleet_at("2026-11-22T10:30:00Z");
    let starting = fleet.start(&json!({}));
    let _turn = fleet.fails_to_start(starting, failure("no"));
    let crashed = live_a_day(&mut fleet);
    let browser = fleet.session(crashed).browser().unwrap().clone();
    let _turn = fleet.hand(crashed, Input::BrowserGone { browser, how: BrowserExit::Crashed });
    let released = live_a_day(&mut fleet);
    fleet.end(released);
    let hour = latest(&fleet);
    assert_eq!((hour.sessions, hour.failures, hour.live_peak), (3, 2, 1));
    let ends = [(Reason::StartupFailed, 1), (Reason::BrowserCrashed, 1), (Reason::UserRequested, 1)];
    assert_eq!(hour.ends_by_reason, ends.into());
}

#[test]
fn the_peak_is_the_number_of_concurrent_sessions_even_in_hours_without_a_change() {
    let mut fleet = fleet_at("2026-11-22T10:30:00Z");
    let ids: Vec<_> = (0..3).map(|_| live_a_day(&mut fleet)).collect();
    fleet.wait(MINUTE);
    fleet.end(ids[0]);
    fleet.wait(2 * HOUR);
    fleet.end(ids[1]);
    let gauges: Vec<_> = usage(&fleet, "by=hour&from=2026-11-22T09:00:00Z&to=2026-11-22T15:00:00Z").periods;
    let gauges: Vec<_> = gauges.iter().map(|hour| (hour.live_peak, hour.live_at_end)).collect();
    assert_eq!(gauges, [(0, 0), (3, 2), (2, 2), (2, 1), (0, 0), (0, 0)], "what is to come is not known");
    let later = usage(&fleet, "by=hour&from=2026-11-22T12:00:00Z").periods;
    assert_eq!((later[0].live_peak, later[0].live_at_end), (2, 1), "what was before the first hour counts");
}

#[test]
fn usage_outlives_its_sessions_and_is_removed_after_400_days() {
    let mut fleet = FleetDriver::new();
    let id = live_a_day(&mut fleet);
    fleet.wait(MINUTE);
    fleet.end(id);
    fleet.wait(8 * DAY);
    fleet.purge();
    assert_eq!(fleet.find_record(id), None);
    assert_eq!(used(&fleet, "").iter().map(|(_, n)| *n).collect::<Vec<_>>(), [60.0]);
    fleet.wait(400 * DAY);
    let again = live_a_day(&mut fleet);
    fleet.end(again);
    fleet.wait(8 * DAY);
    fleet.fleet.purge(fleet.now()).unwrap();
    assert_eq!(fleet.fleet.store().query("SELECT hour FROM usage", &[]).unwrap().len(), 1);
    assert_eq!(latest(&fleet).live_at_end, 0);
}

#[test]
fn now_counts_the_sessions_of_each_status() {
    let mut fleet = FleetDriver::with_limits(FleetLimits { live_max: 2, ..LIMITS });
    live_a_day(&mut fleet);
    fleet.start(&json!({}));
    fleet.create(&json!({"wait": 1_000}), None).unwrap();
    let read = usage(&fleet, "");
    assert_eq!((read.limits.live_max, read.now.live, read.now.starting, read.now.waiting), (2, 1, 1, 1));
}
