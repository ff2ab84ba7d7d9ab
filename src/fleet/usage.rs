//! A project's usage, in counters by the hour. A query about a month reads 720 rows, and the live sessions.
//!
//! A session's time is split over its hours when it ends; a live session's is added by the query. The row of the latest
//! hour says how many were live when it was last written, so that the peak of an hour without a row is known too. If
//! the clock steps back, counting continues in that row.

use std::collections::BTreeMap;

use super::Fleet;
use super::hour::{Gauge, Hour};
use super::memory::Occupancy;
use super::store::{Store, StoreError, Value};
use crate::session::{Event, Millis, Reason, Session, Status, Timestamp};
use crate::wire::{CurrentSessions, LiveLimits, PeriodView, UsageQuery, UsageView, seconds};

/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;
/// How long hours are retained.
const RETENTION: Millis = Millis::from_secs(400 * 24 * 60 * 60);
/// Hours in one statement: in a Durable Object it takes 100 parameters at most.
const PIECES_MAX: usize = 50;

const COLUMNS: &str = "hour, live_ms, sessions, live_peak, live_at_end, ends";

/// The time between two points, cut at each multiple of `unit`: the start of each piece's unit, and the piece's length.
fn pieces(from: i64, to: i64, unit: i64) -> impl Iterator<Item = (i64, i64)> {
    let first = from - from.rem_euclid(unit);
    let starts =
        std::iter::successors(Some(first), move |start| Some(start + unit)).take_while(move |start| *start < to);
    starts.map(move |start| (start, to.min(start + unit) - from.max(start)))
}

impl<S: Store> Fleet<S> {
    /// Counts an event of a session, in its turn's transaction.
    pub(super) fn tally(
        &self,
        event: Event,
        before: &Session,
        after: &Session,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let was_live = before.status() == Status::Live;
        let change = match event {
            Event::Created => 1,
            Event::Ended { .. } => -i64::from(was_live),
            Event::Updated | Event::Expiring { .. } | Event::Recorded | Event::Closed => return Ok(()),
        };
        let live = self.occupancy()?.live;
        let mut hour = self.hour_of(now, live - change)?;
        hour.sessions += i64::from(!was_live);
        hour.live = hour.live.map(|gauge| Gauge { peak: gauge.peak.max(live), at_end: live });
        if let Event::Ended { reason } = event {
            hour.count(reason);
        }
        if was_live {
            hour.live_ms += self.add_to_past_hours(before.created_at(), after, now, hour.start)?;
        }
        let sql = format!("INSERT OR REPLACE INTO usage ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)");
        self.write_beside(&sql, &hour.write())?;
        self.memory.tallied(hour);
        Ok(())
    }

    /// The hour to count in: the latest one, or a new one that begins with `live` live sessions.
    fn hour_of(&self, now: Timestamp, live: i64) -> Result<Hour, StoreError> {
        let start = now.as_millis() - now.as_millis().rem_euclid(HOUR);
        let latest = self.latest_hour()?;
        Ok(if latest.start >= start { latest } else { Hour::new(start, live) })
    }

    /// Adds a session's time to the hours before `counted_in`, and returns the part that falls into `counted_in`.
    fn add_to_past_hours(
        &self,
        since: Timestamp,
        ended: &Session,
        now: Timestamp,
        counted_in: i64,
    ) -> Result<i64, StoreError> {
        let lived = now.since(since).get().min(RETENTION.get());
        debug_assert_eq!(ended.created_at(), since, "a session's beginning stays what it was");
        let from = now.before(Millis::new(lived)).as_millis();
        let (rest, past): (Vec<_>, Vec<_>) =
            pieces(from, now.as_millis(), HOUR).partition(|(start, _)| *start == counted_in);
        for page in past.chunks(PIECES_MAX) {
            let values = vec!["(?, ?)"; page.len()].join(", ");
            let sql = format!(
                "INSERT INTO usage (hour, live_ms) VALUES {values}
                 ON CONFLICT (hour) DO UPDATE SET live_ms = live_ms + excluded.live_ms"
            );
            let parameters: Vec<Value> = page.iter().flat_map(|(start, ms)| [(*start).into(), (*ms).into()]).collect();
            self.write_beside(&sql, &parameters)?;
        }
        Ok(rest.iter().map(|(_, ms)| ms).sum())
    }

    pub(super) fn read_latest_hour(&self) -> Result<Hour, StoreError> {
        let rows = self.read(&format!("SELECT {COLUMNS} FROM usage ORDER BY hour DESC LIMIT 1"), &[])?;
        rows.first().map_or(Ok(Hour::new(0, 0)), Hour::read)
    }

    /// Deletes the hours that are older than the retention.
    pub(super) fn purge_usage(&self, now: Timestamp) -> Result<(), StoreError> {
        self.memory.forget_hour();
        self.write_beside("DELETE FROM usage WHERE hour < ?", &[now.before(RETENTION).as_millis().into()])
    }

    /// The project's usage, period by period.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn usage(&self, query: &UsageQuery, now: Timestamp) -> Result<UsageView, StoreError> {
        let (from, to) = (query.from.as_millis(), query.to.as_millis());
        let sql = format!("SELECT {COLUMNS} FROM usage WHERE hour >= ? AND hour < ? ORDER BY hour");
        let rows = self.read(&sql, &[from.into(), to.into()])?;
        let hours = rows.iter().map(Hour::read).collect::<Result<Vec<_>, _>>()?;
        let sql = "SELECT live_at_end FROM usage WHERE hour < ? AND live_at_end IS NOT NULL ORDER BY hour DESC LIMIT 1";
        let live_before = self.read(sql, &[from.into()])?.first().map(|row| row.integer(0)).transpose()?.flatten();
        let occupancy = self.occupancy()?;
        let periods = Periods { unit: query.by.millis(), now, occupancy, live: live_before.unwrap_or(0) };
        let mut periods = periods.of(&hours, (from, to));
        for row in self.read("SELECT created_at FROM sessions WHERE status = 'live'", &[])? {
            let since = row.integer(0)?.unwrap_or(0).max(from);
            for (start, ms) in pieces(since, to.min(now.as_millis()), query.by.millis()) {
                let period = usize::try_from((start - from) / query.by.millis()).ok();
                if let Some(period) = period.and_then(|place| periods.get_mut(place)) {
                    period.live_ms += ms;
                }
            }
        }
        Ok(UsageView {
            from: query.from.to_iso(),
            to: query.to.to_iso(),
            by: query.by,
            periods: periods.iter().map(view).collect(),
            limits: LiveLimits { live_max: self.limits.live_max },
            now: CurrentSessions {
                live: clamped(occupancy.live),
                starting: clamped(occupancy.starting),
                waiting: clamped(occupancy.waiting),
            },
        })
    }
}

/// Adds hours up to periods.
struct Periods {
    unit: i64,
    now: Timestamp,
    occupancy: Occupancy,
    /// How many sessions were live when the first period began.
    live: i64,
}

impl Periods {
    /// The sums of each period, without the time of live sessions.
    fn of(mut self, hours: &[Hour], (from, to): (i64, i64)) -> Vec<Hour> {
        let mut hours = hours.iter().peekable();
        let starts = std::iter::successors(Some(from), |start| Some(start + self.unit)).take_while(|start| *start < to);
        let starts: Vec<i64> = starts.collect();
        let mut periods = Vec::with_capacity(starts.len());
        for start in starts {
            let (mut sum, mut peak) = (Hour::new(start, 0), self.live);
            while let Some(hour) = hours.next_if(|hour| hour.start < start + self.unit) {
                sum.live_ms += hour.live_ms;
                sum.sessions += hour.sessions;
                sum.ends.iter_mut().zip(hour.ends).for_each(|(n, more)| *n += more);
                if let Some(live) = hour.live {
                    peak = peak.max(live.peak);
                    self.live = live.at_end;
                }
            }
            if (start..start + self.unit).contains(&self.now.as_millis()) {
                self.live = self.occupancy.live;
                peak = peak.max(self.live);
            }
            let is_to_come = start > self.now.as_millis();
            sum.live = Some(if is_to_come { Gauge::default() } else { Gauge { peak, at_end: self.live } });
            periods.push(sum);
        }
        periods
    }
}

fn view(sum: &Hour) -> PeriodView {
    let live = sum.live.unwrap_or_default();
    let (mut failures, mut ends_by_reason) = (0, BTreeMap::new());
    for (reason, n) in Reason::ALL.iter().zip(sum.ends.map(clamped)).filter(|(_, n)| *n > 0) {
        failures += if reason.is_failure() { n } else { 0 };
        ends_by_reason.insert(*reason, n);
    }
    PeriodView {
        start: Timestamp::from_millis(sum.start).to_iso(),
        browser_seconds: seconds(Millis::new(clamped(sum.live_ms))),
        sessions: clamped(sum.sessions),
        failures,
        ends_by_reason,
        live_peak: clamped(live.peak),
        live_at_end: clamped(live.at_end),
    }
}

/// A counter without its sign. Zero if it is negative, which it never is.
fn clamped(counter: i64) -> u64 {
    u64::try_from(counter).unwrap_or(0)
}
