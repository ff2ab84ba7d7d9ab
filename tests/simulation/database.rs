//! SQLite for speed: in memory, with cached statements, and reused from run to run.
//!
//! Connections are leaked on purpose. A thread needs a handful of them, until it ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::Action;
use rusqlite::{Connection, Statement};
use rustc_hash::FxHashMap;
use tidewatch::fleet::{Row, Store, StoreError, Value};

use super::support::{failed, rows_of};

/// A row of the table `sessions` that a turn has touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// The row is new or changed.
    Written(i64),
    /// The row was removed.
    Removed(i64),
}

type Notes = Arc<Mutex<Vec<Touched>>>;

/// A database. A clone is the same database.
#[derive(Clone)]
pub struct Database {
    connection: &'static Connection,
    statements: Rc<RefCell<FxHashMap<String, Statement<'static>>>>,
    touched: Notes,
    has_journal: Rc<Cell<bool>>,
}

impl Database {
    /// An empty database.
    pub fn new() -> Self {
        let connection = Box::leak(Box::new(Connection::open_in_memory().expect("SQLite opens in memory")));
        let touched = Notes::default();
        let notes = Arc::clone(&touched);
        let hook = move |action: Action, _: &str, table: &str, row: i64| {
            if table == "sessions" {
                note(
                    &notes,
                    if action == Action::SQLITE_DELETE { Touched::Removed(row) } else { Touched::Written(row) },
                );
            }
        };
        connection.update_hook(Some(hook)).expect("the connection is our own");
        Self { connection, statements: Rc::default(), touched, has_journal: Rc::new(Cell::new(true)) }
    }

    /// Begins a run. Only a run with failing statements needs a journal to roll a turn back. Without one, the run is a
    /// single transaction, which saves a third of the work.
    pub fn begin(&self, has_journal: bool) {
        self.must(&format!("PRAGMA journal_mode = {}", if has_journal { "MEMORY" } else { "OFF" }));
        self.has_journal.set(has_journal);
        if !has_journal {
            self.must("BEGIN IMMEDIATE");
        }
    }

    /// Ends a run and empties the tables.
    pub fn end(&self) {
        let tables =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('schema', 'sqlite_sequence')";
        for row in self.query(tables, &[]).expect("the store works") {
            if let Value::Text(table) = &row.0[0] {
                self.must(&format!("DELETE FROM {table}"));
            }
        }
        if !self.has_journal.get() {
            self.must("COMMIT");
        }
        self.touched(Vec::clear);
    }

    /// Gives access to the touched session rows.
    pub fn touched<T>(&self, look: impl FnOnce(&mut Vec<Touched>) -> T) -> T {
        look(&mut self.touched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn must(&self, sql: &str) {
        self.run(sql).expect("the store works");
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.query(sql, &[]).map(drop)
    }
}

fn note(notes: &Notes, touched: Touched) {
    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    if notes.last() != Some(&touched) {
        notes.push(touched);
    }
}

impl Store for Database {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statements = self.statements.borrow_mut();
        if !statements.contains_key(sql) {
            statements.insert(sql.to_owned(), self.connection.prepare(sql).map_err(failed)?);
        }
        let Some(statement) = statements.get_mut(sql) else { return Ok(Vec::new()) };
        rows_of(statement, parameters)
    }

    fn transact<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if !self.has_journal.get() {
            let before = self.connection.total_changes();
            let worked = work();
            assert!(
                worked.is_ok() || self.connection.total_changes() == before,
                "a turn failed after it had written, without a fault"
            );
            return worked;
        }
        self.run("BEGIN IMMEDIATE")?;
        let worked = work().and_then(|value| self.run("COMMIT").map(|()| value).map_err(E::from));
        if worked.is_err() {
            self.run("ROLLBACK")?;
        }
        worked
    }
}
