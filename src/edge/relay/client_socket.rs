//! A client's socket in a watched session: messages are forwarded as they are.

use std::rc::Rc;

use worker::wasm_bindgen::JsValue;
use worker::{WebSocket, WebSocketPair};

use super::pipe::{End, Pipe, give_up};
use crate::edge::platform::log::internal;
use crate::edge::platform::socket::{RawSocket, asks_to_close};
use crate::edge::world::WorkerWorld;
use crate::host::relay::{Connection, ConnectionEnd, RelayHost};
use crate::wire::{Problem, RelayOpen};

/// Takes a client in, over the browser's socket, and answers the client's.
///
/// # Errors
/// `session_gone`; and what keeps the fleet or the platform from answering.
pub(super) async fn join(
    relay: &Rc<RelayHost<WorkerWorld>>,
    open: RelayOpen,
    browser: &WebSocket,
) -> Result<WebSocket, Problem> {
    let browser = RawSocket::of(browser);
    let request_id = open.request_id;
    let connect = || {
        let broken = |cause: &dyn std::fmt::Display| internal("connecting a client", cause, &request_id);
        let pair = WebSocketPair::new().map_err(|error| broken(&error))?;
        let pipe = lay(relay, &RawSocket::of(&pair.server), &browser).map_err(|error| broken(&format!("{error:?}")))?;
        let connection: Rc<dyn Connection> = pipe;
        Ok((connection, pair.client))
    };
    let joined = relay.join(open.project, open.session, connect).await;
    if joined.is_err() {
        give_up(&browser);
    }
    joined
}

fn lay(relay: &Rc<RelayHost<WorkerWorld>>, client: &RawSocket, browser: &RawSocket) -> Result<Rc<Pipe>, JsValue> {
    let host = Rc::clone(relay);
    let up = move |pipe: &Rc<Pipe>, message: &JsValue| {
        host.client_sent();
        if asks_to_close(message) {
            host.client_closed_browser();
        }
        pipe.send_up(message);
    };
    let down = |pipe: &Rc<Pipe>, message: &JsValue| pipe.send_down(message);
    let host = Rc::clone(relay);
    let ended = move |pipe: &Rc<Pipe>, end: End, how: &ConnectionEnd| {
        let connection: Rc<dyn Connection> = Rc::<Pipe>::clone(pipe);
        match end {
            End::Client => host.client_left(&connection, how),
            End::Upstream => host.browser_lost(&connection, how),
        }
    };
    Pipe::lay(client, browser, up, down, ended)
}
