//! A `Store` that fails when it is told to, as a disk does.

use std::cell::Cell;

use tidewatch::fleet::{Row, Store, StoreError, Value};

use super::SqliteStore;

/// Works until its fuse has burnt down, fails once, and works again.
#[derive(Debug)]
pub struct FailingStore {
    inner: SqliteStore,
    fuse: Cell<Option<u32>>,
}

impl FailingStore {
    /// The error that it fails with.
    pub fn error() -> StoreError {
        StoreError("the disk is full".to_owned())
    }

    /// Nothing fails until [`Self::light`] is called.
    pub fn new(inner: SqliteStore) -> Self {
        Self { inner, fuse: Cell::new(None) }
    }

    /// After `steps` more statements (the end of a transaction is one, too) the next one fails.
    pub fn light(&self, steps: u32) {
        self.fuse.set(Some(steps));
    }

    /// Takes the fuse out, and says whether it had burnt down.
    pub fn has_failed(&self) -> bool {
        self.fuse.take().is_none()
    }

    fn step(&self) -> Result<(), StoreError> {
        match self.fuse.get() {
            None => Ok(()),
            Some(0) => {
                self.fuse.set(None);
                Err(Self::error())
            }
            Some(left) => {
                self.fuse.set(Some(left - 1));
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
