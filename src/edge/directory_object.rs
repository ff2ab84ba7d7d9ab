//! The Durable Object of the deployment's one directory: a shell around [`DirectoryCore`].

use std::rc::Rc;

use worker::{DurableObject, Env, Request, Response, State, console_error, durable_object};

use super::directory_core::DirectoryCore;
use super::object_call;
use crate::wire::{DirectoryCall, ProjectPage};

/// The deployment's one directory.
#[durable_object(fetch)]
pub struct DirectoryObject {
    core: Rc<DirectoryCore>,
}

impl DurableObject for DirectoryObject {
    fn new(state: State, env: Env) -> Self {
        Self { core: DirectoryCore::new(state, env) }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let call: DirectoryCall = match object_call::receive(request).await {
            Ok(call) => call,
            Err(error) => return refuse("a call that is not known", &error, 400),
        };
        if let Err(error) = self.core.open() {
            return refuse("open", &error, 500);
        }
        self.answer(call).await
    }
}

impl DirectoryObject {
    async fn answer(&self, call: DirectoryCall) -> worker::Result<Response> {
        let directory = &self.core.directory;
        let stored = match call {
            DirectoryCall::Register(project, version) => directory.register(&project, version),
            DirectoryCall::Unregister(project, version) => directory.unregister(&project, version),
            DirectoryCall::Swept(swept) => directory.note_sweep(swept),
            DirectoryCall::Projects(after) => match directory.projects(after.as_ref()) {
                Ok(projects) => return Response::from_json(&ProjectPage { projects }),
                Err(error) => Err(error),
            },
            DirectoryCall::LastSweep => match directory.last_sweep() {
                Ok(swept) => return Response::from_json(&swept),
                Err(error) => Err(error),
            },
            DirectoryCall::Browsers => {
                return match self.core.browsers().await {
                    Ok(listed) => Response::from_json(&listed),
                    Err(failure) => refuse("the provider's list", &failure.message, 502),
                };
            }
            DirectoryCall::CloseUnclaimed => {
                self.core.close_unclaimed().await;
                Ok(())
            }
        };
        match stored {
            Ok(()) => Response::empty(),
            Err(error) => refuse("store", &error, 500),
        }
    }
}

fn refuse(what: &str, cause: &dyn std::fmt::Display, status: u16) -> worker::Result<Response> {
    console_error!("directory: {what}: {cause}");
    Response::error(what, status)
}
