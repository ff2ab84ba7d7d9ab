//! A session's recording. What its browser says over CDP becomes events, events become segments, and segments become
//! pages of an answer.
//!
//! [`Recorder`] decides and never acts, as a session does. [`Recorder::handle`] takes in what has happened, and answers
//! the commands for the browser and the [`Segment`] to store. [`Recorder::next_deadline`] says when it must be called
//! again. Everything that a browser says is hostile until it is parsed: a page chooses its titles, its addresses and
//! what it prints.

mod console;
mod har;
mod input;
mod keys;
mod log;
mod object;
mod page;
mod recorder;
mod requests;
mod script;

pub use har::Har;
pub use input::{RecorderAction, RecorderActions, RecorderInput};
pub use keys::{Cursor, RecordingPrefix, SegmentKey, is_past, root};
pub use log::Segment;
pub use page::EventPage;
pub use recorder::Recorder;
pub use script::Script;
