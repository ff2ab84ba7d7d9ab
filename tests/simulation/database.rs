//! A SQLite that is as quick as it can be: in memory, its statements kept, and used again from run to run.
//!
//! It never dies: a thread that simulates needs a handful of them, for as long as it lives.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::Action;
use rusqlite::{Connection, Statement};
use rustc_hash::FxHashMap;
use tidewatch::fleet::{Row, Store, StoreError, Value};

use super::support::{failed, rows_of};

/// A row of the table of sessions that a turn has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// It is new, or has changed.
    Written(i64),
    /// It is gone.
    Removed(i64),
}

type Notes = Arc<Mutex<Vec<Touched>>>;

/// A database. A clone is the same one.
#[derive(Clone)]
pub struct Database {
    connection: &'static Connection,
    statements: Rc<RefCell<FxHashMap<String, Statement<'static>>>>,
    touched: Notes,
    has_journal: Rc<Cell<bool>>,
}

impl Database {
    /// An empty one.
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

    /// Begins a run. Whether a turn can be taken back after it has written is for the run to say: without a journal,
    /// the whole run is one transaction, and a third of the work is saved.
    pub fn begin(&self, has_journal: bool) {
        self.must(&format!("PRAGMA journal_mode = {}", if has_journal { "MEMORY" } else { "OFF" }));
        self.has_journal.set(has_journal);
        if !has_journal {
            self.must("BEGIN IMMEDIATE");
        }
    }

    /// Ends a run, and empties it.
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

    /// Looks at the rows of sessions that were touched.
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
                "a turn that has written fails by itself"
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
