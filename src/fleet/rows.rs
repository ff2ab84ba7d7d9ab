//! Reads, stores and deletes the rows of sessions, with the counters and labels that go with them.

use serde_json::Value as Json;

use super::Fleet;
use super::record::Record;
use super::store::{Store, StoreError, Value};
use crate::session::{Millis, Reason, Session, SessionId, State, Timestamp};

/// How long an `Idempotency-Key` is valid after its session's end (docs/api.md).
const IDEMPOTENCY_KEPT: Millis = Millis::from_secs(24 * 60 * 60);
/// A row with a later purge time is never deleted: JavaScript can't hold larger numbers exactly.
const NEVER: Timestamp = Timestamp::from_millis(1 << 52);

impl<S: Store> Fleet<S> {
    /// One session, without its `config`. `None` for an unknown id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(&self, id: SessionId) -> Result<Option<Record>, StoreError> {
        if let Some(record) = self.remembered(id)? {
            return Ok(Some(record));
        }
        let record = self.read_record(id)?;
        if let Some(record) = &record {
            self.memory.keep(record, None);
        }
        Ok(record)
    }

    /// One session, if it is cached.
    pub(super) fn remembered(&self, id: SessionId) -> Result<Option<Record>, StoreError> {
        let record = self.memory.record(id);
        if let Some(record) = &record {
            debug_assert_eq!(Some(record), self.read_record(id)?.as_ref(), "the cache holds what is stored");
        }
        Ok(record)
    }

    fn read_record(&self, id: SessionId) -> Result<Option<Record>, StoreError> {
        let rows = self.read("SELECT doc FROM sessions WHERE id = ?", &[id.to_string().into()])?;
        rows.first().map(|row| Record::read(row, 0)).transpose()
    }

    /// Stores a new session.
    pub(super) fn insert(&self, record: &Record, fingerprint: &str, config: &Json) -> Result<(), StoreError> {
        let session = &record.session;
        self.write_beside(
            "INSERT INTO sessions (id, status, owner, created_at, due, fingerprint, doc, config)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            &[
                session.id().to_string().into(),
                session.status().as_str().into(),
                session.owner().map(str::to_owned).into(),
                session.created_at().as_millis().into(),
                session.next_deadline().map(Timestamp::as_millis).into(),
                fingerprint.into(),
                record.write()?.into(),
                config.to_string().into(),
            ],
        )?;
        self.memory.moved(None, session.next_deadline());
        self.memory.keep(record, Some(config));
        self.count(session, &[(session.status(), 1)])?;
        self.label(session)
    }

    /// Stores a session that a turn has changed from `before`.
    pub(super) fn save(&self, before: &Session, record: &Record) -> Result<(), StoreError> {
        let session = &record.session;
        if session.was_turned_away() {
            self.age_keys(session)?;
            return self.purge_row(before);
        }
        let (was, is) = (before.status(), session.status());
        self.update(before, record)?;
        if before.metadata() != session.metadata() {
            self.write_beside("DELETE FROM labels WHERE id = ?", &[session.id().to_string().into()])?;
            self.label(session)?;
        }
        if was != is {
            self.count(session, &[(was, -1), (is, 1)])?;
            self.age_keys(session)?;
        }
        Ok(())
    }

    /// Writes only the columns that have changed: a column's indexes are written with it.
    fn update(&self, before: &Session, record: &Record) -> Result<(), StoreError> {
        let session = &record.session;
        let (was, is) = (before.status(), session.status());
        let mut columns = vec!["created_at = ?", "browser = ?", "due = ?", "doc = ?"];
        let mut parameters: Vec<Value> = vec![
            session.created_at().as_millis().into(),
            session.browser().map(|browser| browser.as_str().to_owned()).into(),
            session.next_deadline().map(Timestamp::as_millis).into(),
            record.write()?.into(),
        ];
        if was != is {
            columns.extend(["status = ?", "purge_at = ?"]);
            parameters.extend([is.as_str().into(), self.purge_at(session).map(Timestamp::as_millis).into()]);
        }
        if !was.is_public() && is.is_public() {
            columns.push("seq = ?");
            parameters.push(self.raise("seq")?.into());
        }
        parameters.push(session.id().to_string().into());
        let sql = format!("UPDATE sessions SET {} WHERE id = ?", columns.join(", "));
        if is.is_ended() {
            self.write(&sql, &parameters)?;
        } else {
            self.write_beside(&sql, &parameters)?;
            self.memory.moved(before.next_deadline(), session.next_deadline());
        }
        self.memory.keep(record, None);
        Ok(())
    }

    fn purge_at(&self, session: &Session) -> Option<Timestamp> {
        match session.state() {
            State::Ended { at, .. } => Some(at.plus(self.limits.retention)).filter(|time| *time < NEVER),
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => None,
        }
    }

    /// Lets the idempotency keys of an ended session expire.
    pub(super) fn age_keys(&self, session: &Session) -> Result<(), StoreError> {
        let id: Value = session.id().to_string().into();
        match session.state() {
            // A retry of a failed start must start a new session.
            State::Ended { reason: Reason::StartupFailed, .. } => {
                self.write("DELETE FROM idempotency WHERE id = ?", &[id])?;
            }
            State::Ended { at, .. } => {
                let expires_at = at.plus(IDEMPOTENCY_KEPT).as_millis();
                self.write("UPDATE idempotency SET expires_at = ? WHERE id = ?", &[expires_at.into(), id])?;
            }
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => {}
        }
        Ok(())
    }

    /// Deletes the row of a session that ended long ago, or that never had a slot.
    pub(super) fn purge_row(&self, session: &Session) -> Result<(), StoreError> {
        let id: Value = session.id().to_string().into();
        if !session.metadata().is_empty() {
            self.write_beside("DELETE FROM labels WHERE id = ?", std::slice::from_ref(&id))?;
        }
        // Otherwise they would lead to the next session with the same id.
        self.write("DELETE FROM idempotency WHERE id = ?", std::slice::from_ref(&id))?;
        self.raise_last_epoch(session.epoch())?;
        self.write("DELETE FROM sessions WHERE id = ?", &[id])?;
        self.memory.lose(session.id());
        self.discount(session)
    }

    fn label(&self, session: &Session) -> Result<(), StoreError> {
        for (key, value) in session.metadata() {
            self.write_beside(
                "INSERT INTO labels (key, value, id) VALUES (?, ?, ?)",
                &[key.as_str().into(), value.as_str().into(), session.id().to_string().into()],
            )?;
        }
        Ok(())
    }
}
