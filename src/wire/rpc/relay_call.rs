//! What the Worker and the fleet say to a session's `RelayObject`.

use serde::{Deserialize, Serialize};

use crate::session::{BrowserId, ProjectName, SessionId};

/// What is asked of a relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayCall {
    /// Open a socket for a client. Answers the socket, or the problem that the client gets.
    Open(RelayOpen),
    /// Open a socket for a viewer who may look, and who is no client. Answers as for a client. A call of its own: an older
    /// relay would let the viewer do everything.
    View(RelayOpen),
    /// The same for one who may also use the browser.
    Interact(RelayOpen),
    /// Take a picture. Answers it, or the problem that the caller gets.
    Picture(RelayOpen),
    /// Who is connected? Answers a [`crate::session::Report`].
    Ask,
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
    /// How wide the picture is at most, in pixels, if it is one.
    #[serde(default)]
    pub width: u32,
    /// Goes back with the answer and into the log.
    pub request_id: String,
}
