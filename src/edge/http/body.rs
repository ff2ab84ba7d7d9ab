//! A request's body, read to its limit.

use futures::StreamExt as _;
use serde_json::Value;
use worker::Request;

use crate::session::Invalid;
use crate::wire::{BODY_BYTES_MAX, Code, Problem, parse_json};

/// Reads a JSON body.
///
/// # Errors
/// `body_too_large`, `unsupported_media_type`, `invalid_json`.
pub(super) async fn read_json(request: &mut Request) -> Result<Value, Problem> {
    let bytes = read(request).await?;
    check_media_type(request, &bytes)?;
    parse_json(&bytes).map_err(|error| Problem::new(Code::InvalidJson, format!("the body is not JSON: {}", error.0)))
}

/// Reads a body that must hold nothing: the call has no options.
///
/// # Errors
/// As [`read_json`]; and `invalid_request`, naming each field.
pub(super) async fn read_nothing(request: &mut Request) -> Result<(), Problem> {
    let body = read_json(request).await?;
    let Some(fields) = body.as_object() else {
        return Err(Problem::invalid(vec![Invalid::new("", "must be a JSON object")]));
    };
    if fields.is_empty() {
        return Ok(());
    }
    let name = |field: &String| Invalid::new(format!("/{field}"), "is not a field of this call");
    Err(Problem::invalid(fields.keys().map(name).collect()))
}

async fn read(request: &mut Request) -> Result<Vec<u8>, Problem> {
    let announced = request.headers().get("content-length").ok().flatten().and_then(|length| length.parse().ok());
    if announced.is_some_and(|length: usize| length > BODY_BYTES_MAX) {
        return Err(too_large());
    }
    // A request without a body has no stream.
    let Ok(mut chunks) = request.stream() else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::new(Code::InvalidJson, "the body broke off"))?;
        if bytes.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn too_large() -> Problem {
    Problem::new(Code::BodyTooLarge, format!("the body may have {BODY_BYTES_MAX} bytes"))
}

fn check_media_type(request: &Request, bytes: &[u8]) -> Result<(), Problem> {
    let encoding = request.headers().get("content-encoding").ok().flatten();
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "the body must not be encoded: leave content-encoding out",
        ));
    }
    let Some(given) = request.headers().get("content-type").ok().flatten() else { return Ok(()) };
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if bytes.is_empty() || essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    let detail = "the body must be JSON, sent with \"content-type: application/json\"";
    Err(Problem::new(Code::UnsupportedMediaType, detail))
}
