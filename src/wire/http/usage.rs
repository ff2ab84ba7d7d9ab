//! A project's usage, period by period.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::query::each;
use crate::session::{Invalid, Millis, Reason, Timestamp};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Days of an answer if the caller gives no `from`.
const DAYS_DEFAULT: i64 = 30;
/// The most days of an answer. Usage is stored for that long.
const DAYS_MAX: i64 = 400;
/// The most days of an answer by the hour.
const DAYS_BY_HOUR_MAX: i64 = 31;

/// The length of a period. Periods begin at full hours or at midnight, in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// An hour.
    Hour,
    /// A day.
    #[default]
    Day,
}

impl By {
    /// Its name in queries and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Its length in milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        match self {
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    /// The start of the period that contains a time.
    fn floor(self, time: i64) -> i64 {
        time - time.rem_euclid(self.millis())
    }
}

/// Which periods to report. `from` and `to` are starts of periods; the period that starts at `to` is not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageQuery {
    /// When the first period begins.
    pub from: Timestamp,
    /// When the last period ends.
    pub to: Timestamp,
    /// The length of each period.
    pub by: By,
}

impl UsageQuery {
    /// Reads a query, without its `?`. Every period that overlaps `from` to `to` is included. A `to` that is a date
    /// includes all of that day. The default is the last 30 days, including today.
    ///
    /// # Errors
    /// Every invalid parameter, including unknown ones.
    pub fn parse(query: &str, now: Timestamp) -> Result<Self, Vec<Invalid>> {
        let (mut from, mut to, mut by) = (None, None, By::default());
        each(query, |name, value| match name {
            "from" => time(value).map(|(start, _)| from = Some(start)),
            "to" => time(value).map(|(_, end)| to = Some(end)),
            "by" => parse_by(value).map(|read| by = read),
            _ => Err("is not a parameter of this call"),
        })?;
        // An end at the start of a period does not include that period.
        let to = by.floor(to.unwrap_or(now.as_millis() + 1) - 1) + by.millis();
        let from = by.floor(from.unwrap_or_else(|| By::Day.floor(to - 1) - (DAYS_DEFAULT - 1) * DAY));
        let (days_max, refusal) = match by {
            By::Hour => (DAYS_BY_HOUR_MAX, "must be at most 31 days after from, by the hour"),
            By::Day => (DAYS_MAX, "must be at most 400 days after from"),
        };
        match to - from {
            ..=0 => Err(vec![Invalid::new("/to", "must be after from")]),
            length if length > days_max * DAY => Err(vec![Invalid::new("/to", refusal)]),
            _ => Ok(Self { from: Timestamp::from_millis(from), to: Timestamp::from_millis(to), by }),
        }
    }
}

/// The start and the end of a day or of a moment.
fn time(value: &str) -> Result<(i64, i64), &'static str> {
    // After the year 9999 the text has another form, and before 1970 numbers are negative: neither is usage of this
    // service.
    let read = |text: &str| Timestamp::parse_iso(text).map(Timestamp::as_millis).filter(|time| *time >= 0);
    let day = read(&format!("{value}T00:00:00Z")).map(|start| (start, start + DAY));
    let moment = || read(value).map(|moment| (moment, moment));
    day.or_else(moment).ok_or("must be a date like 2026-11-22, or a time in ISO 8601 with its zone")
}

fn parse_by(value: &str) -> Result<By, &'static str> {
    match value {
        "hour" => Ok(By::Hour),
        "day" => Ok(By::Day),
        _ => Err("must be hour or day"),
    }
}

/// A project's usage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageView {
    /// When the first period begins.
    pub from: String,
    /// When the last period ends.
    pub to: String,
    /// The length of each period.
    pub by: By,
    /// All periods, oldest first.
    pub periods: Vec<PeriodView>,
    /// The project's limits.
    pub limits: LiveLimits,
    /// The project's sessions now.
    pub now: CurrentSessions,
}

/// A project's usage in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeriodView {
    /// When the period begins.
    pub start: String,
    /// The time of all browsers, in seconds. Live browsers count up to now.
    pub browser_seconds: f64,
    /// Sessions that became live, or failed to start.
    pub sessions: u64,
    /// Sessions that failed.
    pub failures: u64,
    /// How many sessions ended, by reason.
    pub ends_by_reason: BTreeMap<Reason, u64>,
    /// The most sessions that were live at once.
    pub live_peak: u64,
    /// How many sessions were live at the period's end, or are live now.
    pub live_at_end: u64,
}

/// A project's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveLimits {
    /// The most sessions that are starting or live at once.
    pub live_max: u32,
}

/// How many sessions a project has now, by state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentSessions {
    /// Live sessions.
    pub live: u64,
    /// Sessions whose browser is starting.
    pub starting: u64,
    /// Sessions that wait in the queue for a slot.
    pub waiting: u64,
}

/// A duration in seconds.
#[must_use]
pub fn seconds(millis: Millis) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "browser time of 285,000 years fits")]
    let millis = millis.get() as f64;
    millis / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(query: &str) -> Result<(String, String), Vec<Invalid>> {
        let now = Timestamp::parse_iso("2026-11-22T17:48:23.007Z").unwrap();
        UsageQuery::parse(query, now).map(|read| (read.from.to_iso(), read.to.to_iso()))
    }

    fn iso(from: &str, to: &str) -> (String, String) {
        let hour = |text: &str| Timestamp::parse_iso(&format!("2026-{text}:00:00Z")).unwrap().to_iso();
        (hour(from), hour(to))
    }

    #[test]
    fn every_overlapping_period_is_included() {
        let periods = |query| parsed(query).unwrap();
        assert_eq!(periods(""), iso("10-24T00", "11-23T00"), "30 days with this one");
        assert_eq!(periods("by=hour"), iso("10-24T00", "11-22T18"));
        assert_eq!(periods("from=2026-11-01&to=2026-11-22"), iso("11-01T00", "11-23T00"), "a date is all of its day");
        assert_eq!(periods("from=2026-11-21T23:59:59Z&to=2026-11-22T00:00:00Z"), iso("11-21T00", "11-22T00"));
        assert_eq!(
            periods("by=hour&from=2026-11-22T01:30:00%2B01:00&to=2026-11-22T03:00:00.001Z"),
            iso("11-22T00", "11-22T04")
        );
        assert_eq!(periods("to=2026-11-01"), iso("10-03T00", "11-02T00"));
    }

    #[test]
    fn every_invalid_parameter_is_reported() {
        for (query, pointer) in [
            ("from=yesterday", "/from"),
            ("to=2026-11-22T10:00:00", "/to"),
            ("to=2026-02-30", "/to"),
            ("by=week", "/by"),
            ("since=2026-11-01", "/since"),
            ("from=2026-11-22&to=2026-11-21", "/to"),
            ("from=2027-01-01", "/to"),
            ("from=2025-01-01&to=2026-11-22", "/to"),
            ("from=2026-10-01&to=2026-11-22&by=hour", "/to"),
            ("from=1969-12-31", "/from"),
        ] {
            assert_eq!(parsed(query).unwrap_err()[0].pointer, pointer, "{query}");
        }
        assert!(parsed("from=2026-10-23&by=hour").is_ok(), "31 days");
    }
}
