//! A `Store` that fails on request, as a disk may.

use std::cell::Cell;

use tidewatch::fleet::{Row, Store, StoreError, Value};

use super::SqliteStore;

/// A store that works until a countdown ends, fails once, and works again.
#[derive(Debug)]
pub struct FailingStore {
    inner: SqliteStore,
    countdown: Cell<Option<u32>>,
}

impl FailingStore {
    /// The error of the failure.
    pub fn error() -> StoreError {
        StoreError("the disk is full".to_owned())
    }

    /// A store that works until [`Self::fail_after`] is called.
    pub fn new(inner: SqliteStore) -> Self {
        Self { inner, countdown: Cell::new(None) }
    }

    /// Makes the statement after `steps` more statements fail. The end of a transaction counts as a statement.
    pub fn fail_after(&self, steps: u32) {
        self.countdown.set(Some(steps));
    }

    /// Stops the countdown. Returns whether it had ended.
    pub fn has_failed(&self) -> bool {
        self.countdown.take().is_none()
    }

    fn step(&self) -> Result<(), StoreError> {
        match self.countdown.get() {
            None => Ok(()),
            Some(0) => {
                self.countdown.set(None);
                Err(Self::error())
            }
            Some(left) => {
                self.countdown.set(Some(left - 1));
                Ok(())
            }
        }
    }
}

impl Store for FailingStore {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.step()?;
        self.inner.query(sql, parameters)
    }

    fn transact<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.inner.transact(|| {
            let value = work()?;
            self.step()?;
            Ok(value)
        })
    }
}
