//! The bucket of recordings: objects that are compressed on their way in, and are whole texts on their way out.

use worker::js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use worker::wasm_bindgen;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{JsCast as _, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, web_sys};

use crate::host::{Bucket, KeyPage, PlatformError};

/// The name of the binding.
const BINDING: &str = "RECORDINGS";

#[wasm_bindgen]
extern "C" {
    /// An R2 bucket, as much of it as is used here.
    type R2;

    #[wasm_bindgen(method, catch)]
    fn put(this: &R2, key: &str, value: &ArrayBuffer) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn get(this: &R2, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn list(this: &R2, options: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn delete(this: &R2, keys: &Array) -> Result<Promise, JsValue>;

    type CompressionStream;
    #[wasm_bindgen(constructor)]
    fn new(format: &str) -> CompressionStream;

    type DecompressionStream;
    #[wasm_bindgen(constructor)]
    fn new(format: &str) -> DecompressionStream;

    type Stream;
    #[wasm_bindgen(method, catch, js_name = pipeThrough)]
    fn pipe_through(this: &Stream, transform: &JsValue) -> Result<web_sys::ReadableStream, JsValue>;
}

/// The deployment's bucket.
pub(in crate::edge) struct RecordingBucket(R2);

impl RecordingBucket {
    /// The bucket; `None` if the deployment has none.
    pub(in crate::edge) fn of(env: &Env) -> Option<Self> {
        let binding = Reflect::get(env.as_ref(), &JsValue::from_str(BINDING)).ok()?;
        binding.is_object().then(|| Self(binding.unchecked_into()))
    }

    /// The text under a key; `None` if there is none.
    pub(in crate::edge) async fn get(&self, key: &str) -> Result<Option<String>, PlatformError> {
        let get = async {
            let object = JsFuture::from(self.0.get(key)?).await?;
            if object.is_null() {
                return Ok(None);
            }
            let body = Reflect::get(&object, &JsValue::from_str("body"))?;
            let response = web_sys::Response::new_with_opt_readable_stream(Some(body.unchecked_ref()))?;
            let text = through(&response, &DecompressionStream::new("gzip").into())?;
            Ok(JsFuture::from(text.text()?).await?.as_string())
        };
        get.await.map_err(|error| failed(&error))
    }
}

impl Bucket for RecordingBucket {
    async fn put(&self, key: &str, text: &str) -> Result<(), PlatformError> {
        let put = async {
            let bytes = Uint8Array::from(text.as_bytes());
            let response = web_sys::Response::new_with_opt_js_u8_array(Some(&bytes))?;
            let packed = through(&response, &CompressionStream::new("gzip").into())?;
            let packed = JsFuture::from(packed.array_buffer()?).await?;
            JsFuture::from(self.0.put(key, &packed.unchecked_into())?).await
        };
        put.await.map(drop).map_err(|error| failed(&error))
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<KeyPage, PlatformError> {
        let list = async {
            let options = Object::new();
            let set = |name: &str, value: JsValue| Reflect::set(&options, &JsValue::from_str(name), &value);
            set("prefix", JsValue::from_str(prefix))?;
            set("limit", JsValue::from_f64(f64::from(limit)))?;
            if let Some(after) = after {
                set("startAfter", JsValue::from_str(after))?;
            }
            let page = JsFuture::from(self.0.list(&options)?).await?;
            let objects = Array::from(&Reflect::get(&page, &JsValue::from_str("objects"))?);
            let key = |object| Reflect::get(&object, &JsValue::from_str("key")).ok()?.as_string();
            let is_cut = Reflect::get(&page, &JsValue::from_str("truncated"))?.is_truthy();
            Ok(KeyPage { keys: objects.iter().filter_map(key).collect(), is_cut })
        };
        list.await.map_err(|error: JsValue| failed(&error))
    }

    async fn delete(&self, keys: &[String]) -> Result<(), PlatformError> {
        let keys: Array = keys.iter().map(|key| JsValue::from_str(key)).collect();
        let delete = async { JsFuture::from(self.0.delete(&keys)?).await };
        delete.await.map(drop).map_err(|error| failed(&error))
    }
}

/// The body of a response, led through a stream, as a response again.
fn through(response: &web_sys::Response, transform: &JsValue) -> Result<web_sys::Response, JsValue> {
    let body: JsValue = response.body().map_or(JsValue::NULL, Into::into);
    let piped = body.unchecked_ref::<Stream>().pipe_through(transform)?;
    web_sys::Response::new_with_opt_readable_stream(Some(&piped))
}

fn failed(error: &JsValue) -> PlatformError {
    let known = error.dyn_ref::<worker::js_sys::Error>();
    PlatformError(known.map_or_else(|| format!("{error:?}"), |error| String::from(error.message())))
}
