//! The line for a slot: first come, first served, and no faster than the provider allows.

use super::Fleet;
use super::create::CreateError;
use super::record::{Record, Task};
use super::store::{Store, StoreError};
use super::turns::FleetError;
use crate::session::{Command, Failure, FailureCode, Millis, Session, Status, Timestamp};
use crate::wire::{CreateRequest, Holder};

/// Holders that a 429 names at most.
const HOLDERS_MAX: i64 = 100;
/// Published clients sleep for as long as `Retry-After` says (API.md).
const RETRY_AFTER_SECS_MAX: u64 = 30;
/// Creates that may wait at once: each holds a request open.
const LINE_MAX: u64 = 1_000;
/// After the provider has said no, one start at a time shows what it gives, for this long.
const CAUTION: Millis = Millis::from_secs(60);
/// Heads of the line that are looked at for one that can be read.
const HEADS: i64 = 20;

/// Until when the provider wants to be left alone; zero if it does not.
const PUT_OFF_UNTIL: &str = "put_off_until";
/// When it last said so; zero once that is long ago.
const PUT_OFF_AT: &str = "put_off_at";

/// Where a create goes.
pub(super) enum Place {
    /// It starts now.
    Slot,
    /// It waits.
    Line,
}

impl<S: Store> Fleet<S> {
    /// Where a new session goes. Nobody passes by whoever waits.
    pub(super) fn place_for(&self, request: &CreateRequest, now: Timestamp) -> Result<Place, CreateError> {
        let waiting = self.counted(None, Status::Waiting)?;
        let is_first = waiting == 0 || self.first_in_line(now)?.is_none();
        if is_first && self.has_slot()? && self.put_off_until(now)? <= now {
            return Ok(Place::Slot);
        }
        if request.options.wait.is_some() && waiting < LINE_MAX {
            return Ok(Place::Line);
        }
        Err(self.refusal(now)?)
    }

    /// Why a create can't be served now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn refusal(&self, now: Timestamp) -> Result<CreateError, StoreError> {
        if self.has_slot()? {
            let wait = self.put_off_until(now)?.since(now).to_secs_rounded_up();
            return Ok(CreateError::RateLimited { retry_after_secs: retry_after(wait) });
        }
        let sql = "SELECT doc FROM sessions WHERE status = 'live' ORDER BY seq LIMIT ?";
        let rows = self.store.query(sql, &[HOLDERS_MAX.into()])?;
        let live = rows.iter().map(|row| Ok(Record::read(row, 0)?.session)).collect::<Result<Vec<_>, StoreError>>()?;
        let soonest = live.iter().map(Session::expires_at).min();
        let wait = soonest.map_or(RETRY_AFTER_SECS_MAX, |time| time.since(now).to_secs_rounded_up());
        Ok(CreateError::LimitReached {
            holders: live.iter().map(holder).collect(),
            retry_after_secs: retry_after(wait),
        })
    }

    /// Gives free slots to those who wait, in the order in which they came. The end of every turn that may have freed
    /// one, and runs inside its transaction.
    pub(super) fn serve_line(&self, now: Timestamp) -> Result<Vec<Task>, FleetError> {
        let mut tasks = Vec::new();
        while self.counted(None, Status::Waiting)? > 0 && self.may_start(now)? {
            let Some(mut first) = self.first_in_line(now)? else { break };
            tasks.extend(self.step(&mut first, Command::SlotFree, now)?);
        }
        Ok(tasks)
    }

    /// Notes that the provider wants to be left alone for a while.
    pub(super) fn put_off(&self, failure: &Failure, now: Timestamp) -> Result<(), StoreError> {
        if failure.code != FailureCode::ProviderRateLimited {
            return Ok(());
        }
        let wait = Millis::from_secs(failure.retry_after_secs.unwrap_or(1).into());
        self.set_number(PUT_OFF_UNTIL, now.plus(wait).max(self.put_off_until(now)?).as_millis())?;
        self.set_number(PUT_OFF_AT, now.as_millis())
    }

    /// When the line is to be looked at again, if it waits for the provider, or for the end of its caution.
    pub(super) fn next_in_line(&self) -> Result<Option<Timestamp>, StoreError> {
        if self.counted(None, Status::Waiting)? == 0 {
            return Ok(None);
        }
        let is_set = |time: &Timestamp| time.as_millis() > 0;
        let until = Some(self.number(PUT_OFF_UNTIL).map(Timestamp::from_millis)?).filter(is_set);
        let put_off_at = Some(self.number(PUT_OFF_AT).map(Timestamp::from_millis)?).filter(is_set);
        Ok(until.or(put_off_at.map(|at| at.plus(CAUTION))))
    }

    fn may_start(&self, now: Timestamp) -> Result<bool, StoreError> {
        let put_off_until = self.put_off_until(now)?;
        if put_off_until > now {
            return Ok(false);
        }
        // From here on a start's outcome, or an end, is what the line waits for.
        if put_off_until.as_millis() > 0 {
            self.set_number(PUT_OFF_UNTIL, 0)?;
        }
        let put_off_at = Timestamp::from_millis(self.number(PUT_OFF_AT)?);
        let is_cautious = now < put_off_at.plus(CAUTION);
        if !is_cautious && put_off_at.as_millis() > 0 {
            self.set_number(PUT_OFF_AT, 0)?;
        }
        Ok(self.has_slot()? && !(is_cautious && self.counted(None, Status::Starting)? > 0))
    }

    fn has_slot(&self) -> Result<bool, StoreError> {
        let taken = self.counted(None, Status::Starting)? + self.counted(None, Status::Live)?;
        Ok(taken < u64::from(self.limits.live_max))
    }

    /// A time that lies further ahead than a provider can ask for was set before the clock stepped back.
    fn put_off_until(&self, now: Timestamp) -> Result<Timestamp, StoreError> {
        let until = self.number(PUT_OFF_UNTIL).map(Timestamp::from_millis)?;
        Ok(if until.since(now) > Millis::from_secs(RETRY_AFTER_SECS_MAX) { now } else { until })
    }

    /// Rows are numbered in the order in which they were stored, and a start that was put off keeps its number. One whose
    /// wait is over is passed by: its deadline turns it away, and tells whoever waits for it.
    fn first_in_line(&self, now: Timestamp) -> Result<Option<Record>, StoreError> {
        let sql = "SELECT doc FROM sessions WHERE status = 'waiting' ORDER BY rowid LIMIT ?";
        let rows = self.store.query(sql, &[HEADS.into()])?;
        let waits = |record: &Record| record.session.wait_until.is_some_and(|until| until > now);
        // One that can't be read has a deadline, and is put off when that comes.
        Ok(rows.iter().find_map(|row| Record::read(row, 0).ok().filter(waits)))
    }
}

fn retry_after(wait_secs: u64) -> u32 {
    u32::try_from(wait_secs.clamp(1, RETRY_AFTER_SECS_MAX)).unwrap_or(1)
}

fn holder(session: &Session) -> Holder {
    Holder { id: session.id.to_string(), owner: session.owner.clone(), expires_at: session.expires_at().to_iso() }
}
