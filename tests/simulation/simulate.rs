//! Simulates whole deployments, a seed a run.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what can't be set up can't be simulated")]

mod alarms;
mod audit;
mod browser_run;
mod clients;
mod cron;
mod dice;
mod directory;
mod executor;
mod fault;
mod fleet_calls;
mod fleet_core;
mod invariant;
mod lawful;
mod ledger;
mod line;
mod objects;
mod plan;
mod relay;
mod sabotage;
mod seed;
/// The service's own.
#[path = "../../src/edge/slots.rs"]
mod slots;
mod store;
#[path = "../support/mod.rs"]
mod support;
mod trace;
mod world;

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let t = std::time::Instant::now();
    let mut lives = ledger::Lives::new();
    let (mut steps, mut elapsed, mut browsers) = (0, 0, 0);
    for seed in args[0]..args[0] + args[1] {
        let ran = world::run(plan::Plan::of(seed), None, trace::Trace::off());
        if let Some(b) = ran.broken {
            println!("seed {seed}: {b:?}");
            let trace = trace::Trace::on();
            let ran = world::run(plan::Plan::of(seed), None, trace.clone());
            for line in trace.lines().iter().rev().take(std::env::var("LINES").map_or(60, |l| l.parse().unwrap())).rev() { println!("{line}"); }
            println!("{:?}", ran.broken);
            return;
        }
        for (k, v) in ran.lives { *lives.entry(k).or_default() += v; }
        steps += ran.steps; elapsed += ran.elapsed; browsers += ran.browsers;
    }
    let e = t.elapsed().as_secs_f64();
    println!("{} seeds {:.1}/s steps {} elapsed {} browsers {} {:?}", args[1], args[1] as f64 / e, steps / args[1], elapsed / args[1] / 1000, browsers, lives);
}
