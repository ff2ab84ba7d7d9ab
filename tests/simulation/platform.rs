//! The `host::Platform` on the virtual clock. The production code runs on it in a simulation.
//!
//! It also shows every turn to the [`super::ledger`] and lets [`super::mutants`] change calls and answers.

use std::any::Any;
use std::rc::Rc;

use tidewatch::host::{Note, Platform, PlatformError};
use tidewatch::session::{Failure, Input, Millis, ProjectName, SessionId, Timestamp};
use tidewatch::wire::{CallContext, CallError, DirectoryMethod, FleetMethod, RecorderMethod, RelayMethod, Secret};

use super::bucket::SimBucket;
use super::executor::Life;
use super::mutants::Mutant;
use super::objects::number_of;
use super::provider::SimProvider;
use super::store::SimStore;
use super::subscribers::SimSubscriber;
use super::world::World;

/// The secret that signs a run's tokens.
const SECRET: &str = "a secret of thirty-two characters";
/// How long recordings are kept.
const RECORDINGS_KEPT: Millis = Millis::from_secs(24 * 60 * 60);

/// The part of the service that a platform belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An invocation of the Worker.
    Worker,
    /// A project's fleet.
    Fleet(usize),
    /// The directory.
    Directory,
    /// A session's relay.
    Relay(usize, SessionId),
    /// A session's recorder.
    Recorder(usize, SessionId),
}

/// The platform of one instance of one object.
pub struct SimPlatform {
    world: Rc<World>,
    role: Role,
    life: Life,
}

impl SimPlatform {
    /// The platform of an instance with this life.
    pub fn new(world: Rc<World>, role: Role, life: Life) -> Rc<Self> {
        Rc::new(Self { world, role, life })
    }

    /// The platform of an invocation of the Worker.
    pub fn of_worker(world: &Rc<World>) -> Self {
        Self { world: Rc::clone(world), role: Role::Worker, life: world.objects.worker() }
    }

    fn note_input(&self, session: SessionId, input: &Input) {
        let Role::Fleet(project) = self.role else { return };
        let world = &self.world;
        world.note(|| format!("{} ← {input:?}", world.ledger.name((project, session))));
        assert!(!world.is_mutated(Mutant::Panics), "the mutant panics");
        world.ledger.may_change(matches!(input, Input::Change(_)).then_some((project, session)));
    }
}

impl Platform for SimPlatform {
    type Store = SimStore;
    type Provider = SimProvider;
    type Bucket = SimBucket;
    type Subscriber = SimSubscriber;

    fn now(&self) -> Timestamp {
        self.world.now()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.world.fill_random(bytes);
    }

    async fn sleep(&self, length: Millis) {
        self.world.sleep(length.get()).await;
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.world.executor.spawn(self.life, work);
    }

    async fn set_alarm(&self, at: Option<Timestamp>) -> Result<(), PlatformError> {
        let Role::Fleet(project) = self.role else { return Err(PlatformError("no alarm here".to_owned())) };
        let is_late = self.world.is_mutated(Mutant::SetsAlarmLate);
        let at = if is_late { at.map(|at| at.plus(Millis::new(2))) } else { at };
        self.world.alarms[project].set(at);
        Ok(())
    }

    fn secret(&self) -> Option<Secret> {
        Secret::new(SECRET)
    }

    fn owns_account(&self) -> bool {
        self.world.plan.account.is_exclusive
    }

    fn recording_retention(&self) -> Option<Millis> {
        Some(RECORDINGS_KEPT)
    }

    fn provider(&self) -> Result<SimProvider, Failure> {
        Ok(SimProvider::new(Rc::clone(&self.world), self.role))
    }

    fn bucket(&self) -> Option<SimBucket> {
        Some(SimBucket::new(Rc::clone(&self.world)))
    }

    async fn recorder_script(&self) -> Result<Rc<str>, PlatformError> {
        Ok("record()".into())
    }

    fn subscribers(&self) -> Vec<SimSubscriber> {
        let Role::Fleet(project) = self.role else { return Vec::new() };
        self.world.subscribers.of(project)
    }

    async fn fleet<M: FleetMethod>(&self, context: CallContext, call: M) -> Result<M::Answer, CallError> {
        let project = number_of(&context.project);
        self.world.ledger.check_call(&self.world, self.role, &call as &dyn Any);
        self.world.objects.ask_fleet(&self.world, project, call).await
    }

    async fn directory<M: DirectoryMethod>(&self, call: M) -> Result<M::Answer, CallError> {
        self.world.objects.ask_directory(&self.world, call).await
    }

    async fn relay<M: RelayMethod>(
        &self,
        project: &ProjectName,
        session: SessionId,
        call: M,
    ) -> Result<M::Answer, CallError> {
        self.world.objects.ask_relay(&self.world, number_of(project), session, call).await
    }

    async fn recorder<M: RecorderMethod>(
        &self,
        project: &ProjectName,
        session: SessionId,
        call: M,
    ) -> Result<M::Answer, CallError> {
        self.world.objects.ask_recorder(&self.world, number_of(project), session, call).await
    }

    fn note(&self, note: Note<'_>) {
        match note {
            Note::Input { session, input } => self.note_input(session, input),
            Note::CreateDecided { request, outcome } => {
                if let Role::Fleet(project) = self.role {
                    self.world.ledger.check_create(&self.world, project, request, outcome);
                }
            }
            Note::ClosingUnclaimed { browser } => {
                self.world.note(|| format!("{} is closed: no project owns it", browser.as_str()));
                self.world.ledger.check_unclaimed(&self.world, browser);
            }
            Note::Failed { doing, session, cause, .. } => {
                self.world.note(|| format!("{:?} {session:?} failed {doing}: {cause}", self.role));
            }
        }
    }
}
