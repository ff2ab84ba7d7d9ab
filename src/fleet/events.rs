//! Events for subscribers. A turn stores its own events. They are numbered without gaps and retained for a day.

use serde_json::{Value as Json, json};

use super::Fleet;
use super::record::Record;
use super::store::{Row, Store, StoreError};
use crate::session::{Event, Millis, Session, Timestamp};

/// How long events are retained. A subscriber that was away for longer reloads its lists.
const RETENTION: Millis = Millis::from_secs(24 * 60 * 60);
/// Events are removed at this age. The hour beyond [`RETENTION`] gives one alarm an hour instead of one for each event.
const REMOVED: Millis = Millis::from_secs(25 * 60 * 60);
/// The limit on events that one turn deletes.
const PURGE_PAGE: i64 = 1_000;
/// Events that a subscriber gets at once, at most. If it is further behind, loading its lists again is cheaper.
const BACKLOG_MAX: i64 = 1_000;

/// An event as it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// Its number, in the order of all events, from 1.
    pub id: i64,
    /// When it happened.
    pub at: Timestamp,
    /// [`Event::kind`].
    pub kind: String,
    /// The session's id.
    pub session: String,
    /// Its own data: `expiresAt` of an expiring session, `reason` of an ended one.
    pub data: Json,
    /// The current session. `None` if its row was deleted.
    pub record: Option<Record>,
}

/// The retained events: all after `floor`, up to `latest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetainedRange {
    /// The last event that was removed; zero if none was.
    pub floor: i64,
    /// The last event; zero if there was none yet.
    pub latest: i64,
}

/// Where a subscriber continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// All events after this one are retained.
    After(i64),
    /// After this event, with its lists loaded again: earlier events are missing.
    Reset(i64),
}

impl RetainedRange {
    /// Where a subscriber continues that has seen all events up to `seen`. Without `seen` it gets new events only.
    #[must_use]
    pub const fn resume(self, seen: Option<i64>) -> Resumed {
        match seen {
            None => Resumed::After(self.latest),
            Some(seen) if seen < self.floor || seen > self.latest || self.latest - seen > BACKLOG_MAX => {
                Resumed::Reset(self.latest)
            }
            Some(seen) => Resumed::After(seen),
        }
    }
}

/// When an event of this time is removed.
pub(super) fn removed_at(at: Timestamp) -> Timestamp {
    at.plus(REMOVED)
}

impl<S: Store> Fleet<S> {
    /// Stores the events of a turn that changed `before` into `after`, in that turn's transaction.
    pub(super) fn store_events(&self, before: &Session, after: &Session, now: Timestamp) -> Result<(), StoreError> {
        for event in Event::between(before, after) {
            let data = match event {
                Event::Expiring { expires_at } => json!({ "expiresAt": expires_at.to_iso() }),
                Event::Ended { reason } => json!({ "reason": reason }),
                Event::Created | Event::Updated | Event::Recorded | Event::Closed => json!({}),
            };
            let sql = "INSERT INTO events (at, kind, id, data) VALUES (?, ?, ?, ?)";
            let id = after.id().to_string();
            self.write_beside(sql, &[now.as_millis().into(), event.kind().into(), id.into(), data.to_string().into()])?;
            self.memory.event_stored(removed_at(now));
            self.tally(event, before, after, now)?;
        }
        Ok(())
    }

    /// Events after `seen` in their order, 1000 at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn events_after(&self, seen: i64) -> Result<Vec<StoredEvent>, StoreError> {
        let sql = "SELECT e.n, e.at, e.kind, e.id, e.data, s.doc FROM events e LEFT JOIN sessions s ON s.id = e.id
                   WHERE e.n > ? ORDER BY e.n LIMIT ?";
        self.read(sql, &[seen.into(), BACKLOG_MAX.into()])?.iter().map(StoredEvent::read).collect()
    }

    /// The range of retained events.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn retained_events(&self) -> Result<RetainedRange, StoreError> {
        let latest = self.latest_event()?;
        let first = self.read_one("SELECT (SELECT MIN(n) FROM events)")?.integer(0)?;
        Ok(RetainedRange { floor: first.map_or(latest, |first| first - 1), latest })
    }

    /// Removes a page of old events. The first ones go first, so that the rest has no gap.
    pub(super) fn purge_events(&self, now: Timestamp) -> Result<(), StoreError> {
        let sql = "DELETE FROM events WHERE n < MIN(
                       IFNULL((SELECT n FROM events WHERE at > ? ORDER BY n LIMIT 1), 1 << 52),
                       (SELECT MIN(n) FROM events) + ?)";
        self.write(sql, &[now.before(RETENTION).as_millis().into(), PURGE_PAGE.into()])
    }
}

impl StoredEvent {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let number = |column| Ok(row.integer(column)?.unwrap_or(0));
        let record = row.text_if_any(5)?.is_some().then(|| Record::read(row, 5)).transpose()?;
        Ok(Self {
            id: number(0)?,
            at: Timestamp::from_millis(number(1)?),
            kind: row.text(2)?.to_owned(),
            session: row.text(3)?.to_owned(),
            data: serde_json::from_str(row.text(4)?).map_err(|error| StoreError(format!("an event: {error}")))?,
            record,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT_NOW: RetainedRange = RetainedRange { floor: 10, latest: 20 };

    #[test]
    fn a_subscriber_without_a_last_event_gets_new_events_only() {
        assert_eq!(KEPT_NOW.resume(None), Resumed::After(20));
        assert_eq!(RetainedRange { floor: 0, latest: 0 }.resume(None), Resumed::After(0));
    }

    #[test]
    fn a_subscriber_whose_missed_events_are_kept_resumes() {
        for seen in [10, 11, 19, 20] {
            assert_eq!(KEPT_NOW.resume(Some(seen)), Resumed::After(seen));
        }
        assert_eq!(RetainedRange { floor: 0, latest: 0 }.resume(Some(0)), Resumed::After(0));
        assert_eq!(
            RetainedRange { floor: 7, latest: 7 }.resume(Some(7)),
            Resumed::After(7),
            "no event is kept, and none was missed"
        );
    }

    #[test]
    fn a_subscriber_that_missed_a_removed_event_or_names_a_future_one_reloads() {
        for seen in [0, 9, 21, i64::MAX] {
            assert_eq!(KEPT_NOW.resume(Some(seen)), Resumed::Reset(20));
        }
        assert_eq!(RetainedRange { floor: 7, latest: 7 }.resume(Some(6)), Resumed::Reset(7));
    }

    #[test]
    fn a_subscriber_that_is_too_far_behind_reloads() {
        let kept = RetainedRange { floor: 0, latest: BACKLOG_MAX + 1 };
        assert_eq!(kept.resume(Some(0)), Resumed::Reset(BACKLOG_MAX + 1));
        assert_eq!(kept.resume(Some(1)), Resumed::After(1));
    }
}
