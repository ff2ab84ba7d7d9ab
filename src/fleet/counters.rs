//! Counters and other numbers that are stored with the sessions, so that a query counts no rows.

use super::Fleet;
use super::memory::LAST_EPOCH;
use super::store::{Store, StoreError, Value};
use crate::session::{Session, Status};

impl<S: Store> Fleet<S> {
    /// Adds to the counters by status, of the project and of the session's owner.
    pub(super) fn count(&self, session: &Session, changes: &[(Status, i64)]) -> Result<(), StoreError> {
        let mut parameters: Vec<Value> = Vec::new();
        for scope in scopes(session) {
            for (status, change) in changes {
                parameters.extend([scope.as_str().into(), status.as_str().into(), (*change).into()]);
            }
        }
        let values = vec!["(?, ?, ?)"; parameters.len() / 3].join(", ");
        let sql = format!(
            "INSERT INTO counts (scope, status, n) VALUES {values}
             ON CONFLICT (scope, status) DO UPDATE SET n = n + excluded.n"
        );
        self.write_beside(&sql, &parameters)?;
        for (status, change) in changes {
            self.memory.counted(*status, *change);
        }
        Ok(())
    }

    /// Subtracts a deleted session from the counters; deletes an owner's counter at zero.
    pub(super) fn discount(&self, session: &Session) -> Result<(), StoreError> {
        self.count(session, &[(session.status(), -1)])?;
        for scope in scopes(session) {
            self.write_beside("DELETE FROM counts WHERE scope = ? AND n <= 0", &[scope.into()])?;
        }
        Ok(())
    }

    /// How many sessions of a scope have a status.
    pub(super) fn counted(&self, owner: Option<&str>, status: Status) -> Result<u64, StoreError> {
        let scope = owner.map_or_else(String::new, owner_scope);
        let sql = "SELECT n FROM counts WHERE scope = ? AND status = ?";
        let rows = self.read(sql, &[scope.into(), status.as_str().into()])?;
        let n = rows.first().map(|row| row.integer(0)).transpose()?.flatten();
        Ok(n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }

    /// A stored number; zero until it is set.
    pub(super) fn number(&self, name: &str) -> Result<i64, StoreError> {
        let rows = self.read("SELECT value FROM numbers WHERE name = ?", &[name.into()])?;
        Ok(rows.first().map(|row| row.integer(0)).transpose()?.flatten().unwrap_or(0))
    }

    pub(super) fn set_number(&self, name: &str, value: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO numbers (name, value) VALUES (?, ?)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.write_beside(sql, &[name.into(), value.into()])?;
        self.memory.set(name, value);
        Ok(())
    }

    /// The highest epoch of all sessions whose rows are deleted. One number for all ids: a row for each id would never
    /// be deleted.
    pub(super) fn last_epoch(&self) -> Result<u32, StoreError> {
        Ok(u32::try_from(self.occupancy()?.last_epoch()).unwrap_or(u32::MAX))
    }

    /// A row with this epoch is being deleted. Most sessions end at the same low epoch, so this rarely writes.
    pub(super) fn raise_last_epoch(&self, epoch: u32) -> Result<(), StoreError> {
        if i64::from(epoch) > self.occupancy()?.last_epoch() {
            self.set_number(LAST_EPOCH, epoch.into())?;
        }
        Ok(())
    }

    /// Adds one to a number, and returns it.
    pub(super) fn raise(&self, name: &str) -> Result<i64, StoreError> {
        let value = self.number(name)? + 1;
        self.set_number(name, value)?;
        Ok(value)
    }
}

/// The scopes to count in: the project's and the session's owner's.
fn scopes(session: &Session) -> impl Iterator<Item = String> {
    std::iter::once(String::new()).chain(session.owner().map(owner_scope))
}

fn owner_scope(owner: &str) -> String {
    format!("o:{owner}")
}
