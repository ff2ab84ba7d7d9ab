//! An instance of a project's object: what `src/edge/fleet_core.rs` and `src/edge/fleet_check.rs` do, name by name, on
//! simulated ground. Each turn is shown to the ledger in the step in which it is made.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use futures::StreamExt as _;
use futures::channel::oneshot;
use futures::future::{Either, join_all, select};
use futures::stream;
use tidewatch::fleet::{Fleet, FleetError, FleetLimits, StoreError, Task, Turn, open};
use tidewatch::session::{
    BrowserId, Command, Dimensions, Effect, Failure, FailureCode, Gone, Millis, Reason, Session, SessionId, State,
    Status, Timestamp,
};
use tidewatch::wire::{DirectoryCall, ListedBrowsers};

use super::browser_run::{self, Closed, Known};
use super::database::Touched;
use super::directory::Said;
use super::executor::Life;
use super::fault::Fault;
use super::relay;
use super::sabotage::Sabotage;
use super::slots::Slots;
use super::store::SimStore;
use super::world::World;

const CLOSES_AT_ONCE: usize = 3;
const ACQUIRE_LIMIT_MS: u64 = 50_000;
const ANSWER_LIMIT_MS: u64 = 5_000;
const WINDOW_KEPT: Millis = Millis::from_secs(600);
const ALARM_FALLBACK: Millis = Millis::from_secs(10);
const QUESTIONS_AT_ONCE: usize = 2;
const CHECK_LIMIT_MS: u64 = 60_000;
const LOOKS_MS: [u64; 6] = [0, 20, 60, 150, 300, 400];

/// A project's fleet in its object.
pub struct FleetCore {
    /// What its tasks die with.
    pub life: Life,
    /// The engine.
    pub fleet: Fleet<SimStore>,
    /// The run.
    pub world: Rc<World>,
    /// Which project's.
    pub project: usize,
    is_opened: Cell<bool>,
    alarm_at: Cell<Option<Timestamp>>,
    waiting: RefCell<BTreeMap<SessionId, Vec<oneshot::Sender<()>>>>,
    closes: Slots,
    window_seen: Cell<Option<(Timestamp, Dimensions)>>,
    checking: Cell<bool>,
    closing: RefCell<BTreeSet<BrowserId>>,
}

impl FleetCore {
    /// A new instance over the tables.
    pub fn new(world: Rc<World>, project: usize, life: Life, store: SimStore, limits: FleetLimits) -> Rc<Self> {
        let spare = u32::from(world.is_sabotaged(Sabotage::IgnoresLimit));
        let limits = FleetLimits { live_max: limits.live_max + spare, ..limits };
        Rc::new(Self {
            life,
            fleet: Fleet::new(store, limits),
            world,
            project,
            is_opened: Cell::new(false),
            alarm_at: Cell::new(None),
            waiting: RefCell::default(),
            closes: Slots::new(CLOSES_AT_ONCE),
            window_seen: Cell::new(None),
            checking: Cell::new(false),
            closing: RefCell::default(),
        })
    }

    /// Makes the store ready, once for each life of the object.
    ///
    /// # Errors
    /// The fleet's own.
    pub fn open(self: &Rc<Self>) -> Result<(), FleetError> {
        if self.is_opened.get() {
            // One that is in the past was lost, or is about to go off.
            let is_past = self.alarm_at.get().is_some_and(|at| at <= self.now());
            return if is_past { self.arm().map_err(FleetError::Store) } else { Ok(()) };
        }
        open(self.fleet.store())?;
        let starting = self.world.ledger.starting(self.project);
        let is_kept = self.world.is_sabotaged(Sabotage::KeepsStarting);
        let tasks = if is_kept { Vec::new() } else { self.fleet.abandon_starting(self.now())? };
        self.turns_were_made();
        self.world.ledger.starts_afresh(&self.world, self.project, &starting);
        self.is_opened.set(true);
        self.arm()?;
        self.spawn(tasks);
        Ok(())
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Sets the alarm for the earliest thing that is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn arm(&self) -> Result<(), StoreError> {
        let due = self.fleet.next_deadline()?;
        let is_late = self.world.is_sabotaged(Sabotage::SetsAlarmLate);
        let due = if is_late { due.map(|due| due.plus(Millis::new(1))) } else { due };
        self.world.ledger.armed(&self.world, self.project, due);
        if self.alarm_at.get() == due && due.is_none_or(|due| due > self.now()) {
            return Ok(());
        }
        self.set_alarm(due.map(|due| due.max(self.now().plus(Millis::new(1)))));
        Ok(())
    }

    fn set_alarm(&self, due: Option<Timestamp>) {
        self.alarm_at.set(due);
        self.world.alarms[self.project].set(due);
    }

    /// The alarm has gone off. Whatever fails in here, another one is set.
    pub fn alarm(self: &Rc<Self>) {
        self.set_alarm(Some(self.now().plus(ALARM_FALLBACK)));
        let outcome = || {
            self.open()?;
            self.reach_deadlines()?;
            self.fleet.purge(self.now())?;
            self.turns_were_made();
            self.check_if_due()?;
            self.arm().map_err(FleetError::Store)
        };
        if let Err(error) = outcome() {
            self.world.note(|| format!("p{} its alarm's work fails: {error:?}", self.project));
            self.world.ledger.falls_back(self.project);
        }
    }

    /// Carries all that is due over its deadline, and answers how many sessions that were.
    ///
    /// # Errors
    /// The fleet's own.
    pub fn reach_deadlines(self: &Rc<Self>) -> Result<usize, FleetError> {
        if self.world.is_sabotaged(Sabotage::SleepsThroughDeadlines) {
            self.world.ledger.reached(&self.world, self.project);
            return Ok(0);
        }
        let mut sessions = 0;
        loop {
            let due = self.fleet.reach_deadlines(self.now())?;
            self.turns_were_made();
            sessions += due.sessions.len();
            due.sessions.iter().for_each(|id| self.wake(*id));
            self.spawn(due.tasks);
            if due.is_over {
                self.world.ledger.reached(&self.world, self.project);
                return Ok(sessions);
            }
        }
    }

    /// Shows the ledger the sessions that turns have touched.
    pub fn turns_were_made(&self) {
        let store = self.fleet.store();
        for touched in store.take_touched() {
            match touched {
                Touched::Written(row) => {
                    if let Some(session) = store.session_at(row) {
                        self.world.ledger.written(&self.world, self.project, row, &session);
                    }
                }
                Touched::Removed(row) => self.world.ledger.removed(&self.world, self.project, row),
            }
        }
    }

    /// The same, if the turn was about one session, which it tells of: the others in the line may have moved on.
    pub fn turn_was_made(&self, session: &Session) {
        let store = self.fleet.store();
        if let Some(row) = store.only_touched()
            && session.status() != Status::Waiting
            && self.world.ledger.nobody_waits(self.project)
        {
            store.take_touched();
            return self.world.ledger.written(&self.world, self.project, row, session);
        }
        self.turns_were_made();
        self.world.ledger.is_told(&self.world, self.project, session);
    }

    /// Carries out tasks beside what is going on.
    pub fn spawn(self: &Rc<Self>, tasks: Vec<Task>) {
        for task in tasks {
            let core = Rc::clone(self);
            self.world.executor.spawn(self.life, async move { core.follow(task).await });
        }
    }

    /// Carries out tasks beside what is going on, and waits for them as long as a caller can be asked to.
    pub async fn carry_out_in_time(self: &Rc<Self>, tasks: Vec<Task>) {
        if tasks.is_empty() {
            return;
        }
        let (sender, receiver) = oneshot::channel();
        let core = Rc::clone(self);
        self.world.executor.spawn(self.life, async move {
            join_all(tasks.into_iter().map(|task| core.follow(task))).await;
            let _gone = sender.send(());
        });
        let _in_time = select(receiver, self.world.sleep(ANSWER_LIMIT_MS)).await;
    }

    /// Carries out one task, feeds its outcome back, and goes on with what follows from that.
    async fn follow(self: &Rc<Self>, task: Task) {
        let mut tasks = vec![task];
        while let Some(task) = tasks.pop() {
            let id = task.session;
            let Some(command) = self.perform(id, task.effect).await else { continue };
            if self.world.faults.strikes(Fault::OutcomeDoubled) {
                self.double(id, command.clone());
            }
            match self.turn(id, command.clone()) {
                Ok(more) => tasks.extend(more),
                Err(error) => self.give_up(id, command, &error).await,
            }
            self.wake(id);
        }
    }

    /// The same outcome comes once more.
    fn double(self: &Rc<Self>, id: SessionId, command: Command) {
        let core = Rc::clone(self);
        let later = self.world.faults.measure(Fault::OutcomeDoubled, 0..=8_000);
        self.world.executor.spawn(self.life, async move {
            core.world.sleep(later).await;
            if let Ok(tasks) = core.turn(id, command) {
                core.spawn(tasks);
            }
            core.wake(id);
        });
    }

    /// A turn about one session.
    ///
    /// # Errors
    /// The fleet's own.
    pub fn turn(&self, id: SessionId, command: Command) -> Result<Vec<Task>, FleetError> {
        let turn = self.apply(id, command)?;
        // Its tasks are stored: each request to come sets the alarm again.
        let _not_set = self.arm();
        Ok(turn.tasks)
    }

    /// A turn about one session, without the alarm.
    ///
    /// # Errors
    /// The fleet's own.
    pub fn apply(&self, id: SessionId, command: Command) -> Result<Turn, FleetError> {
        self.world.note(|| format!("{} ← {command:?}", self.name(id)));
        assert!(!self.world.is_sabotaged(Sabotage::Panics), "as it was told to");
        let change = matches!(command, Command::Change(_)).then_some(id);
        self.world.ledger.may_change(change.map(|id| (self.project, id)));
        let turn = self.fleet.apply(id, command, self.now());
        if let Ok(turn) = &turn {
            self.turn_was_made(&turn.record.session);
        }
        self.world.ledger.may_change(None);
        turn
    }

    /// An outcome that could not be stored. A browser that it brought has no owner: it is closed here and now.
    async fn give_up(&self, id: SessionId, command: Command, error: &FleetError) {
        self.world.note(|| format!("{} an outcome is not stored: {error:?}", self.name(id)));
        if let Command::BrowserAcquired { browser, .. } = command {
            browser_run::close(&self.world, &browser).await;
        }
    }

    /// Does one thing in the world, and answers what came of it; `None` if there is nothing to say.
    async fn perform(self: &Rc<Self>, id: SessionId, effect: Effect) -> Option<Command> {
        Some(match effect {
            Effect::AcquireBrowser { epoch, keep_alive } => self.acquire(id, epoch, keep_alive).await,
            Effect::PrepareWindow { epoch, browser, dimensions } => {
                self.prepare_window(epoch, &browser, dimensions).await
            }
            Effect::KeepAlive { browser } => {
                browser_run::touch(&self.world, &browser).await.ok()?;
                Command::KeptAlive
            }
            Effect::AskRelay => Command::ClientsSeen(relay::ask(&self.world, self.project, id).await?),
            Effect::CloseBrowser { browser } => self.close(browser).await?,
        })
    }

    /// Asks for a browser. One that comes after the time limit is taken in all the same, and closed by the engine.
    async fn acquire(self: &Rc<Self>, id: SessionId, epoch: u32, keep_alive: Millis) -> Command {
        self.world.ledger.asks_for_browser(&self.world, (self.project, id), epoch);
        let (sender, receiver) = oneshot::channel();
        let core = Rc::clone(self);
        self.world.executor.spawn(self.life, async move {
            let answer = match browser_run::acquire(&core.world, (core.project, id), keep_alive).await {
                Ok(browser) => Command::BrowserAcquired { epoch, browser },
                Err(failure) => Command::BrowserFailed { epoch, failure },
            };
            if let Err(late @ Command::BrowserAcquired { .. }) = sender.send(answer) {
                match core.turn(id, late.clone()) {
                    Ok(tasks) => core.spawn(tasks),
                    Err(error) => core.give_up(id, late, &error).await,
                }
            }
        });
        match select(receiver, self.world.sleep(ACQUIRE_LIMIT_MS)).await {
            Either::Left((Ok(answer), _)) => answer,
            Either::Left((Err(_), _)) | Either::Right(_) => {
                let text = "the provider did not start a browser in time";
                Command::BrowserFailed { epoch, failure: Failure::new(FailureCode::ProviderTimeout, text) }
            }
        }
    }

    async fn prepare_window(&self, epoch: u32, browser: &BrowserId, wish: Option<Dimensions>) -> Command {
        let usual = self.window_seen.get().filter(|(seen, _)| self.now().since(*seen) < WINDOW_KEPT);
        if let (None, Some((_, dimensions))) = (wish, usual) {
            return Command::WindowReady { epoch, dimensions };
        }
        match browser_run::prepare_window(&self.world, browser, wish).await {
            Ok(dimensions) => {
                if wish.is_none() {
                    self.window_seen.set(Some((self.now(), dimensions)));
                }
                Command::WindowReady { epoch, dimensions }
            }
            Err(failure) => Command::BrowserFailed { epoch, failure },
        }
    }

    /// Asks to close a browser; `None` if that is under way already.
    async fn close(&self, browser: BrowserId) -> Option<Command> {
        if self.world.is_sabotaged(Sabotage::ForgetsCloses) {
            return Some(Command::BrowserClosed { browser });
        }
        if !self.closing.borrow_mut().insert(browser.clone()) {
            return None;
        }
        let slot = self.closes.take().await;
        let closed = browser_run::close(&self.world, &browser).await;
        drop(slot);
        self.closing.borrow_mut().remove(&browser);
        Some(match closed {
            Closed::Gone => Command::BrowserClosed { browser },
            Closed::Acknowledged => Command::CloseAcknowledged { browser },
            Closed::Failed => Command::CloseFailed { browser },
        })
    }

    /// Waits until something has happened to a session that is starting.
    pub async fn wait_for(&self, id: SessionId) {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().entry(id).or_default().push(sender);
        let _woken = receiver.await;
    }

    /// Something has happened to a session: whoever waits for it looks again.
    pub fn wake(&self, id: SessionId) {
        if self.world.is_sabotaged(Sabotage::WakesNobody) {
            return;
        }
        let waiting = self.waiting.borrow_mut().remove(&id).unwrap_or_default();
        for sender in waiting {
            let _gone = sender.send(());
        }
    }

    /// Begins a check against the provider's list if one is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn check_if_due(self: &Rc<Self>) -> Result<(), StoreError> {
        if self.fleet.next_check()?.is_none_or(|due| due > self.now()) {
            return Ok(());
        }
        self.fleet.begin_check(self.now())?;
        if self.checking.replace(true) {
            return Ok(());
        }
        let core = Rc::clone(self);
        self.world.executor.spawn(self.life, async move {
            let _cut_off = select(std::pin::pin!(core.check()), core.world.sleep(CHECK_LIMIT_MS)).await;
            core.checking.set(false);
        });
        Ok(())
    }

    async fn check(self: &Rc<Self>) {
        let asked = self.world.objects.ask_directory(&self.world, DirectoryCall::Browsers).await;
        let Ok(Said::Browsers(listed)) = asked else { return };
        if self.compare(&listed).await == Ok(true) {
            let _not_stored = self.fleet.end_check(listed.asked_at);
        }
    }

    /// Ends the sessions whose browser the provider does not know; answers whether all are accounted for.
    async fn compare(self: &Rc<Self>, listed: &ListedBrowsers) -> Result<bool, StoreError> {
        let suspects = self.fleet.suspects(listed)?;
        let unclear = Cell::new(false);
        let ask = |(id, browser)| {
            let unclear = &unclear;
            async move {
                let is_trusted = self.world.is_sabotaged(Sabotage::TrustsLists);
                let known = if is_trusted { Known::No } else { browser_run::knows(&self.world, &browser).await };
                unclear.set(unclear.get() || known == Known::Unclear);
                (known == Known::No).then_some((id, browser))
            }
        };
        let asked = stream::iter(suspects).map(ask).buffer_unordered(QUESTIONS_AT_ONCE);
        let lost: Vec<_> = asked.filter_map(std::future::ready).collect().await;
        if !lost.is_empty() {
            let history = browser_run::history(&self.world).await;
            for (id, browser) in lost {
                let how = history.get(&browser).copied().unwrap_or(Gone::Unknown);
                self.lose(id, browser, how).await;
            }
        }
        Ok(!unclear.get())
    }

    /// A socket to this session's browser has closed: looks whether the browser is gone, and answers why its session
    /// is over, if it is.
    ///
    /// # Errors
    /// The fleet's own.
    pub async fn look_for_browser(self: &Rc<Self>, id: SessionId) -> Result<Option<Reason>, FleetError> {
        for wait in LOOKS_MS {
            self.world.sleep(wait).await;
            let browser = match self.state_of(id)? {
                State::Live { browser, .. } => browser,
                State::Waiting { .. } | State::Starting { .. } => return Ok(None),
                State::Ended { reason, .. } => return Ok(Some(reason)),
            };
            if browser_run::knows(&self.world, &browser).await == Known::No {
                let how = browser_run::history(&self.world).await.get(&browser).copied().unwrap_or(Gone::Unknown);
                self.lose(id, browser, how).await;
                break;
            }
        }
        Ok(match self.state_of(id)? {
            State::Ended { reason, .. } => Some(reason),
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => None,
        })
    }

    fn state_of(&self, id: SessionId) -> Result<State, FleetError> {
        self.fleet.find(id)?.map(|record| record.session.state).ok_or(FleetError::NotFound)
    }

    async fn lose(self: &Rc<Self>, id: SessionId, browser: BrowserId, how: Gone) {
        if let Ok(tasks) = self.turn(id, Command::BrowserGone { browser, how }) {
            join_all(tasks.into_iter().map(|task| self.follow(task))).await;
        }
        self.wake(id);
    }

    /// A session's name in traces.
    pub fn name(&self, id: SessionId) -> String {
        self.world.ledger.name((self.project, id))
    }
}
