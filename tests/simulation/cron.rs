//! The cron trigger, once a minute, and the Worker's sweep behind it: what `src/edge/cron.rs` does.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures::future::poll_fn;
use tidewatch::session::ProjectName;
use tidewatch::wire::{DirectoryCall, FleetCall};

use super::directory::Said;
use super::fault::Fault;
use super::world::World;

/// Cron's period.
pub const MINUTE_MS: u64 = 60_000;

/// Wakes cron: while the directory is empty its sweeps would find nothing, and simulated days would pass with them.
#[derive(Default)]
pub struct Cron(Cell<Option<Waker>>);

impl Cron {
    /// Somebody has registered.
    pub fn wake(&self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }
}

/// Fires for as long as the run goes on.
pub async fn fire(world: Rc<World>) {
    loop {
        poll_fn(|context| {
            if !world.objects.registered().is_empty() {
                return Poll::Ready(());
            }
            world.cron.0.set(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
        world.sleep(MINUTE_MS - world.elapsed() % MINUTE_MS).await;
        if world.faults.strikes(Fault::CronLate) {
            let late = world.faults.measure(Fault::CronLate, 1..=50_000);
            world.sleep(late).await;
        }
        if world.objects.are_down(&world) || world.faults.strikes(Fault::CronSkipped) {
            continue;
        }
        world.executor.spawn(world.objects.worker(), sweep_all(Rc::clone(&world)));
    }
}

async fn sweep_all(world: Rc<World>) {
    let mut after: Option<ProjectName> = None;
    loop {
        let call = DirectoryCall::Projects { after: after.take() };
        let Ok(Said::Projects(page)) = world.objects.ask_directory(&world, call).await else { return };
        let Some(last) = page.last().cloned() else { return };
        for project in page {
            let _unreachable = world.objects.ask_fleet(&world, number_of(&project), FleetCall::Sweep).await;
        }
        after = Some(last);
    }
}

/// A project's name.
pub fn name_of(project: usize) -> ProjectName {
    ProjectName::parse(&format!("p{project}")).expect("a plain name")
}

fn number_of(project: &ProjectName) -> usize {
    project.as_str()[1..].parse().expect("the name of a project of this run")
}
