//! A caller's `AbortSignal`, as a future.

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use super::thrown::aborted;
use crate::client::race::{First, race};

/// Runs a future, and drops it if the signal is aborted. Removes its listener at the end.
pub async fn until_aborted<T>(
    signal: Option<AbortSignal>,
    future: impl Future<Output = Result<T, JsValue>>,
) -> Result<T, JsValue> {
    let Some(signal) = signal else { return future.await };
    if signal.aborted() {
        return Err(aborted(&signal.reason()));
    }
    let listener = Listener::new(signal);
    // This promise never rejects.
    match race(future, JsFuture::from(listener.promise.clone())).await {
        First::One(outcome) => outcome,
        First::Other(_) => Err(aborted(&listener.signal.reason())),
    }
}

struct Listener {
    signal: AbortSignal,
    promise: Promise,
    resolve: Option<Function>,
}

impl Listener {
    fn new(signal: AbortSignal) -> Self {
        let mut resolve = None;
        let promise = Promise::new(&mut |resolver, _| resolve = Some(resolver));
        if let Some(resolve) = &resolve {
            let _ = signal.add_event_listener_with_callback("abort", resolve.unchecked_ref());
        }
        Self { signal, promise, resolve }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(resolve) = &self.resolve {
            let _ = self.signal.remove_event_listener_with_callback("abort", resolve.unchecked_ref());
            // A promise that never resolves would keep the task that awaits it in memory.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    }
}
