//! The Worker: HTTP at the front, Durable Objects behind, a provider of browsers at the back.
//!
//! These are shells: they read the clock, call the network, and hand what they learn to the host.
//!
//! | folder | what | imports |
//! | --- | --- | --- |
//! | `http/` | a request's way to its answer: one file per group of calls | `platform`, `provider` |
//! | `fleet/`, `directory/`, `relay/`, `recorder/` | the Durable Objects: shells around the host | `world`, `platform`, `provider` |
//! | `world.rs` | the host's `Platform`, as workerd has it | `platform`, `provider` |
//! | `provider/` | where browsers come from | `platform` |
//! | `platform/` | clock, settings, sockets, SQLite, R2, and the way to each object | – |

mod directory;
mod fleet;
mod http;
mod platform;
mod provider;
mod recorder;
mod relay;
mod world;

use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

use crate::host::cron;

/// Every HTTP request. Total: what goes wrong is a problem, never an error of the platform's.
///
/// # Errors
/// Only if the platform can't make a response at all.
#[event(fetch)]
pub async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    http::respond(request, env).await
}

/// The cron trigger, each minute: the safety net. It has no way to report an error, so errors are logged.
#[event(scheduled)]
pub async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    cron::sweep_all(&world::WorkerWorld::new(env)).await;
}
