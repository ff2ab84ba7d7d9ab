//! What goes into a recorder, and what comes out.

use super::{Script, Segment};

/// A fact or a command for a recorder.
#[derive(Debug)]
pub enum RecorderInput<'a> {
    /// A socket to the browser is open. This script is put into each document.
    SocketOpened {
        /// The script with its options.
        script: Script,
    },
    /// The socket to the browser has closed, or could not be opened.
    SocketClosed,
    /// The browser has sent a message.
    MessageReceived(&'a str),
    /// The segment that was to be stored is stored.
    SegmentStored,
    /// The segment that was to be stored is lost.
    SegmentLost,
    /// The session has ended. Buffered events are stored, and nothing more is recorded.
    SessionEnded,
    /// The time of `next_deadline()` has come.
    DeadlineReached,
}

/// What the host must do for a recorder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecorderAction {
    /// Send the browser this command.
    SendCommand(String),
    /// Store this segment. Answers with `SegmentStored` or `SegmentLost`; until then there is no other one.
    StoreSegment(Segment),
}

/// Actions, in the order in which the host must start them.
#[must_use = "a segment that is not stored is a gap, and no other one is stored after it"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecorderActions(pub(super) Vec<RecorderAction>);

impl IntoIterator for RecorderActions {
    type Item = RecorderAction;
    type IntoIter = std::vec::IntoIter<RecorderAction>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
