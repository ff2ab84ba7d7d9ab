//! What the fleet says to a session's `RecorderObject`.

use serde::{Deserialize, Serialize};

use crate::session::{BrowserId, ProjectName, RecordingWish, SessionId, Timestamp};

/// What is to be recorded, and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecorderStart {
    /// The session's project: an object does not know its own name.
    pub project: ProjectName,
    /// The session.
    pub session: SessionId,
    /// Its browser.
    pub browser: BrowserId,
    /// Goes back with each report.
    pub run: u32,
    /// When the session's first recorder was started.
    pub since: Timestamp,
    /// How to record.
    pub wish: RecordingWish,
}
