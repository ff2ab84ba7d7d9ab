//! The Durable Object of the deployment's one directory: a shell around [`DirectoryHost`].

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, durable_object};

use crate::edge::platform::rpc;
use crate::edge::platform::sqlite::ObjectStore;
use crate::edge::world::WorkerWorld;
use crate::host::directory::DirectoryHost;
use crate::wire::{DirectoryCall, Problem};

/// The deployment's one directory.
#[durable_object(fetch)]
pub struct DirectoryObject {
    host: Rc<DirectoryHost<WorkerWorld>>,
}

impl DurableObject for DirectoryObject {
    fn new(state: State, env: Env) -> Self {
        let store = ObjectStore::new(&state);
        Self { host: DirectoryHost::new(WorkerWorld::of_object(state, env), store) }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        rpc::reply(self.answer(request).await)
    }
}

impl DirectoryObject {
    async fn answer(&self, request: Request) -> Result<Vec<u8>, Problem> {
        let call: DirectoryCall = rpc::receive(request).await?;
        call.serve_json(&self.host.serving()?).await
    }
}
