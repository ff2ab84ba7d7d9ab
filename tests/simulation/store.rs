//! The tables of a simulated object: they outlive it, they fail when chance wants it, and they tell which sessions' rows a
//! turn has touched.

use std::cell::{Cell, RefCell};
use std::mem::take;
use std::rc::Rc;

use tidewatch::fleet::{Record, Row, Store, StoreError, Value};
use tidewatch::session::Session;

use super::database::{Database, Touched};
use super::fault::{Fault, Faults};
use super::sabotage::Sabotage;

/// The statement of a turn before which it fails is one of the first so many.
const FAILS_WITHIN: u64 = 12;

/// A store. A clone is the same one, as a restarted object finds it.
#[derive(Clone)]
pub struct SimStore {
    database: Database,
    faults: Rc<Faults>,
    sabotage: Option<Sabotage>,
    /// Statements until the turn fails; `None` if it does not.
    fuse: Rc<Cell<Option<u64>>>,
}

thread_local! {
    /// Databases of earlier runs of this thread: to empty one is quicker than to make one.
    static IDLE: RefCell<Vec<Database>> = const { RefCell::new(Vec::new()) };
}

impl SimStore {
    /// An empty one.
    pub fn new(faults: &Rc<Faults>, sabotage: Option<Sabotage>) -> Self {
        let database = IDLE.with_borrow_mut(Vec::pop).unwrap_or_else(Database::new);
        database.begin(faults.may_strike(Fault::StoreFails));
        Self { database, faults: Rc::clone(faults), sabotage, fuse: Rc::default() }
    }

    /// Empties it and keeps it for the next run. Not to be called after a run that broke off.
    pub fn retire(self) {
        self.database.end();
        IDLE.with_borrow_mut(|idle| idle.push(self.database));
    }

    /// The rows of sessions that were touched since this was last asked.
    pub fn take_touched(&self) -> Vec<Touched> {
        self.database.touched(take)
    }

    /// The row of a session that alone was touched since they were last taken.
    pub fn only_touched(&self) -> Option<i64> {
        self.database.touched(|touched| match touched[..] {
            [Touched::Written(row)] => Some(row),
            _ => None,
        })
    }

    /// Whether rows of sessions were touched since they were last taken.
    pub fn is_touched(&self) -> bool {
        self.database.touched(|touched| !touched.is_empty())
    }

    /// The session in a row.
    pub fn session_at(&self, row: i64) -> Option<Session> {
        let rows = self.database.query("SELECT doc FROM sessions WHERE rowid = ?", &[row.into()]);
        let rows = rows.expect("the store works");
        let Value::Text(doc) = rows.first()?.0.first()? else { return None };
        let record: Record = serde_json::from_str(doc).expect("a stored session can be read");
        Some(record.session)
    }

    /// What is stored, past all faults.
    pub fn tables(&self) -> &Database {
        &self.database
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

impl Store for SimStore {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.burn()?;
        if self.sabotage == Some(Sabotage::ServesTheLastFirst) && sql.contains("ORDER BY rowid") {
            return self.database.query(&sql.replace("ORDER BY rowid", "ORDER BY rowid DESC"), parameters);
        }
        self.database.query(sql, parameters)
    }

    fn transact<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if self.faults.strikes(Fault::StoreFails) {
            self.fuse.set(Some(self.faults.measure(Fault::StoreFails, 0..=FAILS_WITHIN)));
        }
        let touched = self.database.touched(|touched| touched.len());
        let worked = self.database.transact(|| {
            let value = work()?;
            self.burn()?;
            Ok(value)
        });
        self.fuse.set(None);
        if worked.is_err() {
            self.database.touched(|rows| rows.truncate(touched));
        }
        worked
    }
}
