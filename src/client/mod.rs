//! The client of the HTTP API, for browsers, bundlers and Node.
//!
//! It shares [`crate::session`] and [`crate::wire`] with the Worker and knows nothing of [`crate::fleet`].
