//! CDP sockets: checked, then handed on as they are, or to the relay of a session that is watched. No message passes
//! through here.

use super::caller::Caller;
use super::response::{self, Answered};
use super::view::open_at_relay;
use crate::edge::provider;
use crate::session::SessionId;
use crate::wire::{Code, Connect, Problem, RelaySocket, TargetId};

/// The session has ended between the question and the upgrade.
const RELEASED_BY_ANOTHER: u16 = 4002;

/// Hands the caller a socket to a session's browser, or to one of its tabs.
///
/// # Errors
/// `upgrade_required`, `session_gone`, `session_not_found`, and what the provider refuses.
pub(super) async fn open(caller: &Caller<'_>, id: SessionId, target: Option<&TargetId>) -> Answered {
    if !caller.wants_upgrade() {
        return Err(Problem::new(Code::UpgradeRequired, "this is a WebSocket: connect with ws:// or wss://"));
    }
    let session = caller.ask_fleet(Connect { session: id }).await?;
    if session.watched {
        let call = RelaySocket::Open(caller.relay_open(id, &session.browser, target));
        return response::forward(open_at_relay(caller, &call).await?, caller.request_id());
    }
    let socket = provider::open_socket(caller.env(), &session.browser, target).await?;
    // The session may have ended while the socket was opened. From the moment when its end is written no connect is
    // authorized, and the close of the browser cuts what slipped in between.
    if let Err(problem) = caller.ask_fleet(Connect { session: id }).await {
        let _already_closed = socket.accept().and_then(|()| socket.close(Some(RELEASED_BY_ANOTHER), Some("released")));
        return Err(problem);
    }
    // An answer of its own: the provider's headers name its browser.
    response::socket(socket, caller.request_id())
}
