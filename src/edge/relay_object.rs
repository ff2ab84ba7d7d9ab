//! The Durable Object through which a watched session's sockets go: a shell around [`Relay`].

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::answer;
use super::connect;
use super::relay::Relay;
use crate::wire::{Problem, RelayCall, RelayOpen};

/// The connections of one watched session.
#[durable_object(fetch)]
pub struct RelayObject {
    relay: Rc<Relay>,
}

impl DurableObject for RelayObject {
    fn new(state: State, env: Env) -> Self {
        Self { relay: Relay::new(state, env) }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let call = request.headers().get(super::relay_stub::CALL_HEADER)?.unwrap_or_default();
        match serde_json::from_str(&call) {
            Ok(RelayCall::Open(open)) => {
                let request_id = open.request_id.clone();
                match self.open(open).await {
                    Ok(response) => answer::with_request_id(response?, &request_id),
                    Err(problem) => answer::problem(&problem, &request_id),
                }
            }
            Ok(RelayCall::Ask) => Response::from_json(&self.relay.report()),
            Err(error) => answer::problem(&answer::internal("a call to the relay", &error, "-"), "-"),
        }
    }
}

impl RelayObject {
    async fn open(&self, open: RelayOpen) -> Result<worker::Result<Response>, Problem> {
        let upstream = connect::open(self.relay.env(), &open.browser, open.target.as_ref()).await?;
        let client = self.relay.join(open.project, open.session, upstream).await?;
        Ok(Response::from_websocket(client))
    }
}
