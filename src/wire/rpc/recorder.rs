//! What is asked of a session's recorder.

use serde::{Deserialize, Serialize};

use super::service::service;
use crate::session::{BrowserId, ProjectName, RecordingOptions, SessionId, Timestamp};

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
    #[serde(rename = "wish", alias = "options")]
    pub options: RecordingOptions,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_sent_under_a_name_that_persists_and_read_under_both() {
        let start = StartRecorder {
            project: ProjectName::parse("crawlers").unwrap(),
            session: SessionId::parse("0192f0c1-7b3c-7000-8000-00000000000a").unwrap(),
            browser: BrowserId::parse("b-1").unwrap(),
            run: 1,
            since: Timestamp::from_millis(5),
            options: RecordingOptions { mask_inputs: true },
        };
        let sent = serde_json::to_value(&start).unwrap();
        assert_eq!(sent["wish"], true);
        let renamed = sent.to_string().replace("\"wish\"", "\"options\"");
        assert_ne!(renamed, sent.to_string());
        assert_eq!(serde_json::from_str::<StartRecorder>(&renamed).unwrap(), start);
        assert_eq!(serde_json::from_value::<StartRecorder>(sent).unwrap(), start);
    }
}
