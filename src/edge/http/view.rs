//! The live view's calls: a viewer's socket, and a picture.

use super::caller::Caller;
use super::response::{self, Answered};
use crate::edge::platform::rpc;
use crate::session::SessionId;
use crate::wire::{Code, Look, PictureQuery, Problem, RelayOpen, RelaySocket, Right};

/// Hands the caller a viewer's socket to a session.
///
/// # Errors
/// `session_gone`, `session_not_found`, `upgrade_required`, `too_many_viewers`, and what the provider refuses. A page
/// can't see why a socket was refused: it learns that from the same request without an upgrade.
pub(super) async fn socket(caller: &Caller<'_>, id: SessionId) -> Answered {
    let session = caller.ask_fleet(Look { session: id }).await?;
    if !caller.wants_upgrade() {
        return Err(Problem::new(Code::UpgradeRequired, "this is a WebSocket: connect with ws:// or wss://"));
    }
    // The session's own option decides first: a token can't make a read-only viewer interactive.
    let is_interactive = session.tokens.interact.is_some() && caller.right().includes(Right::Interact);
    let open = caller.relay_open(id, &session.browser, None);
    let call = if is_interactive { RelaySocket::Interact(open) } else { RelaySocket::View(open) };
    response::forward(open_at_relay(caller, &call).await?, caller.request_id())
}

/// A picture of what a session's browser shows.
///
/// # Errors
/// `session_gone`, `session_not_found`, `invalid_request`, `no_picture`, `provider_timeout`, and what the provider
/// refuses.
pub(super) async fn picture(caller: &Caller<'_>, id: SessionId) -> Answered {
    let query = PictureQuery::parse(caller.query()).map_err(Problem::invalid)?;
    let session = caller.ask_fleet(Look { session: id }).await?;
    let open = RelayOpen { width: query.width, ..caller.relay_open(id, &session.browser, None) };
    let picture = open_at_relay(caller, &RelaySocket::Picture(open)).await?;
    response::forward_jpeg(picture, caller.request_id())
}

/// Asks a session's relay for a socket, or for a picture.
///
/// # Errors
/// The relay's problem; `internal` if it does not answer.
pub(super) async fn open_at_relay(caller: &Caller<'_>, call: &RelaySocket) -> Result<worker::Response, Problem> {
    let asked = rpc::relay_socket(caller.env(), call).await;
    asked.map_err(|error| rpc::problem_of(error, "asking the relay", caller.request_id()))
}
