//! The Durable Object that owns a project's sessions: a shell around [`FleetHost`].

use std::rc::Rc;

use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::WebSocketRequestResponsePair;
use worker::{
    DurableObject, Env, Request, Response, State, WebSocket, WebSocketPair, durable_object, wasm_bindgen, web_sys,
};

use crate::edge::platform::hang_up::RequestCaller;
use crate::edge::platform::rpc::{self, FleetEnvelope, SubscribeEnvelope};
use crate::edge::platform::settings::Settings;
use crate::edge::platform::sqlite::ObjectStore;
use crate::edge::platform::subscriber::SubscriberSocket;
use crate::edge::world::WorkerWorld;
use crate::fleet::FleetLimits;
use crate::host::PlatformError;
use crate::host::fleet::FleetHost;
use crate::session::Millis;
use crate::wire::{EVENTS_PROTOCOL, PING, PONG, Problem};

/// Nothing may start, and nothing is forgotten.
const NO_LIMITS: FleetLimits = FleetLimits { live_max: 0, retention: Millis::new(u64::MAX) };

/// One project's sessions: the truth about them, and the decisions.
#[durable_object(alarm)]
pub struct FleetObject {
    world: Rc<WorkerWorld>,
    host: Rc<FleetHost<WorkerWorld>>,
}

impl DurableObject for FleetObject {
    fn new(state: State, env: Env) -> Self {
        // The Worker in front refuses every call while a setting can't be read; here nothing may start then either.
        let limits = Settings::read(&env).map_or(NO_LIMITS, |settings| settings.fleet);
        let store = ObjectStore::new(&state);
        let world = WorkerWorld::of_object(state, env);
        Self { host: FleetHost::new(Rc::clone(&world), store, limits), world }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        if let Some(call) = rpc::receive_socket(&request) {
            return match call {
                Ok(call) => self.subscribe(call).await,
                Err(problem) => rpc::reply(Err(problem)),
            };
        }
        let caller = RequestCaller(Clone::clone(request.inner()));
        rpc::reply(self.answer(request, caller).await)
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.host.alarm().await;
        Response::empty()
    }
}

impl FleetObject {
    async fn answer(&self, request: Request, caller: RequestCaller) -> Result<Vec<u8>, Problem> {
        let FleetEnvelope { context, call } = rpc::receive(request).await?;
        let calls = self.host.serving(&context, caller).await?;
        call.serve_json(&calls).await
    }

    async fn subscribe(&self, call: SubscribeEnvelope) -> worker::Result<Response> {
        let SubscribeEnvelope { context, subscribe } = call;
        let mut client = None;
        let accept = || {
            let (ours, theirs) = self.accept().map_err(|error| PlatformError(error.to_string()))?;
            client = Some(theirs);
            Ok(ours)
        };
        let subscribed = self.host.subscribe(&context, subscribe.seen, accept).await;
        match (subscribed, client) {
            (Ok(()), Some(client)) => {
                let mut response = Response::from_websocket(client)?;
                if subscribe.protocol {
                    response.headers_mut().set("sec-websocket-protocol", EVENTS_PROTOCOL)?;
                }
                Ok(response)
            }
            (Err(problem), _) => rpc::reply(Err(problem)),
            (Ok(()), None) => Response::error("no socket", 500),
        }
    }

    /// A socket that outlives the object's memory, and its other end.
    fn accept(&self) -> worker::Result<(SubscriberSocket, WebSocket)> {
        let Some(state) = self.world.state() else { return Err("an object without a state".into()) };
        let pair = WebSocketPair::new()?;
        state.set_websocket_auto_response(&WebSocketRequestResponsePair::new(PING, PONG)?);
        state.accept_web_socket(&pair.server);
        Ok((SubscriberSocket::of(&pair.server), pair.client))
    }
}

// The macro would bind the socket handlers as promises, each a future of its own; nothing here waits.
#[allow(clippy::needless_pass_by_value, reason = "the platform hands sockets over")]
#[wasm_bindgen]
impl FleetObject {
    /// A subscriber has sent something.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn on_message(&self, socket: web_sys::WebSocket, message: &JsValue) {
        self.host.subscriber_sent(&SubscriberSocket::of(&socket.into()), message.as_string().as_deref());
    }

    /// A subscriber has left.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn on_close(&self, socket: web_sys::WebSocket) {
        self.host.subscriber_left(&SubscriberSocket::of(&socket.into()));
    }
}
