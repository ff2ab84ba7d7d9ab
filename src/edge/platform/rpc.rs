//! Calls to Durable Objects: JSON there, a typed answer or a problem back.
//!
//! A short call travels in a header: a request without a body saves both sides a stream, and a tenth of the time.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::wasm_bindgen::JsValue;
use worker::{Env, Headers, Request, Response, ResponseBody, WebSocket, web_sys};

use super::hang_up::HangUp;
use super::log::internal;
use super::names::{self, ObjectName};
use crate::session::{ProjectName, SessionId};
use crate::wire::{
    CallContext, CallError, DirectoryCall, DirectoryMethod, FleetCall, FleetMethod, FleetSubscribe, Problem,
    RecorderCall, RecorderMethod, RelayCall, RelayMethod, RelaySocket,
};

const CALL: &str = "x-tidewatch-call";
/// A request for a socket, or for a picture, has no body: its call is here.
const SOCKET_CALL: &str = "x-tidewatch-socket";
/// Well below the platform's limit for a header.
const HEADER_BYTES_MAX: usize = 2048;
/// The status of an object's answer that is a problem.
const REFUSED: u16 = 409;

/// What is sent to a fleet.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::edge) struct FleetEnvelope {
    /// For whom.
    pub context: CallContext,
    /// What is asked.
    pub call: FleetCall,
}

/// A request for a socket on which a project's events come.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::edge) struct SubscribeEnvelope {
    /// For whom.
    pub context: CallContext,
    /// What is asked.
    pub subscribe: FleetSubscribe,
}

/// Calls a project's fleet.
pub(in crate::edge) async fn fleet<M: FleetMethod>(
    env: &Env,
    context: CallContext,
    call: M,
) -> Result<M::Answer, CallError> {
    read(fleet_response(env, context, call.into(), None).await).await
}

/// Calls a project's fleet for a caller: the fleet learns when that caller hangs up.
pub(in crate::edge) async fn fleet_for<M: FleetMethod>(
    env: &Env,
    context: CallContext,
    call: M,
    caller: &HangUp,
) -> Result<M::Answer, CallError> {
    read(fleet_response(env, context, call.into(), Some(caller)).await).await
}

/// Calls a project's fleet. The answer stays JSON: it is what the caller gets.
pub(in crate::edge) async fn fleet_json(
    env: &Env,
    context: CallContext,
    call: FleetCall,
) -> Result<Response, CallError> {
    answered(fleet_response(env, context, call, None).await).await
}

async fn fleet_response(
    env: &Env,
    context: CallContext,
    call: FleetCall,
    caller: Option<&HangUp>,
) -> worker::Result<Response> {
    let object = names::fleet(&context.project);
    send(env, &object, &FleetEnvelope { context, call }, caller).await
}

/// Calls the directory.
pub(in crate::edge) async fn directory<M: DirectoryMethod>(env: &Env, call: M) -> Result<M::Answer, CallError> {
    let call: DirectoryCall = call.into();
    read(send(env, &names::directory(), &call, None).await).await
}

/// Calls a session's relay.
pub(in crate::edge) async fn relay<M: RelayMethod>(
    env: &Env,
    project: &ProjectName,
    session: SessionId,
    call: M,
) -> Result<M::Answer, CallError> {
    let call: RelayCall = call.into();
    read(send(env, &names::relay(project, session), &call, None).await).await
}

/// Calls a session's recorder.
pub(in crate::edge) async fn recorder<M: RecorderMethod>(
    env: &Env,
    project: &ProjectName,
    session: SessionId,
    call: M,
) -> Result<M::Answer, CallError> {
    let call: RecorderCall = call.into();
    read(send(env, &names::recorder(project, session), &call, None).await).await
}

/// Asks a project's fleet for a socket on which its events come.
pub(in crate::edge) async fn subscribe(env: &Env, envelope: &SubscribeEnvelope) -> Result<Response, CallError> {
    answered(upgrade(env, &names::fleet(&envelope.context.project), envelope, true).await).await
}

/// Asks a session's relay for a socket, or for a picture.
pub(in crate::edge) async fn relay_socket(env: &Env, call: &RelaySocket) -> Result<Response, CallError> {
    let (RelaySocket::Open(open) | RelaySocket::View(open) | RelaySocket::Interact(open) | RelaySocket::Picture(open)) =
        call;
    let wants_socket = !matches!(call, RelaySocket::Picture(_));
    answered(upgrade(env, &names::relay(&open.project, open.session), call, wants_socket).await).await
}

async fn send(
    env: &Env,
    object: &ObjectName,
    call: &impl Serialize,
    caller: Option<&HangUp>,
) -> worker::Result<Response> {
    let text = serde_json::to_string(call)?;
    let init = web_sys::RequestInit::new();
    init.set_signal(caller.map(HangUp::signal));
    // A header can't carry every character.
    if text.is_ascii() && text.len() <= HEADER_BYTES_MAX {
        let headers = Headers::new();
        headers.set(CALL, &text)?;
        init.set_headers(&headers.0);
    } else {
        init.set_method("POST");
        init.set_body(&JsValue::from_str(&text));
    }
    fetch(env, object, &init).await
}

async fn upgrade(
    env: &Env,
    object: &ObjectName,
    call: &impl Serialize,
    wants_socket: bool,
) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set(SOCKET_CALL, &serde_json::to_string(call)?)?;
    if wants_socket {
        headers.set("upgrade", "websocket")?;
    }
    let init = web_sys::RequestInit::new();
    init.set_headers(&headers.0);
    fetch(env, object, &init).await
}

async fn fetch(env: &Env, object: &ObjectName, init: &web_sys::RequestInit) -> worker::Result<Response> {
    let stub = env.durable_object(object.binding)?.get_by_name(&object.name)?;
    let request = web_sys::Request::new_with_str_and_init("http://object/", init)?;
    stub.fetch_with_request(request.into()).await
}

async fn read<T: DeserializeOwned>(response: worker::Result<Response>) -> Result<T, CallError> {
    let text = answered(response).await?.text().await.map_err(|error| CallError::Lost(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| CallError::Lost(format!("an answer that can't be read: {error}")))
}

/// The object's answer, if it is one and no problem.
async fn answered(response: worker::Result<Response>) -> Result<Response, CallError> {
    let mut response = response.map_err(|error| CallError::Lost(error.to_string()))?;
    match response.status_code() {
        101 | 200 => Ok(response),
        REFUSED => {
            let text = response.text().await.map_err(|error| CallError::Lost(error.to_string()))?;
            Err(serde_json::from_str(&text).map_or_else(
                |error| CallError::Lost(format!("a problem that can't be read: {error}")),
                CallError::Refused,
            ))
        }
        status => Err(CallError::Lost(format!("the object answered {status}"))),
    }
}

/// Reads the call in a request to an object.
///
/// # Errors
/// If it can't be read: code of another version may ask for what is not known here.
pub(in crate::edge) async fn receive<T: DeserializeOwned>(mut request: Request) -> Result<T, Problem> {
    let text = match request.headers().get(CALL).ok().flatten() {
        Some(text) => text,
        None => request.text().await.map_err(|error| unreadable(&error))?,
    };
    serde_json::from_str(&text).map_err(|error| unreadable(&error))
}

/// Reads the call in a request for a socket, or for a picture; `None` for any other request.
///
/// # Errors
/// If it can't be read.
pub(in crate::edge) fn receive_socket<T: DeserializeOwned>(request: &Request) -> Option<Result<T, Problem>> {
    let text = request.headers().get(SOCKET_CALL).ok().flatten()?;
    Some(serde_json::from_str(&text).map_err(|error| unreadable(&error)))
}

fn unreadable(cause: &dyn std::fmt::Display) -> Problem {
    internal("reading a call", cause, "-")
}

/// An object's answer to a call: JSON, or a problem.
///
/// # Errors
/// If the platform can't make a response.
pub(in crate::edge) fn reply(answer: Result<Vec<u8>, Problem>) -> worker::Result<Response> {
    match answer {
        Ok(json) => Ok(Response::builder().body(ResponseBody::Body(json))),
        Err(problem) => refuse(&problem),
    }
}

/// An object's answer to a request for a socket: the socket, or a problem.
///
/// # Errors
/// If the platform can't make a response.
pub(in crate::edge) fn reply_socket(socket: Result<WebSocket, Problem>) -> worker::Result<Response> {
    match socket {
        Ok(socket) => Response::from_websocket(socket),
        Err(problem) => refuse(&problem),
    }
}

fn refuse(problem: &Problem) -> worker::Result<Response> {
    let json = serde_json::to_vec(problem)?;
    Ok(Response::builder().with_status(REFUSED).body(ResponseBody::Body(json)))
}

/// What the caller of a call gets that has no answer: the object's own problem, or `internal`.
pub(in crate::edge) fn problem_of(error: CallError, doing: &'static str, request_id: &str) -> Problem {
    match error {
        CallError::Refused(problem) => problem,
        CallError::Lost(cause) => internal(doing, &cause, request_id),
    }
}
