//! The Durable Object that owns a project's sessions: a shell around [`FleetCore`].

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, WebSocket, WebSocketIncomingMessage, durable_object};

use super::answer;
use super::fleet_calls;
use super::fleet_core::FleetCore;
use super::object_call;

/// One project's sessions: the truth about them, and the decisions.
///
/// Bare, so that alarms and sockets are both bound. `connect` is bound with them and not written: nobody calls it.
#[durable_object]
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

    async fn websocket_message(&self, socket: WebSocket, message: WebSocketIncomingMessage) -> worker::Result<()> {
        FleetCore::hear(&socket, &message);
        Ok(())
    }

    async fn websocket_close(&self, socket: WebSocket, _: usize, _: String, _: bool) -> worker::Result<()> {
        FleetCore::part(&socket);
        Ok(())
    }

    async fn websocket_error(&self, _: WebSocket, _: worker::Error) -> worker::Result<()> {
        Ok(())
    }
}
