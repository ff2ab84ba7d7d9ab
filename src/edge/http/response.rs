//! What a caller gets: JSON, a socket, a stream or a problem, with the headers that every response has.

use serde::Serialize;
use worker::web_sys::ReadableStream;
use worker::{Headers, Response, ResponseBody, WebSocket};

use crate::edge::platform::log::internal;
use crate::wire::{Code, Problem, RouteError, SessionView};

/// The answer to a call: a response, or the problem in its place.
pub(super) type Answered = Result<Response, Problem>;

/// An answer with a JSON body.
pub(super) fn json(status: u16, body: &impl Serialize, request_id: &str) -> Answered {
    let body = serde_json::to_vec(body).map_err(|error| failed(&error, request_id))?;
    answer(status, &[("content-type", "application/json")], ResponseBody::Body(body), request_id)
}

/// A part of a recording, with the cursor of the next part. Compressed if the caller accepts gzip.
pub(super) fn recorded(body: String, next_cursor: Option<&str>, is_packed: bool, request_id: &str) -> Answered {
    let mut headers = vec![("content-type", "application/json")];
    if is_packed {
        // The platform compresses the body when it sees this header.
        headers.push(("content-encoding", "gzip"));
    }
    headers.extend(next_cursor.map(|cursor| ("next-cursor", cursor)));
    answer(200, &headers, ResponseBody::Body(body.into_bytes()), request_id)
}

/// An answer in plain text, as DevTools' endpoints give some.
pub(super) fn text(body: &str, request_id: &str) -> Answered {
    answer(200, &[("content-type", "text/plain; charset=utf-8")], ResponseBody::Body(body.into()), request_id)
}

/// A session that was created, with its address.
pub(super) fn created(session: &SessionView, request_id: &str) -> Answered {
    let response = json(201, session, request_id)?;
    let location = format!("/v1/sessions/{}", session.id);
    response.headers().set("location", &location).map_err(|error| failed(&error, request_id))?;
    Ok(response)
}

/// JSON that an object has answered with, as it is.
pub(super) fn forward_json(json: Response, request_id: &str) -> Answered {
    forward_body(json, &[("content-type", "application/json")], request_id)
}

/// A picture that an object has answered with.
pub(super) fn forward_jpeg(picture: Response, request_id: &str) -> Answered {
    let headers = [("content-type", "image/jpeg"), ("x-content-type-options", "nosniff")];
    forward_body(picture, &headers, request_id)
}

fn forward_body(response: Response, own_headers: &[(&str, &str)], request_id: &str) -> Answered {
    let headers = headers(own_headers, request_id).map_err(|error| failed(&error, request_id))?;
    Ok(response.with_headers(headers))
}

/// A stream of server-sent events.
pub(super) fn event_stream(stream: ReadableStream, request_id: &str) -> Answered {
    answer(200, &[("content-type", "text/event-stream")], ResponseBody::Stream(stream), request_id)
}

/// A problem.
pub(super) fn problem(problem: &Problem, request_id: &str) -> worker::Result<Response> {
    let retry_after = problem.retry_after_secs.map(|seconds| seconds.to_string());
    let mut headers = vec![("content-type", "application/problem+json")];
    headers.extend(retry_after.as_deref().map(|seconds| ("retry-after", seconds)));
    headers.extend(problem.allow.as_deref().map(|allow| ("allow", allow)));
    headers.extend(match problem.status() {
        401 => Some(("www-authenticate", "Bearer")),
        // Published clients retry a 409, and none of ours goes away by itself.
        409 => Some(("x-should-retry", "false")),
        426 => Some(("upgrade", "websocket")),
        _ => None,
    });
    let body = problem.to_json(request_id).to_string();
    make(problem.status(), &headers, ResponseBody::Body(body.into_bytes()), request_id)
}

/// What a caller gets for a request that has no route.
pub(super) fn route_problem(error: RouteError) -> Problem {
    match error {
        RouteError::NotFound => Problem::new(Code::RouteNotFound, "there is no such call"),
        RouteError::NoSuchSession => Problem::new(Code::SessionNotFound, "there is no such session in this project"),
        RouteError::NoSuchTarget => Problem::new(Code::TargetNotFound, "this session's browser has no such tab"),
        RouteError::MethodNotAllowed { allow } => {
            let detail = format!("this call answers to {allow}");
            Problem::new(Code::MethodNotAllowed, detail).allowing(allow)
        }
    }
}

/// An answer without a body.
pub(super) fn empty(request_id: &str) -> Answered {
    answer(204, &[], ResponseBody::Empty, request_id)
}

/// A socket.
pub(super) fn socket(socket: WebSocket, request_id: &str) -> Answered {
    forward(Response::from_websocket(socket).map_err(|error| failed(&error, request_id))?, request_id)
}

/// A response that was made elsewhere, with the request's id.
pub(super) fn forward(response: Response, request_id: &str) -> Answered {
    let headers = response.headers().clone();
    headers.set("x-request-id", request_id).map_err(|error| failed(&error, request_id))?;
    Ok(response.with_headers(headers))
}

/// A response that the platform did not make.
pub(super) fn failed(cause: &dyn std::fmt::Display, request_id: &str) -> Problem {
    internal("answering", cause, request_id)
}

fn answer(status: u16, own_headers: &[(&str, &str)], body: ResponseBody, request_id: &str) -> Answered {
    make(status, own_headers, body, request_id).map_err(|error| failed(&error, request_id))
}

fn make(status: u16, own_headers: &[(&str, &str)], body: ResponseBody, request_id: &str) -> worker::Result<Response> {
    Ok(Response::builder().with_status(status).with_headers(headers(own_headers, request_id)?).body(body))
}

fn headers(own: &[(&str, &str)], request_id: &str) -> worker::Result<Headers> {
    let headers = Headers::new();
    headers.set("x-request-id", request_id)?;
    headers.set("cache-control", "no-store")?;
    // What a page may read of it depends on its origin.
    headers.set("vary", "origin")?;
    for (name, value) in own {
        headers.set(name, value)?;
    }
    Ok(headers)
}
