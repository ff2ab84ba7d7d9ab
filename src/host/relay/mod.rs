//! The sockets that go through a session's own object: those of a watched session's clients, and those of any session's
//! viewers. The platform pumps their messages; here is what their coming and going means.

mod clients;
mod connection;
mod session_fleet;
mod viewers;

pub use clients::RelayHost;
pub use connection::{Connection, ConnectionEnd, close_as_left, close_as_lost};
pub use viewers::{VIEWERS_MAX, ViewersHost};
