//! The alarms of the projects' objects. Delivery is at least once. An alarm whose object dies is retried.

use std::cell::Cell;
use std::rc::Rc;
use std::task::Poll;
use std::task::Waker;

use futures::channel::oneshot;
use futures::future::{Either, poll_fn, select};
use tidewatch::host::fleet::FleetHost;
use tidewatch::session::{Millis, Timestamp};

use super::fault::Fault;
use super::mutants::Mutant;
use super::platform::SimPlatform;
use super::world::World;

/// The first delay before a retry. It doubles each time: 2 s, 4 s, 8 s …
const RETRY_MS: u64 = 2_000;
/// The number of tries before the platform drops an alarm.
const TRIES: u32 = 6;

/// The alarm of an object. It outlives the object.
#[derive(Default)]
pub struct Alarm {
    due: Cell<Option<Timestamp>>,
    /// The time that the object set last, until the alarm goes off.
    requested: Cell<Option<Timestamp>>,
    is_changed: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Alarm {
    /// Sets the alarm, or cancels it.
    pub fn set(&self, due: Option<Timestamp>) {
        self.due.set(due);
        self.requested.set(due);
        self.look_again();
    }

    /// The time that the object set. `None` if there is no alarm or it has gone off.
    pub fn requested(&self) -> Option<Timestamp> {
        self.requested.get()
    }

    /// Wakes the alarm's task after a step of the wall clock or a change of the alarm.
    pub fn look_again(&self) {
        self.is_changed.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    async fn changed(&self) {
        poll_fn(|context| {
            if self.is_changed.take() {
                return Poll::Ready(());
            }
            self.waker.set(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

/// Runs a project's alarm until the end of the run.
pub async fn keep(world: Rc<World>, project: usize) {
    let alarm = &world.alarms[project];
    loop {
        let Some(due) = alarm.due.get() else {
            alarm.changed().await;
            continue;
        };
        let changed = std::pin::pin!(alarm.changed());
        if let Either::Left(_) = select(world.sleep(due.since(world.now()).get()), changed).await {
            alarm.due.set(None);
            go_off(&world, project);
        }
    }
}

fn go_off(world: &Rc<World>, project: usize) {
    if world.faults.strikes(Fault::AlarmLost) {
        return world.note(|| format!("p{project} ⚡ its alarm is lost"));
    }
    let late = world.faults.strikes(Fault::AlarmLate);
    let late = if late { world.faults.measure(Fault::AlarmLate, 1..=20_000) } else { 0 };
    world.outside(ring(Rc::clone(world), project, late));
    if world.faults.strikes(Fault::AlarmDoubled) {
        let later = world.faults.measure(Fault::AlarmDoubled, 0..=3_000);
        world.outside(ring(Rc::clone(world), project, later));
    }
}

async fn ring(world: Rc<World>, project: usize, late: u64) {
    if late > 0 {
        world.sleep(late).await;
    }
    for again in 0..TRIES {
        world.objects.is_up(&world).await;
        let (life, fleet) = world.objects.fleet(&world, project);
        let (sender, receiver) = oneshot::channel();
        let inner = Rc::clone(&world);
        world.executor.spawn(life, async move {
            work(&inner, project, &fleet).await;
            let _gone = sender.send(());
        });
        if receiver.await.is_ok() {
            return;
        }
        world.sleep(RETRY_MS << again).await;
    }
}

async fn work(world: &Rc<World>, project: usize, fleet: &Rc<FleetHost<SimPlatform>>) {
    let when = world.now();
    if world.is_mutated(Mutant::SleepsThroughDeadlines) {
        world.alarms[project].set(Some(when.plus(Millis::from_secs(10))));
    } else {
        fleet.alarm().await;
    }
    let tables = world.objects.tables(project);
    tables.show_touched(world, project);
    if !tables.has_failed() {
        world.ledger.check_restart(world, project);
        world.ledger.check_alarm(world, project, when);
    }
}
