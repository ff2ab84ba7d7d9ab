//! What is asked of a project's fleet.

use serde::{Deserialize, Serialize};

use super::service::service;
use crate::session::{self, BrowserId, PresenceReport, ProjectName, Reason, RecorderReport, SessionId, Timestamp};
use crate::wire::{CreateRequest, ReleaseAllAnswer, ReleaseAnswer, SessionList, SessionTokens, SessionView, UsageView};

/// For whom a call is made. It travels beside each call to a fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallContext {
    /// The project: an object does not know its own name.
    pub project: ProjectName,
    /// The address under which the caller reached the service, for the URLs in answers. Empty for calls between
    /// objects.
    #[serde(default)]
    pub base_url: String,
    /// Goes into the log.
    pub request_id: String,
}

service! {
    /// One call to a fleet.
    call FleetCall;
    /// What a project's fleet does.
    service FleetService;
    /// A request to a fleet.
    method FleetMethod;

    /// `POST /v1/sessions`: takes a slot and starts a browser, or finds the session of the same request.
    create(Create) -> Created;
    /// `GET /v1/sessions/{id}`
    get(Get) -> SessionView;
    /// `GET /v1/sessions`
    list(List) -> SessionList;
    /// `PATCH /v1/sessions/{id}`
    change(Change) -> SessionView;
    /// `POST /v1/sessions/{id}/release`
    release(Release) -> ReleaseAnswer;
    /// `POST /v1/sessions/release`
    release_all(ReleaseAll) -> ReleaseAllAnswer;
    /// `GET /v1/usage`
    usage(GetUsage) -> UsageView;
    /// Where a session's browser is, for a client that connects now. Counts as a sign of the session's owner.
    connect(Connect) -> Connectable;
    /// The same for a viewer: no sign of the session's owner.
    look(Look) -> Connectable;
    /// A relay reports who is connected. `session_gone` once the session is over.
    report_clients(ReportClients) -> ();
    /// A client sent `Browser.close` through a relay. `session_gone` once the session is over.
    closed_by_client(ClosedByClient) -> ();
    /// A socket to a session's browser has closed: is the browser gone?
    socket_lost(SocketLost) -> EndedAs;
    /// A recorder reports how far it has come. `session_gone` once the session is over.
    recorder_seen(RecorderSeen) -> ();
    /// Where the recording of a session is.
    find_recording(FindRecording) -> Recorded;
    /// Which of some browsers are this project's.
    which_are_mine(WhichAreMine) -> Claims;
    /// The cron trigger's safety net: carries out what is overdue.
    sweep(Sweep) -> SweepReport;
}

/// Asks for a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    /// The parsed request.
    pub request: Box<CreateRequest>,
}

/// Asks for one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Get {
    /// Which one.
    pub session: SessionId,
}

/// Asks for a page of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The request's query, for [`crate::wire::ListQuery::parse`].
    pub query: String,
}

/// Changes limits or labels of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which one.
    pub session: SessionId,
    /// The new values.
    pub change: session::Change,
}

/// Ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Which one.
    pub session: SessionId,
}

/// Ends every session that matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseAll {
    /// The request's query, for [`crate::wire::ReleaseAllQuery::parse`]. A fleet refuses a filter that it does not
    /// know, and so does an older one: nothing is released that a newer filter would have spared.
    pub query: String,
}

/// Asks for the project's usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetUsage {
    /// The request's query, for [`crate::wire::UsageQuery::parse`].
    pub query: String,
}

/// Asks where a session's browser is, for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connect {
    /// Which session.
    pub session: SessionId,
}

/// Asks where a session's browser is, for a viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Which session.
    pub session: SessionId,
}

/// Reports who is connected to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportClients {
    /// Which session.
    pub session: SessionId,
    /// All that its relay knows.
    pub report: PresenceReport,
}

/// Reports that a client closed the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedByClient {
    /// Which session's.
    pub session: SessionId,
}

/// Reports that a socket to a session's browser has closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketLost {
    /// Which session's.
    pub session: SessionId,
}

/// Reports how far a recorder has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecorderSeen {
    /// Which session's.
    pub session: SessionId,
    /// All that it knows.
    pub report: RecorderReport,
}

/// Asks where a session's recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindRecording {
    /// Which session's.
    pub session: SessionId,
}

/// Asks which of some browsers are the project's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhichAreMine {
    /// All browsers in question.
    pub browsers: Vec<BrowserId>,
}

/// Asks for a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {}

/// Asks for a socket on which the project's events come. It travels in the header of a request for an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetSubscribe {
    /// The last event that the subscriber has seen; `None` for one that wants what comes from now on.
    #[serde(default)]
    pub seen: Option<i64>,
    /// Whether it has offered our subprotocol.
    #[serde(default)]
    pub protocol: bool,
}

/// The answer to a create.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// The session, live.
    pub session: SessionView,
    /// False for the session of an earlier request with the same key or id.
    pub is_new: bool,
}

/// What a project says about browsers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Those that it owns, or is closing.
    pub mine: Vec<BrowserId>,
    /// When its oldest start that is under way began; the browser of that start may be any that nobody knows.
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
    /// Whether it is over: nothing will be added.
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

    #[test]
    fn fields_of_a_later_version_are_ignored() {
        let read: FleetSubscribe = serde_json::from_str(r#"{"seen":7,"later":2}"#).unwrap();
        assert_eq!(read, FleetSubscribe { seen: Some(7), protocol: false });
        let read: CallContext = serde_json::from_str(r#"{"project":"p","request_id":"r","later":1}"#).unwrap();
        assert_eq!((read.project.as_str(), read.base_url.as_str()), ("p", ""));
    }

    #[test]
    fn the_names_on_the_wire_persist() {
        let session = SessionId::parse("0192f0c1-7b3c-7000-8000-00000000000a").unwrap();
        let change = session::Change { timeout: Some(Millis::new(5_000)), ..session::Change::default() };
        let table: [(FleetCall, &str); 4] = [
            (Get { session }.into(), r#"{"get":{"session":"0192f0c1-7b3c-7000-8000-00000000000a"}}"#),
            (ReleaseAll { query: "dryRun=true".to_owned() }.into(), r#"{"release_all":{"query":"dryRun=true"}}"#),
            (
                Change { session, change }.into(),
                r#"{"change":{"session":"0192f0c1-7b3c-7000-8000-00000000000a","change":{"timeout":5000,"inactivity_timeout":null,"metadata":null}}}"#,
            ),
            (Sweep {}.into(), r#"{"sweep":{}}"#),
        ];
        for (call, text) in table {
            assert_eq!(serde_json::to_string(&call).unwrap(), text);
            assert_eq!(serde_json::from_str::<FleetCall>(text).unwrap(), call);
        }
    }
}
