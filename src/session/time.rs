//! Timestamps and durations, both in milliseconds.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A duration in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(u64);

impl Millis {
    /// A length of this many milliseconds.
    #[must_use]
    pub const fn new(millis: u64) -> Self {
        Self(millis)
    }

    /// A length of this many seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * 1000)
    }

    /// The number of milliseconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Twice as long.
    #[must_use]
    pub const fn twice(self) -> Self {
        Self(self.0.saturating_mul(2))
    }

    /// Whole seconds, rounded up: a browser that ran for 1 ms has used one second.
    #[must_use]
    pub const fn to_secs_rounded_up(self) -> u64 {
        self.0.div_ceil(1000)
    }
}

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point this many milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The point `length` later.
    #[must_use]
    pub fn plus(self, length: Millis) -> Self {
        Self(self.0.saturating_add(i64::try_from(length.get()).unwrap_or(i64::MAX)))
    }

    /// The point `length` earlier; the epoch at the earliest.
    #[must_use]
    pub fn before(self, length: Millis) -> Self {
        Self(self.0.saturating_sub(i64::try_from(length.get()).unwrap_or(i64::MAX)).max(0))
    }

    /// How long ago `earlier` was; zero if the clock has stepped back behind it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// ISO 8601 in UTC with milliseconds: `2026-11-22T17:48:23.000Z`.
    #[must_use]
    pub fn to_iso(self) -> String {
        DateTime::<Utc>::from_timestamp_millis(self.0)
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
            .to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// Reads ISO 8601 with a time zone; `None` for anything else.
    #[must_use]
    pub fn parse_iso(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|time| Self(time.timestamp_millis()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_has_milliseconds_and_survives_a_round_trip() {
        let time = Timestamp::from_millis(1_795_369_703_007);
        assert_eq!(time.to_iso(), "2026-11-22T17:48:23.007Z");
        assert_eq!(Timestamp::parse_iso(&time.to_iso()), Some(time));
        assert_eq!(Timestamp::parse_iso("2026-11-22T18:48:23.007+01:00"), Some(time));
        assert_eq!(Timestamp::parse_iso("yesterday"), None);
    }

    #[test]
    fn a_clock_that_steps_back_gives_no_negative_length() {
        assert_eq!(Timestamp::from_millis(5).since(Timestamp::from_millis(9)), Millis::new(0));
    }

    #[test]
    fn adding_never_overflows() {
        let end = Timestamp::from_millis(i64::MAX);
        assert_eq!(end.plus(Millis::new(u64::MAX)), end);
        assert!(!end.to_iso().is_empty());
    }
}
