//! The clock and randomness: the only place where the service reads them.

use worker::Date;
use worker::js_sys::Uint8Array;
use worker::wasm_bindgen;
use worker::wasm_bindgen::prelude::wasm_bindgen;

use crate::session::{SessionId, Timestamp};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_with_random_values(array: &Uint8Array);
}

/// The time, as far as the platform lets it go on: it stands still between two waits.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX))
}

/// Random bytes from the platform's cryptographic source.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let array = Uint8Array::new_with_length(u32::try_from(N).unwrap_or(0));
    fill_with_random_values(&array);
    let mut bytes = [0; N];
    array.copy_to(&mut bytes);
    bytes
}

/// A new UUID, for a session or a request.
pub(super) fn new_id() -> SessionId {
    SessionId::new(now(), random())
}
