//! The store of a simulated object. It outlives the object, fails at random, and records the session rows that a turn
//! touches.

use std::cell::{Cell, RefCell};
use std::mem::take;
use std::rc::{Rc, Weak};

use tidewatch::fleet::{Record, Row, Store, StoreError, Value};
use tidewatch::session::Session;

use super::database::{Database, Touched};
use super::fault::{Fault, Faults};
use super::mutants::Mutant;
use super::world::World;

/// A failing turn fails before one of its first statements, up to this many.
const FAILS_WITHIN: u64 = 12;

/// A run, and the project of this store.
type Watcher = (Weak<World>, usize);

/// A store. A clone is the same store, as a restarted object finds it.
#[derive(Clone)]
pub struct SimStore {
    database: Database,
    faults: Rc<Faults>,
    mutant: Option<Mutant>,
    /// Statements until the turn fails. `None` if it does not fail.
    fails_after: Rc<Cell<Option<u64>>>,
    /// Whether a turn has failed since the last call of `take_failed`.
    has_failed: Rc<Cell<bool>>,
    /// The run whose ledger sees each turn.
    watched_by: Rc<RefCell<Option<Watcher>>>,
}

thread_local! {
    /// Databases of this thread's earlier runs. Emptying one is faster than making one.
    static IDLE: RefCell<Vec<Database>> = const { RefCell::new(Vec::new()) };
}

impl SimStore {
    /// An empty store.
    pub fn new(faults: &Rc<Faults>, mutant: Option<Mutant>) -> Self {
        let database = IDLE.with_borrow_mut(Vec::pop).unwrap_or_else(Database::new);
        database.begin(faults.may_strike(Fault::StoreFails));
        Self {
            database,
            faults: Rc::clone(faults),
            mutant,
            fails_after: Rc::default(),
            has_failed: Rc::default(),
            watched_by: Rc::default(),
        }
    }

    /// Empties the database and keeps it for the next run. Not for a run that broke off.
    pub fn retire(self) {
        self.database.end();
        IDLE.with_borrow_mut(|idle| idle.push(self.database));
    }

    /// Shows each later turn to the run's ledger, as a turn of this project.
    pub fn watch(&self, world: &Rc<World>, project: usize) {
        *self.watched_by.borrow_mut() = Some((Rc::downgrade(world), project));
    }

    /// Whether a turn has failed in this step.
    pub fn has_failed(&self) -> bool {
        self.has_failed.get()
    }

    /// Whether a turn has failed since the last call of `take_failed`.
    pub fn take_failed(&self) -> bool {
        self.has_failed.take()
    }

    /// Shows the ledger the sessions that turns touched since the last call.
    pub fn show_touched(&self, world: &World, project: usize) {
        for touched in self.database.touched(take) {
            match touched {
                Touched::Written(row) => {
                    if let Some(session) = self.session_at(row) {
                        world.ledger.written(world, project, row, &session);
                    }
                }
                Touched::Removed(row) => world.ledger.removed(world, project, row),
            }
        }
    }

    /// Shows a finished turn to the ledger. Skips a turn that made a session: the ledger sees it in the same step,
    /// after it has computed what it expects of the create.
    fn turn_is_over(&self) {
        let watched_by = self.watched_by.borrow().clone();
        let Some((world, project)) = watched_by.and_then(|(world, project)| Some((world.upgrade()?, project))) else {
            return;
        };
        let makes_one = self.database.touched(|touched| {
            touched.iter().any(|touched| matches!(touched, Touched::Written(row) if !world.ledger.knows(project, *row)))
        });
        if !makes_one {
            self.show_touched(&world, project);
        }
    }

    fn session_at(&self, row: i64) -> Option<Session> {
        let rows = self.database.query("SELECT doc FROM sessions WHERE rowid = ?", &[row.into()]);
        let rows = rows.expect("the store works");
        let Value::Text(doc) = rows.first()?.0.first()? else { return None };
        let record: Record = serde_json::from_str(doc).expect("a stored session can be read");
        Some(record.session)
    }

    /// The database, without faults.
    pub fn tables(&self) -> &Database {
        &self.database
    }

    fn count_down(&self) -> Result<(), StoreError> {
        match self.fails_after.get() {
            None => Ok(()),
            Some(0) => Err(StoreError("the disk is full".to_owned())),
            Some(left) => {
                self.fails_after.set(Some(left - 1));
                Ok(())
            }
        }
    }
}

impl Store for SimStore {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.count_down()?;
        if self.mutant == Some(Mutant::KeepsStarting) && sql.contains("status IN ('starting', 'waiting')") {
            return Ok(Vec::new());
        }
        if self.mutant == Some(Mutant::LosesKeys) && sql.starts_with("INSERT OR REPLACE INTO idempotency") {
            return Ok(Vec::new());
        }
        if self.mutant == Some(Mutant::ServesTheLastFirst) && sql.contains("ORDER BY rowid") {
            return self.database.query(&sql.replace("ORDER BY rowid", "ORDER BY rowid DESC"), parameters);
        }
        self.database.query(sql, parameters)
    }

    fn transact<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if self.faults.strikes(Fault::StoreFails) {
            self.fails_after.set(Some(self.faults.measure(Fault::StoreFails, 0..=FAILS_WITHIN)));
        }
        let touched = self.database.touched(|touched| touched.len());
        let worked = self.database.transact(|| {
            let value = work()?;
            self.count_down()?;
            Ok(value)
        });
        if self.fails_after.take() == Some(0) {
            self.has_failed.set(true);
        }
        if worked.is_err() {
            self.database.touched(|rows| rows.truncate(touched));
        } else {
            self.turn_is_over();
        }
        worked
    }
}
