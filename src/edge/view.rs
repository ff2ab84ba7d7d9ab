//! The live view's calls: a viewer's socket, and a picture.

use super::answer::Answered;
use super::relay_stub;
use super::router::Caller;
use crate::session::SessionId;
use crate::wire::{Code, Connectable, FleetCall, Problem, RelayCall, RelayOpen, Right};

/// Hands the caller a viewer's socket to a session.
///
/// # Errors
/// `session_gone`, `session_not_found`, `upgrade_required`, `too_many_viewers`, and what the provider refuses. A page can't
/// see why a socket was refused: the same request without an upgrade tells it.
pub(super) async fn socket(caller: &Caller<'_>, id: SessionId) -> Answered {
    let session = look(caller, id).await?;
    if !caller.wants_upgrade() {
        return Err(Problem::new(Code::UpgradeRequired, "this is a WebSocket: connect with ws:// or wss://"));
    }
    // Whatever the token allows: no session is used through its viewer unless it was created so.
    let is_interactive = session.tokens.interact.is_some() && caller.right().includes(Right::Interact);
    let wanted = if is_interactive { RelayCall::Interact } else { RelayCall::View };
    let open = caller.relay_open(id, &session.browser, None);
    caller.passed_on(relay_stub::open(caller.env(), open, wanted).await)
}

/// A picture of what a session's browser shows.
///
/// # Errors
/// `session_gone`, `session_not_found`, `no_picture`, `provider_timeout`, and what the provider refuses.
pub(super) async fn picture(caller: &Caller<'_>, id: SessionId, width: u32) -> Answered {
    let session = look(caller, id).await?;
    let open = RelayOpen { width, ..caller.relay_open(id, &session.browser, None) };
    caller.passed_on(relay_stub::open(caller.env(), open, RelayCall::Picture).await)
}

async fn look(caller: &Caller<'_>, id: SessionId) -> Result<Connectable, Problem> {
    caller.ask_fleet(FleetCall::Look(id)).await
}
