//! An [`Error`] as JavaScript throws it.

use std::error::Error as StdError;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

use super::snippets::TidewatchError;
use crate::client::Error;
use crate::client::fetch_transport::Thrown;
use crate::session::Invalid;

/// The caller's signal was aborted.
const ABORTED: &str = "aborted";
/// The platform has no event for the end of the program.
const UNSUPPORTED_ENVIRONMENT: &str = "unsupported_environment";

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let details = details(&error.code);
        set(&details, "retryable", &error.retryable.into());
        if let Some(status) = error.status {
            set(&details, "status", &status.into());
        }
        if let Some(request_id) = error.request_id {
            set(&details, "requestId", &(*request_id).into());
        }
        let errors =
            error.errors.iter().map(|Invalid { pointer, detail }| object(&[("pointer", pointer), ("detail", detail)]));
        set(&details, "errors", &errors.collect::<Array>());
        let holders = error.holders.iter().map(|holder| {
            let object = object(&[("id", &holder.id), ("expiresAt", &holder.expires_at)]);
            if let Some(owner) = &holder.owner {
                set(&object, "owner", &owner.as_str().into());
            }
            object
        });
        set(&details, "holders", &holders.collect::<Array>());
        if let Some(Thrown(cause)) = error.cause.as_deref().and_then(<dyn StdError>::downcast_ref) {
            set(&details, "cause", cause);
        }
        TidewatchError::new(&error.message, &details).into()
    }
}

/// The caller's signal was aborted, for this reason.
pub fn aborted(reason: &JsValue) -> JsValue {
    let details = details(ABORTED);
    set(&details, "cause", reason);
    TidewatchError::new("the call was aborted by its signal", &details).into()
}

/// The platform has no event for the end of the program.
pub fn unsupported_environment() -> JsValue {
    let message = "this platform has no event for the end of the program, as a page and Node do: \
                   create sessions with onDisconnect: \"release\" instead";
    TidewatchError::new(message, &details(UNSUPPORTED_ENVIRONMENT)).into()
}

fn details(code: &str) -> Object {
    object(&[("code", code)])
}

fn object(texts: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (name, text) in texts {
        set(&object, name, &(*text).into());
    }
    object
}

pub fn set(object: &Object, name: &str, value: &JsValue) {
    // It fails only for a frozen object or a proxy.
    let _ = Reflect::set(object, &name.into(), value);
}
