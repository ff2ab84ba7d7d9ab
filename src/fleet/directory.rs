//! The projects that have something to watch.

use super::store::{Store, StoreError};
use crate::session::{ProjectName, Timestamp};
use crate::wire::Swept;

/// Projects of one page.
const PAGE: i64 = 100;
const TABLES: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS projects (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS sweep (only INTEGER PRIMARY KEY, at INTEGER, closing INTEGER NOT NULL)",
];

/// The deployment's projects that the cron trigger has to sweep.
#[derive(Debug)]
pub struct Directory<S> {
    store: S,
}

impl<S: Store> Directory<S> {
    /// The directory in a store.
    pub const fn new(store: S) -> Self {
        Self { store }
    }

    /// Prepares the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(&self) -> Result<(), StoreError> {
        for sql in TABLES {
            self.store.query(sql, &[])?;
        }
        Ok(())
    }

    /// Keeps what a round of sweeps has found.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note_sweep(&self, swept: Swept) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO sweep (only, at, closing) VALUES (1, ?, ?)";
        let at = swept.at.map(Timestamp::as_millis);
        self.store.query(sql, &[at.into(), i64::from(swept.closing).into()]).map(drop)
    }

    /// The result of the last round of sweeps.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn last_sweep(&self) -> Result<Swept, StoreError> {
        let rows = self.store.query("SELECT at, closing FROM sweep", &[])?;
        let Some(row) = rows.first() else { return Ok(Swept::default()) };
        let closing = row.integer(1)?.and_then(|closing| u32::try_from(closing).ok()).unwrap_or(0);
        Ok(Swept { at: row.integer(0)?.map(Timestamp::from_millis), closing })
    }

    /// Registers a project. A version older than the stored one changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn register(&self, project: &ProjectName, version: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO projects (name, version) VALUES (?, ?)
                   ON CONFLICT (name) DO UPDATE SET version = MAX(version, excluded.version)";
        self.store.query(sql, &[project.as_str().into(), version.into()]).map(drop)
    }

    /// Takes a project off, unless it has registered anew since.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unregister(&self, project: &ProjectName, version: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM projects WHERE name = ? AND version <= ?";
        self.store.query(sql, &[project.as_str().into(), version.into()]).map(drop)
    }

    /// The projects behind `after` in the order of their names: a page of them, empty behind the last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn projects(&self, after: Option<&ProjectName>) -> Result<Vec<ProjectName>, StoreError> {
        let sql = "SELECT name FROM projects WHERE name > ? ORDER BY name LIMIT ?";
        let after = after.map_or("", ProjectName::as_str);
        let rows = self.store.query(sql, &[after.into(), PAGE.into()])?;
        let name = |text: &str| ProjectName::parse(text).map_err(|_| StoreError(format!("a project named {text:?}")));
        rows.iter().map(|row| name(row.text(0)?)).collect()
    }
}
