//! A call to a Durable Object: JSON there, a response back.
//!
//! A short call travels in a header: a request without a body saves both sides a stream, and a
//! tenth of the time.

use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::wasm_bindgen::JsValue;
use worker::{Env, Headers, Request, Response, web_sys};

use super::hang_up::HangUp;
use crate::wire::from_json;

const CALL: &str = "x-tidewatch-call";
/// Well below what a header may have, so that addresses and ids always fit.
const HEADER_BYTES_MAX: usize = 2048;

/// Sends `call` to the object of this name.
///
/// # Errors
/// If the object can't be reached.
pub(super) async fn send(env: &Env, binding: &str, name: &str, call: &impl Serialize) -> worker::Result<Response> {
    send_for(env, binding, name, call, None).await
}

/// The same for the sake of a caller: the object learns when that one hangs up.
///
/// # Errors
/// If the object can't be reached, or the caller has hung up.
pub(super) async fn send_for(
    env: &Env,
    binding: &str,
    name: &str,
    call: &impl Serialize,
    caller: Option<&HangUp>,
) -> worker::Result<Response> {
    let stub = env.durable_object(binding)?.get_by_name(name)?;
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
    let request = web_sys::Request::new_with_str_and_init("http://object/", &init)?;
    stub.fetch_with_request(request.into()).await
}

/// Asks the object of this name for a socket. Such a request has no body: its call must fit into a header.
///
/// # Errors
/// If the object can't be reached.
pub(super) async fn connect(env: &Env, binding: &str, name: &str, call: &impl Serialize) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set(CALL, &serde_json::to_string(call)?)?;
    headers.set("upgrade", "websocket")?;
    let init = web_sys::RequestInit::new();
    init.set_headers(&headers.0);
    let request = web_sys::Request::new_with_str_and_init("http://object/", &init)?;
    env.durable_object(binding)?.get_by_name(name)?.fetch_with_request(request.into()).await
}

/// Reads the call in a request that [`send`] has sent.
///
/// # Errors
/// If it can't be read: code of another version may ask for what is not known here.
pub(super) async fn receive<T: DeserializeOwned>(mut request: Request) -> worker::Result<T> {
    let text = match request.headers().get(CALL)? {
        Some(text) => text,
        None => request.text().await?,
    };
    from_text(&text)
}

/// Reads an answer's body.
///
/// # Errors
/// If it breaks off, or can't be read.
pub(super) async fn read<T: DeserializeOwned>(response: &mut Response) -> worker::Result<T> {
    from_text(&response.text().await?)
}

fn from_text<T: DeserializeOwned>(text: &str) -> worker::Result<T> {
    from_json(text).map_err(|error| worker::Error::RustError(error.to_string()))
}
