//! The Durable Object of a session's recorder.

mod object;
