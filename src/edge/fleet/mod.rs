//! The Durable Object of a project's fleet.

mod object;
