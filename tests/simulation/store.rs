//! The tables of a simulated object: they outlive it, they fail when chance wants it, and they tell which sessions' rows a
//! turn has touched.

use std::cell::{Cell, RefCell};
use std::mem::take;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::Action;
use tidewatch::fleet::{Row, Store, StoreError, Value};
use tidewatch::session::Session;

use super::fault::{Fault, Faults};
use super::support::SqliteStore;

/// The statement of a turn before which it fails is one of the first so many.
const FAILS_WITHIN: u64 = 12;

/// A row of the table of sessions that a turn has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// It is new, or has changed.
    Written(i64),
    /// It is gone.
    Removed(i64),
}

type Notes = Arc<Mutex<Vec<Touched>>>;

/// A store. A clone is the same one, as a restarted object finds it.
#[derive(Clone)]
pub struct SimStore {
    inner: SqliteStore,
    touched: Notes,
    faults: Rc<Faults>,
    /// Statements until the turn fails; `None` if it does not.
    fuse: Rc<Cell<Option<u64>>>,
}

thread_local! {
    /// Databases of earlier runs of this thread: to empty one is quicker than to make one.
    static IDLE: RefCell<Vec<(SqliteStore, Notes)>> = const { RefCell::new(Vec::new()) };
}

impl SimStore {
    /// An empty one.
    pub fn new(faults: &Rc<Faults>) -> Self {
        let (inner, touched) = IDLE.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
            let inner = SqliteStore::new();
            let touched = watched(&inner);
            (inner, touched)
        });
        // What takes nothing back needs no journal, and half of the writing is saved.
        let journal = if faults.may_strike(Fault::StoreFails) { "MEMORY" } else { "OFF" };
        inner.query(&format!("PRAGMA journal_mode = {journal}"), &[]).expect("the store works");
        Self { inner, touched, faults: Rc::clone(faults), fuse: Rc::default() }
    }

    /// Empties it and keeps it for the next run. Not to be called after a run that broke off.
    pub fn retire(self) {
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema'";
        for row in self.inner.query(tables, &[]).expect("the store works") {
            if let Value::Text(table) = &row.0[0] {
                self.inner.query(&format!("DELETE FROM {table}"), &[]).expect("the store works");
            }
        }
        self.take_touched();
        IDLE.with_borrow_mut(|idle| idle.push((self.inner, self.touched)));
    }

    /// The rows of sessions that were touched since this was last asked.
    pub fn take_touched(&self) -> Vec<Touched> {
        self.with_touched(take)
    }

    /// The same, and they stay.
    pub fn touched(&self) -> Vec<Touched> {
        self.with_touched(|touched| touched.clone())
    }

    /// Whether rows of sessions were touched since they were last taken.
    pub fn is_touched(&self) -> bool {
        self.with_touched(|touched| !touched.is_empty())
    }

    fn with_touched<T>(&self, work: impl FnOnce(&mut Vec<Touched>) -> T) -> T {
        work(&mut self.touched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The session in a row.
    pub fn session_at(&self, row: i64) -> Option<Session> {
        let rows = self.inner.query("SELECT doc FROM sessions WHERE rowid = ?", &[row.into()]);
        let rows = rows.expect("the store works");
        let Value::Text(doc) = rows.first()?.0.first()? else { return None };
        let record: tidewatch::fleet::Record = serde_json::from_str(doc).expect("a stored session can be read");
        Some(record.session)
    }

    /// What is stored, past all faults.
    pub fn tables(&self) -> &SqliteStore {
        &self.inner
    }

    fn burn(&self) -> Result<(), StoreError> {
        match self.fuse.get() {
            None => Ok(()),
            Some(0) => Err(StoreError("the disk is full".to_owned())),
            Some(left) => {
                self.fuse.set(Some(left - 1));
                Ok(())
            }
        }
    }
}

fn watched(store: &SqliteStore) -> Notes {
    let touched = Notes::default();
    let notes = Arc::clone(&touched);
    let hook = move |action: Action, _: &str, table: &str, row: i64| {
        if table == "sessions" {
            let touched = if action == Action::SQLITE_DELETE { Touched::Removed(row) } else { Touched::Written(row) };
            let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
            if notes.last() != Some(&touched) {
                notes.push(touched);
            }
        }
    };
    store.connection().update_hook(Some(hook)).expect("the connection is our own");
    touched
}

impl Store for SimStore {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.burn()?;
        self.inner.query(sql, parameters)
    }

    fn transact<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if self.faults.strikes(Fault::StoreFails) {
            self.fuse.set(Some(self.faults.measure(Fault::StoreFails, 0..=FAILS_WITHIN)));
        }
        let (touched, written) = (self.touched().len(), self.inner.connection().total_changes());
        let worked = self.inner.transact(|| {
            let value = work()?;
            self.burn()?;
            Ok(value)
        });
        self.fuse.set(None);
        if worked.is_err() {
            self.with_touched(|rows| rows.truncate(touched));
            let is_clean = self.inner.connection().total_changes() == written;
            assert!(is_clean || self.faults.may_strike(Fault::StoreFails), "there is no journal to take this back");
        }
        worked
    }
}
