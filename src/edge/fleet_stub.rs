//! The way from the Worker to a project's fleet.

use worker::wasm_bindgen::JsValue;
use worker::{Env, Method, Request, RequestInit, Response};

use super::names;
use crate::wire::FleetEnvelope;

/// Sends a call to the project's fleet. The answer is a whole HTTP response.
///
/// # Errors
/// If the object can't be reached.
pub(super) async fn call(env: &Env, envelope: &FleetEnvelope) -> worker::Result<Response> {
    let stub = env.durable_object(names::FLEET)?.get_by_name(&names::fleet(&envelope.project))?;
    let body = serde_json::to_string(envelope)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
    stub.fetch_with_request(Request::new_with_init("http://fleet/", &init)?).await
}
