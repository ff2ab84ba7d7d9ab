//! What the Worker says to a project's `FleetObject`.
//!
//! Old and new code run side by side for minutes after a deployment: fields that one side does not know are ignored,
//! and fields that one side does not send have a default. The names are part of that contract.

use serde::{Deserialize, Serialize};

use super::create_request::CreateRequest;
use super::query::{ListQuery, ReleaseAllQuery};
use super::token::SessionTokens;
use crate::session::{BrowserId, Change, ProjectName, Reason, RecorderReport, Report, SessionId, Timestamp};

/// One call, and for whom it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetEnvelope {
    /// The project: an object does not know its own name.
    pub project: ProjectName,
    /// The address under which the caller reached the service.
    pub base_url: String,
    /// Goes back with the answer and into the log.
    pub request_id: String,
    /// What is asked.
    pub call: FleetCall,
}

/// What is asked of a fleet. The answer is the HTTP response that the caller gets, unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FleetCall {
    /// `POST /v1/sessions`
    Create {
        /// The parsed request.
        request: Box<CreateRequest>,
    },
    /// `GET /v1/sessions/{id}`
    Get {
        /// Which.
        id: SessionId,
    },
    /// `GET /v1/sessions`
    List {
        /// Which, and how many.
        query: ListQuery,
    },
    /// `PATCH /v1/sessions/{id}`
    Change {
        /// Which.
        id: SessionId,
        /// The new values.
        change: Change,
    },
    /// `POST /v1/sessions/{id}/release`
    Release {
        /// Which.
        id: SessionId,
    },
    /// `POST /v1/sessions/release`
    ReleaseAll {
        /// Which.
        query: ReleaseAllQuery,
    },
    /// `POST /v1/sessions/release?idempotencyKeyPrefix=…`. A call of its own: an older fleet would not know the prefix, and
    /// release all that the rest of the query matches. A call that it does not know it refuses.
    ReleaseCreated {
        /// Which.
        query: ReleaseAllQuery,
    },
    /// `GET /v1/usage`
    Usage {
        /// Which periods, for [`super::UsageQuery::parse`].
        query: String,
    },
    /// `WS /v1/events`. The request asks for an upgrade.
    Listen {
        /// The last event that the listener has seen; `None` for one that wants to hear what comes from now on.
        #[serde(default)]
        seen: Option<i64>,
        /// Whether it has offered our subprotocol.
        #[serde(default)]
        protocol: bool,
    },
    /// May this session be connected to now, and where is its browser? Answers a [`Connectable`].
    Connect {
        /// Which.
        id: SessionId,
    },
    /// The same for somebody who only looks: that is no sign of the session's owner.
    Look {
        /// Which.
        id: SessionId,
    },
    /// A relay says who is connected. Answers nothing; 410 once the session is over.
    ClientsSeen {
        /// Whose clients.
        id: SessionId,
        /// Who, and since when.
        report: Report,
    },
    /// A client sent `Browser.close` through a relay. Answers nothing.
    ClosedByClient {
        /// Whose browser.
        id: SessionId,
    },
    /// A relay's socket to the browser has closed: is the browser gone? Answers an [`EndedAs`].
    SocketLost {
        /// Whose browser.
        id: SessionId,
    },
    /// A recorder says how far it has come. Answers nothing; 410 once the session is over.
    RecorderSeen {
        /// Whose recorder.
        id: SessionId,
        /// How far.
        report: RecorderReport,
    },
    /// Where is the recording of this session? Answers a [`Recorded`].
    Recording {
        /// Which.
        id: SessionId,
    },
    /// Which of these browsers are this project's? Answers [`Claims`].
    Claims {
        /// All that are asked about.
        browsers: Vec<BrowserId>,
    },
    /// The cron trigger's net. Answers a [`SweepReport`].
    Sweep,
}

/// What a project says of the browsers that it is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Those that it owns, or is closing.
    pub mine: Vec<BrowserId>,
    /// Since when the oldest start is under way; its browser may be any that nobody knows.
    #[serde(default)]
    pub starting_since: Option<Timestamp>,
}

/// A live session's browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connectable {
    /// The provider's name for it.
    pub browser: BrowserId,
    /// For the URLs in answers.
    pub tokens: SessionTokens,
    /// Whether its sockets go through its relay.
    #[serde(default)]
    pub watched: bool,
}

/// Why a session is over, for the close code that its clients get; `None` while it is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedAs {
    /// The reason.
    #[serde(default)]
    pub reason: Option<Reason>,
}

/// A session's recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// When its first recorder was started.
    pub since: Timestamp,
    /// Whether nothing will be added any more.
    pub is_over: bool,
}

/// What a sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepReport {
    /// Sessions whose deadline had passed.
    #[serde(default)]
    pub overdue: u32,
    /// Browsers whose close the provider has not confirmed.
    #[serde(default)]
    pub closing: u32,
    /// Whether nothing is starting, live or closing, so that the project needs no more sweeps until its next create.
    #[serde(default)]
    pub idle: bool,
}

#[cfg(test)]
mod tests {
    use super::super::typed::from_json;
    use super::*;

    #[test]
    fn fields_of_a_later_version_are_ignored() {
        let text = r#"{"project":"p","base_url":"http://h","request_id":"r","later":1,
                       "call":{"get":{"id":"0192f0c1-7b3c-7000-8000-00000000000a","later":2}}}"#;
        let read: FleetEnvelope = from_json(text).unwrap();
        assert!(matches!(read.call, FleetCall::Get { .. }));
    }

    #[test]
    fn the_names_on_the_wire_persist() {
        let call = FleetCall::ReleaseAll { query: ReleaseAllQuery::default() };
        let text = serde_json::to_string(&call).unwrap();
        assert_eq!(
            text,
            r#"{"release_all":{"query":{"owner":null,"metadata":{},"created_before":null,"dry_run":false}}}"#
        );
        // An older fleet must not take this one for the other.
        let query = ReleaseAllQuery { key_prefix: Some("a".to_owned()), ..ReleaseAllQuery::default() };
        let value = serde_json::to_value(FleetCall::ReleaseCreated { query }).unwrap();
        assert_eq!(value["release_created"]["query"]["key_prefix"], "a");
        assert_eq!(serde_json::to_string(&FleetCall::Sweep).unwrap(), r#""sweep""#);
    }
}
