//! The Durable Object of the deployment's one directory.

mod object;
