//! Every statement of a fleet goes through [`Fleet::read`], [`Fleet::write`] or [`Fleet::write_beside`], and every
//! transaction through [`Fleet::transact`].
//!
//! A `write` clears the cached deadlines. Cached counters change together with their rows. In native tests each cached
//! value is compared with the store.

use std::cell::Cell;
use std::fmt;

use super::Fleet;
use super::events::removed_at;
use super::hour::Hour;
use super::memory::{Dues, OCCUPANCY, Occupancy};
use super::store::{Row, Store, StoreError, Value};
use crate::session::Timestamp;

const DUES: &str = "SELECT
    (SELECT due FROM sessions WHERE due IS NOT NULL ORDER BY due LIMIT 1),
    (SELECT purge_at FROM sessions WHERE purge_at IS NOT NULL AND due IS NULL ORDER BY purge_at LIMIT 1),
    (SELECT expires_at FROM idempotency WHERE expires_at IS NOT NULL ORDER BY expires_at LIMIT 1),
    (SELECT at FROM events ORDER BY n LIMIT 1)";

const LATEST_EVENT: &str = "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'events')";

impl Dues {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let time = |column| Ok(row.integer(column)?.map(Timestamp::from_millis));
        Ok(Self { session: time(0)?, purge: time(1)?, key: time(2)?, event: time(3)?.map(removed_at) })
    }
}

impl<S: Store> Fleet<S> {
    /// How many slots are in use, and how many sessions wait.
    pub(super) fn occupancy(&self) -> Result<Occupancy, StoreError> {
        recall(&self.memory.occupancy, || Occupancy::read(&self.read_one(OCCUPANCY)?))
    }

    /// The next deadlines.
    pub(super) fn dues(&self) -> Result<Dues, StoreError> {
        recall(&self.memory.dues, || Dues::read(&self.read_one(DUES)?))
    }

    /// The last event that was stored; zero if there was none yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn latest_event(&self) -> Result<i64, StoreError> {
        recall(&self.memory.latest_event, || Ok(self.read_one(LATEST_EVENT)?.integer(0)?.unwrap_or(0)))
    }

    /// The counters of the latest hour; those of an hour long ago if nothing was counted yet.
    pub(super) fn latest_hour(&self) -> Result<Hour, StoreError> {
        recall(&self.memory.latest_hour, || self.read_latest_hour())
    }

    pub(super) fn read_one(&self, sql: &str) -> Result<Row, StoreError> {
        let row = self.read(sql, &[])?.pop();
        row.ok_or_else(|| StoreError("a statement without tables answers no row".to_owned()))
    }

    /// Runs a statement that changes nothing.
    pub(super) fn read(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        debug_assert!(sql.starts_with("SELECT"), "a statement that writes clears the cache: {sql}");
        self.store.query(sql, parameters)
    }

    /// Runs a statement that may change a deadline.
    pub(super) fn write(&self, sql: &str, parameters: &[Value]) -> Result<(), StoreError> {
        self.memory.dues.set(None);
        self.store.query(sql, parameters).map(drop)
    }

    /// Runs a statement that changes no deadline.
    pub(super) fn write_beside(&self, sql: &str, parameters: &[Value]) -> Result<(), StoreError> {
        self.store.query(sql, parameters).map(drop)
    }

    /// Runs a turn in a transaction: all of it is stored, or nothing.
    pub(super) fn transact<T, E: From<StoreError>>(&self, turn: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let turned = self.store.transact(turn);
        if turned.is_err() {
            // The cache holds values of the turn that was rolled back.
            self.memory.forget();
        }
        turned
    }
}

/// The cached value, or the one that is read, which is then cached.
fn recall<T>(cached: &Cell<Option<T>>, read: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError>
where
    T: Copy + PartialEq + fmt::Debug,
{
    if let Some(value) = cached.get() {
        debug_assert_eq!(value, read()?, "the cache holds what is stored");
        return Ok(value);
    }
    let value = read()?;
    cached.set(Some(value));
    Ok(value)
}
