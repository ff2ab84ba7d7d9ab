//! The cron trigger, once a minute.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures::future::poll_fn;
use tidewatch::host::cron::sweep_all;

use super::fault::Fault;
use super::platform::SimPlatform;
use super::world::World;

/// Cron's period.
const MINUTE_MS: u64 = 60_000;

/// The cron trigger. It sleeps while no project is registered and no browser runs: its sweeps would find nothing, and a
/// run could not end.
#[derive(Default)]
pub struct Cron(Cell<Option<Waker>>);

impl Cron {
    /// Wakes cron after a registration or the start of a browser.
    pub fn wake(&self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }
}

/// Fires every minute until the end of the run.
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
        let inner = Rc::clone(&world);
        world.executor.spawn(world.objects.worker(), async move { sweep_all(&SimPlatform::of_worker(&inner)).await });
    }
}
