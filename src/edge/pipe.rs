//! A client's socket and the browser's at the other end, and what goes between them until one of the two ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use worker::wasm_bindgen::JsValue;

use super::raw_socket::{Ending, Listener, RawSocket, closed, failed, message_of};
use crate::cdp;
use crate::wire::EndedAs;

/// A message that is larger can't be received by the platform.
const TOO_BIG: (u16, &str) = (1009, "a message was over 32 MiB");
/// What the other side is told of one that broke off.
const GOING_AWAY: (u16, &str) = (1001, "going away");

/// Two sockets. What is sent over one of them is passed to the other by whoever laid the pipe.
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
    /// Lays a pipe between two sockets that are not accepted yet. `up` gets what the client sends, `down` what the browser
    /// sends, and `ended` is called once, for the end that ends first.
    ///
    /// # Errors
    /// If a socket can't be accepted.
    pub(super) fn lay(
        client: &RawSocket,
        upstream: &RawSocket,
        up: impl Fn(&Rc<Self>, &JsValue) + 'static,
        down: impl Fn(&Rc<Self>, &JsValue) + 'static,
        ended: impl Fn(&Rc<Self>, End, &Ending) + Clone + 'static,
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
        let ending = |end, read: fn(&JsValue) -> Ending| {
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

    /// Whoever gets `true` is the one to end it.
    pub(super) fn begin_end(&self) -> bool {
        !self.over.replace(true)
    }

    /// Closes both ends.
    pub(super) fn shut(&self, code: u16, reason: &str) {
        self.upstream.shut(code, reason);
        self.client.shut(code, reason);
    }

    /// Closes the browser's end as the client has closed its own.
    pub(super) fn shut_as_left(&self, how: &Ending) {
        let (code, reason) = match how {
            Ending::Closed(Some((code, reason))) => (*code, reason.as_str()),
            Ending::Closed(None) => GOING_AWAY,
            Ending::TooBig => TOO_BIG,
        };
        self.shut(code, reason);
    }

    /// Closes the client's end as the browser's was lost, with why the session is over if it is.
    pub(super) fn shut_as_lost(&self, how: &Ending, why: EndedAs) {
        match (why.reason, how) {
            (_, Ending::TooBig) => self.client.shut(TOO_BIG.0, TOO_BIG.1),
            (None, Ending::Closed(Some((code, reason)))) => self.client.shut(*code, reason),
            (ended, Ending::Closed(_)) => {
                let (code, reason) = cdp::close_code(ended);
                self.client.shut(code, reason);
            }
        }
        self.upstream.shut(1000, "");
    }

    /// Stops listening. Not from within a listener: it must not be dropped while it runs.
    pub(super) fn fall_silent(&self) {
        self.listeners.borrow_mut().clear();
    }
}

/// Closes a socket to a browser to which no pipe was laid.
pub(super) fn give_up(upstream: &RawSocket) {
    // What is not accepted can't be closed; what can't be accepted is accepted already.
    let _accepted_already = upstream.accept();
    upstream.shut(GOING_AWAY.0, GOING_AWAY.1);
}
