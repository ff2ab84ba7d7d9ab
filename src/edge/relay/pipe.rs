//! A client's socket and the browser's behind it, with messages forwarded until one of the two ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use worker::wasm_bindgen::JsValue;

use crate::edge::platform::socket::{Listener, RawSocket, closed, failed, message_of};
use crate::host::relay::{Connection, ConnectionEnd};

/// What the browser's socket gets if no client can be connected to it.
const GOING_AWAY: (u16, &str) = (1001, "going away");

/// Two sockets. The callbacks of [`Pipe::lay`] forward each message to the other one.
pub(super) struct Pipe {
    client: RawSocket,
    upstream: RawSocket,
    over: Cell<bool>,
    listeners: RefCell<Vec<Listener>>,
}

/// Which of a pipe's ends has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client's.
    Client,
    /// The browser's.
    Upstream,
}

impl Pipe {
    /// Lays a pipe between two sockets that are not accepted yet. `up` gets what the client sends, `down` what the
    /// browser sends, and `ended` is called once, for the end that ends first.
    ///
    /// # Errors
    /// If a socket can't be accepted.
    pub(super) fn lay(
        client: &RawSocket,
        upstream: &RawSocket,
        up: impl Fn(&Rc<Self>, &JsValue) + 'static,
        down: impl Fn(&Rc<Self>, &JsValue) + 'static,
        ended: impl Fn(&Rc<Self>, End, &ConnectionEnd) + Clone + 'static,
    ) -> Result<Rc<Self>, JsValue> {
        client.accept()?;
        upstream.accept()?;
        let pipe = Rc::new(Self {
            client: client.clone(),
            upstream: upstream.clone(),
            over: Cell::new(false),
            listeners: RefCell::new(Vec::new()),
        });
        let (upwards, downwards) = (Rc::clone(&pipe), Rc::clone(&pipe));
        let ending = |end, read: fn(&JsValue) -> ConnectionEnd| {
            let (pipe, ended) = (Rc::clone(&pipe), ended.clone());
            move |event| {
                if pipe.begin_end() {
                    ended(&pipe, end, &read(&event));
                }
            }
        };
        *pipe.listeners.borrow_mut() = vec![
            client.listen("message", move |event| up(&upwards, &message_of(&event))),
            upstream.listen("message", move |event| down(&downwards, &message_of(&event))),
            client.listen("close", ending(End::Client, closed)),
            upstream.listen("close", ending(End::Upstream, closed)),
            client.listen("error", ending(End::Client, failed)),
            upstream.listen("error", ending(End::Upstream, failed)),
        ];
        Ok(pipe)
    }

    /// Sends to the browser.
    pub(super) fn send_up(&self, message: &JsValue) {
        let _closed_meanwhile = self.upstream.send(message);
    }

    /// Sends to the client.
    pub(super) fn send_down(&self, message: &JsValue) {
        let _closed_meanwhile = self.client.send(message);
    }
}

impl Connection for Pipe {
    fn begin_end(&self) -> bool {
        !self.over.replace(true)
    }

    fn close_client(&self, code: u16, reason: &str) {
        self.client.shut(code, reason);
    }

    fn close_browser(&self, code: u16, reason: &str) {
        self.upstream.shut(code, reason);
    }

    fn stop_listening(&self) {
        self.listeners.borrow_mut().clear();
    }
}

/// Closes a browser's socket to which no pipe was laid.
pub(super) fn give_up(upstream: &RawSocket) {
    // What is not accepted can't be closed; what can't be accepted is accepted already.
    let _accepted_already = upstream.accept();
    upstream.shut(GOING_AWAY.0, GOING_AWAY.1);
}
