//! A viewer's socket: a CDP socket of its own to the browser, behind the rules of [`Viewer`].

use std::cell::RefCell;
use std::rc::Rc;

use worker::js_sys::JsString;
use worker::wasm_bindgen::{JsCast as _, JsValue};
use worker::{WebSocket, WebSocketPair};

use super::pipe::{End, Pipe, give_up};
use crate::cdp::{COMMAND_BYTES_MAX, Sent, Taken, Viewer};
use crate::edge::platform::clock;
use crate::edge::platform::log::internal;
use crate::edge::platform::socket::RawSocket;
use crate::edge::world::WorkerWorld;
use crate::host::relay::{Connection, ConnectionEnd, ViewersHost};
use crate::wire::{Problem, RelayOpen, Right};

/// Such an event names the target that was detached. The browser writes the names of its events in front.
const DETACHED: &str = "{\"method\":\"Target.detachedFromTarget\"";

/// Takes a viewer in, over a browser's socket of its own, and answers the viewer's.
///
/// # Errors
/// `session_gone`, `too_many_viewers`; and what keeps the fleet or the platform from answering.
pub(super) async fn join(
    viewers: &Rc<ViewersHost<WorkerWorld>>,
    open: RelayOpen,
    right: Right,
    browser: &WebSocket,
) -> Result<WebSocket, Problem> {
    let browser = RawSocket::of(browser);
    let request_id = open.request_id;
    let connect = || {
        let broken = |cause: &dyn std::fmt::Display| internal("connecting a viewer", cause, &request_id);
        let pair = WebSocketPair::new().map_err(|error| broken(&error))?;
        let pipe = lay(viewers, &RawSocket::of(&pair.server), &browser, right);
        let connection: Rc<dyn Connection> = pipe.map_err(|error| broken(&format!("{error:?}")))?;
        Ok((connection, pair.client))
    };
    let joined = viewers.join(open.project, open.session, connect).await;
    if joined.is_err() {
        give_up(&browser);
    }
    joined
}

fn lay(
    viewers: &Rc<ViewersHost<WorkerWorld>>,
    client: &RawSocket,
    browser: &RawSocket,
    right: Right,
) -> Result<Rc<Pipe>, JsValue> {
    let viewer = Rc::new(RefCell::new(Viewer::new(right, clock::now())));
    let (host, taker) = (Rc::clone(viewers), Rc::clone(&viewer));
    let up = move |pipe: &Rc<Pipe>, message: &JsValue| match take(&taker, message) {
        Taken::Pass(command) => pipe.send_up(&JsValue::from_str(&command)),
        Taken::Refuse(answer) => pipe.send_down(&JsValue::from_str(&answer)),
        Taken::Nothing => {}
        Taken::Close(code, reason) => expel(&host, pipe, code, reason),
    };
    let host = Rc::clone(viewers);
    let down = move |pipe: &Rc<Pipe>, message: &JsValue| {
        pipe.send_down(message);
        match note_sent(&viewer, message) {
            Sent::Well => {}
            Sent::Mark(event) => pipe.send_down(&JsValue::from_str(&event)),
            Sent::Close(code, reason) => expel(&host, pipe, code, reason),
        }
    };
    let host = Rc::clone(viewers);
    let ended = move |pipe: &Rc<Pipe>, end: End, how: &ConnectionEnd| {
        let connection: Rc<dyn Connection> = Rc::<Pipe>::clone(pipe);
        match end {
            End::Client => host.viewer_left(&connection, how),
            End::Upstream => host.browser_lost(&connection, how),
        }
    };
    Pipe::lay(client, browser, up, down, ended)
}

fn expel(viewers: &ViewersHost<WorkerWorld>, pipe: &Rc<Pipe>, code: u16, reason: &str) {
    let connection: Rc<dyn Connection> = Rc::<Pipe>::clone(pipe);
    viewers.expel(&connection, code, reason);
}

fn take(viewer: &RefCell<Viewer>, message: &JsValue) -> Taken {
    // What is no text is no command, and nor is nothing.
    let Some(text) = message.dyn_ref::<JsString>() else { return viewer.borrow_mut().take("", clock::now()) };
    // What is too long is not brought into memory.
    if text.length() > COMMAND_BYTES_MAX {
        return Viewer::TOO_BIG;
    }
    viewer.borrow_mut().take(&String::from(text), clock::now())
}

fn note_sent(viewer: &RefCell<Viewer>, message: &JsValue) -> Sent {
    let Some(text) = message.dyn_ref::<JsString>() else { return Sent::Well };
    let mut viewer = viewer.borrow_mut();
    if text.starts_with(DETACHED, 0) {
        viewer.note_detached();
    }
    viewer.note_sent(text.length(), || clock::new_id().to_string())
}
