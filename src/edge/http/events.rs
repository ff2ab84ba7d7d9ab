//! `/v1/events`: a socket of the project's fleet, forwarded as it is or turned into server-sent events.
//!
//! Both use the fleet's hibernating socket, so the fleet need not stay in memory for either.

use std::time::Duration;

use futures::future::{Either, select};
use worker::js_sys::{Promise, Uint8Array};
use worker::wasm_bindgen::closure::Closure;
use worker::wasm_bindgen::{JsCast as _, JsValue};
use worker::wasm_bindgen_futures::{JsFuture, spawn_local};
use worker::web_sys::{ReadableStream, TransformStream, WritableStreamDefaultWriter};
use worker::{Delay, Response};

use super::caller::Caller;
use super::response::{self, Answered};
use super::subprotocols::offered_protocols;
use crate::edge::platform::rpc::{self, SubscribeEnvelope};
use crate::edge::platform::socket::{Listener, RawSocket, message_of};
use crate::wire::{EVENTS_PROTOCOL, FleetSubscribe, Problem, parse_listen, server_sent};

/// An empty comment now and then, so that proxies keep the connection open.
const HEARTBEAT: Duration = Duration::from_secs(15);
const NOTHING: &str = ": \n\n";

/// Opens a way for the project's events.
///
/// # Errors
/// `invalid_request`, `too_many_listeners`.
pub(super) async fn open(caller: &Caller<'_>) -> Answered {
    let seen = parse_listen(caller.query(), caller.header("last-event-id").as_deref()).map_err(Problem::invalid)?;
    let is_socket = caller.wants_upgrade();
    let protocol = is_socket && offered_protocols(caller.headers()).iter().any(|offered| offered == EVENTS_PROTOCOL);
    let envelope = SubscribeEnvelope { context: caller.context(), subscribe: FleetSubscribe { seen, protocol } };
    let opened = rpc::subscribe(caller.env(), &envelope).await;
    let upgraded = opened.map_err(|error| rpc::problem_of(error, "subscribing to events", caller.request_id()))?;
    if is_socket {
        return response::forward(upgraded, caller.request_id());
    }
    let stream = stream(upgraded).map_err(|error| response::failed(&error, caller.request_id()))?;
    response::event_stream(stream, caller.request_id())
}

/// A fleet's socket as a stream of server-sent events. It ends when either side does.
fn stream(upgraded: Response) -> worker::Result<ReadableStream> {
    let Some(socket) = upgraded.websocket() else { return Err("the fleet opened no socket".into()) };
    let socket = RawSocket::of(&socket);
    let pipe = TransformStream::new()?;
    let writer = pipe.writable().get_writer()?;
    let listeners = pump(&socket, &writer);
    socket.accept()?;
    spawn_local(async move {
        keep_alive(&writer).await;
        socket.shut(1000, "");
        drop(listeners);
    });
    Ok(pipe.readable().unchecked_into())
}

fn pump(socket: &RawSocket, writer: &WritableStreamDefaultWriter) -> [Listener; 3] {
    let told = writer.clone();
    let message = socket.listen("message", move |event| {
        if let Some(text) = message_of(&event).as_string() {
            write(&told, &server_sent(&text));
        }
    });
    let ending = |kind| {
        let ended = writer.clone();
        socket.listen(kind, move |_| unwatched(&ended.close()))
    };
    [message, ending("close"), ending("error")]
}

/// Writes a line now and then until the stream is over: read to its end, or left.
async fn keep_alive(writer: &WritableStreamDefaultWriter) {
    let mut closed = JsFuture::from(writer.closed());
    loop {
        match select(closed, Delay::from(HEARTBEAT)).await {
            Either::Left(_) => return,
            Either::Right(((), still_open)) => closed = still_open,
        }
        write(writer, NOTHING);
    }
}

fn write(writer: &WritableStreamDefaultWriter, text: &str) {
    let bytes: JsValue = Uint8Array::from(text.as_bytes()).into();
    unwatched(&writer.write_with_chunk(&bytes));
}

/// Ignores a write's result: the stream itself reports its end.
fn unwatched(promise: &Promise) {
    thread_local! {
        static NOTHING: Closure<dyn FnMut(JsValue)> = Closure::new(|_| {});
    }
    let _handled = NOTHING.with(|nothing| promise.catch(nothing));
}
