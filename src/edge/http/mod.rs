//! A request's way to its answer: parsed, authorized, and answered by one function per call.

mod address;
mod auth;
mod body;
mod caller;
mod cors;
mod devtools;
mod events;
mod health;
mod recordings;
mod response;
mod router;
mod sessions;
mod site;
mod sockets;
mod subprotocols;
mod view;

pub(super) use router::respond;
