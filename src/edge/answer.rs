//! What goes back to a caller: JSON or a problem, with the headers that every answer has.

use serde::Serialize;
use worker::web_sys::ReadableStream;
use worker::{Response, ResponseBuilder, console_error};

use crate::wire::{Code, Problem};

/// An answer with a JSON body.
pub(super) fn json(status: u16, body: &impl Serialize, request_id: &str) -> worker::Result<Response> {
    let body = serde_json::to_string(body)?;
    Ok(with_common(Response::builder(), request_id)?
        .with_header("content-type", "application/json")?
        .with_status(status)
        .fixed(body.into_bytes()))
}

/// An answer in plain text, as DevTools' endpoints give some.
pub(super) fn text(body: &str, request_id: &str) -> worker::Result<Response> {
    Ok(with_common(Response::builder(), request_id)?
        .with_header("content-type", "text/plain; charset=utf-8")?
        .fixed(body.as_bytes().to_vec()))
}

/// A picture.
pub(super) fn jpeg(picture: &[u8], request_id: &str) -> worker::Result<Response> {
    Ok(with_common(Response::builder(), request_id)?
        .with_header("content-type", "image/jpeg")?
        .with_header("x-content-type-options", "nosniff")?
        .fixed(picture.to_vec()))
}

/// An answer with a JSON body and the address of what it made.
pub(super) fn created(body: &impl Serialize, location: &str, request_id: &str) -> worker::Result<Response> {
    let mut response = json(201, body, request_id)?;
    response.headers_mut().set("location", location)?;
    Ok(response)
}

/// A stream of server-sent events.
pub(super) fn event_stream(stream: ReadableStream, request_id: &str) -> worker::Result<Response> {
    Ok(with_common(Response::builder(), request_id)?.with_header("content-type", "text/event-stream")?.stream(stream))
}

/// A problem.
pub(super) fn problem(problem: &Problem, request_id: &str) -> worker::Result<Response> {
    let mut builder = with_common(Response::builder(), request_id)?
        .with_header("content-type", "application/problem+json")?
        .with_status(problem.status());
    if let Some(seconds) = problem.retry_after_secs {
        builder = builder.with_header("retry-after", &seconds.to_string())?;
    }
    if let Some(allow) = problem.allow {
        builder = builder.with_header("allow", allow)?;
    }
    if problem.status() == 401 {
        builder = builder.with_header("www-authenticate", "Bearer")?;
    }
    if problem.code == Code::UpgradeRequired {
        builder = builder.with_header("upgrade", "websocket")?;
    }
    if problem.status() == 409 {
        // Published clients retry a 409, and none of ours goes away by itself.
        builder = builder.with_header("x-should-retry", "false")?;
    }
    Ok(builder.fixed(problem.to_json(request_id).to_string().into_bytes()))
}

/// An answer without a body.
pub(super) fn nothing(request_id: &str) -> worker::Result<Response> {
    Ok(with_common(Response::builder(), request_id)?.with_status(204).empty())
}

/// An answer that was made elsewhere, with the request's id.
pub(super) fn with_request_id(response: Response, request_id: &str) -> worker::Result<Response> {
    let headers = response.headers().clone();
    headers.set("x-request-id", request_id)?;
    Ok(response.with_headers(headers))
}

/// A failure of ours: opaque outside, told in the log.
pub(super) fn internal(what: &str, cause: &dyn std::fmt::Display, request_id: &str) -> Problem {
    console_error!("{request_id} {what}: {cause}");
    Problem::new(Code::Internal, format!("something went wrong here; the log knows it as {request_id}"))
}

fn with_common(builder: ResponseBuilder, request_id: &str) -> worker::Result<ResponseBuilder> {
    builder
        .with_header("x-request-id", request_id)?
        .with_header("cache-control", "no-store")?
        // What a page may read of it depends on its origin.
        .with_header("vary", "origin")
}
