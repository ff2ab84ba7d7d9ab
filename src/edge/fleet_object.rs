//! The Durable Object that owns a project's sessions: a shell around [`FleetCore`].

use std::rc::Rc;

use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::{DurableObject, Env, Request, Response, State, durable_object, wasm_bindgen, web_sys};

use super::answer;
use super::fleet_calls;
use super::fleet_core::FleetCore;
use super::raw_socket::RawSocket;
use super::{listeners, object_call};

/// One project's sessions: the truth about them, and the decisions.
#[durable_object(alarm)]
pub struct FleetObject {
    core: Rc<FleetCore>,
}

impl DurableObject for FleetObject {
    fn new(state: State, env: Env) -> Self {
        Self { core: FleetCore::new(state, env) }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let caller = Clone::clone(request.inner());
        match object_call::receive(request).await {
            Ok(envelope) => fleet_calls::answer(&self.core, envelope, &caller).await,
            Err(error) => answer::problem(&answer::internal("a call to the fleet", &error, "-"), "-"),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.core.alarm().await;
        Response::empty()
    }
}

// What the macro would bind for sockets are promises, of each kind a future of its own; nothing here waits.
#[allow(
    clippy::unused_self,
    clippy::needless_pass_by_value,
    reason = "the platform calls methods, and hands sockets over"
)]
#[wasm_bindgen]
impl FleetObject {
    /// A listener has sent something.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn heard(&self, socket: web_sys::WebSocket, message: &JsValue) {
        listeners::hear(&RawSocket::of(&socket.into()), message.as_string().as_deref());
    }

    /// A listener has left.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn left(&self, socket: web_sys::WebSocket) {
        listeners::part(&RawSocket::of(&socket.into()));
    }
}
