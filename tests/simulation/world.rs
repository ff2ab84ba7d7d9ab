//! A run: a deployment, its provider, its clients and its clock, from the first create until nothing is left to do.

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
use super::dice::Dice;
use super::executor::{Executor, Life, Sleep};
use super::fault::{Faults, Struck};
use super::invariant::{Broken, Invariant};
use super::ledger::{Ledger, Lives};
use super::mutants::Mutant;
use super::objects::Objects;
use super::plan::{Incident, Mishap, Plan};
use super::subscribers::{self, Subscribers};
use super::support::START;
use super::trace::Trace;

/// Steps after which a run is said never to end. A usual one takes some thousands.
const STEPS_MAX: u64 = 1_000_000;

/// The aftermath of what went wrong: the longest wait for a close, a start or a service that is down is shorter.
const CALM_AFTER_MS: u64 = 60_000;

/// The streams of chance that a run draws from, beside those of its plan and of its faults.
enum Stream {
    Order = 500,
    Latency = 501,
    Ids = 502,
}

/// A run that goes on.
pub struct World {
    /// What is to happen.
    pub plan: Plan,
    /// What is wrong with the service on purpose.
    pub mutant: Option<Mutant>,
    /// Tasks and timers.
    pub executor: Rc<Executor>,
    /// What goes wrong by chance.
    pub faults: Rc<Faults>,
    /// The provider.
    pub provider: BrowserRun,
    /// The deployment's objects.
    pub objects: Objects,
    /// Each project's alarm.
    pub alarms: Vec<Alarm>,
    /// What wakes cron.
    pub cron: Cron,
    /// The bucket of recordings.
    pub bucket: bucket::Objects,
    /// Subscribers to events.
    pub subscribers: Subscribers,
    /// What must hold.
    pub ledger: Ledger,
    /// Clients that have come and not gone.
    pub waiting: RefCell<BTreeSet<usize>>,
    /// What has happened, for people.
    pub trace: Trace,
    clock_offset: Cell<i64>,
    /// Milliseconds that the clock has stepped back in all.
    stepped_back: Cell<u64>,
    latency: RefCell<Dice>,
    ids: RefCell<Dice>,
    broken: RefCell<Option<Broken>>,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// What did not hold, if something did not.
    pub broken: Option<Broken>,
    /// Sessions by how they ended.
    pub lives: Lives,
    /// Polls of tasks.
    pub steps: u64,
    /// Milliseconds of simulated time.
    pub elapsed: u64,
    /// Browsers that were started.
    pub browsers: u64,
    /// Instances of objects that were killed.
    pub deaths: u64,
    /// How often each kind of fault happened.
    pub struck: Struck,
}

impl World {
    fn new(plan: Plan, mutant: Option<Mutant>, trace: Trace) -> Rc<Self> {
        let faults = Rc::new(Faults::of(plan.seed, plan.rates.clone()));
        let executor = Executor::new(Dice::of(plan.seed, Stream::Order as u64));
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
            latency: RefCell::new(Dice::of(plan.seed, Stream::Latency as u64)),
            ids: RefCell::new(Dice::of(plan.seed, Stream::Ids as u64)),
            broken: RefCell::default(),
            plan,
            mutant,
            executor,
            faults,
            trace,
        })
    }

    /// What time it is, as every clock on a wall says.
    pub fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.executor.elapsed()).unwrap_or(i64::MAX);
        Timestamp::from_millis(START.as_millis() + elapsed + self.clock_offset.get())
    }

    /// Milliseconds since the run began, whatever the clocks say.
    pub fn elapsed(&self) -> u64 {
        self.executor.elapsed()
    }

    /// Waits so many milliseconds.
    pub fn sleep(&self, millis: u64) -> Sleep {
        self.executor.sleep(Millis::new(millis))
    }

    /// Waits as long as something takes that is never twice as quick.
    pub fn takes(&self, millis: RangeInclusive<u64>) -> Sleep {
        let length = self.latency.borrow_mut().between(millis);
        self.sleep(length)
    }

    /// Random bytes.
    pub fn fill_random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.ids.borrow_mut().draw().to_be_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
    }

    /// Begins a task that no death of an object ends.
    pub fn outside(&self, work: impl Future<Output = ()> + 'static) {
        self.executor.spawn(Life::OUTSIDE, work);
    }

    /// Writes something down, if anybody reads it.
    pub fn note(&self, line: impl FnOnce() -> String) {
        self.trace.note(self.elapsed(), line);
    }

    /// Whether the service is broken in this way, on purpose.
    pub fn is_mutated(&self, how: Mutant) -> bool {
        self.mutant == Some(how)
    }

    /// Something that must hold does not. The first time counts.
    pub fn breaks(&self, invariant: Invariant, what: impl FnOnce() -> String) {
        let mut broken = self.broken.borrow_mut();
        if broken.is_none() {
            let what = what();
            self.trace.note(self.elapsed(), || format!("✗ {}: {what}", invariant.name()));
            *broken = Some(Broken { invariant, what, elapsed: self.elapsed() });
        }
    }

    /// Something must hold.
    pub fn holds(&self, invariant: Invariant, is_so: bool, else_what: impl FnOnce() -> String) {
        if !is_so {
            self.breaks(invariant, else_what);
        }
    }

    /// Whether nothing had gone wrong for so long by then that nothing had to be late any more.
    pub fn was_calm_at(&self, elapsed: u64) -> bool {
        // After the clock has stepped back every deadline is that much later.
        self.plan.is_quiet() || elapsed > self.plan.heals_at + CALM_AFTER_MS + self.stepped_back.get()
    }

    fn begin(self: &Rc<Self>) {
        for project in 0..self.plan.projects.len() {
            self.outside(alarms::keep(Rc::clone(self), project));
        }
        self.outside(cron::fire(Rc::clone(self)));
        for (begins, ends) in &self.plan.account.foreign {
            self.outside(browser_run::is_foreign(Rc::clone(self), *begins, *ends));
        }
        for client in &self.plan.clients {
            self.outside(clients::live(Rc::clone(self), client.clone()));
        }
        for subscription in &self.plan.subscriptions {
            self.outside(subscribers::follow(Rc::clone(self), *subscription));
        }
        let world = Rc::clone(self);
        self.outside(async move {
            world.sleep(world.plan.heals_at).await;
            world.note(|| "from now on nothing goes wrong any more".to_owned());
            world.faults.heal();
        });
    }

    /// Goes on until nothing is left to do, or something breaks; answers the steps that it took.
    fn live_through(self: &Rc<Self>) -> u64 {
        let mut incidents = self.plan.incidents.clone();
        incidents.reverse();
        let mut steps = self.go_on(&mut incidents);
        // An alarm that was lost is made good by the next request, whenever that may come.
        for project in 0..self.plan.projects.len() {
            self.outside(clients::pass_by(Rc::clone(self), project));
        }
        steps += self.go_on(&mut incidents);
        if !self.is_broken() {
            Ledger::nothing_is_left(self);
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
                self.objects.are_accounted_for(self);
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

    /// Moves the clock on, at most to the next incident; `false` if nothing is left to do.
    fn advance(&self, incidents: &[Incident]) -> bool {
        let timer = self.executor.next_timer();
        match incidents.last() {
            Some(incident) if incident.at > self.elapsed() && timer.is_none_or(|timer| timer > incident.at) => {
                self.executor.wait_until(incident.at);
                true
            }
            // One whose time has come waits for its steps.
            waiting => self.executor.advance() || waiting.is_some(),
        }
    }

    /// Lets the next incident happen once its time and its steps have come. A quiet run takes few steps: when nothing
    /// goes wrong any more the steps are not waited for, or the incident would disturb what is held to be calm.
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

/// Runs a plan. A panic in it is a finding, and no end of the others.
pub fn run(plan: Plan, mutant: Option<Mutant>, trace: Trace) -> Ran {
    let ran = catch_unwind(AssertUnwindSafe(|| run_through(plan, mutant, trace)));
    ran.unwrap_or_else(|panic| {
        let what = message_of(panic.as_ref());
        Ran { broken: Some(Broken { invariant: Invariant::Panic, what, elapsed: 0 }), ..Ran::default() }
    })
}

/// What a panic says.
pub fn message_of(panic: &dyn Any) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it does not say why".to_owned())
}

/// Panics are told with the run in which they happen.
pub fn keep_panics_quiet() {
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
