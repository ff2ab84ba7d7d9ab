//! The platform's own `fetch`: pages, workers, Node and workerd alike.

use std::error::Error as StdError;
use std::fmt;

use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Response};

use super::transport::{Accepts, Answer, Body, Lost, Request, Transport, UnexpectedBody};
use crate::session::Millis;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, millis: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(bytes: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// The longest timer: the platform fires a longer one at once.
pub const TIMER_MAX: Millis = Millis::new(0x7fff_ffff);

/// Sends with the platform's own `fetch`, or with a function in its place.
#[derive(Clone, Debug, Default)]
pub struct FetchTransport {
    stand_in: Option<Function>,
}

impl FetchTransport {
    /// Sends with the global `fetch`, looked up at each call.
    #[must_use]
    pub const fn new() -> Self {
        Self { stand_in: None }
    }

    /// Sends with another function of the same shape: for a proxy, or a test.
    #[must_use]
    pub const fn with_fetch(fetch: Function) -> Self {
        Self { stand_in: Some(fetch) }
    }

    /// The function that it sends with, if that is not the platform's `fetch`.
    pub(super) const fn stand_in(&self) -> Option<&Function> {
        self.stand_in.as_ref()
    }

    /// Sends a request at once, and in a way that outlives the page.
    pub(super) fn send_keepalive(&self, request: &Request) -> Result<Promise, JsValue> {
        let init = init(request);
        set(&init, "keepalive", &JsValue::TRUE);
        self.fetch(&request.url, &init)
    }

    fn fetch(&self, url: &str, init: &Object) -> Result<Promise, JsValue> {
        let fetch = match &self.stand_in {
            Some(fetch) => fetch.clone(),
            None => Reflect::get(&js_sys::global(), &"fetch".into())?
                .dyn_into()
                .map_err(|_| JsValue::from(js_sys::Error::new("this platform has no fetch")))?,
        };
        Ok(Promise::resolve(&fetch.call2(&JsValue::UNDEFINED, &url.into(), init)?))
    }
}

/// A JSON value that the platform has parsed, or an `ArrayBuffer`.
#[derive(Clone, Debug)]
pub struct JsBody(pub JsValue);

impl Body for JsBody {
    fn field(&self, name: &str) -> Option<Self> {
        Reflect::get(&self.0, &name.into()).ok().filter(|field| !field.is_undefined()).map(Self)
    }

    fn items(&self) -> Vec<Self> {
        if Array::is_array(&self.0) { Array::from(&self.0).iter().map(Self).collect() } else { Vec::new() }
    }

    fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        self.0.is_instance_of::<ArrayBuffer>().then(|| Uint8Array::new(&self.0).to_vec())
    }

    fn read<V: DeserializeOwned>(&self) -> Result<V, UnexpectedBody> {
        serde_wasm_bindgen::from_value(self.0.clone()).map_err(|error| UnexpectedBody::Shape(error.to_string()))
    }
}

/// A value that JavaScript threw.
#[derive(Debug)]
pub struct Thrown(pub JsValue);

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = Reflect::get(&self.0, &"message".into()).ok().and_then(|message| message.as_string());
        f.write_str(message.as_deref().unwrap_or("JavaScript threw a value that is not an Error"))
    }
}

impl StdError for Thrown {}

impl From<js_sys::Error> for Lost {
    fn from(error: js_sys::Error) -> Self {
        JsValue::from(error).into()
    }
}

impl From<JsValue> for Lost {
    fn from(thrown: JsValue) -> Self {
        Self(Box::new(Thrown(thrown)))
    }
}

impl Transport for FetchTransport {
    type Body = JsBody;

    async fn send(&self, request: &Request) -> Result<Answer<JsBody>, Lost> {
        let init = init(request);
        let mut abort = AbortOnDrop::new()?;
        set(&init, "signal", &abort.controller.signal());
        let response = JsFuture::from(self.fetch(&request.url, &init)?).await?;
        // A function in the place of `fetch` may return anything.
        if !Reflect::get(&response, &"json".into())?.is_function() {
            return Err(js_sys::Error::new("fetch did not return a Response").into());
        }
        let response: Response = response.unchecked_into();
        let headers = response.headers();
        let header = |name| headers.get(name).ok().flatten();
        let answer = Answer {
            status: response.status(),
            request_id: header("x-request-id"),
            retry_after: header("retry-after"),
            should_retry: header("x-should-retry"),
            next_cursor: header("next-cursor"),
            body: None,
        };
        // In a page, a redirect that is not followed has no body.
        if answer.status == 0 {
            return Ok(answer);
        }
        let is_picture = request.accepts == Accepts::Jpeg && response.ok();
        let body = if is_picture { response.array_buffer()? } else { response.json()? };
        let body = JsFuture::from(body).await;
        abort.is_over = true;
        match body {
            Ok(body) => Ok(Answer { body: Some(JsBody(body)), ..answer }),
            Err(thrown) if is_syntax_error(&thrown) => Ok(answer),
            Err(thrown) => Err(thrown.into()),
        }
    }

    async fn sleep(&self, length: Millis) {
        let timer = Timer::new(length);
        // This promise never rejects.
        let _ = JsFuture::from(timer.promise.clone()).await;
    }

    fn now(&self) -> Millis {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since the start")]
        Millis::new(performance_now() as u64)
    }

    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        if get_random_values(&mut bytes).is_err() {
            // A key need not be secret, only unique.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
            bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
        }
        bytes
    }
}

fn init(request: &Request) -> Object {
    let headers = Object::new();
    for (name, value) in &request.headers {
        set(&headers, name, &value.as_str().into());
    }
    let init = Object::new();
    set(&init, "method", &request.method.into());
    set(&init, "headers", &headers);
    set(&init, "redirect", &"manual".into());
    if let Some(body) = &request.body {
        set(&init, "body", &body.as_str().into());
    }
    init
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // It fails only for a frozen object or a proxy.
    let _ = Reflect::set(object, &name.into(), value);
}

fn is_syntax_error(thrown: &JsValue) -> bool {
    Reflect::get(thrown, &"name".into()).is_ok_and(|name| name == "SyntaxError")
}

struct AbortOnDrop {
    controller: AbortController,
    is_over: bool,
}

impl AbortOnDrop {
    fn new() -> Result<Self, JsValue> {
        Ok(Self { controller: AbortController::new()?, is_over: false })
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if !self.is_over {
            self.controller.abort();
        }
    }
}

struct Timer {
    promise: Promise,
    resolve: Option<Function>,
    id: Option<JsValue>,
}

impl Timer {
    fn new(length: Millis) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "31 bits")]
        let millis = length.min(TIMER_MAX).get() as f64;
        let mut resolve = None;
        let promise = Promise::new(&mut |resolver, _| resolve = Some(resolver));
        let id = resolve.as_ref().map(|resolve| set_timeout(resolve, millis));
        Self { promise, resolve, id }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let (Some(id), Some(resolve)) = (&self.id, &self.resolve) {
            clear_timeout(id);
            // A promise that never resolves would keep the task that awaits it in memory.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    }
}
