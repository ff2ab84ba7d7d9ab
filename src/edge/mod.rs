//! The Worker: HTTP at the front, Durable Objects behind, a provider of browsers at the back.
//!
//! Nothing is decided here that could be decided below: these are the shells that read the clock, call the network and
//! hand what they learn to the engine.

mod address;
mod answer;
mod auth;
mod body;
mod clock;
mod connect;
mod cors;
mod cron;
mod devtools;
mod directory_core;
mod directory_object;
mod directory_stub;
mod fleet_calls;
mod fleet_check;
mod fleet_core;
mod fleet_object;
mod fleet_stub;
mod hang_up;
mod listen;
mod listeners;
mod names;
mod object_call;
mod object_store;
mod pictures;
mod pipe;
mod provider;
mod raw_socket;
mod relay;
mod relay_object;
mod relay_stub;
mod router;
mod settings;
mod slots;
mod timed;
mod view;
mod viewers;

use worker::{Context, Env, Request, Response, ScheduleContext, ScheduledEvent, event};

/// Every HTTP request. Total: what goes wrong is a problem, never an error of the platform's.
///
/// # Errors
/// Only if the platform can't make a response at all.
#[event(fetch)]
pub async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    router::respond(request, env).await
}

/// The cron trigger, each minute: the last net. It has no way to report an error, so errors are logged.
#[event(scheduled)]
pub async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    cron::sweep_all(&env).await;
}
