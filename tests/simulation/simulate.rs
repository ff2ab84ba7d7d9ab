//! Simulates whole deployments on a virtual clock, a seed a run, and checks after each step what must hold.
//!
//! | file | what |
//! | --- | --- |
//! | `dice`, `fault`, `plan`, `seed` | what is to happen: drawn from a seed, or written down by hand |
//! | `executor`, `objects`, `alarms`, `cron`, `store`, `database`, `bucket` | the ground: tasks and their lives, calls, alarms, tables |
//! | `platform` | the host's platform on that ground: what the production code of `src/host/` runs on |
//! | `browser_run`, `provider`, `clients`, `sockets`, `subscribers`, `caller` | the provider, and those who ask for sessions |
//! | `invariant`, `ledger`, `answers`, `lawful`, `line`, `audit` | what must hold |
//! | `world` | a run |
//! | `narrowed`, `shrink`, `trace`, `mutants` | broken runs: made smaller, told, and made on purpose |
//! | `arguments`, `many`, `total`, `report` | the command |

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what can't be set up can't be simulated")]

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
mod dice;
mod executor;
mod fault;
mod invariant;
mod lawful;
mod ledger;
mod line;
mod many;
mod mutants;
mod narrowed;
mod objects;
mod plan;
mod platform;
mod provider;
mod report;
mod seed;
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
mod world;

use std::hash::{BuildHasher as _, RandomState};
use std::process::ExitCode;

use arguments::{Arguments, USAGE};

/// A tenth quicker than the system's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A first seed that has not been used, from the system's randomness. Short enough to be typed.
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
    world::keep_panics_quiet();
    println!("seeds {} to {}", arguments.from, arguments.from.saturating_add(arguments.seeds.saturating_sub(1)));
    let (total, seconds) = many::run(&arguments);
    report::tell_broken(&arguments, &total);
    if let Some(file) = &arguments.report
        && let Err(error) = std::fs::write(file, report::markdown(&arguments, &total, seconds))
    {
        eprintln!("the summary was not written to {file}: {error}");
        return ExitCode::FAILURE;
    }
    println!("{}", report::summary(&total, seconds));
    if total.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
