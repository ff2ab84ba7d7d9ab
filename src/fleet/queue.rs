//! The queue for slots: first come, first served, and no faster than the provider allows.

use super::Fleet;
use super::create_error::CreateError;
use super::memory::{BACKOFF_AT, BACKOFF_UNTIL, Occupancy};
use super::record::{Record, Task};
use super::store::{Store, StoreError};
use super::turns::FleetError;
use crate::session::{Failure, FailureCode, Input, Millis, Session, Timestamp};
use crate::wire::{CreateRequest, Holder};

/// Holders that a 429 names at most.
const HOLDERS_MAX: i64 = 100;
/// Published clients sleep for as long as `Retry-After` says (docs/api.md).
const RETRY_AFTER_SECS_MAX: u64 = 30;
/// Creates that may wait at once. Each holds a request open.
const QUEUE_MAX: i64 = 1_000;
/// For this long after the provider's rate limit, only one start at a time goes to the provider.
const HALF_OPEN: Millis = Millis::from_secs(60);
/// How many rows at the head of the queue are searched for a readable one.
const HEADS: i64 = 20;

/// Where a create goes.
pub(super) enum Admission {
    /// It starts now.
    Slot,
    /// It waits.
    Queue,
}

impl<S: Store> Fleet<S> {
    /// Decides about a new session. It never overtakes a waiting one.
    pub(super) fn admission_of(&self, request: &CreateRequest, now: Timestamp) -> Result<Admission, CreateError> {
        let occupancy = self.occupancy()?;
        let is_first = occupancy.waiting == 0 || self.first_in_queue(now)?.is_none();
        if is_first && self.has_slot(&occupancy) && !occupancy.is_backing_off(now) {
            return Ok(Admission::Slot);
        }
        if request.options.wait.is_some() && occupancy.waiting < QUEUE_MAX {
            return Ok(Admission::Queue);
        }
        Err(self.refusal_of(&occupancy, now)?)
    }

    /// Why a create is refused now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn refusal(&self, now: Timestamp) -> Result<CreateError, StoreError> {
        self.refusal_of(&self.occupancy()?, now)
    }

    fn refusal_of(&self, occupancy: &Occupancy, now: Timestamp) -> Result<CreateError, StoreError> {
        if self.has_slot(occupancy) {
            let wait = occupancy.backoff_left(now).to_secs_rounded_up();
            return Ok(CreateError::RateLimited { retry_after_secs: retry_after(wait) });
        }
        let sql = "SELECT doc FROM sessions WHERE status = 'live' ORDER BY seq LIMIT ?";
        let rows = self.read(sql, &[HOLDERS_MAX.into()])?;
        let live = rows.iter().map(|row| Ok(Record::read(row, 0)?.session)).collect::<Result<Vec<_>, StoreError>>()?;
        let soonest = live.iter().map(Session::expires_at).min();
        let wait = soonest.map_or(RETRY_AFTER_SECS_MAX, |time| time.since(now).to_secs_rounded_up());
        Ok(CreateError::LimitReached {
            holders: live.iter().map(holder).collect(),
            retry_after_secs: retry_after(wait),
        })
    }

    /// Gives free slots to waiting sessions, in the order in which they came. Every turn that may have freed a slot
    /// ends with this, inside its transaction.
    pub(super) fn admit_waiting(&self, now: Timestamp) -> Result<Vec<Task>, FleetError> {
        let mut tasks = Vec::new();
        loop {
            let occupancy = self.occupancy()?;
            if occupancy.waiting == 0 || !self.may_start(&occupancy, now)? {
                break;
            }
            let Some(mut first) = self.first_in_queue(now)? else { break };
            tasks.extend(self.step(&mut first, Input::SlotGranted, now)?);
        }
        Ok(tasks)
    }

    /// Records the provider's rate limit.
    pub(super) fn back_off(&self, failure: &Failure, now: Timestamp) -> Result<(), StoreError> {
        if failure.code != FailureCode::ProviderRateLimited {
            return Ok(());
        }
        let wait = Millis::from_secs(failure.retry_after_secs.unwrap_or(1).into());
        let until = now.plus(wait.max(self.occupancy()?.backoff_left(now)));
        self.set_number(BACKOFF_UNTIL, until.as_millis())?;
        self.set_number(BACKOFF_AT, now.as_millis())
    }

    fn may_start(&self, occupancy: &Occupancy, now: Timestamp) -> Result<bool, StoreError> {
        if occupancy.is_backing_off(now) {
            return Ok(false);
        }
        // The rate limit is over. From now on the queue waits for the outcome of a start, or for a session's end.
        if occupancy.backoff_until().is_some() {
            self.set_number(BACKOFF_UNTIL, 0)?;
        }
        let is_half_open = occupancy.is_half_open(now);
        if !is_half_open && occupancy.backoff_at().is_some() {
            self.set_number(BACKOFF_AT, 0)?;
        }
        Ok(self.has_slot(occupancy) && !(is_half_open && occupancy.starting > 0))
    }

    fn has_slot(&self, occupancy: &Occupancy) -> bool {
        occupancy.starting + occupancy.live < i64::from(self.limits.live_max)
    }

    /// Rows are numbered in the order in which they were stored, and a start that was rate-limited keeps its number. A
    /// row whose wait is over is skipped: its deadline turns it away, and its client is answered then.
    fn first_in_queue(&self, now: Timestamp) -> Result<Option<Record>, StoreError> {
        let waits = |record: &Record| record.session.wait_until().is_some_and(|until| until > now);
        // In nearly all cases the first row is enough.
        for heads in [1, HEADS] {
            let sql = "SELECT doc FROM sessions WHERE status = 'waiting' ORDER BY rowid LIMIT ?";
            let rows = self.read(sql, &[heads.into()])?;
            // A row that can't be read is set aside at its deadline.
            if let Some(first) = rows.iter().find_map(|row| Record::read(row, 0).ok().filter(waits)) {
                return Ok(Some(first));
            }
        }
        Ok(None)
    }
}

impl Occupancy {
    /// When the queue must be looked at again, if it waits for the provider or for the end of the half-open time.
    pub(super) fn next_in_queue(&self) -> Option<Timestamp> {
        if self.waiting == 0 {
            return None;
        }
        self.backoff_until().or_else(|| self.backoff_at().map(|at| at.plus(HALF_OPEN)))
    }

    /// How much longer the provider's rate limit lasts. A time further ahead than a provider can ask for was set before
    /// the clock stepped back.
    fn backoff_left(&self, now: Timestamp) -> Millis {
        let wait = self.backoff_until().map_or(Millis::default(), |until| until.since(now));
        if wait > Millis::from_secs(RETRY_AFTER_SECS_MAX) { Millis::default() } else { wait }
    }

    fn is_backing_off(&self, now: Timestamp) -> bool {
        self.backoff_left(now) > Millis::default()
    }

    fn is_half_open(&self, now: Timestamp) -> bool {
        self.backoff_at().is_some_and(|at| now < at.plus(HALF_OPEN))
    }
}

fn retry_after(wait_secs: u64) -> u32 {
    u32::try_from(wait_secs.clamp(1, RETRY_AFTER_SECS_MAX)).unwrap_or(1)
}

fn holder(session: &Session) -> Holder {
    Holder {
        id: session.id().to_string(),
        owner: session.owner().map(str::to_owned).clone(),
        expires_at: session.expires_at().to_iso(),
    }
}
