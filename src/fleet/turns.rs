//! Turns about one session: load, decide, save.

use std::fmt;

use super::Fleet;
use super::record::{Record, Task};
use super::store::{Store, StoreError};
use crate::session::{Failure, FailureCode, Input, SessionError, SessionId, State, Status, Timestamp};

/// The result of a turn: the session, and the tasks to carry out.
#[must_use = "a task that is not carried out is a browser that leaks"]
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// As it is stored now.
    pub record: Record,
    /// What to do.
    pub tasks: Vec<Task>,
}

/// What a release of many has done.
#[must_use = "a task that is not carried out is a browser that leaks"]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Released {
    /// Those whose end is stored now, or would be.
    pub sessions: Vec<SessionId>,
    /// What to do.
    pub tasks: Vec<Task>,
}

/// Why a turn did not happen. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FleetError {
    /// There is no such session in this fleet.
    NotFound,
    /// It does not fit the session's state.
    Session(SessionError),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such session in this fleet"),
            Self::Session(SessionError::Ended) => f.write_str("the session has ended"),
            Self::Session(SessionError::NotLive) => f.write_str("the session is not live yet"),
            Self::Session(SessionError::NotWatched) => f.write_str("the session is not watched"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FleetError {}

impl From<StoreError> for FleetError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<S: Store> Fleet<S> {
    /// Hands a input to one session and stores what it makes of it.
    ///
    /// # Errors
    /// [`FleetError`].
    pub fn apply(&self, id: SessionId, input: Input, now: Timestamp) -> Result<Turn, FleetError> {
        self.transact(|| {
            let mut record = self.find(id)?.ok_or(FleetError::NotFound)?;
            let mut tasks = self.step(&mut record, input, now)?;
            tasks.extend(self.admit_waiting(now)?);
            // This session itself may have been admitted.
            if record.session.status() == Status::Waiting
                && let Some(served) = self.find(id)?
            {
                record = served;
            }
            Ok(Turn { record, tasks })
        })
    }

    /// One session with its `config`. `None` if it does not exist.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn get(&self, id: SessionId) -> Result<Option<(Record, serde_json::Value)>, StoreError> {
        if let Some(found) = self.memory.record_with_config(id) {
            debug_assert_eq!(
                Some(&found),
                self.read_record_with_config(id)?.as_ref(),
                "what is remembered is what is stored"
            );
            return Ok(Some(found));
        }
        let found = self.read_record_with_config(id)?;
        if let Some((record, config)) = &found {
            self.memory.keep(record, Some(config));
        }
        Ok(found)
    }

    fn read_record_with_config(&self, id: SessionId) -> Result<Option<(Record, serde_json::Value)>, StoreError> {
        let rows = self.read("SELECT doc, config FROM sessions WHERE id = ?", &[id.to_string().into()])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let config = serde_json::from_str(row.text(1)?).map_err(|error| StoreError(format!("a config: {error}")))?;
        Ok(Some((Record::read(row, 0)?, config)))
    }

    /// Ends sessions that were starting when the service stopped, and removes waiting sessions that no retry can find:
    /// their clients are gone. Call it once after opening the store, before anything else.
    ///
    /// # Errors
    /// [`FleetError`].
    pub fn abandon_starting(&self, now: Timestamp) -> Result<Vec<Task>, FleetError> {
        self.transact(|| {
            let mut tasks = Vec::new();
            for row in self.read("SELECT doc FROM sessions WHERE status IN ('starting', 'waiting')", &[])? {
                // A row that can't be read has a deadline, and is set aside then.
                let Ok(mut record) = Record::read(&row, 0) else { continue };
                let input = match record.session.status() {
                    Status::Waiting => Input::CallerGone,
                    _ => interrupted(record.session.epoch()),
                };
                tasks.extend(self.step(&mut record, input, now)?);
            }
            tasks.extend(self.admit_waiting(now)?);
            Ok(tasks)
        })
    }

    /// One step of one session: handle the input, store the result and its events. Runs inside a transaction.
    pub(super) fn step(&self, record: &mut Record, input: Input, now: Timestamp) -> Result<Vec<Task>, FleetError> {
        let before = record.session.clone();
        if let (State::Starting { browser: None, .. }, Input::BrowserFailed { failure, .. }) = (before.state(), &input)
        {
            self.back_off(failure, now)?;
        }
        let actions = record.session.handle(input, now).map_err(FleetError::Session)?;
        if record.session.status().is_ended() && before.browser().is_some() {
            record.session.note_verified(self.checked_at()?);
        }
        if record.session != before {
            self.save(&before, record)?;
            self.store_events(&before, &record.session, now)?;
        }
        Ok(Task::list(record.session.id(), actions))
    }
}

fn interrupted(epoch: u32) -> Input {
    let text = "the service was restarted while the browser was starting; create it again";
    Input::BrowserFailed { epoch, failure: Failure::new(FailureCode::StartInterrupted, text) }
}
