//! What drives the engines: turns and their actions, alarms, checks, and the objects' calls to one another.
//!
//! The host decides nothing that an engine decides, and touches the world through one trait, [`Platform`]. So the same
//! code runs in a Durable Object and in the simulation. It is pure of wasm: no clock, no network, no JavaScript.

pub mod cron;
pub mod directory;
pub mod fleet;
mod note;
mod platform;
pub mod recorder;
pub mod relay;
mod semaphore;
mod timeout;

pub use note::Note;
pub use platform::{
    BrowserRequest, Bucket, CallerSignal, CdpSocket, CloseAnswer, Existence, KeyPage, Platform, PlatformError,
    Provider, Subscriber, new_id, random,
};
pub use semaphore::{Permit, Semaphore};
pub use timeout::timeout;

use crate::wire::{Code, Problem};

/// A failure of ours: noted with its cause, opaque outside.
pub fn internal(
    platform: &impl Platform,
    doing: &'static str,
    cause: &dyn std::fmt::Display,
    request_id: &str,
) -> Problem {
    platform.note(Note::Failed { doing, session: None, request_id: Some(request_id), cause });
    Problem::new(Code::Internal, format!("something went wrong here; the log knows it as {request_id}"))
}
