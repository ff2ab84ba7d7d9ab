//! What is due, and when something is due next.

use super::Fleet;
use super::record::{Record, Task};
use super::store::{Store, StoreError};
use super::turns::FleetError;
use crate::session::{Command, Millis, SessionId, Timestamp};

/// Sessions that one turn carries over their deadline; the caller asks again while there are more.
const DUE_PAGE: i64 = 200;
/// A row that can't be read is looked at again after this long.
const UNREADABLE_AGAIN: Millis = Millis::from_secs(60);
/// Rows that one turn purges.
const PURGE_PAGE: i64 = 200;

/// What was due.
#[must_use = "a task that is not carried out is a browser that leaks"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Sessions that had a deadline behind them.
    pub sessions: Vec<SessionId>,
    /// Whether nothing was due any more.
    pub is_over: bool,
    /// What to do.
    pub tasks: Vec<Task>,
    /// Rows that could not be read, and are put off: something for the log.
    pub unreadable: Vec<StoreError>,
}

impl<S: Store> Fleet<S> {
    /// Carries sessions over deadlines that have come, a page of them. To be called until it says that
    /// nothing is due any more.
    ///
    /// # Errors
    /// [`FleetError`].
    pub fn reach_deadlines(&self, now: Timestamp) -> Result<Due, FleetError> {
        self.store.transact(|| {
            let sql = "SELECT doc, id FROM sessions WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?";
            let rows = self.store.query(sql, &[now.as_millis().into(), DUE_PAGE.into()])?;
            let mut due = Due { is_over: rows.is_empty(), ..Due::default() };
            for row in &rows {
                match Record::read(row, 0) {
                    Ok(mut record) => {
                        due.tasks.extend(self.step(&mut record, Command::DeadlineReached, now)?);
                        due.sessions.push(record.session.id);
                    }
                    Err(error) => {
                        self.set_aside(row.text(1)?, now)?;
                        due.unreadable.push(error);
                    }
                }
            }
            due.tasks.extend(self.serve_line(now)?);
            Ok(due)
        })
    }

    /// Puts a row that can't be read off to a later time: code of a later version may have written it, and the deadlines
    /// of all others are to be kept meanwhile.
    fn set_aside(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        let later = now.plus(UNREADABLE_AGAIN).as_millis();
        self.store.query("UPDATE sessions SET due = ? WHERE id = ?", &[later.into(), id.into()]).map(drop)
    }

    /// Removes rows and keys whose time is over, a page of them.
    ///
    /// # Errors
    /// [`FleetError`].
    pub fn purge(&self, now: Timestamp) -> Result<(), FleetError> {
        self.store.transact(|| {
            let sql = "SELECT doc FROM sessions WHERE purge_at IS NOT NULL AND due IS NULL AND purge_at <= ?
                       ORDER BY purge_at LIMIT ?";
            for row in self.store.query(sql, &[now.as_millis().into(), PURGE_PAGE.into()])? {
                self.purge_row(&Record::read(&row, 0)?.session)?;
            }
            let sql = "DELETE FROM idempotency WHERE expires_at IS NOT NULL AND expires_at <= ?";
            self.store.query(sql, &[now.as_millis().into()])?;
            Ok(())
        })
    }

    /// The earliest time at which something is due; `None` once there is nothing left to do.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_deadline(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT
            (SELECT due FROM sessions WHERE due IS NOT NULL ORDER BY due LIMIT 1),
            (SELECT purge_at FROM sessions WHERE purge_at IS NOT NULL AND due IS NULL ORDER BY purge_at LIMIT 1),
            (SELECT expires_at FROM idempotency WHERE expires_at IS NOT NULL ORDER BY expires_at LIMIT 1)";
        let rows = self.store.query(sql, &[])?;
        let mut times = vec![self.next_check()?, self.next_in_line()?];
        for row in &rows {
            for column in 0..3 {
                times.push(row.integer(column)?.map(Timestamp::from_millis));
            }
        }
        Ok(times.into_iter().flatten().min())
    }
}
