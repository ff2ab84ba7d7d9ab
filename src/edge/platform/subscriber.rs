//! A subscriber's socket, as the host uses it.

use worker::WebSocket;
use worker::wasm_bindgen::JsValue;

use super::socket::RawSocket;
use crate::host::Subscriber;

/// A subscriber's socket. It hibernates: the object may leave memory while it is open.
pub(in crate::edge) struct SubscriberSocket(RawSocket);

impl SubscriberSocket {
    /// Over a socket that the object has accepted.
    pub(in crate::edge) fn of(socket: &WebSocket) -> Self {
        Self(RawSocket::of(socket))
    }
}

impl Subscriber for SubscriberSocket {
    fn attachment(&self) -> Option<String> {
        self.0.attachment().ok()?.as_string()
    }

    fn attach(&self, text: &str) {
        // A socket that has closed meanwhile keeps nothing.
        let _closed_meanwhile = self.0.attach(&JsValue::from_str(text));
    }

    fn send(&self, text: &str) {
        let _closed_meanwhile = self.0.send(&JsValue::from_str(text));
    }

    fn close(&self, code: u16, reason: &str) {
        self.0.shut(code, reason);
    }
}
