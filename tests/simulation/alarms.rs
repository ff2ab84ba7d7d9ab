//! The platform's alarms: one for each project's object, at least once, and tried again if the object dies over it.

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

/// An alarm whose object dies over it goes off again after 2 s, 4 s, 8 s …
const RETRY_MS: u64 = 2_000;
/// … and is dropped after so many tries.
const TRIES: u32 = 6;

/// The alarm of an object. It outlives the object.
#[derive(Default)]
pub struct Alarm {
    due: Cell<Option<Timestamp>>,
    /// What the object has asked for last, until it goes off.
    requested: Cell<Option<Timestamp>>,
    is_changed: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Alarm {
    /// Sets it, or takes it back.
    pub fn set(&self, due: Option<Timestamp>) {
        self.due.set(due);
        self.requested.set(due);
        self.look_again();
    }

    /// What the object has asked for; `None` if there is no alarm, or it has gone off.
    pub fn requested(&self) -> Option<Timestamp> {
        self.requested.get()
    }

    /// The clock on the wall has jumped, or the alarm was changed.
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

/// Lets a project's alarm go off for as long as the run goes on.
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
        world.ledger.instance_is_open(world, project);
        world.ledger.alarm_is_over(world, project, when);
    }
}
