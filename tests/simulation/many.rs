//! Runs many seeds on several threads. Each seed runs on one thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::arguments::Arguments;
use super::total::Total;
use super::trace::Trace;
use super::world::{self, Ran};

/// The interval between two progress lines.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

/// Runs all requested seeds. Returns their sum and the duration in seconds.
pub fn run(arguments: &Arguments) -> (Total, f64) {
    #[allow(clippy::disallowed_methods, reason = "measures the simulator itself, not the simulated time")]
    let began = Instant::now();
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from.saturating_add(arguments.seeds);
    let (sender, receiver) = mpsc::channel();
    let mut total = Total::default();
    thread::scope(|scope| {
        for _ in 0..arguments.threads {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || work(arguments, next, end, &sender));
        }
        drop(sender);
        gather(&mut total, &receiver, arguments.seeds, began);
    });
    total.broken.sort_by_key(|(seed, _)| *seed);
    (total, began.elapsed().as_secs_f64())
}

fn work(arguments: &Arguments, next: &AtomicU64, end: u64, sender: &mpsc::Sender<(u64, Ran)>) {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return;
        }
        let trace = if arguments.trace { Trace::printed() } else { Trace::off() };
        let ran = world::run(arguments.selection.plan(seed), arguments.mutant, trace);
        if sender.send((seed, ran)).is_err() {
            return;
        }
    }
}

fn gather(total: &mut Total, receiver: &mpsc::Receiver<(u64, Ran)>, seeds: u64, began: Instant) {
    let mut reported = began.elapsed();
    while let Ok((seed, ran)) = receiver.recv() {
        total.add(seed, ran);
        let gone = began.elapsed();
        if gone.checked_sub(reported).unwrap() >= PROGRESS_EVERY && total.runs() < seeds {
            reported = gone;
            let speed = per_second(total.runs(), gone.as_secs_f64());
            eprintln!("{} of {seeds} seeds, {speed:.0} a second, {} broke", total.runs(), total.broken.len());
        }
    }
}

/// The rate per second.
#[allow(clippy::cast_precision_loss, reason = "a speed for people")]
pub fn per_second(many: u64, seconds: f64) -> f64 {
    many as f64 / seconds.max(1e-6)
}
