//! A fleet at work: turns of the engine, their tasks carried out, outcomes fed back, and the one alarm.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::join_all;
use worker::js_sys::Date;
use worker::wasm_bindgen::JsValue;
use worker::{Env, ScheduledTime, State, console_error};

use super::clock::now;
use super::listeners::Listeners;
use super::object_store::ObjectStore;
use super::provider::{Closed, Provider};
use super::settings::Settings;
use super::slots::Slots;
use super::timed::within;
use super::{recorder_stub, relay_stub};
use crate::fleet::{Fleet, FleetError, FleetLimits, StoreError, Task, open};
use crate::session::{BrowserId, Command, Dimensions, Effect, Failure, FailureCode, Millis, SessionId, Timestamp};
use crate::wire::RecorderStart;

/// Closes at once. The platform allows six calls that wait for an answer: closes that hang must leave room for starts.
const CLOSES_AT_ONCE: usize = 3;
/// Chromes that start at once on a developer's machine.
const LOCAL_STARTS_AT_ONCE: usize = 4;
/// A start takes 2 to 4 s cold. Less than the session's own start-up limit, so that the provider is named as the cause.
const ACQUIRE_LIMIT: Millis = Millis::from_secs(50);
/// A release is answered after this long at the latest, whether or not the provider has acknowledged the close.
const ANSWER_LIMIT: Millis = Millis::from_secs(5);
/// A provider's new release may open other windows than the last one.
const WINDOW_KEPT: Millis = Millis::from_secs(600);
/// The alarm that is set before an alarm's work is begun, in case that work is cut off.
const ALARM_FALLBACK: Millis = Millis::from_secs(10);

/// Nothing may start, and nothing is forgotten.
const NO_LIMITS: FleetLimits = FleetLimits { live_max: 0, retention: Millis::new(u64::MAX) };

/// A project's fleet in its Durable Object.
pub(super) struct FleetCore {
    /// The engine.
    pub fleet: Fleet<ObjectStore>,
    /// The bindings.
    pub env: Env,
    pub(super) state: State,
    /// Whether the store is ready and what was cut off is cleaned up.
    opened: Cell<bool>,
    /// When the alarm is set for, as far as this instance knows.
    alarm_at: Cell<Option<Timestamp>>,
    /// Who waits for a session to be live or to have failed.
    waiting: RefCell<HashMap<SessionId, Vec<oneshot::Sender<()>>>>,
    closes: Slots,
    /// When a window that nobody had a wish for was last asked for its size, and what it said.
    window_seen: Cell<Option<(Timestamp, Dimensions)>>,
    pub(super) checking: Cell<bool>,
    /// Whether the browsers are the local emulation's; `None` until the provider was asked.
    pub(super) emulated: Cell<Option<bool>>,
    /// Starts under way on a developer's machine: more at once only make each one slower than its provider waits.
    local_starts: Slots,
    /// Browsers whose close is under way, or waits for its turn.
    closing: RefCell<HashSet<BrowserId>>,
    pub(super) listeners: Listeners,
}

impl FleetCore {
    pub(super) fn new(state: State, env: Env) -> Rc<Self> {
        // The Worker in front refuses every call while a setting can't be read; here nothing may start then either.
        let limits = Settings::read(&env).map_or(NO_LIMITS, |settings| settings.fleet);
        Rc::new(Self {
            fleet: Fleet::new(ObjectStore::new(&state), limits),
            env,
            state,
            opened: Cell::new(false),
            alarm_at: Cell::new(None),
            waiting: RefCell::new(HashMap::new()),
            closes: Slots::new(CLOSES_AT_ONCE),
            window_seen: Cell::new(None),
            checking: Cell::new(false),
            emulated: Cell::new(None),
            local_starts: Slots::new(LOCAL_STARTS_AT_ONCE),
            closing: RefCell::new(HashSet::new()),
            listeners: Listeners::default(),
        })
    }

    /// Makes the store ready, once for each life of the object: whatever was starting before has lost its starter. From
    /// then on makes sure that an alarm is set.
    pub(super) async fn open(self: &Rc<Self>) -> Result<(), FleetError> {
        if self.opened.get() {
            // An alarm whose time has passed is about to go off, or was lost.
            let is_past = self.alarm_at.get().is_some_and(|at| at <= now());
            return if is_past { self.arm().await.map_err(FleetError::Store) } else { Ok(()) };
        }
        open(self.fleet.store())?;
        let tasks = self.fleet.abandon_starting(now())?;
        self.opened.set(true);
        self.arm().await?;
        self.spawn(tasks);
        Ok(())
    }

    /// Tells whoever listens, and sets the alarm for the earliest thing that is due. To be called in the same turn as what
    /// may have changed that.
    pub(super) async fn arm(&self) -> Result<(), StoreError> {
        self.tell_listeners();
        let due = self.fleet.next_deadline()?;
        // One that is in the past has gone off, or is about to: only the platform knows, so it is set again.
        if self.alarm_at.get() == due && due.is_none_or(|due| due > now()) {
            return Ok(());
        }
        match due {
            Some(due) => self.set_alarm(due.max(now().plus(Millis::new(1)))).await,
            None => self.delete_alarm().await,
        }
        Ok(())
    }

    async fn set_alarm(&self, due: Timestamp) {
        self.alarm_at.set(Some(due));
        #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit into 53 bits")]
        let date = Date::new(&JsValue::from_f64(due.as_millis() as f64));
        if let Err(error) = self.state.storage().set_alarm(ScheduledTime::new(date)).await {
            self.alarm_at.set(None);
            console_error!("alarm not set: {error}");
        }
    }

    /// Nothing is left to do: the one that was set before an alarm's work would wake the project for ever.
    async fn delete_alarm(&self) {
        self.alarm_at.set(None);
        if let Err(error) = self.state.storage().delete_alarm().await {
            console_error!("alarm not deleted: {error}");
        }
    }

    /// The alarm has gone off. Whatever fails in here, another one is set.
    pub(super) async fn alarm(self: &Rc<Self>) {
        self.set_alarm(now().plus(ALARM_FALLBACK)).await;
        let outcome = async {
            self.open().await?;
            self.reach_deadlines()?;
            self.fleet.purge(now())?;
            self.check_if_due()?;
            self.arm().await.map_err(FleetError::Store)
        };
        if let Err(error) = outcome.await {
            console_error!("alarm: {error:?}");
        }
    }

    /// Carries all that is due over its deadline, and answers how many sessions that were.
    pub(super) fn reach_deadlines(self: &Rc<Self>) -> Result<usize, FleetError> {
        let mut sessions = 0;
        loop {
            let due = self.fleet.reach_deadlines(now())?;
            sessions += due.sessions.len();
            due.unreadable.iter().for_each(|error| console_error!("deadlines: {error}"));
            due.sessions.iter().for_each(|id| self.wake(*id));
            self.spawn(due.tasks);
            if due.is_over {
                return Ok(sessions);
            }
        }
    }

    /// Carries out tasks beside what is going on: nobody waits for their outcome but the engine.
    pub(super) fn spawn(self: &Rc<Self>, tasks: Vec<Task>) {
        if tasks.is_empty() {
            return;
        }
        let core = Rc::clone(self);
        self.state.wait_until(async move { core.carry_out(tasks).await });
    }

    /// Carries out tasks beside what is going on, and waits for them as long as a caller can be asked to. What takes
    /// longer goes on, and is stored to be tried again.
    pub(super) async fn carry_out_in_time(self: &Rc<Self>, tasks: Vec<Task>) {
        if tasks.is_empty() {
            return;
        }
        let (sender, receiver) = oneshot::channel();
        let core = Rc::clone(self);
        self.state.wait_until(async move {
            core.carry_out(tasks).await;
            let _gone = sender.send(());
        });
        let _in_time = within(ANSWER_LIMIT, receiver).await;
    }

    /// Carries out tasks, all at once, and what follows from each.
    pub(super) async fn carry_out(self: &Rc<Self>, tasks: Vec<Task>) {
        join_all(tasks.into_iter().map(|task| self.follow(task))).await;
    }

    /// Carries out one task, feeds its outcome back, and goes on with what follows from that.
    async fn follow(self: &Rc<Self>, task: Task) {
        let mut tasks = vec![task];
        while let Some(task) = tasks.pop() {
            let id = task.session;
            let Some(command) = self.perform(id, task.effect).await else { continue };
            match self.turn(id, command.clone()).await {
                Ok(more) => tasks.extend(more),
                Err(error) => self.give_up(id, command, &error).await,
            }
            self.wake(id);
        }
    }

    /// A turn about one session. Its tasks are answered even if the alarm could not be set: they are stored, and each
    /// request to come sets it again.
    pub(super) async fn turn(&self, id: SessionId, command: Command) -> Result<Vec<Task>, FleetError> {
        let turn = self.fleet.apply(id, command, now())?;
        if let Err(error) = self.arm().await {
            console_error!("{id} {error}");
        }
        Ok(turn.tasks)
    }

    /// An outcome that could not be stored. A browser that it brought has no owner: it is closed here and now.
    async fn give_up(&self, id: SessionId, command: Command, error: &FleetError) {
        console_error!("{id} an outcome could not be stored: {error:?}");
        if let (Command::BrowserAcquired { browser, .. }, Ok(provider)) = (command, Provider::of(&self.env)) {
            let closed = provider.close(&browser).await;
            console_error!("{id} its browser was closed: {closed:?}");
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
                let alive = async { Provider::of(&self.env)?.touch(&browser).await };
                if let Err(failure) = alive.await {
                    console_error!("{id} keep-alive: {}", failure.message);
                    return None;
                }
                Command::KeptAlive
            }
            Effect::AskRelay => {
                let project = self.fleet.project().ok().flatten()?;
                Command::ClientsSeen(relay_stub::ask(&self.env, &project, id).await?)
            }
            Effect::StartRecorder { run, browser, since, wish } => {
                let project = self.fleet.project().ok().flatten()?;
                let start = RecorderStart { project, session: id, browser, run, since, wish };
                let env = self.env.clone();
                // Nobody waits for it: what else is to be done makes the session live.
                self.state.wait_until(async move {
                    if let Err(error) = recorder_stub::start(&env, &start).await {
                        console_error!("{id} recorder: {error}");
                    }
                });
                return None;
            }
            Effect::CloseBrowser { browser } => self.close(browser).await?,
        })
    }

    /// Asks for a browser. One that comes after the time limit is taken in all the same, and closed by the engine.
    async fn acquire(self: &Rc<Self>, id: SessionId, epoch: u32, keep_alive: Millis) -> Command {
        let (sender, receiver) = oneshot::channel();
        let core = Rc::clone(self);
        self.state.wait_until(async move {
            let answer = core.ask_for_browser(epoch, keep_alive).await;
            if let Err(late @ Command::BrowserAcquired { .. }) = sender.send(answer) {
                match core.turn(id, late.clone()).await {
                    Ok(tasks) => core.spawn(tasks),
                    Err(error) => core.give_up(id, late, &error).await,
                }
            }
        });
        within(ACQUIRE_LIMIT, receiver).await.and_then(Result::ok).unwrap_or_else(|| {
            let text = "the provider did not start a browser in time";
            Command::BrowserFailed { epoch, failure: Failure::new(FailureCode::ProviderTimeout, text) }
        })
    }

    async fn ask_for_browser(&self, epoch: u32, keep_alive: Millis) -> Command {
        let acquired = async {
            let provider = Provider::of(&self.env)?;
            let is_local = self.is_emulated(&provider).await.unwrap_or(false);
            let _slot = if is_local { Some(self.local_starts.take().await) } else { None };
            provider.acquire(keep_alive).await
        };
        match acquired.await {
            Ok(browser) => Command::BrowserAcquired { epoch, browser },
            Err(failure) => Command::BrowserFailed { epoch, failure },
        }
    }

    async fn prepare_window(&self, epoch: u32, browser: &BrowserId, wish: Option<Dimensions>) -> Command {
        if let (None, Some(usual)) = (wish, self.usual_window()) {
            return Command::WindowReady { epoch, dimensions: usual };
        }
        let prepared = async { Provider::of(&self.env)?.prepare_window(browser, wish).await };
        match prepared.await {
            Ok(is) => {
                if wish.is_none() {
                    self.window_seen.set(Some((now(), is)));
                }
                Command::WindowReady { epoch, dimensions: is }
            }
            Err(failure) => Command::BrowserFailed { epoch, failure },
        }
    }

    /// Asks to close a browser; `None` if that is under way already.
    async fn close(&self, browser: BrowserId) -> Option<Command> {
        if !self.closing.borrow_mut().insert(browser.clone()) {
            return None;
        }
        let slot = self.closes.take().await;
        let closed = match Provider::of(&self.env) {
            Ok(provider) => provider.close(&browser).await,
            Err(_) => Closed::Failed,
        };
        drop(slot);
        self.closing.borrow_mut().remove(&browser);
        Some(match closed {
            Closed::Gone => Command::BrowserClosed { browser },
            Closed::Acknowledged => Command::CloseAcknowledged { browser },
            Closed::Failed => Command::CloseFailed { browser },
        })
    }

    /// The size that the provider's windows have if nobody has a wish, as one of them said not long ago: to ask each new
    /// browser would cost every start a socket and two round trips.
    fn usual_window(&self) -> Option<Dimensions> {
        self.window_seen.get().filter(|(seen, _)| now().since(*seen) < WINDOW_KEPT).map(|(_, window)| window)
    }

    /// Waits until something has happened to a session that is starting.
    pub(super) async fn wait_for(&self, id: SessionId) {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().entry(id).or_default().push(sender);
        let _woken = receiver.await;
    }

    /// Something has happened to a session: whoever waits for it looks again.
    pub(super) fn wake(&self, id: SessionId) {
        let waiting = self.waiting.borrow_mut().remove(&id).unwrap_or_default();
        for sender in waiting {
            // One that has stopped waiting needs no waking.
            let _gone = sender.send(());
        }
    }
}
