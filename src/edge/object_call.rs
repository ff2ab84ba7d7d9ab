//! A call to a Durable Object: JSON there, a response back.

use serde::Serialize;
use worker::wasm_bindgen::JsValue;
use worker::{Env, Response, web_sys};

/// Sends `call` to the object of this name.
///
/// # Errors
/// If the object can't be reached.
pub(super) async fn send(env: &Env, binding: &str, name: &str, call: &impl Serialize) -> worker::Result<Response> {
    let stub = env.durable_object(binding)?.get_by_name(name)?;
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(&serde_json::to_string(call)?));
    let request = web_sys::Request::new_with_str_and_init("http://object/", &init)?;
    stub.fetch_with_request(request.into()).await
}
