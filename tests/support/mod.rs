//! What the native tests share: a store, and drivers that own time.
//!
//! | file | what |
//! | --- | --- |
//! | `machine` | one session's machine and its clock |
//! | `fleet` | a fleet and its clock |
//! | `audit` | what must hold in a fleet's tables at any time |
//! | `sqlite` | the `Store` over a native SQLite |
//! | `failing` | a `Store` that fails when it is told to |

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod audit;
mod failing;
mod fleet;
mod machine;
mod sqlite;

pub use audit::{audit, audit_told, dump, records};
pub use failing::FailingStore;
pub use fleet::{DAY, FleetDriver, LIMITS, MINUTE, OPTIONS_LIMITS, SECOND, names, request, tokens};
pub use machine::{BROWSER, Machine, START, WINDOW, announced, browser, failure, with_stored};
pub use sqlite::{SqliteStore, failed, rows_of};
