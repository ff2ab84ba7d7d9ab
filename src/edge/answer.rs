//! What goes back to a caller: JSON or a problem, with the headers that every answer has.

use serde::Serialize;
use worker::web_sys::ReadableStream;
use worker::{Headers, Response, ResponseBody, WebSocket, console_error};

use crate::wire::{Code, Problem};

/// What a call is answered: a response, or the problem in its place.
pub(super) type Answered = Result<Response, Problem>;

/// An answer with a JSON body.
pub(super) fn json(status: u16, body: &impl Serialize, request_id: &str) -> Answered {
    let body = serde_json::to_vec(body).map_err(|error| unmade(&error, request_id))?;
    answer(status, &[("content-type", "application/json")], ResponseBody::Body(body), request_id)
}

/// A part of a recording, with the cursor of what follows. Compressed, as far as whoever asks can read that.
pub(super) fn recorded(body: String, next_cursor: Option<&str>, is_packed: bool, request_id: &str) -> Answered {
    let mut headers = vec![("content-type", "application/json")];
    if is_packed {
        // The platform does what this says.
        headers.push(("content-encoding", "gzip"));
    }
    headers.extend(next_cursor.map(|cursor| ("next-cursor", cursor)));
    answer(200, &headers, ResponseBody::Body(body.into_bytes()), request_id)
}

/// An answer in plain text, as DevTools' endpoints give some.
pub(super) fn text(body: &str, request_id: &str) -> Answered {
    answer(200, &[("content-type", "text/plain; charset=utf-8")], ResponseBody::Body(body.into()), request_id)
}

/// A picture.
pub(super) fn jpeg(picture: &[u8], request_id: &str) -> Answered {
    let headers = [("content-type", "image/jpeg"), ("x-content-type-options", "nosniff")];
    answer(200, &headers, ResponseBody::Body(picture.to_vec()), request_id)
}

/// An answer with a JSON body and the address of what it made.
pub(super) fn created(body: &impl Serialize, location: &str, request_id: &str) -> Answered {
    let response = json(201, body, request_id)?;
    response.headers().set("location", location).map_err(|error| unmade(&error, request_id))?;
    Ok(response)
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

/// An answer without a body.
pub(super) fn nothing(request_id: &str) -> Answered {
    answer(204, &[], ResponseBody::Empty, request_id)
}

/// A socket.
pub(super) fn socket(socket: WebSocket, request_id: &str) -> Answered {
    passed_on(Response::from_websocket(socket), request_id)
}

/// An answer that was made elsewhere, with the request's id.
pub(super) fn passed_on(response: worker::Result<Response>, request_id: &str) -> Answered {
    let named = response.and_then(|response| {
        let headers = response.headers().clone();
        headers.set("x-request-id", request_id)?;
        Ok(response.with_headers(headers))
    });
    named.map_err(|error| unmade(&error, request_id))
}

/// A failure of ours: opaque outside, told in the log.
pub(super) fn internal(what: &str, cause: &dyn std::fmt::Display, request_id: &str) -> Problem {
    console_error!("{request_id} {what}: {cause}");
    Problem::new(Code::Internal, format!("something went wrong here; the log knows it as {request_id}"))
}

/// An answer that the platform did not make, or did not bring.
pub(super) fn unmade(cause: &dyn std::fmt::Display, request_id: &str) -> Problem {
    internal("answer", cause, request_id)
}

fn answer(status: u16, own_headers: &[(&str, &str)], body: ResponseBody, request_id: &str) -> Answered {
    make(status, own_headers, body, request_id).map_err(|error| unmade(&error, request_id))
}

fn make(status: u16, own_headers: &[(&str, &str)], body: ResponseBody, request_id: &str) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("x-request-id", request_id)?;
    headers.set("cache-control", "no-store")?;
    // What a page may read of it depends on its origin.
    headers.set("vary", "origin")?;
    for (name, value) in own_headers {
        headers.set(name, value)?;
    }
    Ok(Response::builder().with_status(status).with_headers(headers).body(body))
}
