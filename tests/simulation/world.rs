//! One run: a deployment, its provider, its clients and its clock, until nothing is left to do.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::rc::Rc;

use tidewatch::session::{Millis, Timestamp};

use super::alarms::{self, Alarm};
use super::browser_run::{self, BrowserRun};
use super::bucket;
use super::clients;
use super::cron::{self, Cron};
use super::executor::{Executor, Life, Sleep};
use super::fault::{Faults, Struck};
use super::invariant::{Broken, Invariant};
use super::ledger::{Ledger, Lives};
use super::mutants::Mutant;
use super::objects::Objects;
use super::plan::{Incident, Mishap, Plan};
use super::prng::Prng;
use super::subscribers::{self, Subscribers};
use super::support::START;
use super::trace::Trace;

/// The limit on a run's steps. A usual run takes some thousands.
const STEPS_MAX: u64 = 1_000_000;

/// How long faults may delay things afterwards. Every wait for a close, a start or a service that is down is shorter.
const CALM_AFTER_MS: u64 = 60_000;

/// The run's streams of random numbers. The plan and the faults have their own.
enum Stream {
    Order = 500,
    Latency = 501,
    Ids = 502,
}

/// A run in progress.
pub struct World {
    /// The plan of the run.
    pub plan: Plan,
    /// The way in which the service is broken on purpose.
    pub mutant: Option<Mutant>,
    /// Tasks and timers.
    pub executor: Rc<Executor>,
    /// Random faults.
    pub faults: Rc<Faults>,
    /// The provider.
    pub provider: BrowserRun,
    /// The deployment's objects.
    pub objects: Objects,
    /// Each project's alarm.
    pub alarms: Vec<Alarm>,
    /// The cron trigger.
    pub cron: Cron,
    /// The bucket of recordings.
    pub bucket: bucket::Objects,
    /// Subscribers to events.
    pub subscribers: Subscribers,
    /// The invariants' checks.
    pub ledger: Ledger,
    /// Clients that have arrived and not finished.
    pub waiting: RefCell<BTreeSet<usize>>,
    /// The trace of the run.
    pub trace: Trace,
    clock_offset: Cell<i64>,
    /// The sum of all backward steps of the clock, in milliseconds.
    stepped_back: Cell<u64>,
    latency: RefCell<Prng>,
    ids: RefCell<Prng>,
    broken: RefCell<Option<Broken>>,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// The broken invariant, if any.
    pub broken: Option<Broken>,
    /// Counts of sessions by how they ended.
    pub lives: Lives,
    /// Polls of tasks.
    pub steps: u64,
    /// Milliseconds of simulated time.
    pub elapsed: u64,
    /// Browsers that were started.
    pub browsers: u64,
    /// Killed instances of objects.
    pub deaths: u64,
    /// How often each kind of fault happened.
    pub struck: Struck,
}

impl World {
    fn new(plan: Plan, mutant: Option<Mutant>, trace: Trace) -> Rc<Self> {
        let faults = Rc::new(Faults::of(plan.seed, plan.rates.clone()));
        let executor = Executor::new(Prng::new(plan.seed, Stream::Order as u64));
        let projects = plan.projects.len();
        Rc::new(Self {
            objects: Objects::new(projects, &faults, mutant, &executor),
            ledger: Ledger::new(&plan.projects),
            provider: BrowserRun::new(plan.account.clone()),
            alarms: (0..projects).map(|_| Alarm::default()).collect(),
            cron: Cron::default(),
            bucket: bucket::Objects::default(),
            subscribers: Subscribers::new(projects),
            waiting: RefCell::default(),
            clock_offset: Cell::new(0),
            stepped_back: Cell::new(0),
            latency: RefCell::new(Prng::new(plan.seed, Stream::Latency as u64)),
            ids: RefCell::new(Prng::new(plan.seed, Stream::Ids as u64)),
            broken: RefCell::default(),
            plan,
            mutant,
            executor,
            faults,
            trace,
        })
    }

    /// The wall clock's time.
    pub fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.executor.elapsed()).unwrap_or(i64::MAX);
        Timestamp::from_millis(START.as_millis() + elapsed + self.clock_offset.get())
    }

    /// Milliseconds since the run began. Steps of the wall clock do not change it.
    pub fn elapsed(&self) -> u64 {
        self.executor.elapsed()
    }

    /// Waits this many milliseconds.
    pub fn sleep(&self, millis: u64) -> Sleep {
        self.executor.sleep(Millis::new(millis))
    }

    /// Waits a random time in the range.
    pub fn takes(&self, millis: RangeInclusive<u64>) -> Sleep {
        let length = self.latency.borrow_mut().between(millis);
        self.sleep(length)
    }

    /// Random bytes.
    pub fn fill_random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.ids.borrow_mut().next_u64().to_be_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
    }

    /// Spawns a task that outlives every object.
    pub fn outside(&self, work: impl Future<Output = ()> + 'static) {
        self.executor.spawn(Life::OUTSIDE, work);
    }

    /// Adds a line to the trace.
    pub fn note(&self, line: impl FnOnce() -> String) {
        self.trace.note(self.elapsed(), line);
    }

    /// Whether the service is broken in this way.
    pub fn is_mutated(&self, how: Mutant) -> bool {
        self.mutant == Some(how)
    }

    /// Reports a broken invariant. Only the first report counts.
    pub fn breaks(&self, invariant: Invariant, what: impl FnOnce() -> String) {
        let mut broken = self.broken.borrow_mut();
        if broken.is_none() {
            let what = what();
            self.trace.note(self.elapsed(), || format!("✗ {}: {what}", invariant.name()));
            *broken = Some(Broken { invariant, what, elapsed: self.elapsed() });
        }
    }

    /// Checks an invariant.
    pub fn holds(&self, invariant: Invariant, is_so: bool, else_what: impl FnOnce() -> String) {
        if !is_so {
            self.breaks(invariant, else_what);
        }
    }

    /// Whether no earlier fault could still delay anything at this time.
    pub fn was_calm_at(&self, elapsed: u64) -> bool {
        // A backward step of the clock delays every deadline by its length.
        self.plan.is_quiet() || elapsed > self.plan.heals_at + CALM_AFTER_MS + self.stepped_back.get()
    }

    fn begin(self: &Rc<Self>) {
        for project in 0..self.plan.projects.len() {
            self.outside(alarms::keep(Rc::clone(self), project));
        }
        self.outside(cron::fire(Rc::clone(self)));
        for (begins, ends) in &self.plan.account.foreign {
            self.outside(browser_run::run_foreign_browser(Rc::clone(self), *begins, *ends));
        }
        for client in &self.plan.clients {
            self.outside(clients::run(Rc::clone(self), client.clone()));
        }
        for subscription in &self.plan.subscriptions {
            self.outside(subscribers::follow(Rc::clone(self), *subscription));
        }
        let world = Rc::clone(self);
        self.outside(async move {
            world.sleep(world.plan.heals_at).await;
            world.note(|| "no more faults from now on".to_owned());
            world.faults.heal();
        });
    }

    /// Runs until nothing is left to do or an invariant breaks. Returns the number of steps.
    fn live_through(self: &Rc<Self>) -> u64 {
        let mut incidents = self.plan.incidents.clone();
        incidents.reverse();
        let mut steps = self.go_on(&mut incidents);
        // A lost alarm is recovered by the next request, so there has to be one.
        for project in 0..self.plan.projects.len() {
            self.outside(clients::make_late_request(Rc::clone(self), project));
        }
        steps += self.go_on(&mut incidents);
        if !self.is_broken() {
            Ledger::check_settled(self);
        }
        steps
    }

    fn is_broken(&self) -> bool {
        self.broken.borrow().is_some()
    }

    fn go_on(self: &Rc<Self>, incidents: &mut Vec<Incident>) -> u64 {
        let mut waits = None;
        let mut steps = 0;
        loop {
            self.strike(incidents, &mut waits);
            if self.executor.step() {
                steps += 1;
                self.objects.check_step(self);
                if steps % self.plan.audit_every == 0 {
                    self.ledger.audit(self);
                }
            } else if !self.advance(incidents) {
                break;
            }
            self.holds(Invariant::Settled, steps < STEPS_MAX, || "the run never ends".to_owned());
            if self.is_broken() {
                break;
            }
        }
        steps
    }

    /// Moves the clock forward, at most to the next incident. `false` if nothing is left to do.
    fn advance(&self, incidents: &[Incident]) -> bool {
        let timer = self.executor.next_timer();
        match incidents.last() {
            Some(incident) if incident.at > self.elapsed() && timer.is_none_or(|timer| timer > incident.at) => {
                self.executor.wait_until(incident.at);
                true
            }
            // An incident whose time has come still waits for its steps.
            waiting => self.executor.advance() || waiting.is_some(),
        }
    }

    /// Triggers the next incident at its time, after its steps. Once faults have stopped, it does not wait for the
    /// steps: a quiet run takes few, and the incident would fall into the time that is checked as calm.
    fn strike(self: &Rc<Self>, incidents: &mut Vec<Incident>, waits: &mut Option<u32>) {
        let Some(next) = incidents.last().filter(|incident| incident.at <= self.elapsed()) else { return };
        let steps = waits.get_or_insert(next.steps_later);
        if self.elapsed() >= self.plan.heals_at {
            *steps = 0;
        }
        match steps {
            0 => {
                let what = next.what;
                incidents.pop();
                *waits = None;
                self.suffer(what);
            }
            steps => *steps -= 1,
        }
    }

    fn suffer(self: &Rc<Self>, what: Mishap) {
        self.note(|| format!("⚡ {what:?}"));
        match what {
            Mishap::ServiceDies { down } => self.objects.all_die(self, down),
            Mishap::FleetDies { project } => self.objects.fleet_dies(project),
            Mishap::DirectoryDies => self.objects.directory_dies(),
            Mishap::RelaysDie => self.objects.relays_die(),
            Mishap::ClockSteps { by } => {
                self.clock_offset.set(self.clock_offset.get() + by);
                self.stepped_back.set(self.stepped_back.get() + by.min(0).unsigned_abs());
                self.alarms.iter().for_each(Alarm::look_again);
            }
            Mishap::ProviderIsDown { down } => self.provider.goes_down(self.elapsed() + down),
            Mishap::BrowsersAreEvicted { per_mille } => self.provider.evict(self, per_mille),
        }
    }
}

/// Runs a plan. A panic in it is reported as a broken invariant and does not stop other runs.
pub fn run(plan: Plan, mutant: Option<Mutant>, trace: Trace) -> Ran {
    let ran = catch_unwind(AssertUnwindSafe(|| run_through(plan, mutant, trace)));
    ran.unwrap_or_else(|panic| {
        let what = message_of(panic.as_ref());
        Ran { broken: Some(Broken { invariant: Invariant::Panic, what, elapsed: 0 }), ..Ran::default() }
    })
}

/// The message of a panic.
pub fn message_of(panic: &dyn Any) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without a message".to_owned())
}

/// Keeps panics out of stderr. They are reported with their run.
pub fn silence_panics() {
    set_hook(Box::new(|_| {}));
}

fn run_through(plan: Plan, mutant: Option<Mutant>, trace: Trace) -> Ran {
    let world = World::new(plan, mutant, trace);
    world.begin();
    let steps = world.live_through();
    let ran = Ran {
        broken: world.broken.borrow().clone(),
        lives: world.ledger.lives(),
        steps,
        elapsed: world.elapsed(),
        browsers: world.provider.started(),
        deaths: world.objects.deaths(),
        struck: world.faults.struck(),
    };
    world.executor.clear();
    if ran.broken.is_none() {
        world.objects.retire();
    }
    ran
}
