//! The clock and randomness: the only place where the service reads them.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::{Date, Delay};

use crate::session::{Millis, SessionId, Timestamp};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_with_random_values(array: &Uint8Array);
}

/// The time. workerd stops its clock between two waits.
pub(in crate::edge) fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX))
}

/// Waits.
pub(in crate::edge) async fn sleep(length: Millis) {
    Delay::from(Duration::from_millis(length.get())).await;
}

/// Runs `work` for as long as the limit allows; `None` if that was not long enough. Dropping the work aborts nothing
/// elsewhere: an answer may still come, and the caller must reckon with it.
pub(in crate::edge) async fn timeout<T>(limit: Millis, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(sleep(limit))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}

/// Fills `bytes` from the platform's cryptographic source.
pub(in crate::edge) fn fill_random(bytes: &mut [u8]) {
    let array = Uint8Array::new_with_length(u32::try_from(bytes.len()).unwrap_or(0));
    fill_with_random_values(&array);
    array.copy_to(bytes);
}

/// A new UUID, for a request.
pub(in crate::edge) fn new_id() -> SessionId {
    let mut bytes = [0; 10];
    fill_random(&mut bytes);
    SessionId::new(now(), bytes)
}
