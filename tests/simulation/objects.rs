//! The Durable Objects: their instances, their tables, which outlive the instances, and the calls between them.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use futures::channel::oneshot;
use tidewatch::fleet::{FleetLimits, Store as _};
use tidewatch::host::directory::DirectoryHost;
use tidewatch::host::fleet::FleetHost;
use tidewatch::host::recorder::RecorderHost;
use tidewatch::host::relay::{RelayHost, ViewersHost};
use tidewatch::session::{ProjectName, SessionId};
use tidewatch::wire::{
    CallContext, CallError, DirectoryMethod, FleetMethod, Problem, RecorderMethod, Register, RelayMethod,
};

use super::answers::ExpectedAnswer;
use super::caller::SimCaller;
use super::executor::{Executor, Life};
use super::fault::{Fault, Faults};
use super::mutants::{Mutant, change_answer};
use super::platform::{Role, SimPlatform};
use super::sockets::Sockets;
use super::store::SimStore;
use super::subscribers::SimSubscriber;
use super::world::World;

/// The latency of a message, in milliseconds.
const LATENCY_MS: std::ops::RangeInclusive<u64> = 0..=25;
/// The service's base URL.
pub const BASE_URL: &str = "https://sim";

type Recorders = BTreeMap<(usize, SessionId), (Life, Rc<RecorderHost<SimPlatform>>)>;

/// All objects of a deployment.
pub struct Objects {
    executor: Rc<Executor>,
    fleets: Vec<Home<FleetHost<SimPlatform>>>,
    directory: Home<DirectoryHost<SimPlatform>>,
    relays: RefCell<BTreeMap<(usize, SessionId), Rc<Relay>>>,
    recorders: RefCell<Recorders>,
    worker: Cell<Life>,
    down_until: Cell<u64>,
    deaths: Cell<u64>,
}

/// An instance of a session's relay.
pub struct Relay {
    /// The life of its tasks.
    pub life: Life,
    /// Clients of a watched session.
    pub clients: Rc<RelayHost<SimPlatform>>,
    /// Viewers of any session.
    pub viewers: Rc<ViewersHost<SimPlatform>>,
    /// The sockets of both.
    pub sockets: Sockets,
}

/// An object with tables.
struct Home<T> {
    store: SimStore,
    instance: RefCell<Option<(Life, Rc<T>)>>,
}

impl<T> Home<T> {
    fn new(faults: &Rc<Faults>, mutant: Option<Mutant>) -> Self {
        Self { store: SimStore::new(faults, mutant), instance: RefCell::default() }
    }

    /// The running instance. Makes one if there is none.
    fn get(&self, executor: &Executor, make: impl FnOnce(Life, SimStore) -> Rc<T>) -> (Life, Rc<T>) {
        let mut instance = self.instance.borrow_mut();
        let (life, object) = instance.get_or_insert_with(|| {
            let life = executor.new_life();
            (life, make(life, self.store.clone()))
        });
        (*life, Rc::clone(object))
    }

    /// Ends the instance: its memory and its tasks are lost, the tables stay. Returns whether there was an instance.
    fn dies(&self, executor: &Executor) -> bool {
        let Some((life, object)) = self.instance.take() else { return false };
        executor.end(|other| other == life);
        drop(object);
        true
    }
}

impl Objects {
    /// The objects of a deployment with this many projects.
    pub fn new(projects: usize, faults: &Rc<Faults>, mutant: Option<Mutant>, executor: &Rc<Executor>) -> Self {
        Self {
            fleets: (0..projects).map(|_| Home::new(faults, mutant)).collect(),
            directory: Home::new(faults, mutant),
            relays: RefCell::default(),
            recorders: RefCell::default(),
            worker: Cell::new(executor.new_life()),
            down_until: Cell::new(0),
            deaths: Cell::new(0),
            executor: Rc::clone(executor),
        }
    }

    /// A project's object.
    pub fn fleet(&self, world: &Rc<World>, project: usize) -> (Life, Rc<FleetHost<SimPlatform>>) {
        let limits = world.plan.projects[project];
        let spare = u32::from(world.is_mutated(Mutant::IgnoresLimit));
        let limits = FleetLimits { live_max: limits.live_max + spare, ..limits };
        self.fleets[project].get(&self.executor, |life, store| {
            store.watch(world, project);
            world.ledger.instance_begins(project);
            FleetHost::new(SimPlatform::new(Rc::clone(world), Role::Fleet(project), life), store, limits)
        })
    }

    /// A project's tables.
    pub fn tables(&self, project: usize) -> &SimStore {
        &self.fleets[project].store
    }

    /// A session's relay.
    pub fn relay(&self, world: &Rc<World>, project: usize, session: SessionId) -> Rc<Relay> {
        let mut relays = self.relays.borrow_mut();
        let relay = relays.entry((project, session)).or_insert_with(|| {
            let life = self.executor.new_life();
            let platform = SimPlatform::new(Rc::clone(world), Role::Relay(project, session), life);
            let (clients, viewers) = (RelayHost::new(Rc::clone(&platform)), ViewersHost::new(platform));
            Rc::new(Relay { life, clients, viewers, sockets: Sockets::default() })
        });
        Rc::clone(relay)
    }

    /// A session's recorder.
    fn recorder(&self, world: &Rc<World>, project: usize, session: SessionId) -> (Life, Rc<RecorderHost<SimPlatform>>) {
        let mut recorders = self.recorders.borrow_mut();
        let (life, recorder) = recorders.entry((project, session)).or_insert_with(|| {
            let life = self.executor.new_life();
            let platform = SimPlatform::new(Rc::clone(world), Role::Recorder(project, session), life);
            (life, RecorderHost::new(platform))
        });
        (*life, Rc::clone(recorder))
    }

    /// Recorders that have not sent their last report.
    pub fn recorders_at_work(&self) -> usize {
        self.recorders.borrow().values().filter(|(_, recorder)| recorder.is_running()).count()
    }

    /// Whether this instance is the running one.
    pub fn is_alive(&self, project: usize, session: SessionId, relay: &Rc<Relay>) -> bool {
        self.relays.borrow().get(&(project, session)).is_some_and(|other| Rc::ptr_eq(other, relay))
    }

    /// The life of the Worker's invocations.
    pub fn worker(&self) -> Life {
        self.worker.get()
    }

    /// The names in the directory, read without faults.
    pub fn registered(&self) -> Vec<String> {
        let rows = self.directory.store.tables().query("SELECT name FROM projects", &[]).unwrap_or_default();
        rows.iter().map(|row| format!("{:?}", row.0)).collect()
    }

    /// Whether the service is down.
    pub fn are_down(&self, world: &World) -> bool {
        world.elapsed() < self.down_until.get()
    }

    /// Waits until the service is up.
    pub async fn is_up(&self, world: &World) {
        while self.are_down(world) {
            world.sleep(self.down_until.get() - world.elapsed()).await;
        }
    }

    /// Calls a project's object, from a client or from another object.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn ask_fleet<M: FleetMethod>(
        &self,
        world: &Rc<World>,
        project: usize,
        call: M,
    ) -> Result<M::Answer, CallError> {
        self.ask_fleet_for(world, project, call, SimCaller::default()).await
    }

    /// Calls a project's object for a caller that may disconnect.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn ask_fleet_for<M: FleetMethod>(
        &self,
        world: &Rc<World>,
        project: usize,
        call: M,
        caller: SimCaller,
    ) -> Result<M::Answer, CallError> {
        self.arrives(world).await?;
        if is_safe_to_double(&call) && world.faults.strikes(Fault::CallDoubled) {
            let later = world.faults.measure(Fault::CallDoubled, 0..=8_000);
            let (inner, again) = (Rc::clone(world), call.clone());
            world.outside(async move {
                inner.sleep(later).await;
                let _not_waited_for = serve(&inner, project, again, SimCaller::default());
            });
        }
        let answer = serve(world, project, call, caller).await.map_err(|_| lost("its object has died"))?;
        self.returns(world).await?;
        answer.map_err(CallError::Refused)
    }

    /// Calls the directory.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn ask_directory<M: DirectoryMethod>(&self, world: &Rc<World>, call: M) -> Result<M::Answer, CallError> {
        self.arrives(world).await?;
        let (life, host) = self.directory.get(&self.executor, |life, store| {
            DirectoryHost::new(SimPlatform::new(Rc::clone(world), Role::Directory, life), store)
        });
        let (sender, receiver) = oneshot::channel();
        let inner = Rc::clone(world);
        self.executor.spawn(life, async move {
            let is_registration = (&call as &dyn Any).is::<Register>();
            let answer = match host.serving() {
                Ok(calls) => call.serve(&calls).await,
                Err(problem) => Err(problem),
            };
            if is_registration {
                inner.cron.wake();
            }
            let _gone = sender.send(answer);
        });
        let answer = receiver.await.map_err(|_| lost("the directory has died"))?;
        self.returns(world).await?;
        answer.map_err(CallError::Refused)
    }

    /// Calls a session's relay.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn ask_relay<M: RelayMethod>(
        &self,
        world: &Rc<World>,
        project: usize,
        session: SessionId,
        call: M,
    ) -> Result<M::Answer, CallError> {
        self.arrives(world).await?;
        let relay = self.relay(world, project, session);
        let answer = call.serve(&*relay.clients).await;
        self.returns(world).await?;
        answer.map_err(CallError::Refused)
    }

    /// Calls a session's recorder.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn ask_recorder<M: RecorderMethod>(
        &self,
        world: &Rc<World>,
        project: usize,
        session: SessionId,
        call: M,
    ) -> Result<M::Answer, CallError> {
        self.arrives(world).await?;
        let (_, recorder) = self.recorder(world, project, session);
        let answer = call.serve(&recorder).await;
        self.returns(world).await?;
        answer.map_err(CallError::Refused)
    }

    /// Connects a subscriber to a project's object.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn subscribe(
        &self,
        world: &Rc<World>,
        project: usize,
        seen: Option<i64>,
        subscriber: &SimSubscriber,
    ) -> Result<(), CallError> {
        self.arrives(world).await?;
        let (life, host) = self.fleet(world, project);
        let (sender, receiver) = oneshot::channel();
        let (inner, subscriber) = (Rc::clone(world), subscriber.clone());
        self.executor.spawn(life, async move {
            let accept = || {
                inner.subscribers.accept(project, &subscriber);
                Ok(subscriber.clone())
            };
            let answer = host.subscribe(&context(project), seen, accept).await;
            let _gone = sender.send(answer);
        });
        let answer = receiver.await.map_err(|_| lost("its object has died"))?;
        self.returns(world).await?;
        answer.map_err(CallError::Refused)
    }

    /// Delivers a call, or loses it.
    ///
    /// # Errors
    /// [`CallError::Lost`].
    pub async fn arrives(&self, world: &World) -> Result<(), CallError> {
        world.takes(LATENCY_MS).await;
        let is_lost = self.are_down(world) || world.faults.strikes(Fault::CallLost);
        if is_lost { Err(lost("the call is lost")) } else { Ok(()) }
    }

    /// Delivers an answer, or loses it.
    ///
    /// # Errors
    /// [`CallError::Lost`].
    pub async fn returns(&self, world: &World) -> Result<(), CallError> {
        world.takes(LATENCY_MS).await;
        if world.faults.strikes(Fault::AnswerLost) { Err(lost("the answer is lost")) } else { Ok(()) }
    }

    /// Kills the whole service.
    pub fn all_die(&self, world: &World, down: u64) {
        self.down_until.set(self.down_until.get().max(world.elapsed() + down));
        self.worker.set(self.executor.new_life());
        for fleet in &self.fleets {
            self.count(fleet.dies(&self.executor));
        }
        self.directory_dies();
        self.relays_die();
        world.subscribers.break_all();
        let worker = self.worker.get();
        self.executor.end(|life| life != Life::OUTSIDE && life != worker);
    }

    /// Resets a project's object.
    pub fn fleet_dies(&self, project: usize) {
        if let Some(fleet) = self.fleets.get(project) {
            self.count(fleet.dies(&self.executor));
        }
    }

    /// Resets the directory.
    pub fn directory_dies(&self) {
        self.count(self.directory.dies(&self.executor));
    }

    /// Resets every relay and every recorder. The relays' sockets break.
    pub fn relays_die(&self) {
        for relay in std::mem::take(&mut *self.relays.borrow_mut()).into_values() {
            self.executor.end(|life| life == relay.life);
            relay.sockets.break_all();
            self.count(true);
        }
        for (life, recorder) in std::mem::take(&mut *self.recorders.borrow_mut()).into_values() {
            self.executor.end(|other| other == life);
            self.count(recorder.is_running());
        }
    }

    fn count(&self, has_died: bool) {
        self.deaths.set(self.deaths.get() + u64::from(has_died));
    }

    /// Instances that were killed.
    pub fn deaths(&self) -> u64 {
        self.deaths.get()
    }

    /// Shows the ledger what each turn wrote, and checks the step.
    pub fn check_step(&self, world: &World) {
        for (project, fleet) in self.fleets.iter().enumerate() {
            fleet.store.show_touched(world, project);
            world.ledger.check_step(world, project, fleet.store.take_failed());
        }
    }

    /// Returns the databases to the pool, after a run in which nothing broke.
    pub fn retire(&self) {
        for fleet in &self.fleets {
            fleet.instance.take();
            fleet.store.clone().retire();
        }
        self.directory.instance.take();
        self.directory.store.clone().retire();
        self.relays.borrow_mut().clear();
        self.recorders.borrow_mut().clear();
    }
}

/// Serves a call in the object's life. The answer is dropped if the object dies before it.
fn serve<M: FleetMethod>(
    world: &Rc<World>,
    project: usize,
    call: M,
    caller: SimCaller,
) -> oneshot::Receiver<Result<M::Answer, Problem>> {
    let (life, host) = world.objects.fleet(world, project);
    let (sender, receiver) = oneshot::channel();
    let inner = Rc::clone(world);
    world.executor.spawn(life, async move {
        let context = context(project);
        let mut expected = ExpectedAnswer::default();
        let mut answer = match host.serving(&context, caller).await {
            Ok(calls) => {
                inner.ledger.check_restart(&inner, project);
                expected = inner.ledger.expect(&inner, project, &call as &dyn Any);
                call.serve(&calls).await
            }
            Err(problem) => Err(problem),
        };
        change_answer(&inner, expected.owner, &mut answer as &mut dyn Any);
        inner.objects.tables(project).show_touched(&inner, project);
        inner.ledger.check_answer(&inner, project, &expected, &answer as &dyn Any);
        if inner.is_mutated(Mutant::NeverAnswers) {
            return std::mem::forget(sender);
        }
        let _gone = sender.send(answer);
    });
    receiver
}

/// Idempotent calls: by the API contract, a repeat changes nothing.
fn is_safe_to_double(call: &dyn Any) -> bool {
    use tidewatch::wire::{ClosedByClient, Get, RecorderSeen, Release, ReportClients, SocketLost, Sweep};
    call.is::<ReportClients>()
        || call.is::<RecorderSeen>()
        || call.is::<ClosedByClient>()
        || call.is::<SocketLost>()
        || call.is::<Release>()
        || call.is::<Get>()
        || call.is::<Sweep>()
}

fn context(project: usize) -> CallContext {
    CallContext { project: name_of(project), base_url: BASE_URL.to_owned(), request_id: "simulated".to_owned() }
}

/// The error of a call without an answer.
pub fn lost(why: &str) -> CallError {
    CallError::Lost(why.to_owned())
}

/// A project's name.
pub fn name_of(project: usize) -> ProjectName {
    ProjectName::parse(&format!("p{project}")).expect("a plain name")
}

/// The number of the project with this name.
pub fn number_of(project: &ProjectName) -> usize {
    project.as_str()[1..].parse().expect("the name of a project of this run")
}
