//! The Durable Object through which go the sockets of a watched session, and those of any session's viewers: a shell around
//! [`Relay`], [`Viewers`] and [`Pictures`].

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::answer;
use super::connect;
use super::pictures::Pictures;
use super::relay::Relay;
use super::viewers::Viewers;
use crate::wire::{Problem, RelayCall, RelayOpen, Right};

/// The connections of one session.
#[durable_object(fetch)]
pub struct RelayObject {
    env: Env,
    relay: Rc<Relay>,
    viewers: Rc<Viewers>,
    pictures: Pictures,
}

impl DurableObject for RelayObject {
    fn new(state: State, env: Env) -> Self {
        let state = Rc::new(state);
        Self {
            relay: Relay::new(Rc::clone(&state), env.clone()),
            viewers: Viewers::new(state, env.clone()),
            pictures: Pictures::new(),
            env,
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let call = request.headers().get(super::relay_stub::CALL_HEADER)?.unwrap_or_default();
        let call = match serde_json::from_str(&call) {
            Ok(call) => call,
            Err(error) => return answer::problem(&answer::internal("a call to the relay", &error, "-"), "-"),
        };
        let (request_id, answered) = match call {
            RelayCall::Open(open) => (open.request_id.clone(), self.open(open).await),
            RelayCall::View { open, right } => (open.request_id.clone(), self.view(open, right).await),
            RelayCall::Picture { open, width } => {
                let picture = self.pictures.of(&self.env, &open.browser, width).await;
                let answered = picture.map(|picture| answer::jpeg(&picture, &open.request_id));
                (open.request_id, answered)
            }
            RelayCall::Ask => return Response::from_json(&self.relay.report()),
        };
        match answered {
            Ok(response) => answer::with_request_id(response?, &request_id),
            Err(problem) => answer::problem(&problem, &request_id),
        }
    }
}

impl RelayObject {
    async fn open(&self, open: RelayOpen) -> Result<worker::Result<Response>, Problem> {
        let upstream = connect::open(&self.env, &open.browser, open.target.as_ref()).await?;
        let client = self.relay.join(open.project, open.session, upstream).await?;
        Ok(Response::from_websocket(client))
    }

    async fn view(&self, open: RelayOpen, right: Right) -> Result<worker::Result<Response>, Problem> {
        let upstream = connect::open(&self.env, &open.browser, None).await?;
        let viewer = self.viewers.join(open.project, open.session, right, upstream).await?;
        Ok(Response::from_websocket(viewer))
    }
}
