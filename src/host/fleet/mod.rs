//! A project's fleet at work: turns of the engine, their tasks carried out, outcomes fed back, and the one alarm.

mod actions;
mod calls;
mod check;
mod create;
mod subscriber_state;
mod subscribers;
mod waiters;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use super::note::Note;
use super::platform::Platform;
use super::semaphore::Semaphore;
use crate::fleet::{Fleet, FleetError, FleetLimits, StoreError, Task, Turn, open};
use crate::session::{BrowserId, Dimensions, Input, Millis, SessionId, Timestamp};

pub use calls::FleetCalls;
pub use subscribers::SUBSCRIBERS_MAX;

use subscriber_state::SubscriberState;
use waiters::Waiters;

/// Closes at once. The platform allows six calls that wait for an answer: closes that hang must leave room for starts.
const CLOSES_AT_ONCE: usize = 3;
/// Chromes that start at once on a developer's machine.
const LOCAL_STARTS_AT_ONCE: usize = 4;
/// The alarm that is set before an alarm's work begins, in case that work is cut off.
const ALARM_FALLBACK: Millis = Millis::from_secs(10);

/// A project's fleet, in its object.
pub struct FleetHost<P: Platform> {
    fleet: Fleet<P::Store>,
    platform: Rc<P>,
    /// Whether the store is ready, and what an earlier instance was starting is given up.
    opened: Cell<bool>,
    /// When the alarm is set for, as far as this instance knows.
    alarm_at: Cell<Option<Timestamp>>,
    waiters: Waiters,
    closes: Semaphore,
    /// Browsers whose close is under way, or waits for a permit.
    closing: RefCell<HashSet<BrowserId>>,
    /// When a window of no requested size was last asked for its size, and what it said.
    window_seen: Cell<Option<(Timestamp, Dimensions)>>,
    checking: Cell<bool>,
    /// Whether the browsers are the local emulation's; `None` until the provider was asked.
    emulated: Cell<Option<bool>>,
    /// Starts under way on a developer's machine: more at once only make each one slower than its time limit.
    local_starts: Semaphore,
    subscribers: SubscriberState,
}

impl<P: Platform> FleetHost<P> {
    /// A fleet over a store.
    pub fn new(platform: Rc<P>, store: P::Store, limits: FleetLimits) -> Rc<Self> {
        Rc::new(Self {
            fleet: Fleet::new(store, limits),
            platform,
            opened: Cell::new(false),
            alarm_at: Cell::new(None),
            waiters: Waiters::default(),
            closes: Semaphore::new(CLOSES_AT_ONCE),
            closing: RefCell::default(),
            window_seen: Cell::new(None),
            checking: Cell::new(false),
            emulated: Cell::new(None),
            local_starts: Semaphore::new(LOCAL_STARTS_AT_ONCE),
            subscribers: SubscriberState::default(),
        })
    }

    /// Makes the store ready, once for each instance: what was starting before has lost its starter. From then on makes
    /// sure that an alarm is set.
    ///
    /// # Errors
    /// The fleet's own.
    async fn open(self: &Rc<Self>) -> Result<(), FleetError> {
        if self.opened.get() {
            // An alarm whose time has passed is about to go off, or was lost.
            let is_past = self.alarm_at.get().is_some_and(|at| at <= self.now());
            return if is_past { self.arm().await.map_err(FleetError::Store) } else { Ok(()) };
        }
        open(self.fleet.store())?;
        let tasks = self.fleet.abandon_starting(self.now())?;
        self.opened.set(true);
        self.arm().await?;
        self.spawn(tasks);
        Ok(())
    }

    /// Sends subscribers what is new, and sets the alarm for the earliest deadline. Follows each turn at once, with
    /// nothing awaited in between.
    async fn arm(&self) -> Result<(), StoreError> {
        self.publish();
        let due = self.fleet.next_deadline()?;
        // One that is in the past has gone off, or is about to: only the platform knows, so it is set again.
        if self.alarm_at.get() == due && due.is_none_or(|due| due > self.now()) {
            return Ok(());
        }
        self.set_alarm(due.map(|due| due.max(self.now().plus(Millis::new(1))))).await;
        Ok(())
    }

    /// An alarm that could not be set counts as none: the next turn sets it again.
    async fn set_alarm(&self, due: Option<Timestamp>) {
        self.alarm_at.set(due);
        if let Err(error) = self.platform.set_alarm(due).await {
            self.alarm_at.set(None);
            self.platform.note(Note::failed("setting the alarm", &error));
        }
    }

    /// The alarm has gone off. Another one is set, whatever fails in here.
    pub async fn alarm(self: &Rc<Self>) {
        self.set_alarm(Some(self.now().plus(ALARM_FALLBACK))).await;
        if let Err(error) = self.carry_out_due().await {
            self.platform.note(Note::failed("the alarm's work", &error));
        }
    }

    async fn carry_out_due(self: &Rc<Self>) -> Result<(), FleetError> {
        self.open().await?;
        self.reach_deadlines()?;
        self.fleet.purge(self.now())?;
        self.check_if_due()?;
        self.arm().await.map_err(FleetError::Store)
    }

    /// Carries all sessions over deadlines that have come, and answers how many those were.
    fn reach_deadlines(self: &Rc<Self>) -> Result<usize, FleetError> {
        let mut sessions = 0;
        loop {
            let due = self.fleet.reach_deadlines(self.now())?;
            sessions += due.sessions.len();
            due.unreadable.iter().for_each(|error| self.platform.note(Note::failed("reading a session", error)));
            due.sessions.iter().for_each(|id| self.waiters.wake(*id));
            self.spawn(due.tasks);
            if due.is_over {
                return Ok(sessions);
            }
        }
    }

    /// A turn about one session, and the alarm that follows from it. Its tasks are answered even if the alarm could not
    /// be set: they are stored, and the next request sets it again.
    async fn turn(&self, id: SessionId, input: Input) -> Result<Vec<Task>, FleetError> {
        let turn = self.apply(id, input)?;
        if let Err(error) = self.arm().await {
            self.platform.note(Note::failed_for(id, "setting the alarm", &error));
        }
        Ok(turn.tasks)
    }

    /// A turn about one session, without the alarm: [`Self::arm`] is to follow.
    fn apply(&self, id: SessionId, input: Input) -> Result<Turn, FleetError> {
        self.platform.note(Note::Input { session: id, input: &input });
        self.fleet.apply(id, input, self.now())
    }

    fn now(&self) -> Timestamp {
        self.platform.now()
    }
}
