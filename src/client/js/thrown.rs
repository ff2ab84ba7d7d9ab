//! An [`Error`] as JavaScript throws it.

use std::error::Error as StdError;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

use super::snippets::TidewatchError;
use crate::client::Error;
use crate::client::fetch_transport::Thrown;
use crate::session::Invalid;

/// The signal that a caller gave was aborted.
const ABORTED: &str = "aborted";
/// Nothing here tells of the end of the program.
const UNSUPPORTED_ENVIRONMENT: &str = "unsupported_environment";

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let told = told(&error.code);
        set(&told, "retryable", &error.retryable.into());
        if let Some(status) = error.status {
            set(&told, "status", &status.into());
        }
        if let Some(request_id) = error.request_id {
            set(&told, "requestId", &(*request_id).into());
        }
        let errors =
            error.errors.iter().map(|Invalid { pointer, detail }| object(&[("pointer", pointer), ("detail", detail)]));
        set(&told, "errors", &errors.collect::<Array>());
        let holders = error.holders.iter().map(|holder| {
            let object = object(&[("id", &holder.id), ("expiresAt", &holder.expires_at)]);
            if let Some(owner) = &holder.owner {
                set(&object, "owner", &owner.as_str().into());
            }
            object
        });
        set(&told, "holders", &holders.collect::<Array>());
        if let Some(Thrown(cause)) = error.cause.as_deref().and_then(<dyn StdError>::downcast_ref) {
            set(&told, "cause", cause);
        }
        TidewatchError::new(&error.message, &told).into()
    }
}

/// The signal that a caller gave was aborted, for this reason.
pub fn aborted(reason: &JsValue) -> JsValue {
    let told = told(ABORTED);
    set(&told, "cause", reason);
    TidewatchError::new("the call was aborted by its signal", &told).into()
}

/// Nothing here tells of the end of the program.
pub fn unsupported_environment() -> JsValue {
    let message = "nothing here tells of the end of the program, as a page and Node do: \
                   create sessions with onDisconnect: \"release\" instead";
    TidewatchError::new(message, &told(UNSUPPORTED_ENVIRONMENT)).into()
}

fn told(code: &str) -> Object {
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
    // It fails only where the object is frozen or a proxy, and ours is neither.
    let _ = Reflect::set(object, &name.into(), value);
}
