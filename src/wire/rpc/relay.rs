//! What is asked of a session's relay.

use serde::{Deserialize, Serialize};

use super::service::service;
use crate::session::{BrowserId, PresenceReport, ProjectName, SessionId};

service! {
    /// One call to a relay.
    call RelayCall;
    /// What a relay does, beside its sockets.
    service RelayService;
    /// A request to a relay.
    method RelayMethod;

    /// Who is connected.
    presence(AskPresence) -> PresenceReport;
}

/// Asks who is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskPresence {}

/// Asks a relay for a socket, or for a picture. It travels in the request's header, since a request for an upgrade has
/// no body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelaySocket {
    /// A client's socket. Answers the socket, or the problem that the client gets.
    Open(RelayOpen),
    /// A socket for a viewer who may only look. A call of its own: an older relay would let the viewer do everything.
    View(RelayOpen),
    /// A socket for a viewer who may also use the browser.
    Interact(RelayOpen),
    /// A picture. Answers a JPEG, or the problem that the caller gets.
    Picture(RelayOpen),
}

/// A socket that is wanted, or a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayOpen {
    /// The session's project: an object does not know its own name.
    pub project: ProjectName,
    /// The session.
    pub session: SessionId,
    /// Its browser.
    pub browser: BrowserId,
    /// The tab, if it is a tab's socket.
    #[serde(default)]
    pub target: Option<BrowserId>,
    /// The picture's greatest width in pixels; 0 for a socket.
    #[serde(default)]
    pub width: u32,
    /// Goes into the log.
    pub request_id: String,
}
