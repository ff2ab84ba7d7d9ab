//! The tables and their migrations.

use super::store::{Store, StoreError, Value};

/// Each entry leads from one version to the next; one that has been deployed is never edited.
const MIGRATIONS: &[&[&str]] = &[
    FIRST,
    &["CREATE TABLE texts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"],
    EVENTS,
    EVENTS_BY_AGE,
    USAGE,
];

/// What happened, in the order in which it did.
const EVENTS: &[&str] = &[
    "CREATE TABLE events (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        data TEXT NOT NULL
    )",
    "CREATE INDEX events_by_id ON events (id)",
];

/// Events have their own retention. They may outlive their session's row.
const EVENTS_BY_AGE: &[&str] = &["DROP INDEX events_by_id"];

/// What was used in an hour. The last two numbers are null where nothing began or ended in it.
const USAGE: &[&str] = &["CREATE TABLE usage (
        hour INTEGER PRIMARY KEY,
        live_ms INTEGER NOT NULL DEFAULT 0,
        sessions INTEGER NOT NULL DEFAULT 0,
        ends TEXT NOT NULL DEFAULT '',
        live_peak INTEGER,
        live_at_end INTEGER
    )"];

const FIRST: &[&str] = &[
    // `seq` orders sessions by when they became visible. It is null before. `due` is the session's next deadline.
    "CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        seq INTEGER UNIQUE,
        status TEXT NOT NULL,
        owner TEXT,
        created_at INTEGER NOT NULL,
        browser TEXT,
        due INTEGER,
        purge_at INTEGER,
        fingerprint TEXT NOT NULL,
        doc TEXT NOT NULL,
        config TEXT NOT NULL
    )",
    "CREATE INDEX sessions_by_status ON sessions (status, seq)",
    "CREATE INDEX sessions_by_owner ON sessions (owner, status, seq)",
    "CREATE INDEX sessions_by_owner_seq ON sessions (owner, seq)",
    "CREATE INDEX sessions_due ON sessions (due) WHERE due IS NOT NULL",
    "CREATE INDEX sessions_purge ON sessions (purge_at) WHERE purge_at IS NOT NULL",
    // `metadata`, turned around so that it can be asked for.
    "CREATE TABLE labels (key TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (key, value, id))
        WITHOUT ROWID",
    "CREATE INDEX labels_by_id ON labels (id)",
    // How many sessions have a status: of the project (scope '') and of each owner (scope 'o:…').
    "CREATE TABLE counts (scope TEXT NOT NULL, status TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (scope, status))
        WITHOUT ROWID",
    // `expires_at` is null until the session has ended.
    "CREATE TABLE idempotency (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, id TEXT NOT NULL, expires_at INTEGER)",
    "CREATE INDEX idempotency_by_id ON idempotency (id)",
    "CREATE INDEX idempotency_expiry ON idempotency (expires_at) WHERE expires_at IS NOT NULL",
    "CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
];

/// Prepares a store: makes the tables, or brings those of an older version up to date.
///
/// # Errors
/// [`StoreError`]; then nothing has changed.
pub fn open(store: &impl Store) -> Result<(), StoreError> {
    store.transact(|| {
        store.query("CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL)", &[])?;
        let rows = store.query("SELECT version FROM schema", &[])?;
        let version = rows.first().map(|row| row.integer(0)).transpose()?.flatten().unwrap_or(0);
        let applied = usize::try_from(version).map_err(|_| StoreError(format!("schema version {version}")))?;
        // A version from the future: the code was rolled back, and an older one reads what it knows.
        for statement in MIGRATIONS.iter().skip(applied).copied().flatten() {
            store.query(statement, &[])?;
        }
        if applied < MIGRATIONS.len() {
            store.query("DELETE FROM schema", &[])?;
            let latest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
            store.query("INSERT INTO schema (version) VALUES (?)", &[Value::Integer(latest)])?;
        }
        Ok(())
    })
}
