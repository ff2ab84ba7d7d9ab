//! The Durable Object through which go the sockets of a watched session, and those of any session's viewers: a shell around
//! [`Relay`], [`Viewers`] and [`Pictures`].

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, WebSocket, durable_object};

use super::answer;
use super::connect;
use super::pictures::Pictures;
use super::relay::Relay;
use super::viewers::Viewers;
use crate::wire::{Problem, RelayCall, RelayOpen, Right, from_json};

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
        let call = match from_json(&call) {
            Ok(call) => call,
            Err(error) => return answer::problem(&answer::internal("a call to the relay", &error, "-"), "-"),
        };
        let (open, whose) = match call {
            RelayCall::Open(open) => (open, For::Client),
            RelayCall::View(open) => (open, For::Viewer(Right::View)),
            RelayCall::Interact(open) => (open, For::Viewer(Right::Interact)),
            RelayCall::Picture(open) => {
                let picture = self.pictures.of(&self.env, &open.browser, open.width).await;
                let answered = picture.and_then(|picture| answer::jpeg(&picture, &open.request_id));
                return answered.or_else(|problem| answer::problem(&problem, &open.request_id));
            }
            RelayCall::Ask => return Response::from_json(&self.relay.report()),
        };
        let request_id = open.request_id.clone();
        let answered = self.open(open, whose).await.and_then(|socket| answer::socket(socket, &request_id));
        answered.or_else(|problem| answer::problem(&problem, &request_id))
    }
}

/// Whom a socket is for.
enum For {
    Client,
    Viewer(Right),
}

impl RelayObject {
    async fn open(&self, open: RelayOpen, whose: For) -> Result<WebSocket, Problem> {
        let upstream = connect::open(&self.env, &open.browser, open.target.as_ref()).await?;
        match whose {
            For::Client => self.relay.join(open.project, open.session, upstream).await,
            For::Viewer(right) => self.viewers.join(open.project, open.session, right, upstream).await,
        }
    }
}
