//! A WebSocket whose messages stay JavaScript values: what is only passed on is never brought into wasm memory.

use worker::js_sys::{Function, JsString, Reflect};
use worker::wasm_bindgen;
use worker::wasm_bindgen::closure::Closure;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen::{JsCast as _, JsValue};

use crate::cdp;
use crate::host::relay::ConnectionEnd;

/// The code of a socket that has ended without one.
const BROKEN_OFF: u16 = 1006;

#[wasm_bindgen]
extern "C" {
    /// The platform's WebSocket.
    #[derive(Clone)]
    pub(in crate::edge) type RawSocket;

    #[wasm_bindgen(method, catch)]
    pub(in crate::edge) fn accept(this: &RawSocket) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(in crate::edge) fn send(this: &RawSocket, message: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &RawSocket, code: u16, reason: &str) -> Result<(), JsValue>;

    /// Keeps a value with a socket that outlives its object's memory.
    #[wasm_bindgen(method, catch, js_name = serializeAttachment)]
    pub(in crate::edge) fn attach(this: &RawSocket, value: &JsValue) -> Result<(), JsValue>;

    /// The value that was kept.
    #[wasm_bindgen(method, catch, js_name = deserializeAttachment)]
    pub(in crate::edge) fn attachment(this: &RawSocket) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add_event_listener(this: &RawSocket, kind: &str, listener: &Function);

    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn remove_event_listener(this: &RawSocket, kind: &str, listener: &Function);
}

/// A listener that is called for as long as it is kept. Never dropped while it runs.
pub(in crate::edge) struct Listener {
    socket: RawSocket,
    kind: &'static str,
    closure: Closure<dyn Fn(JsValue)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // A call of what is dropped would be an exception in the middle of the platform's work.
        self.socket.remove_event_listener(self.kind, self.closure.as_ref().unchecked_ref());
    }
}

impl RawSocket {
    /// The same socket, seen as raw.
    pub(in crate::edge) fn of(socket: &worker::WebSocket) -> Self {
        let raw: &JsValue = socket.as_ref().as_ref();
        // From a later compatibility date on, binary messages come as `Blob`s, which can't be passed on as they are.
        let _set = Reflect::set(raw, &JsValue::from_str("binaryType"), &JsValue::from_str("arraybuffer"));
        raw.clone().unchecked_into()
    }

    /// Calls `listener` at each event of a kind, for as long as the answer is kept.
    pub(in crate::edge) fn listen(&self, kind: &'static str, listener: impl Fn(JsValue) + 'static) -> Listener {
        let closure: Closure<dyn Fn(JsValue)> = Closure::new(listener);
        self.add_event_listener(kind, closure.as_ref().unchecked_ref());
        Listener { socket: self.clone(), kind, closure }
    }

    /// Closes it, if it is not closed already.
    pub(in crate::edge) fn shut(&self, code: u16, reason: &str) {
        if self.close(code, reason).is_err() {
            // The other side may have sent a code that can't be passed on.
            let _already_closed = self.close(1001, "");
        }
    }
}

/// What a message event carries.
pub(in crate::edge) fn message_of(event: &JsValue) -> JsValue {
    Reflect::get(event, &JsValue::from_str("data")).unwrap_or(JsValue::UNDEFINED)
}

/// How a socket ended, from its close event.
pub(in crate::edge) fn closed(event: &JsValue) -> ConnectionEnd {
    let code = Reflect::get(event, &JsValue::from_str("code")).ok().and_then(|code| code.as_f64());
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a close code has 16 bits")]
    let code = code.map_or(BROKEN_OFF, |code| code as u16);
    let reason = text_of(event, "reason");
    ConnectionEnd::Closed((cdp::code_to_pass_on(code) == code).then_some((code, reason)))
}

/// How a socket ended, from its error event. Only the event's text shows that a message was too large.
pub(in crate::edge) fn failed(event: &JsValue) -> ConnectionEnd {
    if text_of(event, "message").contains("too large") { ConnectionEnd::TooBig } else { ConnectionEnd::Closed(None) }
}

fn text_of(event: &JsValue, name: &str) -> String {
    Reflect::get(event, &JsValue::from_str(name)).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// Whether a message asks the browser to close. Only a short text is looked at.
pub(in crate::edge) fn asks_to_close(message: &JsValue) -> bool {
    let Some(text) = message.dyn_ref::<JsString>() else { return false };
    text.length() <= cdp::BROWSER_CLOSE_CHARS_MAX
        && text.includes("Browser.close", 0)
        && cdp::is_browser_close(&String::from(text))
}
