//! A session as it is stored, with the counters and labels that go with it.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::Fleet;
use super::store::{Row, Store, StoreError, Value};
use crate::session::{Effect, Effects, Millis, Reason, Session, SessionId, State, Status, Timestamp};
use crate::wire::SessionTokens;

/// An `Idempotency-Key` is kept this long after its session's end (API.md).
const IDEMPOTENCY_KEPT: Millis = Millis::from_secs(24 * 60 * 60);
/// A row that is to be kept until then is kept for ever: such a number would not survive the way through JavaScript.
const NEVER: Timestamp = Timestamp::from_millis(1 << 52);

/// A session and what is kept beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The session.
    pub session: Session,
    /// The tokens in its URLs.
    pub tokens: SessionTokens,
    /// What a list shows of `config`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief: Option<Json>,
}

/// Something to do in the world for one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Whose outcome it will be.
    pub session: SessionId,
    /// What to do.
    pub effect: Effect,
}

impl Task {
    pub(super) fn list(session: SessionId, effects: Effects) -> Vec<Self> {
        effects.into_iter().map(|effect| Self { session, effect }).collect()
    }
}

impl Record {
    /// The part of `config` that a list shows: a TestMu build's labels.
    pub(super) fn brief_of(config: &Json) -> Option<Json> {
        let options = config.get("lambdatestOptions")?;
        let shown: serde_json::Map<String, Json> = ["build", "name"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), options.get(name)?.clone())))
            .collect();
        (!shown.is_empty()).then(|| json!({ "lambdatestOptions": shown }))
    }

    pub(super) fn read(row: &Row, column: usize) -> Result<Self, StoreError> {
        serde_json::from_str(row.text(column)?).map_err(|error| StoreError(format!("a stored session: {error}")))
    }

    fn write(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError(format!("a session to store: {error}")))
    }
}

impl<S: Store> Fleet<S> {
    /// One session, without its `config`. `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(&self, id: SessionId) -> Result<Option<Record>, StoreError> {
        let rows = self.store.query("SELECT doc FROM sessions WHERE id = ?", &[id.to_string().into()])?;
        rows.first().map(|row| Record::read(row, 0)).transpose()
    }

    /// Stores a session that was not there before.
    pub(super) fn insert(&self, record: &Record, fingerprint: &str, config: &Json) -> Result<(), StoreError> {
        let session = &record.session;
        self.store.query(
            "INSERT INTO sessions (id, status, owner, created_at, due, fingerprint, doc, config)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            &[
                session.id.to_string().into(),
                session.status().as_str().into(),
                session.owner.clone().into(),
                session.created_at().as_millis().into(),
                session.next_deadline().map(Timestamp::as_millis).into(),
                fingerprint.into(),
                record.write()?.into(),
                config.to_string().into(),
            ],
        )?;
        self.count(session, session.status(), 1)?;
        self.label(session)
    }

    /// Stores what a turn has made of a session that was `before`.
    pub(super) fn save(&self, before: &Session, record: &Record, now: Timestamp) -> Result<(), StoreError> {
        let session = &record.session;
        if session.was_turned_away() {
            self.age_keys(session)?;
            return self.purge_row(before);
        }
        let (was, is) = (before.status(), session.status());
        let kept_until = is.is_ended().then(|| session_end(session, now).plus(self.limits.retention));
        let purge_at = kept_until.filter(|time| *time < NEVER);
        self.store.query(
            "UPDATE sessions SET status = ?, created_at = ?, browser = ?, due = ?, purge_at = ?, doc = ? WHERE id = ?",
            &[
                is.as_str().into(),
                session.created_at().as_millis().into(),
                session.browser().map(|browser| browser.as_str().to_owned()).into(),
                session.next_deadline().map(Timestamp::as_millis).into(),
                purge_at.map(Timestamp::as_millis).into(),
                record.write()?.into(),
                session.id.to_string().into(),
            ],
        )?;
        if before.metadata != session.metadata {
            self.store.query("DELETE FROM labels WHERE id = ?", &[session.id.to_string().into()])?;
            self.label(session)?;
        }
        if was != is {
            self.count(session, was, -1)?;
            self.count(session, is, 1)?;
            self.status_changed(session, was)?;
        }
        Ok(())
    }

    fn status_changed(&self, session: &Session, was: Status) -> Result<(), StoreError> {
        if !was.is_public() && session.status().is_public() {
            let (seq, id) = (self.raise("seq")?, session.id.to_string());
            self.store.query("UPDATE sessions SET seq = ? WHERE id = ?", &[seq.into(), id.into()])?;
        }
        self.age_keys(session)
    }

    /// What a session's end means for the keys that lead to it.
    pub(super) fn age_keys(&self, session: &Session) -> Result<(), StoreError> {
        let id: Value = session.id.to_string().into();
        match &session.state {
            // A retry of a start that failed starts anew.
            State::Ended { reason: Reason::StartupFailed, .. } => {
                self.store.query("DELETE FROM idempotency WHERE id = ?", &[id])?;
            }
            State::Ended { at, .. } => {
                let expires_at = at.plus(IDEMPOTENCY_KEPT).as_millis();
                self.store.query("UPDATE idempotency SET expires_at = ? WHERE id = ?", &[expires_at.into(), id])?;
            }
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => {}
        }
        Ok(())
    }

    /// Removes the row of a session that ended long ago, or that never had a slot.
    pub(super) fn purge_row(&self, session: &Session) -> Result<(), StoreError> {
        let id: Value = session.id.to_string().into();
        self.store.query("DELETE FROM labels WHERE id = ?", std::slice::from_ref(&id))?;
        self.store.query("DELETE FROM events WHERE id = ?", std::slice::from_ref(&id))?;
        // Or they would lead to whoever takes the same id next.
        self.store.query("DELETE FROM idempotency WHERE id = ?", std::slice::from_ref(&id))?;
        self.store.query("DELETE FROM sessions WHERE id = ?", &[id])?;
        self.count(session, session.status(), -1)
    }

    fn label(&self, session: &Session) -> Result<(), StoreError> {
        for (key, value) in &session.metadata {
            self.store.query(
                "INSERT INTO labels (key, value, id) VALUES (?, ?, ?)",
                &[key.as_str().into(), value.as_str().into(), session.id.to_string().into()],
            )?;
        }
        Ok(())
    }

    fn count(&self, session: &Session, status: Status, change: i64) -> Result<(), StoreError> {
        for scope in std::iter::once(String::new()).chain(session.owner.as_deref().map(owner_scope)) {
            self.store.query(
                "INSERT INTO counts (scope, status, n) VALUES (?, ?, ?)
                 ON CONFLICT (scope, status) DO UPDATE SET n = n + excluded.n",
                &[scope.as_str().into(), status.as_str().into(), change.into()],
            )?;
            if change < 0 {
                self.store.query("DELETE FROM counts WHERE scope = ? AND n <= 0", &[scope.into()])?;
            }
        }
        Ok(())
    }

    /// How many sessions of a scope have a status.
    pub(super) fn counted(&self, owner: Option<&str>, status: Status) -> Result<u64, StoreError> {
        let scope = owner.map_or_else(String::new, owner_scope);
        let sql = "SELECT n FROM counts WHERE scope = ? AND status = ?";
        let rows = self.store.query(sql, &[scope.into(), status.as_str().into()])?;
        let n = rows.first().map(|row| row.integer(0)).transpose()?.flatten();
        Ok(n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }

    /// A number that is kept beside the sessions; zero until it is set.
    pub(super) fn number(&self, name: &str) -> Result<i64, StoreError> {
        let rows = self.store.query("SELECT value FROM numbers WHERE name = ?", &[name.into()])?;
        Ok(rows.first().map(|row| row.integer(0)).transpose()?.flatten().unwrap_or(0))
    }

    pub(super) fn set_number(&self, name: &str, value: i64) -> Result<(), StoreError> {
        let sql = "INSERT INTO numbers (name, value) VALUES (?, ?)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.store.query(sql, &[name.into(), value.into()]).map(drop)
    }

    /// Raises a number by one and answers it.
    pub(super) fn raise(&self, name: &str) -> Result<i64, StoreError> {
        let value = self.number(name)? + 1;
        self.set_number(name, value)?;
        Ok(value)
    }
}

fn owner_scope(owner: &str) -> String {
    format!("o:{owner}")
}

fn session_end(session: &Session, now: Timestamp) -> Timestamp {
    match session.state {
        State::Ended { at, .. } => at,
        State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => now,
    }
}
