//! A session's recording: what its browser says over CDP becomes events, events become segments, and segments become
//! pages of an answer.
//!
//! [`Recorder`] decides and never acts: messages of one browser-level CDP socket go in, commands for it come out, and
//! what was recorded waits in its [`Log`] until it is taken as a [`Segment`]. Everything that a browser says is hostile
//! until it is parsed: a page has a say in titles, addresses and what it prints.

mod console;
mod har;
mod keys;
mod log;
mod object;
mod page;
mod recorder;
mod requests;
mod script;

pub use har::Har;
pub use keys::{Cursor, Place, SegmentKey, is_past, root};
pub use log::{Log, Segment};
pub use page::Page;
pub use recorder::Recorder;
pub use script::Script;
