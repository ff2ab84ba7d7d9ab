//! The platform's objects: an instance of each while somebody needs it, its tables for ever, and the calls between them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use futures::channel::oneshot;
use tidewatch::fleet::Store as _;
use tidewatch::session::SessionId;
use tidewatch::wire::{DirectoryCall, FleetCall, Problem};

use super::directory::{Directory, Said};
use super::executor::{Executor, Life};
use super::fault::{Fault, Faults};
use super::fleet_calls::{self, Answer};
use super::fleet_core::FleetCore;
use super::invariant::Invariant;
use super::recorder::Recorder;
use super::relay::Relay;
use super::sabotage::Sabotage;
use super::store::SimStore;
use super::world::World;

/// Milliseconds that a message takes from one end to the other.
const WAY_MS: std::ops::RangeInclusive<u64> = 0..=25;

/// Why a call has no answer that could be used.
#[derive(Clone, Debug)]
pub enum Unanswered {
    /// Nobody knows whether it was heard.
    Lost,
    /// It was refused.
    Refused(Box<Problem>),
}

/// All objects of a deployment.
pub struct Objects {
    executor: Rc<Executor>,
    fleets: Vec<Home<FleetCore>>,
    directory: Home<Directory>,
    relays: RefCell<BTreeMap<(usize, SessionId), Rc<Relay>>>,
    recorders: RefCell<BTreeMap<(usize, SessionId), Rc<Recorder>>>,
    worker: Cell<Life>,
    down_until: Cell<u64>,
    deaths: Cell<u64>,
}

/// An object that has tables.
struct Home<T> {
    store: SimStore,
    instance: RefCell<Option<(Life, Rc<T>)>>,
}

impl<T> Home<T> {
    fn new(faults: &Rc<Faults>, sabotage: Option<Sabotage>) -> Self {
        Self { store: SimStore::new(faults, sabotage), instance: RefCell::default() }
    }

    /// The instance that runs; a new one if there is none.
    fn get(&self, executor: &Executor, make: impl FnOnce(Life, SimStore) -> Rc<T>) -> Rc<T> {
        let mut instance = self.instance.borrow_mut();
        let (_, object) = instance.get_or_insert_with(|| {
            let life = executor.new_life();
            (life, make(life, self.store.clone()))
        });
        Rc::clone(object)
    }

    /// Memory is lost, and whatever was going on; the tables stay. Answers whether there was an instance.
    fn dies(&self, executor: &Executor) -> bool {
        let Some((life, object)) = self.instance.take() else { return false };
        executor.end(|other| other == life);
        drop(object);
        true
    }
}

impl Objects {
    /// Those of a deployment with so many projects.
    pub fn new(projects: usize, faults: &Rc<Faults>, sabotage: Option<Sabotage>, executor: &Rc<Executor>) -> Self {
        Self {
            fleets: (0..projects).map(|_| Home::new(faults, sabotage)).collect(),
            directory: Home::new(faults, sabotage),
            relays: RefCell::default(),
            recorders: RefCell::default(),
            worker: Cell::new(executor.new_life()),
            down_until: Cell::new(0),
            deaths: Cell::new(0),
            executor: Rc::clone(executor),
        }
    }

    /// A project's object.
    pub fn fleet(&self, world: &Rc<World>, project: usize) -> Rc<FleetCore> {
        let limits = world.plan.projects[project];
        self.fleets[project]
            .get(&self.executor, |life, store| FleetCore::new(Rc::clone(world), project, life, store, limits))
    }

    /// A project's tables.
    pub fn tables(&self, project: usize) -> &SimStore {
        &self.fleets[project].store
    }

    /// A watched session's relay.
    pub fn relay(&self, world: &Rc<World>, project: usize, session: SessionId) -> Rc<Relay> {
        let mut relays = self.relays.borrow_mut();
        let relay = relays.entry((project, session));
        Rc::clone(relay.or_insert_with(|| Relay::new(Rc::clone(world), self.executor.new_life(), project, session)))
    }

    /// A session's recorder.
    pub fn recorder(&self, world: &Rc<World>, project: usize, session: SessionId) -> Rc<Recorder> {
        let mut recorders = self.recorders.borrow_mut();
        let recorder = recorders.entry((project, session));
        Rc::clone(
            recorder.or_insert_with(|| Recorder::new(Rc::clone(world), self.executor.new_life(), project, session)),
        )
    }

    /// Recorders that have not said their last word.
    pub fn recorders_at_work(&self) -> usize {
        self.recorders.borrow().values().filter(|recorder| recorder.is_at_work.get()).count()
    }

    /// Whether this instance is the one that runs.
    pub fn is_alive(&self, relay: &Rc<Relay>) -> bool {
        self.relays.borrow().get(&(relay.project, relay.session)).is_some_and(|other| Rc::ptr_eq(other, relay))
    }

    /// What an invocation of the Worker dies with.
    pub fn worker(&self) -> Life {
        self.worker.get()
    }

    /// The names in the directory, past all faults.
    pub fn registered(&self) -> Vec<String> {
        let rows = self.directory.store.tables().query("SELECT name FROM projects", &[]).unwrap_or_default();
        rows.iter().map(|row| format!("{:?}", row.0)).collect()
    }

    /// Whether nobody answers.
    pub fn are_down(&self, world: &World) -> bool {
        world.elapsed() < self.down_until.get()
    }

    /// Waits until somebody answers.
    pub async fn is_up(&self, world: &World) {
        while self.are_down(world) {
            world.sleep(self.down_until.get() - world.elapsed()).await;
        }
    }

    /// Calls a project's object, over the network or from another object.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn ask_fleet(&self, world: &Rc<World>, project: usize, call: FleetCall) -> Result<Answer, Unanswered> {
        self.ask_fleet_for(world, project, call, None).await
    }

    /// The same for the sake of a caller: the fleet learns when that one hangs up.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn ask_fleet_for(
        &self,
        world: &Rc<World>,
        project: usize,
        call: FleetCall,
        caller: Option<oneshot::Receiver<()>>,
    ) -> Result<Answer, Unanswered> {
        self.arrives(world).await?;
        let core = self.fleet(world, project);
        let (sender, receiver) = oneshot::channel();
        self.executor.spawn(core.life, async move {
            let answer = fleet_calls::answer(&core, call, caller).await;
            let _gone = sender.send(answer);
        });
        let answer = receiver.await.map_err(|_| Unanswered::Lost)?;
        self.returns(world).await?;
        answer.map_err(|problem| Unanswered::Refused(Box::new(problem)))
    }

    /// Calls the directory.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn ask_directory(&self, world: &Rc<World>, call: DirectoryCall) -> Result<Said, Unanswered> {
        self.arrives(world).await?;
        let make = |life, store| Directory::new(Rc::clone(world), life, store);
        let directory = self.directory.get(&self.executor, make);
        let (sender, receiver) = oneshot::channel();
        self.executor.spawn(directory.life, async move {
            let said = directory.answer(call).await;
            let _gone = sender.send(said);
        });
        let said = receiver.await.map_err(|_| Unanswered::Lost)?;
        self.returns(world).await?;
        said.ok_or(Unanswered::Lost)
    }

    /// A call is on its way, and may not arrive.
    pub async fn arrives(&self, world: &World) -> Result<(), Unanswered> {
        world.takes(WAY_MS).await;
        let is_lost = self.are_down(world) || world.faults.strikes(Fault::CallLost);
        if is_lost { Err(Unanswered::Lost) } else { Ok(()) }
    }

    /// An answer is on its way, and may not arrive.
    pub async fn returns(&self, world: &World) -> Result<(), Unanswered> {
        world.takes(WAY_MS).await;
        if world.faults.strikes(Fault::AnswerLost) { Err(Unanswered::Lost) } else { Ok(()) }
    }

    /// The whole service is killed.
    pub fn all_die(&self, world: &World, down: u64) {
        self.down_until.set(self.down_until.get().max(world.elapsed() + down));
        self.worker.set(self.executor.new_life());
        for fleet in &self.fleets {
            self.count(fleet.dies(&self.executor));
        }
        self.directory_dies();
        self.relays_die();
        let worker = self.worker.get();
        self.executor.end(|life| life != Life::OUTSIDE && life != worker);
    }

    /// A project's object is reset.
    pub fn fleet_dies(&self, project: usize) {
        if let Some(fleet) = self.fleets.get(project) {
            self.count(fleet.dies(&self.executor));
        }
    }

    /// The directory is reset.
    pub fn directory_dies(&self) {
        self.count(self.directory.dies(&self.executor));
    }

    /// Every relay is reset: its clients' sockets break. And every recorder: nobody hears of it.
    pub fn relays_die(&self) {
        for relay in std::mem::take(&mut *self.relays.borrow_mut()).into_values() {
            self.executor.end(|life| life == relay.life);
            relay.dies();
            self.count(true);
        }
        for recorder in std::mem::take(&mut *self.recorders.borrow_mut()).into_values() {
            self.executor.end(|life| life == recorder.life);
            self.count(recorder.is_at_work.get());
        }
    }

    fn count(&self, has_died: bool) {
        self.deaths.set(self.deaths.get() + u64::from(has_died));
    }

    /// Instances that were killed.
    pub fn deaths(&self) -> u64 {
        self.deaths.get()
    }

    /// After each step: what a turn has written was shown to the ledger.
    pub fn are_accounted_for(&self, world: &World) {
        for (project, fleet) in self.fleets.iter().enumerate() {
            let is_touched = fleet.store.is_touched();
            world.holds(Invariant::Tables, !is_touched, || format!("p{project}: rows changed that no turn told of"));
            world.ledger.is_armed(world, project);
        }
    }

    /// Gives the tables back, after a run in which nothing broke.
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
