//! Creates a session. One key has one session and one browser, and the limit is never exceeded.

use super::Fleet;
use super::create_error::CreateError;
use super::queue::Admission;
use super::record::{Record, Task};
use super::store::{Store, StoreError};
use super::turns::Turn;
use crate::session::{Actions, NewSession, Session, SessionId, Status, Timestamp};
use crate::wire::{CreateRequest, SessionTokens};

/// The outcome of a create.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// A session that is starting, with its first tasks.
    Started(Turn),
    /// A session that waits in the queue.
    Queued(Record),
    /// The session that an earlier, equal request made.
    Existing(Record),
}

impl<S: Store> Fleet<S> {
    /// Stores a session that starts or waits in the queue, or finds the session that the same request created before.
    /// `fresh` is the session's id unless the caller chose one. `sign` makes its tokens.
    ///
    /// # Errors
    /// [`CreateError`].
    pub fn create(
        &self,
        request: &CreateRequest,
        fresh: SessionId,
        sign: impl FnOnce(SessionId) -> SessionTokens,
        now: Timestamp,
    ) -> Result<Created, CreateError> {
        self.transact(|| {
            if let Some(record) = self.existing(request, now)? {
                return Ok(Created::Existing(record));
            }
            let id = request.options.session_id.unwrap_or(fresh);
            // Only an id that the caller chose can be used a second time.
            let last_epoch = if request.options.session_id.is_some() { self.last_epoch()? } else { 0 };
            let options = &request.options;
            let new = NewSession { id, options, last_epoch, is_anonymous: request.is_anonymous() };
            let (session, actions) = match self.admission_of(request, now)? {
                Admission::Slot => Session::create(&new, now),
                Admission::Queue => (Session::wait(&new, now), Actions::none()),
            };
            let summary = Record::summary_of(&request.config);
            let record = Record { session, tokens: sign(id), summary };
            self.insert(&record, &request.fingerprint, &request.config)?;
            self.remember_key(request, id)?;
            Ok(match record.session.status() {
                Status::Waiting => Created::Queued(record),
                _ => Created::Started(Turn { record, tasks: Task::list(id, actions) }),
            })
        })
    }

    /// The session of an earlier request with the same key or the same id.
    fn existing(&self, request: &CreateRequest, now: Timestamp) -> Result<Option<Record>, CreateError> {
        if let Some(key) = &request.idempotency_key {
            let sql = "SELECT i.fingerprint, s.doc FROM idempotency i JOIN sessions s ON s.id = i.id
                       WHERE i.key = ? AND (i.expires_at IS NULL OR i.expires_at > ?)";
            let found = self.read(sql, &[key.as_str().into(), now.as_millis().into()])?;
            if let Some(row) = found.first() {
                return same(row.text(0)?, request, "Idempotency-Key").and(Ok(Some(Record::read(row, 1)?)));
            }
        }
        if let Some(id) = request.options.session_id {
            let sql = "SELECT fingerprint, doc FROM sessions WHERE id = ?";
            if let Some(row) = self.read(sql, &[id.to_string().into()])?.first() {
                same(row.text(0)?, request, "sessionId")?;
                let record = Record::read(row, 1)?;
                self.remember_key(request, id)?;
                self.age_keys(&record.session)?;
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn remember_key(&self, request: &CreateRequest, id: SessionId) -> Result<(), StoreError> {
        let Some(key) = &request.idempotency_key else { return Ok(()) };
        let sql = "INSERT OR REPLACE INTO idempotency (key, fingerprint, id) VALUES (?, ?, ?)";
        let parameters = [key.as_str().into(), request.fingerprint.as_str().into(), id.to_string().into()];
        self.write(sql, &parameters)
    }
}

fn same(fingerprint: &str, request: &CreateRequest, what: &'static str) -> Result<(), CreateError> {
    if fingerprint == request.fingerprint { Ok(()) } else { Err(CreateError::Mismatch { what }) }
}
