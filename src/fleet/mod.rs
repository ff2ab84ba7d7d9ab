//! Many sessions: limits, idempotency, deadlines, the sweep, and the only SQL text of the project.
//!
//! A turn loads, decides and saves in one transaction with no wait inside. It returns what the host must do
//! as [`Task`]s, and the outcome of a task comes back in another turn. The same SQL runs in a Durable Object and in
//! native tests, through [`Store`].

mod check;
mod claims;
mod counters;
mod create;
mod create_error;
mod deadlines;
mod directory;
mod events;
mod hour;
mod list;
mod memory;
mod queue;
mod record;
mod registration;
mod rows;
mod schema;
mod statements;
mod store;
mod turns;
mod usage;

pub use check::CHECK_EVERY;
pub use claims::unclaimed;
pub use create::Created;
pub use create_error::CreateError;
pub use deadlines::Due;
pub use directory::Directory;
pub use events::{Resumed, RetainedRange, StoredEvent};
pub use list::{ListError, SessionPage};
pub use record::{Record, Task};
pub use schema::open;
pub use store::{Row, Store, StoreError, Value};
pub use turns::{FleetError, Released, Turn};

use memory::Memory;

use crate::session::Millis;

/// A project's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FleetLimits {
    /// Sessions that may be starting or live at once.
    pub live_max: u32,
    /// How long the row of an ended session is kept.
    pub retention: Millis,
}

/// The sessions of one project.
#[derive(Debug)]
pub struct Fleet<S> {
    store: S,
    limits: FleetLimits,
    memory: Memory,
}

impl<S: Store> Fleet<S> {
    /// The fleet in a store that [`open`] has prepared. Reads nothing yet.
    pub fn new(store: S, limits: FleetLimits) -> Self {
        Self { store, limits, memory: Memory::default() }
    }

    /// The fleet's store.
    pub const fn store(&self) -> &S {
        &self.store
    }
}
