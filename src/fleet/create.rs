//! A new session: one key, one session, one browser, and never more than the limit.

use super::Fleet;
use super::record::{Record, Task};
use super::store::{Store, StoreError};
use super::turns::Turn;
use crate::session::{Session, SessionId, Status, Timestamp};
use crate::wire::{CreateRequest, Holder, SessionTokens};

/// Holders that a 429 names at most.
const HOLDERS_MAX: i64 = 100;
/// Published clients sleep for as long as `Retry-After` says (API.md).
const RETRY_AFTER_SECS_MAX: u64 = 30;

/// What a create has led to.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// A session that is starting, and what is to be done for it.
    Started(Turn),
    /// The session that the same request made before.
    Existing(Record),
}

/// Why there is no new session. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateError {
    /// The same key or id came with another body.
    Mismatch {
        /// Which of the two, for people.
        what: &'static str,
    },
    /// All slots are taken.
    LimitReached {
        /// By whom.
        holders: Vec<Holder>,
        /// When another try makes sense: 1 to 30.
        retry_after_secs: u32,
    },
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for CreateError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<S: Store> Fleet<S> {
    /// Takes a slot and stores a session that is starting; or finds the one that the same request made before.
    /// `fresh` is its id unless the caller has one; `sign` makes its tokens.
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
        self.store.transact(|| {
            if let Some(record) = self.existing(request, now)? {
                return Ok(Created::Existing(record));
            }
            self.take_slot(now)?;
            let id = request.options.session_id.unwrap_or(fresh);
            let (session, effects) = Session::create(id, &request.options, now);
            let brief = Record::brief_of(&request.config);
            let record = Record { session, tokens: sign(id), brief };
            self.insert(&record, &request.fingerprint, &request.config)?;
            self.remember_key(request, id)?;
            Ok(Created::Started(Turn { record, tasks: Task::list(id, effects) }))
        })
    }

    /// The session of an earlier request with the same key or the same id.
    fn existing(&self, request: &CreateRequest, now: Timestamp) -> Result<Option<Record>, CreateError> {
        if let Some(key) = &request.idempotency_key {
            let sql = "SELECT i.fingerprint, s.doc FROM idempotency i JOIN sessions s ON s.id = i.id
                       WHERE i.key = ? AND (i.expires_at IS NULL OR i.expires_at > ?)";
            let found = self.store.query(sql, &[key.as_str().into(), now.as_millis().into()])?;
            if let Some(row) = found.first() {
                return same(row.text(0)?, request, "Idempotency-Key").and(Ok(Some(Record::read(row, 1)?)));
            }
        }
        if let Some(id) = request.options.session_id {
            let sql = "SELECT fingerprint, doc FROM sessions WHERE id = ?";
            if let Some(row) = self.store.query(sql, &[id.to_string().into()])?.first() {
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
        self.store.query(sql, &parameters).map(drop)
    }

    fn take_slot(&self, now: Timestamp) -> Result<(), CreateError> {
        let taken = self.counted(None, Status::Starting)? + self.counted(None, Status::Live)?;
        if taken < u64::from(self.limits.live_max) {
            return Ok(());
        }
        let sql = "SELECT doc FROM sessions WHERE status = 'live' ORDER BY seq LIMIT ?";
        let rows = self.store.query(sql, &[HOLDERS_MAX.into()])?;
        let live = rows.iter().map(|row| Ok(Record::read(row, 0)?.session)).collect::<Result<Vec<_>, StoreError>>()?;
        let soonest = live.iter().map(Session::expires_at).min();
        let wait = soonest.map_or(RETRY_AFTER_SECS_MAX, |time| time.since(now).to_secs_rounded_up());
        Err(CreateError::LimitReached {
            holders: live.iter().map(holder).collect(),
            retry_after_secs: u32::try_from(wait.clamp(1, RETRY_AFTER_SECS_MAX)).unwrap_or(1),
        })
    }
}

fn same(fingerprint: &str, request: &CreateRequest, what: &'static str) -> Result<(), CreateError> {
    if fingerprint == request.fingerprint { Ok(()) } else { Err(CreateError::Mismatch { what }) }
}

fn holder(session: &Session) -> Holder {
    Holder { id: session.id.to_string(), owner: session.owner.clone(), expires_at: session.expires_at().to_iso() }
}
