//! The Durable Object that records a session: a shell around [`RecorderHost`].

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, durable_object};

use crate::edge::platform::rpc;
use crate::edge::world::WorkerWorld;
use crate::host::recorder::RecorderHost;
use crate::wire::{Problem, RecorderCall};

/// The recorder of one session.
#[durable_object(fetch)]
pub struct RecorderObject {
    host: Rc<RecorderHost<WorkerWorld>>,
}

impl DurableObject for RecorderObject {
    fn new(state: State, env: Env) -> Self {
        Self { host: RecorderHost::new(WorkerWorld::of_object(state, env)) }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        rpc::reply(self.answer(request).await)
    }
}

impl RecorderObject {
    async fn answer(&self, request: Request) -> Result<Vec<u8>, Problem> {
        let call: RecorderCall = rpc::receive(request).await?;
        call.serve_json(&self.host).await
    }
}
