//! The project's registration in the directory. It registers before its first session and leaves only when no session
//! has a browser left.

use super::Fleet;
use super::store::{Store, StoreError};
use crate::session::ProjectName;

const VERSION: &str = "registration_version";
const REGISTERED: &str = "registered_version";
const LEFT: &str = "left_version";

impl<S: Store> Fleet<S> {
    /// Whose fleet this is; `None` before the first call. An object does not know its own name, and an alarm comes
    /// without one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn project(&self) -> Result<Option<ProjectName>, StoreError> {
        let rows = self.read("SELECT value FROM texts WHERE name = 'project'", &[])?;
        Ok(rows.first().map(|row| row.text(0)).transpose()?.and_then(|text| ProjectName::parse(text).ok()))
    }

    /// Notes whose fleet this is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_project(&self, project: &ProjectName) -> Result<(), StoreError> {
        let sql = "INSERT INTO texts (name, value) VALUES ('project', ?)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.write_beside(sql, &[project.as_str().into()])
    }

    /// The version to register with before a session may start. `None` if the project is registered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn registration_due(&self) -> Result<Option<i64>, StoreError> {
        if self.number(REGISTERED)? > 0 { Ok(None) } else { self.raise(VERSION).map(Some) }
    }

    /// The directory has stored the registration of this version. An answer that was overtaken, by a newer
    /// registration or by a leave of one, counts for nothing: then [`Self::registration_due`] is to be asked again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn registered(&self, version: i64) -> Result<(), StoreError> {
        if version <= self.number(REGISTERED)? || version <= self.number(LEFT)? {
            return Ok(());
        }
        self.set_number(REGISTERED, version)
    }

    /// Sessions that have ended, and whose browsers the provider has not confirmed to be gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn closing(&self) -> Result<u32, StoreError> {
        let sql = "SELECT COUNT(*) FROM sessions WHERE due IS NOT NULL AND status IN ('released', 'failed')";
        let rows = self.read(sql, &[])?;
        let n = rows.first().map(|row| row.integer(0)).transpose()?.flatten();
        Ok(n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0))
    }

    /// If nothing is starting, live or closing: takes note that the project is to leave the directory, and answers
    /// the version that it leaves; the same one again as long as nothing has registered since, because the word may
    /// be lost on its way. A registration that was not confirmed is left as well: the directory may hold it, and its
    /// create may be gone. One that is still on its way registers anew, under a higher version, as does every create
    /// that comes later, so that the words may reach the directory in any order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn leave_if_idle(&self) -> Result<Option<i64>, StoreError> {
        self.transact(|| {
            if !self.read("SELECT 1 FROM sessions WHERE due IS NOT NULL LIMIT 1", &[])?.is_empty() {
                return Ok(None);
            }
            let version = self.number(VERSION)?;
            if version > self.number(LEFT)? {
                self.set_number(LEFT, version)?;
                self.set_number(REGISTERED, 0)?;
            }
            Ok(Some(version).filter(|version| *version > 0))
        })
    }
}
