//! What a project has used, period by period.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::query::each;
use crate::session::{Invalid, Millis, Reason, Timestamp};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Days of an answer if the caller names no beginning.
const DAYS_DEFAULT: i64 = 30;
/// Days of an answer at most: usage is not kept for longer.
const DAYS_MAX: i64 = 400;
/// The same by the hour.
const DAYS_BY_HOUR_MAX: i64 = 31;

/// How long a period is. They begin at whole hours and at midnight, in UTC.
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
    /// The word for it.
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

    /// The beginning of the period in which a time lies.
    fn floor(self, time: i64) -> i64 {
        time - time.rem_euclid(self.millis())
    }
}

/// Which periods are asked for: from one beginning to another, the last one not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageQuery {
    /// When the first period begins.
    pub from: Timestamp,
    /// When the last period ends.
    pub to: Timestamp,
    /// How long each is.
    pub by: By,
}

impl UsageQuery {
    /// Reads a query, without its `?`. Every period is in it that `from` to `to` touches; a `to` that is a date names all of
    /// that day. Without them: the last 30 days, this one among them.
    ///
    /// # Errors
    /// All that is wrong with it; parameters that this call does not have are named too.
    pub fn parse(query: &str, now: Timestamp) -> Result<Self, Vec<Invalid>> {
        let (mut from, mut to, mut by) = (None, None, By::default());
        each(query, |name, value| match name {
            "from" => time(value).map(|(start, _)| from = Some(start)),
            "to" => time(value).map(|(_, end)| to = Some(end)),
            "by" => parse_by(value).map(|read| by = read),
            _ => Err("is not a parameter of this call"),
        })?;
        // An end at the beginning of a period does not touch that one.
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

/// A day's or a moment's beginning and end.
fn time(value: &str) -> Result<(i64, i64), &'static str> {
    // Beyond the year 9999 a number would leave what SQLite and JavaScript have in common, and a text has another form.
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

/// What a project has used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageView {
    /// When the first period begins.
    pub from: String,
    /// When the last period ends.
    pub to: String,
    /// How long each is.
    pub by: By,
    /// All of them, the oldest first.
    pub periods: Vec<PeriodView>,
    /// What the project may have.
    pub limits: LiveLimits,
    /// What it has now.
    pub now: Standings,
}

/// What a project has used in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeriodView {
    /// When it begins.
    pub start: String,
    /// Time of browsers in it, those that are live up to now.
    pub browser_seconds: f64,
    /// Sessions that became live in it, or failed before they were.
    pub sessions: u64,
    /// Sessions that failed in it.
    pub failures: u64,
    /// How many ended in it, by why.
    pub ends_by_reason: BTreeMap<Reason, u64>,
    /// The most that were live at once.
    pub live_peak: u64,
    /// How many were live at its end, or are now.
    pub live_at_end: u64,
}

/// What a project may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveLimits {
    /// Sessions that may be starting or live at once.
    pub live_max: u32,
}

/// How many sessions stand where now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standings {
    /// With a browser.
    pub live: u64,
    /// With a browser on its way.
    pub starting: u64,
    /// In line for a slot.
    pub waiting: u64,
}

/// Milliseconds in seconds.
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
        let whole = |text: &str| Timestamp::parse_iso(&format!("2026-{text}:00:00Z")).unwrap().to_iso();
        (whole(from), whole(to))
    }

    #[test]
    fn every_period_that_is_touched_is_asked_for() {
        let asked = |query| parsed(query).unwrap();
        assert_eq!(asked(""), iso("10-24T00", "11-23T00"), "30 days with this one");
        assert_eq!(asked("by=hour"), iso("10-24T00", "11-22T18"));
        assert_eq!(asked("from=2026-11-01&to=2026-11-22"), iso("11-01T00", "11-23T00"), "a date is all of its day");
        assert_eq!(asked("from=2026-11-21T23:59:59Z&to=2026-11-22T00:00:00Z"), iso("11-21T00", "11-22T00"));
        assert_eq!(
            asked("by=hour&from=2026-11-22T01:30:00%2B01:00&to=2026-11-22T03:00:00.001Z"),
            iso("11-22T00", "11-22T04")
        );
        assert_eq!(asked("to=2026-11-01"), iso("10-03T00", "11-02T00"));
    }

    #[test]
    fn what_can_not_be_used_is_named() {
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
