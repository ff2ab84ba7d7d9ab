//! The project's place in the directory: there before its first session, taken off only when nothing is left to watch.

use super::Fleet;
use super::store::{Store, StoreError};

const VERSION: &str = "registration_version";
const REGISTERED: &str = "registered_version";

impl<S: Store> Fleet<S> {
    /// The version under which to register before a session may start; `None` if the project stands in the directory.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn registration_due(&self) -> Result<Option<i64>, StoreError> {
        if self.number(REGISTERED)? > 0 { Ok(None) } else { self.raise(VERSION).map(Some) }
    }

    /// The directory has stored the registration of this version.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn registered(&self, version: i64) -> Result<(), StoreError> {
        self.set_number(REGISTERED, version)
    }

    /// If nothing is starting, live or closing: takes note that the project is to leave the directory, and answers
    /// the version that it leaves. A create that comes later registers anew, under a higher one, so that the two words
    /// may reach the directory in either order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn leave_if_idle(&self) -> Result<Option<i64>, StoreError> {
        self.store.transact(|| {
            if !self.store.query("SELECT 1 FROM sessions WHERE due IS NOT NULL LIMIT 1", &[])?.is_empty() {
                return Ok(None);
            }
            let version = self.number(REGISTERED)?;
            self.set_number(REGISTERED, 0)?;
            Ok(Some(version).filter(|version| *version > 0))
        })
    }
}
