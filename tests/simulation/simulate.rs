//! Simulates whole deployments on a virtual clock. Each seed is one run. Invariants are checked after each step.
//!
//! | file | what |
//! | --- | --- |
//! | `prng`, `fault`, `plan`, `seed` | what happens in a run: drawn from a seed, or written by hand |
//! | `executor`, `objects`, `alarms`, `cron`, `store`, `database`, `bucket` | the platform: tasks and their lives, calls, alarms, tables |
//! | `platform` | the `host::Platform` that the production code of `src/host/` runs on |
//! | `browser_run`, `provider`, `clients`, `sockets`, `subscribers`, `caller` | the provider and its clients |
//! | `invariant`, `ledger`, `answers`, `transition_checks`, `queue_checks`, `audit` | invariants and their checks |
//! | `world` | one run |
//! | `selection`, `shrink`, `trace`, `mutants` | broken runs: shrunk, reported, and caused on purpose |
//! | `arguments`, `many`, `total`, `report` | the command |

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a simulation that can't be set up has failed")]

mod alarms;
mod answers;
mod arguments;
mod audit;
mod browser_run;
mod bucket;
mod caller;
mod clients;
mod cron;
mod database;
mod executor;
mod fault;
mod invariant;
mod ledger;
mod many;
mod mutants;
mod objects;
mod plan;
mod platform;
mod prng;
mod provider;
mod queue_checks;
mod report;
mod seed;
mod selection;
mod shrink;
mod sockets;
mod store;
mod subscribers;
#[path = "../support/mod.rs"]
mod support;
#[cfg(test)]
mod tests;
mod total;
mod trace;
mod transition_checks;
mod world;

use std::hash::{BuildHasher as _, RandomState};
use std::process::ExitCode;

use arguments::{Arguments, USAGE};

/// A tenth faster than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A random first seed, short enough to type.
fn fresh_start() -> u64 {
    RandomState::new().hash_one("seeds") % 1_000_000_000_000_000
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let arguments = match Arguments::parse(words.into_iter(), fresh_start()) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    world::silence_panics();
    println!("seeds {} to {}", arguments.from, arguments.from.saturating_add(arguments.seeds.saturating_sub(1)));
    let (total, seconds) = many::run(&arguments);
    report::print_broken(&arguments, &total);
    if let Some(file) = &arguments.report
        && let Err(error) = std::fs::write(file, report::markdown(&arguments, &total, seconds))
    {
        eprintln!("the summary was not written to {file}: {error}");
        return ExitCode::FAILURE;
    }
    println!("{}", report::summary(&total, seconds));
    if total.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
