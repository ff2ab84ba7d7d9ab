//! What workerd offers, as the rest of the edge uses it.

pub(super) mod bucket;
pub(super) mod cdp_socket;
pub(super) mod clock;
pub(super) mod hang_up;
pub(super) mod log;
pub(super) mod names;
pub(super) mod rpc;
pub(super) mod settings;
pub(super) mod socket;
pub(super) mod sqlite;
pub(super) mod subscriber;
