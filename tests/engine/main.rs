//! The engine's tests, in one binary: each further binary would have to link SQLite again.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod close_codes;
mod fleet_check;
mod fleet_claims;
mod fleet_create;
mod fleet_deadlines;
mod fleet_events;
mod fleet_list;
mod fleet_properties;
mod fleet_queue;
mod fleet_registration;
mod fleet_release_all;
mod fleet_store;
mod fleet_usage;
mod options;
mod recording;
mod session_machine;
mod session_properties;
mod session_watch;
#[path = "../support/mod.rs"]
mod support;
mod viewer;
