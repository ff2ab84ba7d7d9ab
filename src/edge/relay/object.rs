//! The Durable Object through which the sockets of a watched session go, and those of any session's viewers: a shell
//! around [`RelayHost`], [`ViewersHost`] and [`Pictures`].

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, WebSocket, durable_object};

use super::pictures::Pictures;
use super::{client_socket, viewer_socket};
use crate::edge::platform::rpc;
use crate::edge::provider;
use crate::edge::world::WorkerWorld;
use crate::host::relay::{RelayHost, ViewersHost};
use crate::wire::{Problem, RelayCall, RelayOpen, RelaySocket, Right};

/// The sockets of one session.
#[durable_object(fetch)]
pub struct RelayObject {
    env: Env,
    clients: Rc<RelayHost<WorkerWorld>>,
    viewers: Rc<ViewersHost<WorkerWorld>>,
    pictures: Pictures,
}

impl DurableObject for RelayObject {
    fn new(state: State, env: Env) -> Self {
        let world = WorkerWorld::of_object(state, env.clone());
        Self {
            clients: RelayHost::new(Rc::clone(&world)),
            viewers: ViewersHost::new(world),
            pictures: Pictures::new(),
            env,
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        match rpc::receive_socket(&request) {
            None => rpc::reply(self.answer(request).await),
            Some(Ok(RelaySocket::Open(open))) => rpc::reply_socket(self.open_client(open).await),
            Some(Ok(RelaySocket::View(open))) => rpc::reply_socket(self.open_viewer(open, Right::View).await),
            Some(Ok(RelaySocket::Interact(open))) => rpc::reply_socket(self.open_viewer(open, Right::Interact).await),
            Some(Ok(RelaySocket::Picture(open))) => {
                let picture = self.pictures.of(&self.env, &open.browser, open.width).await;
                rpc::reply(picture.map(|jpeg| jpeg.to_vec()))
            }
            Some(Err(problem)) => rpc::reply(Err(problem)),
        }
    }
}

impl RelayObject {
    async fn answer(&self, request: Request) -> Result<Vec<u8>, Problem> {
        let call: RelayCall = rpc::receive(request).await?;
        call.serve_json(&*self.clients).await
    }

    async fn open_client(&self, open: RelayOpen) -> Result<WebSocket, Problem> {
        let browser = provider::open_socket(&self.env, &open.browser, open.target.as_ref()).await?;
        client_socket::join(&self.clients, open, &browser).await
    }

    async fn open_viewer(&self, open: RelayOpen, right: Right) -> Result<WebSocket, Problem> {
        let browser = provider::open_socket(&self.env, &open.browser, open.target.as_ref()).await?;
        viewer_socket::join(&self.viewers, open, right, &browser).await
    }
}
