//! The Durable Object that owns a project's sessions: a shell around [`FleetCore`].

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::answer;
use super::fleet_calls;
use super::fleet_core::FleetCore;
use crate::wire::{Code, FleetEnvelope, Problem};

/// One project's sessions: the truth about them, and the decisions.
#[durable_object(alarm)]
pub struct FleetObject {
    core: Rc<FleetCore>,
}

impl DurableObject for FleetObject {
    fn new(state: State, env: Env) -> Self {
        Self { core: FleetCore::new(state, env) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let body = request.text().await?;
        let envelope: FleetEnvelope = match serde_json::from_str(&body) {
            Ok(envelope) => envelope,
            Err(error) => {
                // Code of another version: what it asks for is not known here.
                let problem = answer::internal("a call to the fleet", &error, "-");
                return answer::problem(&Problem::new(Code::Internal, problem.detail), "-");
            }
        };
        fleet_calls::answer(&self.core, envelope).await
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.core.alarm().await;
        Response::empty()
    }
}
