//! What is due, and when something is due next.

use super::Fleet;
use super::record::{Record, Task};
use super::store::{Row, Store, StoreError};
use super::turns::FleetError;
use crate::session::{Input, Millis, SessionId, Timestamp};

/// The limit on sessions that one turn handles. The caller repeats the turn while more are due.
const DUE_PAGE: i64 = 200;
/// A row that can't be read is looked at again after this long.
const UNREADABLE_AGAIN: Millis = Millis::from_secs(60);
/// Rows that one turn purges.
const PURGE_PAGE: i64 = 200;

/// What was due.
#[must_use = "a task that is not carried out is a browser that leaks"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Sessions whose deadline had come.
    pub sessions: Vec<SessionId>,
    /// Whether nothing is due any more.
    pub is_over: bool,
    /// What to do.
    pub tasks: Vec<Task>,
    /// Rows that could not be read, and are tried again later: something for the log.
    pub unreadable: Vec<StoreError>,
}

impl<S: Store> Fleet<S> {
    /// Hands the deadline to a page of the sessions whose deadline has come. Call it again until [`Due::is_over`].
    ///
    /// # Errors
    /// [`FleetError`].
    pub fn reach_deadlines(&self, now: Timestamp) -> Result<Due, FleetError> {
        self.transact(|| {
            let rows = self.due_rows(now)?;
            let mut due = Due::default();
            for row in &rows {
                match Record::read(row, 0) {
                    Ok(mut record) => {
                        due.tasks.extend(self.step(&mut record, Input::DeadlineReached, now)?);
                        due.sessions.push(record.session.id());
                    }
                    Err(error) => {
                        self.set_aside(row.text(1)?, now)?;
                        due.unreadable.push(error);
                    }
                }
            }
            due.tasks.extend(self.admit_waiting(now)?);
            due.is_over = !has_come(self.dues()?.session, now);
            Ok(due)
        })
    }

    fn due_rows(&self, now: Timestamp) -> Result<Vec<Row>, StoreError> {
        if !has_come(self.dues()?.session, now) {
            return Ok(Vec::new());
        }
        let sql = "SELECT doc, id FROM sessions WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?";
        self.read(sql, &[now.as_millis().into(), DUE_PAGE.into()])
    }

    /// Moves the deadline of a row that can't be read. A later version may have written it, and the other rows'
    /// deadlines must hold meanwhile.
    fn set_aside(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        let later = now.plus(UNREADABLE_AGAIN).as_millis();
        self.write("UPDATE sessions SET due = ? WHERE id = ?", &[later.into(), id.into()])
    }

    /// Removes rows, keys, events and counters whose time is over, a page of them.
    ///
    /// # Errors
    /// [`FleetError`].
    pub fn purge(&self, now: Timestamp) -> Result<(), FleetError> {
        let dues = self.dues()?;
        if ![dues.purge, dues.key, dues.event].into_iter().any(|due| has_come(due, now)) {
            return Ok(());
        }
        self.transact(|| {
            let sql = "SELECT doc FROM sessions WHERE purge_at IS NOT NULL AND due IS NULL AND purge_at <= ?
                       ORDER BY purge_at LIMIT ?";
            for row in self.read(sql, &[now.as_millis().into(), PURGE_PAGE.into()])? {
                self.purge_row(&Record::read(&row, 0)?.session)?;
            }
            self.purge_events(now)?;
            self.purge_usage(now)?;
            let sql = "DELETE FROM idempotency WHERE expires_at IS NOT NULL AND expires_at <= ?";
            self.write(sql, &[now.as_millis().into()]).map_err(FleetError::from)
        })
    }

    /// The earliest time at which something is due; `None` once there is nothing left to do.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_deadline(&self) -> Result<Option<Timestamp>, StoreError> {
        let (dues, occupancy) = (self.dues()?, self.occupancy()?);
        let times = [dues.session, dues.purge, dues.key, dues.event, occupancy.next_check(), occupancy.next_in_queue()];
        Ok(times.into_iter().flatten().min())
    }
}

fn has_come(time: Option<Timestamp>, now: Timestamp) -> bool {
    time.is_some_and(|time| time <= now)
}
