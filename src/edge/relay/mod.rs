//! The Durable Object of a session's sockets: those of a watched session's clients, and those of any session's viewers.

mod client_socket;
mod object;
mod pictures;
mod pipe;
mod viewer_socket;
