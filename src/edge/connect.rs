//! CDP sockets: checked, then handed on as they are, or to the relay of a session that is watched. No message passes
//! through here.

use worker::{Env, WebSocket};

use super::answer::Answered;
use super::devtools;
use super::provider::Provider;
use super::relay_stub;
use super::router::Caller;
use crate::cdp;
use crate::session::{BrowserId, Failure, SessionId};
use crate::wire::{Code, Connectable, FleetCall, Problem, RelayCall, TargetId};

/// The session has ended between the question and the upgrade.
const RELEASED_BY_ANOTHER: u16 = 4002;

/// Hands the caller a socket to a session's browser, or to one of its tabs.
///
/// # Errors
/// `upgrade_required`, `session_gone`, `session_not_found`, and what the provider refuses.
pub(super) async fn socket(caller: &Caller<'_>, id: SessionId, target: Option<&TargetId>) -> Answered {
    if !caller.wants_upgrade() {
        return Err(Problem::new(Code::UpgradeRequired, "this is a WebSocket: connect with ws:// or wss://"));
    }
    let session = may_connect(caller, id).await?;
    if session.watched {
        let open = caller.relay_open(id, &session.browser, target);
        return caller.passed_on(relay_stub::open(caller.env(), open, RelayCall::Open).await);
    }
    let socket = open(caller.env(), &session.browser, target).await?;
    // The session may have ended while the socket was opened. From the moment when its end is written no connect is
    // authorized, and the close of the browser cuts what slipped in between.
    if let Err(problem) = may_connect(caller, id).await {
        let _already_closed = socket.accept().and_then(|()| socket.close(Some(RELEASED_BY_ANOTHER), Some("released")));
        return Err(problem);
    }
    // An answer of its own: the provider's headers name its browser.
    caller.socket(socket)
}

/// The browser of a session, if it may be connected to now.
///
/// # Errors
/// `session_gone`, `session_not_found`.
pub(super) async fn may_connect(caller: &Caller<'_>, id: SessionId) -> Result<Connectable, Problem> {
    caller.ask_fleet(FleetCall::Connect(id)).await
}

/// A socket to a browser, or to one of its tabs; not accepted yet.
///
/// # Errors
/// `target_not_found`, and what the provider refuses.
pub(super) async fn open(env: &Env, browser: &BrowserId, target: Option<&TargetId>) -> Result<WebSocket, Problem> {
    let opened = async { Provider::of(env)?.connect(browser, target.map(TargetId::as_str)).await };
    match opened.await {
        Ok(socket) => Ok(socket),
        Err(failure) => Err(refused(env, browser, target, &failure).await),
    }
}

/// Why there is no socket. Providers do not tell an unknown tab from a failure: the list of tabs does.
async fn refused(env: &Env, browser: &BrowserId, target: Option<&TargetId>, failure: &Failure) -> Problem {
    if let Some(target) = target
        && let Ok(targets) = devtools::targets(env, browser).await
        && !cdp::has_target(&targets, target)
    {
        return Problem::new(Code::TargetNotFound, "this session's browser has no such tab");
    }
    Problem::from_failure(failure)
}
