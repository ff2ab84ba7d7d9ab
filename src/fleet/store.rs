//! SQL, as little of it as the fleet needs, so that a Durable Object's SQLite and a native one serve alike.

use std::fmt;

/// A value in a row or a parameter of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// An integer within ±2⁵³, because a Durable Object reads it as a JavaScript number.
    Integer(i64),
    /// A text.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// The text in a column; an error if it is none.
    pub(super) fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(StoreError(format!("column {column} is no text: {other:?}"))),
        }
    }

    /// The text in a column; `None` for a null, an error for anything else.
    pub(super) fn text_if_any(&self, column: usize) -> Result<Option<&str>, StoreError> {
        if let Some(Value::Null) = self.0.get(column) { Ok(None) } else { self.text(column).map(Some) }
    }

    /// The number in a column; `None` for a null, an error for anything else.
    pub(super) fn integer(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Integer(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            other => Err(StoreError(format!("column {column} is no number: {other:?}"))),
        }
    }
}

/// The store failed, or holds what can't be read: ours to look into, nothing for a caller to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store: {}", self.0)
    }
}

impl std::error::Error for StoreError {}

/// A SQLite database.
pub trait Store {
    /// Runs one statement and reads all of its rows.
    ///
    /// # Errors
    /// [`StoreError`] with the database's own words.
    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// Runs `work` in a transaction: all of it is stored if it answers `Ok`, nothing if it answers `Err`.
    ///
    /// # Errors
    /// What `work` answers, or that the transaction could not be begun or ended.
    fn transact<T, E: From<StoreError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E>;
}
