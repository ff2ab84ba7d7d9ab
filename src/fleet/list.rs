//! Lists and releases of many sessions. Filters become SQL.

use std::collections::BTreeMap;

use super::Fleet;
use super::record::Record;
use super::store::{Row, Store, StoreError, Value};
use super::turns::{FleetError, Released};
use crate::session::{Input, SessionId, Status, Timestamp};
use crate::wire::{ListQuery, ReleaseAllQuery};

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionPage {
    /// Newest first.
    pub records: Vec<Record>,
    /// The cursor for the next page; `None` on the last one.
    pub next: Option<SessionId>,
    /// How many match in all.
    pub total: u64,
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListError {
    /// The cursor is not the id of a session that this fleet has listed.
    UnknownCursor,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for ListError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Conditions that are all to hold, with their parameters.
#[derive(Default)]
struct Conditions {
    sql: Vec<&'static str>,
    parameters: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, sql: &'static str, parameter: impl Into<Value>) {
        self.sql.push(sql);
        self.parameters.push(parameter.into());
    }

    fn add_owner(&mut self, owner: Option<&str>) {
        if let Some(owner) = owner {
            self.add("owner = ?", owner);
        }
    }

    fn add_metadata(&mut self, metadata: &BTreeMap<String, String>) {
        for (key, value) in metadata {
            self.parameters.push(key.as_str().into());
            self.add("id IN (SELECT id FROM labels WHERE key = ? AND value = ?)", value.as_str());
        }
    }

    /// Sessions whose `Idempotency-Key` begins with this.
    fn add_key_prefix(&mut self, prefix: Option<&str>) {
        if let Some(prefix) = prefix {
            self.parameters.push(prefix.into());
            // Keys are ordered by their bytes: the prefix with the last of all characters is behind all of them.
            self.add(
                "id IN (SELECT id FROM idempotency WHERE key >= ? AND key <= ?)",
                format!("{prefix}{}", char::MAX),
            );
        }
    }

    fn all(&self) -> String {
        self.sql.join(" AND ")
    }
}

impl<S: Store> Fleet<S> {
    /// A page of the matching sessions, newest first. Waiting and starting sessions are in no list.
    ///
    /// # Errors
    /// [`ListError`].
    pub fn list(&self, query: &ListQuery) -> Result<SessionPage, ListError> {
        let mut conditions = Conditions::default();
        if let Some(status) = query.status {
            conditions.add("status = ?", status.as_str());
        }
        conditions.add_owner(query.owner.as_deref());
        conditions.add_metadata(&query.metadata);
        let total = self.total(query, &conditions)?;
        conditions.add("seq < ?", query.cursor.map_or(Ok(i64::MAX >> 11), |cursor| self.seq_of(cursor))?);

        // One row more than asked for shows whether there is a next page.
        conditions.parameters.push(Value::Integer(i64::from(query.limit) + 1));
        let sql = format!("SELECT id FROM sessions WHERE {} ORDER BY seq DESC LIMIT ?", conditions.all());
        let mut rows = self.read(&sql, &conditions.parameters)?;
        let has_more = rows.len() > query.limit as usize;
        rows.truncate(query.limit as usize);
        let ids = rows.iter().map(|row| id_in(row, 0)).collect::<Result<Vec<_>, _>>()?;
        // The first page is asked for again and again. Later pages would only push it out of the cache.
        let records = self.find_all(&ids, query.cursor.is_none())?;
        let next = records.last().filter(|_| has_more).map(|record| record.session.id());
        Ok(SessionPage { records, next, total })
    }

    /// The sessions with these ids, 100 at most, in that order. Caches the rows it had to load when `remember` is true.
    fn find_all(&self, ids: &[SessionId], remember: bool) -> Result<Vec<Record>, StoreError> {
        let mut found = ids.iter().map(|id| self.remembered(*id)).collect::<Result<Vec<_>, _>>()?;
        let missing: Vec<Value> = ids
            .iter()
            .zip(&found)
            .filter(|(_, record)| record.is_none())
            .map(|(id, _)| id.to_string().into())
            .collect();
        if !missing.is_empty() {
            let places = vec!["?"; missing.len()].join(", ");
            for row in self.read(&format!("SELECT doc FROM sessions WHERE id IN ({places})"), &missing)? {
                let record = Record::read(&row, 0)?;
                if remember {
                    self.memory.keep(&record, None);
                }
                if let Some(at) = ids.iter().position(|id| *id == record.session.id()) {
                    found[at] = Some(record);
                }
            }
        }
        found.into_iter().collect::<Option<Vec<_>>>().ok_or_else(|| StoreError("a session of a page has no row".into()))
    }

    /// Ends every session that matches and is live, starting or waiting, all in one turn.
    ///
    /// # Errors
    /// [`FleetError`].
    pub fn release_all(&self, query: &ReleaseAllQuery, now: Timestamp) -> Result<Released, FleetError> {
        let mut conditions = Conditions::default();
        conditions.sql.push("status IN ('waiting', 'starting', 'live')");
        conditions.add_owner(query.owner.as_deref());
        conditions.add_metadata(&query.metadata);
        conditions.add_key_prefix(query.key_prefix.as_deref());
        if let Some(time) = query.created_before {
            conditions.add("created_at < ?", time.as_millis());
        }
        let sql = format!("SELECT doc FROM sessions WHERE {} ORDER BY created_at", conditions.all());
        self.transact(|| {
            let mut released = Released::default();
            for row in self.read(&sql, &conditions.parameters)? {
                let mut record = Record::read(&row, 0)?;
                released.sessions.push(record.session.id());
                if !query.dry_run {
                    released.tasks.extend(self.step(&mut record, Input::Release, now)?);
                }
            }
            released.tasks.extend(self.admit_waiting(now)?);
            Ok(released)
        })
    }

    /// Counters have the number by status and owner; only a filter on metadata counts rows.
    fn total(&self, query: &ListQuery, conditions: &Conditions) -> Result<u64, StoreError> {
        if query.metadata.is_empty() {
            let statuses = query.status.map_or(vec![Status::Live, Status::Released, Status::Failed], |s| vec![s]);
            return statuses.into_iter().map(|status| self.counted(query.owner.as_deref(), status)).sum();
        }
        let sql = format!("SELECT COUNT(*) FROM sessions WHERE seq IS NOT NULL AND {}", conditions.all());
        let rows = self.read(&sql, &conditions.parameters)?;
        let n = rows.first().map(|row| row.integer(0)).transpose()?.flatten();
        Ok(n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }

    fn seq_of(&self, cursor: SessionId) -> Result<i64, ListError> {
        let rows = self.read("SELECT seq FROM sessions WHERE id = ?", &[cursor.to_string().into()])?;
        rows.first().map(|row| row.integer(0)).transpose()?.flatten().ok_or(ListError::UnknownCursor)
    }
}

fn id_in(row: &Row, column: usize) -> Result<SessionId, StoreError> {
    SessionId::parse(row.text(column)?).map_err(|_| StoreError(format!("column {column} is no id of a session")))
}
