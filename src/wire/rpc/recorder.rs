//! What is asked of a session's recorder.

use serde::{Deserialize, Serialize};

use super::service::service;
use crate::session::{BrowserId, ProjectName, RecordingWish, SessionId, Timestamp};

service! {
    /// One call to a recorder.
    call RecorderCall;
    /// What a recorder does.
    service RecorderService;
    /// A request to a recorder.
    method RecorderMethod;

    /// Starts it. One that records already goes on under the new run. Answers at once.
    start(StartRecorder) -> ();
}

/// What is to be recorded, and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRecorder {
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
