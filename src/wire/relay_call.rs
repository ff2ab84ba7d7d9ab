//! What the Worker and the fleet say to a session's `RelayObject`.

use serde::{Deserialize, Serialize};

use crate::session::{BrowserId, ProjectName, SessionId};

/// What is asked of a relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayCall {
    /// Open a socket for a client. Answers the socket, or the problem that the client gets.
    Open(RelayOpen),
    /// Who is connected? Answers a [`crate::session::Report`].
    Ask,
}

/// A socket that a client wants.
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
    /// Goes back with the answer and into the log.
    pub request_id: String,
}
