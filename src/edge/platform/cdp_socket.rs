//! A CDP socket of the service's own, as the host uses it.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::Shared;
use worker::WebSocket;
use worker::wasm_bindgen::JsValue;

use super::socket::{Listener, RawSocket, message_of};
use crate::host::{CdpSocket, PlatformError};

/// A CDP socket to a browser. Dropping it closes it.
pub(in crate::edge) struct BrowserSocket {
    socket: RawSocket,
    listeners: RefCell<Vec<Listener>>,
    closing: Rc<RefCell<Option<oneshot::Sender<()>>>>,
    closed: Shared<oneshot::Receiver<()>>,
}

impl BrowserSocket {
    /// Over a socket that is not accepted yet.
    pub(in crate::edge) fn of(socket: &WebSocket) -> Self {
        let (sender, receiver) = oneshot::channel();
        Self {
            socket: RawSocket::of(socket),
            listeners: RefCell::default(),
            closing: Rc::new(RefCell::new(Some(sender))),
            closed: receiver.shared(),
        }
    }
}

impl CdpSocket for BrowserSocket {
    fn receive(&self, on_message: impl Fn(&str) + 'static) -> Result<(), PlatformError> {
        let ended = || {
            let closing = Rc::clone(&self.closing);
            move |_| drop(closing.borrow_mut().take())
        };
        let received = move |event: JsValue| {
            if let Some(message) = message_of(&event).as_string() {
                on_message(&message);
            }
        };
        *self.listeners.borrow_mut() = vec![
            self.socket.listen("message", received),
            self.socket.listen("close", ended()),
            self.socket.listen("error", ended()),
        ];
        self.socket.accept().map_err(|error| PlatformError(format!("{error:?}")))
    }

    fn send(&self, command: &str) {
        // Its end is an event of its own.
        let _closed_meanwhile = self.socket.send(&JsValue::from_str(command));
    }

    async fn closed(&self) {
        let _either_way = self.closed.clone().await;
    }
}

impl Drop for BrowserSocket {
    fn drop(&mut self) {
        self.listeners.borrow_mut().clear();
        self.socket.shut(1000, "done");
    }
}
