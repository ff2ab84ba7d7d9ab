//! The Durable Object that records a session: a shell around [`Recording`].

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, console_error, durable_object};

use super::object_call;
use super::recording::Recording;

/// The recorder of one session.
#[durable_object(fetch)]
pub struct RecorderObject {
    recording: Rc<Recording>,
}

impl DurableObject for RecorderObject {
    fn new(state: State, env: Env) -> Self {
        Self { recording: Recording::new(state, env) }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        match object_call::receive(request).await {
            Ok(start) => {
                self.recording.start(start);
                Response::empty()
            }
            Err(error) => {
                console_error!("recorder: a call that is not known: {error}");
                Response::error("a call that is not known", 400)
            }
        }
    }
}
