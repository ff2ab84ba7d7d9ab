//! A WebSocket whose messages stay JavaScript values: what is only passed on is never brought into wasm memory.

use worker::js_sys::{Function, JsString, Reflect};
use worker::wasm_bindgen;
use worker::wasm_bindgen::closure::Closure;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{JsCast as _, JsValue};

use crate::cdp;

#[wasm_bindgen]
extern "C" {
    /// The platform's WebSocket.
    #[derive(Clone)]
    pub(super) type RawSocket;

    #[wasm_bindgen(method, catch)]
    pub(super) fn accept(this: &RawSocket) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(super) fn send(this: &RawSocket, message: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &RawSocket, code: u16, reason: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add_event_listener(this: &RawSocket, kind: &str, listener: &Function);
}

/// A listener that lives as long as it is kept.
pub(super) type Listener = Closure<dyn FnMut(JsValue)>;

impl RawSocket {
    /// The same socket, seen as raw.
    pub(super) fn of(socket: &worker::WebSocket) -> Self {
        let raw: &JsValue = socket.as_ref().as_ref();
        // From a later compatibility date on, binary messages come as `Blob`s, which can't be passed on as they are.
        let _set = Reflect::set(raw, &JsValue::from_str("binaryType"), &JsValue::from_str("arraybuffer"));
        raw.clone().unchecked_into()
    }

    /// Calls `listener` at each event of a kind, for as long as the answer is kept.
    pub(super) fn listen(&self, kind: &str, listener: impl FnMut(JsValue) + 'static) -> Listener {
        let listener: Listener = Closure::new(listener);
        self.add_event_listener(kind, listener.as_ref().unchecked_ref());
        listener
    }

    /// Closes it, if it is not closed already.
    pub(super) fn shut(&self, code: u16, reason: &str) {
        let _already_closed = self.close(code, reason);
    }
}

/// What a message event carries.
pub(super) fn message_of(event: &JsValue) -> JsValue {
    Reflect::get(event, &JsValue::from_str("data")).unwrap_or(JsValue::UNDEFINED)
}

/// The code of a close event.
pub(super) fn code_of(event: &JsValue) -> u16 {
    let code = Reflect::get(event, &JsValue::from_str("code")).ok().and_then(|code| code.as_f64());
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a close code has 16 bits")]
    code.map_or(1005, |code| code as u16)
}

/// Whether a message asks the browser to close. Only a short text is looked at.
pub(super) fn asks_to_close(message: &JsValue) -> bool {
    let Some(text) = message.dyn_ref::<JsString>() else { return false };
    text.length() <= cdp::BROWSER_CLOSE_CHARS_MAX
        && text.includes("Browser.close", 0)
        && cdp::is_browser_close(&String::from(text))
}
