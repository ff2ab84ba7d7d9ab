//! Cache of what every transaction reads: counters, next deadlines, recent sessions.
//!
//! Only one fleet writes to its store, so a value that was read holds until that fleet writes. `statements` fills this
//! cache and forgets what a statement may have changed.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use serde_json::Value as Json;

use super::hour::Hour;
use super::record::Record;
use super::store::{Row, StoreError};
use crate::session::{SessionId, Status, Timestamp};

/// When the last check of all live browsers began.
pub(super) const CHECK_TRIED_AT: &str = "check_tried_at";
/// When the last completed check of all live browsers began.
pub(super) const CHECKED_AT: &str = "checked_at";
/// Until when the provider's rate limit lasts; zero without one. Stored under its first name.
pub(super) const BACKOFF_UNTIL: &str = "put_off_until";
/// When the provider last answered with a rate limit; zero once that is longer ago than the half-open time. Stored
/// under its first name.
pub(super) const BACKOFF_AT: &str = "put_off_at";
/// The highest epoch of all sessions whose rows are deleted.
pub(super) const LAST_EPOCH: &str = "last_epoch";

pub(super) const OCCUPANCY: &str = "SELECT
    (SELECT n FROM counts WHERE scope = '' AND status = 'waiting'),
    (SELECT n FROM counts WHERE scope = '' AND status = 'starting'),
    (SELECT n FROM counts WHERE scope = '' AND status = 'live'),
    (SELECT value FROM numbers WHERE name = 'check_tried_at'),
    (SELECT value FROM numbers WHERE name = 'checked_at'),
    (SELECT value FROM numbers WHERE name = 'put_off_until'),
    (SELECT value FROM numbers WHERE name = 'put_off_at'),
    (SELECT value FROM numbers WHERE name = 'last_epoch')";

/// Sessions in the cache at most. Sessions with much traffic come back at once.
const RECORDS_MAX: usize = 256;

/// The cache.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) occupancy: Cell<Option<Occupancy>>,
    pub(super) dues: Cell<Option<Dues>>,
    pub(super) latest_event: Cell<Option<i64>>,
    pub(super) latest_hour: Cell<Option<Hour>>,
    records: RefCell<HashMap<SessionId, CachedRecord>>,
}

/// A session as it was last read or written.
#[derive(Debug)]
struct CachedRecord {
    record: Record,
    /// The create's options, if they were read as well. They never change.
    config: Option<Json>,
}

/// How many sessions hold slots or wait for one, and the provider's rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occupancy {
    /// Sessions in the queue.
    pub(super) waiting: i64,
    /// Sessions without a browser yet.
    pub(super) starting: i64,
    /// Sessions with a browser.
    pub(super) live: i64,
    /// [`CHECK_TRIED_AT`].
    check_tried_at: i64,
    /// [`CHECKED_AT`].
    checked_at: i64,
    /// [`BACKOFF_UNTIL`].
    backoff_until: i64,
    /// [`BACKOFF_AT`].
    backoff_at: i64,
    /// [`LAST_EPOCH`].
    last_epoch: i64,
}

/// The earliest deadline of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dues {
    /// The deadline of a session.
    pub(super) session: Option<Timestamp>,
    /// When a session's row is deleted.
    pub(super) purge: Option<Timestamp>,
    /// When an `Idempotency-Key` is deleted.
    pub(super) key: Option<Timestamp>,
    /// When events are deleted.
    pub(super) event: Option<Timestamp>,
}

impl Occupancy {
    /// When the last check of all live browsers began, if there was one.
    pub(super) fn check_tried_at(&self) -> Option<Timestamp> {
        set(self.check_tried_at)
    }

    /// When the last completed check of all live browsers began, if there was one.
    pub(super) fn checked_at(&self) -> Option<Timestamp> {
        set(self.checked_at)
    }

    /// Until when the provider's rate limit lasts.
    pub(super) fn backoff_until(&self) -> Option<Timestamp> {
        set(self.backoff_until)
    }

    /// When the provider last answered with a rate limit, unless that is longer ago than the half-open time.
    pub(super) fn backoff_at(&self) -> Option<Timestamp> {
        set(self.backoff_at)
    }

    /// The highest epoch of all sessions whose rows are deleted.
    pub(super) const fn last_epoch(&self) -> i64 {
        self.last_epoch
    }

    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let number = |column| Ok(row.integer(column)?.unwrap_or(0));
        Ok(Self {
            waiting: number(0)?,
            starting: number(1)?,
            live: number(2)?,
            check_tried_at: number(3)?,
            checked_at: number(4)?,
            backoff_until: number(5)?,
            backoff_at: number(6)?,
            last_epoch: number(7)?,
        })
    }

    fn counter(&mut self, status: Status) -> Option<&mut i64> {
        match status {
            Status::Waiting => Some(&mut self.waiting),
            Status::Starting => Some(&mut self.starting),
            Status::Live => Some(&mut self.live),
            Status::Released | Status::Failed => None,
        }
    }

    fn number(&mut self, name: &str) -> Option<&mut i64> {
        match name {
            CHECK_TRIED_AT => Some(&mut self.check_tried_at),
            CHECKED_AT => Some(&mut self.checked_at),
            BACKOFF_UNTIL => Some(&mut self.backoff_until),
            BACKOFF_AT => Some(&mut self.backoff_at),
            LAST_EPOCH => Some(&mut self.last_epoch),
            _ => None,
        }
    }
}

impl Memory {
    /// The project's counter of this status was changed by `change`.
    pub(super) fn counted(&self, status: Status, change: i64) {
        let Some(mut occupancy) = self.occupancy.get() else { return };
        if let Some(counter) = occupancy.counter(status) {
            *counter += change;
        }
        self.occupancy.set(Some(occupancy));
    }

    /// A number was stored.
    pub(super) fn set(&self, name: &str, value: i64) {
        let Some(mut occupancy) = self.occupancy.get() else { return };
        if let Some(number) = occupancy.number(name) {
            *number = value;
        }
        self.occupancy.set(Some(occupancy));
    }

    /// A session's deadline has moved. No other deadline has.
    pub(super) fn moved(&self, from: Option<Timestamp>, to: Option<Timestamp>) {
        let Some(mut dues) = self.dues.get() else { return };
        let was_first = from.is_some() && from == dues.session;
        let is_first = to.is_some_and(|to| dues.session.is_none_or(|first| to <= first));
        if is_first {
            dues.session = to;
        }
        // If the first one moved away, only the store knows which is first now.
        self.dues.set((is_first || !was_first).then_some(dues));
    }

    /// An event was stored. It is removed at this time.
    pub(super) fn event_stored(&self, removed_at: Timestamp) {
        self.latest_event.set(self.latest_event.get().map(|latest| latest + 1));
        if let Some(mut dues) = self.dues.get() {
            dues.event = dues.event.or(Some(removed_at));
            self.dues.set(Some(dues));
        }
    }

    /// The counters of the latest hour were stored.
    pub(super) fn tallied(&self, hour: Hour) {
        self.latest_hour.set(Some(hour));
    }

    /// Hours were deleted.
    pub(super) fn forget_hour(&self) {
        self.latest_hour.set(None);
    }

    /// A session, if it is cached.
    pub(super) fn record(&self, id: SessionId) -> Option<Record> {
        self.records.borrow().get(&id).map(|cached| cached.record.clone())
    }

    /// A session with its config, if both are cached.
    pub(super) fn record_with_config(&self, id: SessionId) -> Option<(Record, Json)> {
        let records = self.records.borrow();
        let cached = records.get(&id)?;
        Some((cached.record.clone(), cached.config.clone()?))
    }

    /// A session was read or written, with its config or without.
    pub(super) fn keep(&self, record: &Record, config: Option<&Json>) {
        let mut records = self.records.borrow_mut();
        if let Some(cached) = records.get_mut(&record.session.id()) {
            cached.record = record.clone();
            cached.config = cached.config.take().or_else(|| config.cloned());
            return;
        }
        if records.len() >= RECORDS_MAX {
            records.clear();
        }
        records.insert(record.session.id(), CachedRecord { record: record.clone(), config: config.cloned() });
    }

    /// A session's row was deleted.
    pub(super) fn lose(&self, id: SessionId) {
        self.records.borrow_mut().remove(&id);
    }

    pub(super) fn forget(&self) {
        self.occupancy.set(None);
        self.dues.set(None);
        self.latest_event.set(None);
        self.latest_hour.set(None);
        self.records.borrow_mut().clear();
    }
}

/// A stored time. Zero means none.
fn set(millis: i64) -> Option<Timestamp> {
    Some(millis).filter(|millis| *millis > 0).map(Timestamp::from_millis)
}
