//! Tidewatch: a session service for cloud browsers that cannot leak.
//!
//! One crate, five floors; a file imports only from floors below its own:
//!
//! | floor | module | knows |
//! | --- | --- | --- |
//! | 5 | `edge` (feature `worker`), `client` (feature `client`) | the platform; never each other |
//! | 4 | `host` (feature `host`) | what drives the engines, over one trait of a platform |
//! | 3 | [`fleet`] | many sessions: limits, idempotency, deadlines, sweep, and the only SQL text |
//! | 2 | [`wire`], [`cdp`] | what both ends of the HTTP API share |
//! | 2 | [`recording`] | one browser's recording: CDP to events, events to segments, segments to pages |
//! | 1 | [`session`] | one session: ids, time, options, states, machine |
//!
//! The first three floors are pure: no clock, no network, no WebAssembly. Time, ids and randomness come in as
//! arguments, and what is to be done in the world goes out as data ([`session::Action`]). The fourth carries that out,
//! and touches the world through a trait alone, so that it runs in the simulation as it runs in production.

#[cfg(all(feature = "client", feature = "worker", target_arch = "wasm32"))]
compile_error!(
    "`client` and `worker` can't share one wasm: the Worker's builder turns every exported function into a \
     remote-callable method of the Worker. Build them one after the other."
);

pub mod cdp;
pub mod fleet;
#[cfg(feature = "host")]
pub mod host;
pub mod recording;
pub mod session;
pub mod wire;

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "worker")]
pub mod edge;
