//! The cron trigger, once a minute, and the Worker's sweep behind it: what `src/edge/cron.rs` does.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures::future::poll_fn;
use futures::{StreamExt as _, stream};
use tidewatch::session::ProjectName;
use tidewatch::wire::{DirectoryCall, FleetCall, SweepReport, Swept};

use super::directory::Said;
use super::fault::Fault;
use super::fleet_calls::Answer;
use super::world::World;

/// Cron's period.
const MINUTE_MS: u64 = 60_000;
/// Fleets that are swept at once.
const AT_ONCE: usize = 4;

/// Wakes cron: while no project is registered and no browser runs its sweeps would find nothing, and simulated days would
/// pass with them.
#[derive(Default)]
pub struct Cron(Cell<Option<Waker>>);

impl Cron {
    /// A project has registered, or a browser was started.
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
            if world.provider.is_in_use() || !world.objects.registered().is_empty() {
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

/// Whatever fails holds up nothing else.
async fn sweep_all(world: Rc<World>) {
    sweep_projects(&world).await;
    let _tried_again = world.objects.ask_directory(&world, DirectoryCall::CloseUnclaimed).await;
}

async fn sweep_projects(world: &Rc<World>) -> Option<()> {
    let mut closing = 0_u32;
    let mut after: Option<ProjectName> = None;
    loop {
        let call = DirectoryCall::Projects(after.take());
        let Ok(Said::Projects(page)) = world.objects.ask_directory(world, call).await else { return None };
        let Some(last) = page.last().cloned() else { break };
        let sweeps = stream::iter(page).map(|project| sweep(world, number_of(&project))).buffer_unordered(AT_ONCE);
        closing = sweeps.fold(closing, async |sum, report| sum.saturating_add(report.closing)).await;
        after = Some(last);
    }
    let swept = Swept { at: Some(world.now()), closing };
    world.objects.ask_directory(world, DirectoryCall::Swept(swept)).await.ok().map(drop)
}

async fn sweep(world: &Rc<World>, project: usize) -> SweepReport {
    match world.objects.ask_fleet(world, project, FleetCall::Sweep).await {
        Ok(Answer::Swept(report)) => report,
        _ => SweepReport::default(),
    }
}

/// A project's name.
pub fn name_of(project: usize) -> ProjectName {
    ProjectName::parse(&format!("p{project}")).expect("a plain name")
}

/// The number of the project that has this name.
pub fn number_of(project: &ProjectName) -> usize {
    project.as_str()[1..].parse().expect("the name of a project of this run")
}
