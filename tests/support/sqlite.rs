//! The native tests' `Store`: SQLite in memory, with real transactions.

use std::cell::Cell;
use std::rc::Rc;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, params_from_iter};
use tidewatch::fleet::{Row, Store, StoreError, Value};

/// The largest integer that is exact as a JavaScript number in a Durable Object.
const NUMBER_MAX: i64 = 1 << 53;
/// The limit on parameters of one statement in a Durable Object's SQLite (Cloudflare's documentation).
const PARAMETERS_MAX: usize = 100;

/// A database in memory. A clone is the same database, as a restarted service finds it.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    connection: Rc<Connection>,
    in_transaction: Rc<Cell<bool>>,
}

impl SqliteStore {
    /// An empty database.
    pub fn new() -> Self {
        let connection = Connection::open_in_memory().expect("SQLite opens in memory");
        connection.set_prepared_statement_cache_capacity(128);
        Self { connection: Rc::new(connection), in_transaction: Rc::default() }
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        let ran = self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        ran.map(drop).map_err(failed)
    }
}

impl Store for SqliteStore {
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        assert!(parameters.len() <= PARAMETERS_MAX, "too many parameters for a Durable Object: {sql}");
        rows_of(&mut *self.connection.prepare_cached(sql).map_err(failed)?, parameters)
    }

    fn transact<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        assert!(!self.in_transaction.replace(true), "transactions are not nested");
        self.run("BEGIN IMMEDIATE")?;
        let worked = work().and_then(|value| self.run("COMMIT").map(|()| value).map_err(E::from));
        if worked.is_err() {
            self.run("ROLLBACK")?;
        }
        self.in_transaction.set(false);
        worked
    }
}

/// A statement's parameter. It borrows the text.
struct Parameter<'a>(&'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => {
                assert!((-NUMBER_MAX..=NUMBER_MAX).contains(number), "{number} is not exact in JavaScript");
                ValueRef::Integer(*number)
            }
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// Runs a statement and reads all of its rows.
///
/// # Errors
/// The database's error, or a column of an unexpected type.
pub fn rows_of(statement: &mut Statement<'_>, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
    let columns = statement.column_count();
    let mut rows = statement.query(params_from_iter(parameters.iter().map(Parameter))).map_err(failed)?;
    let mut read = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let values = (0..columns).map(|column| from_sql(row.get_ref(column).map_err(failed)?));
        read.push(Row(values.collect::<Result<_, _>>()?));
    }
    Ok(read)
}

fn from_sql(value: ValueRef<'_>) -> Result<Value, StoreError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Text(_) => value.as_str().map(Value::from).map_err(|error| StoreError(error.to_string())),
        other => Err(StoreError(format!("a value of the type {}", other.data_type()))),
    }
}

/// Converts the database's error.
#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
pub fn failed(error: rusqlite::Error) -> StoreError {
    StoreError(error.to_string())
}
