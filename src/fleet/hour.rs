//! An hour's counters of usage, and their row.

use super::store::{Row, StoreError, Value};
use crate::session::Reason;

/// Ended sessions by reason, in the order of [`Reason::ALL`].
type Ends = [i64; Reason::ALL.len()];

/// An hour's counters. `live` is `None` if no session began or ended in the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hour {
    pub(super) start: i64,
    /// Browser time of sessions that have ended, in milliseconds.
    pub(super) live_ms: i64,
    /// Sessions that became visible.
    pub(super) sessions: i64,
    pub(super) live: Option<Gauge>,
    pub(super) ends: Ends,
}

/// How many sessions were live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gauge {
    pub(super) peak: i64,
    pub(super) at_end: i64,
}

impl Hour {
    pub(super) const fn new(start: i64, live: i64) -> Self {
        let live = Some(Gauge { peak: live, at_end: live });
        Self { start, live_ms: 0, sessions: 0, live, ends: [0; Reason::ALL.len()] }
    }

    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let number = |column| Ok::<_, StoreError>(row.integer(column)?.unwrap_or(0));
        let live = row.integer(3)?.map(|peak| Ok::<_, StoreError>(Gauge { peak, at_end: number(4)? })).transpose()?;
        let ends: Vec<i64> = row.text(5)?.split(' ').map_while(|n| n.parse().ok()).collect();
        Ok(Self {
            start: number(0)?,
            live_ms: number(1)?,
            sessions: number(2)?,
            live,
            ends: std::array::from_fn(|place| ends.get(place).copied().unwrap_or(0)),
        })
    }

    pub(super) fn write(&self) -> [Value; 6] {
        let ends: Vec<String> = self.ends.iter().map(i64::to_string).collect();
        [
            self.start.into(),
            self.live_ms.into(),
            self.sessions.into(),
            self.live.map(|live| live.peak).into(),
            self.live.map(|live| live.at_end).into(),
            ends.join(" ").into(),
        ]
    }

    pub(super) fn count(&mut self, reason: Reason) {
        for (n, counted) in self.ends.iter_mut().zip(Reason::ALL) {
            *n += i64::from(*counted == reason);
        }
    }
}
