//! Shared by the native tests: stores, and drivers that own the clock.
//!
//! | file | what |
//! | --- | --- |
//! | `machine` | a driver for one session's state machine and its clock |
//! | `fleet` | a driver for a fleet and its clock |
//! | `audit` | the invariants of a fleet's tables |
//! | `sqlite` | the `Store` over a native SQLite |
//! | `failing` | a `Store` that fails on request |

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod audit;
mod failing;
mod fleet;
mod machine;
mod sqlite;

pub use audit::{audit, audit_history, dump, records};
pub use failing::FailingStore;
pub use fleet::{DAY, FleetDriver, LIMITS, MINUTE, OPTIONS_LIMITS, SECOND, names, request, tokens};
pub use machine::{BROWSER, Machine, START, WINDOW, announced, browser, failure, with_stored};
pub use sqlite::{SqliteStore, failed, rows_of};
