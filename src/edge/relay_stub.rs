//! The way to a session's relay.

use worker::{Env, Headers, Response, web_sys};

use super::{names, object_call};
use crate::session::{ProjectName, Report, SessionId};
use crate::wire::{RelayCall, RelayOpen};

/// A call travels in a header: a request for a socket has no body.
pub(super) const CALL_HEADER: &str = "x-tidewatch-relay";

/// Asks a session's relay for what is wanted of it. The answer is what the caller gets.
///
/// # Errors
/// If the object can't be reached.
pub(super) async fn open(env: &Env, open: RelayOpen, wanted: fn(RelayOpen) -> RelayCall) -> worker::Result<Response> {
    let name = names::relay(&open.project, open.session);
    send(env, &name, &wanted(open)).await
}

/// Asks a session's relay who is connected; `None` if it does not say.
pub(super) async fn ask(env: &Env, project: &ProjectName, session: SessionId) -> Option<Report> {
    let answer = send(env, &names::relay(project, session), &RelayCall::Ask).await;
    object_call::read(&mut answer.ok()?).await.ok()
}

async fn send(env: &Env, name: &str, call: &RelayCall) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set(CALL_HEADER, &serde_json::to_string(call)?)?;
    if matches!(call, RelayCall::Open(_) | RelayCall::View(_) | RelayCall::Interact(_)) {
        headers.set("upgrade", "websocket")?;
    }
    let init = web_sys::RequestInit::new();
    init.set_headers(&headers.0);
    let request = web_sys::Request::new_with_str_and_init("http://relay/", &init)?;
    env.durable_object(names::RELAY)?.get_by_name(name)?.fetch_with_request(request.into()).await
}
