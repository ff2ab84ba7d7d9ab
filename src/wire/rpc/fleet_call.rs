//! What the Worker says to a project's `FleetObject`.
//!
//! Old and new code run side by side for minutes after a deployment: fields that one side does not know are ignored,
//! and fields that one side does not send have a default. The names are part of that contract. A call that means or holds
//! something else than before gets another name: one that it does not know a fleet refuses.

use serde::{Deserialize, Serialize};

use crate::session::{BrowserId, Change, ProjectName, Reason, RecorderReport, Report, SessionId, Timestamp};
use crate::wire::auth::SessionTokens;
use crate::wire::http::CreateRequest;

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
///
/// Without names for what a call holds: each struct of names is a kilobyte of the Worker, and what is added to a call that
/// has one value goes into another call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FleetCall {
    /// `POST /v1/sessions`, with the parsed request.
    Create(Box<CreateRequest>),
    /// `GET /v1/sessions/{id}`
    Get(SessionId),
    /// `GET /v1/sessions`, with its query, for [`crate::wire::ListQuery::parse`].
    List(String),
    /// `PATCH /v1/sessions/{id}`, with the new values.
    Change(SessionId, Change),
    /// `POST /v1/sessions/{id}/release`
    Release(SessionId),
    /// `POST /v1/sessions/release`, with its query, for [`crate::wire::ReleaseAllQuery::parse`]. A fleet refuses a filter that it does
    /// not know, and so does an older one: nothing is released that a newer filter would have spared.
    ReleaseAll(String),
    /// `GET /v1/usage`, with its query, for [`crate::wire::UsageQuery::parse`].
    Usage(String),
    /// `WS /v1/events`. The request asks for an upgrade.
    Listen(Listen),
    /// May this session be connected to now, and where is its browser? Answers a [`Connectable`].
    Connect(SessionId),
    /// The same for somebody who only looks: that is no sign of the session's owner.
    Look(SessionId),
    /// A relay says who is connected to this session, and since when. Answers nothing; 410 once the session is over.
    ClientsSeen(SessionId, Report),
    /// A client sent `Browser.close` to this session's browser through a relay. Answers nothing.
    ClosedByClient(SessionId),
    /// A relay's socket to this session's browser has closed: is the browser gone? Answers an [`EndedAs`].
    SocketLost(SessionId),
    /// A recorder of this session says how far it has come. Answers nothing; 410 once the session is over.
    RecorderSeen(SessionId, RecorderReport),
    /// Where is the recording of this session? Answers a [`Recorded`].
    Recording(SessionId),
    /// Which of these browsers, all that are asked about, are this project's? Answers [`Claims`].
    Claims(Vec<BrowserId>),
    /// The cron trigger's net. Answers a [`SweepReport`].
    Sweep,
}

/// Who wants to hear of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listen {
    /// The last event that the listener has seen; `None` for one that wants to hear what comes from now on.
    #[serde(default)]
    pub seen: Option<i64>,
    /// Whether it has offered our subprotocol.
    #[serde(default)]
    pub protocol: bool,
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
    use super::*;
    use crate::session::Millis;
    use crate::wire::json::from_json;

    #[test]
    fn fields_of_a_later_version_are_ignored() {
        let text = r#"{"project":"p","base_url":"http://h","request_id":"r","later":1,
                       "call":{"listen":{"seen":7,"later":2}}}"#;
        let read: FleetEnvelope = from_json(text).unwrap();
        assert_eq!(read.call, FleetCall::Listen(Listen { seen: Some(7), protocol: false }));
    }

    #[test]
    fn the_names_on_the_wire_persist() {
        let id = SessionId::parse("0192f0c1-7b3c-7000-8000-00000000000a").unwrap();
        let change = Change { timeout: Some(Millis::new(5_000)), ..Change::default() };
        for (call, text) in [
            (FleetCall::Get(id), r#"{"get":"0192f0c1-7b3c-7000-8000-00000000000a"}"#),
            (FleetCall::ReleaseAll("dryRun=true".to_owned()), r#"{"release_all":"dryRun=true"}"#),
            (
                FleetCall::Change(id, change),
                r#"{"change":["0192f0c1-7b3c-7000-8000-00000000000a",
                    {"timeout":5000,"inactivity_timeout":null,"metadata":null}]}"#,
            ),
            (FleetCall::Sweep, r#""sweep""#),
        ] {
            let written = serde_json::to_string(&call).unwrap();
            assert_eq!(written, text.replace("\n                    ", ""));
            assert_eq!(from_json::<FleetCall>(&written).unwrap(), call);
        }
    }
}
