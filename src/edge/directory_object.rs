//! The deployment's one directory: which projects are to be swept, and which browsers the provider has.

use std::cell::{Cell, RefCell};

use futures::channel::oneshot;
use worker::{DurableObject, Env, Request, Response, State, console_error, durable_object};

use super::clock::now;
use super::object_call;
use super::object_store::ObjectStore;
use super::provider::Provider;
use crate::fleet::Directory;
use crate::session::{Failure, Millis};
use crate::wire::{DirectoryCall, ListedBrowsers, ProjectPage};

/// The provider is asked once for all projects, and its answer serves for this long.
const LIST_KEPT: Millis = Millis::from_secs(2);

type Listed = Result<ListedBrowsers, Failure>;

/// The deployment's one directory.
#[durable_object(fetch)]
pub struct DirectoryObject {
    env: Env,
    directory: Directory<ObjectStore>,
    opened: Cell<bool>,
    listed: RefCell<Option<ListedBrowsers>>,
    /// Who waits for the list that is being asked for; `None` while nobody asks.
    asking: RefCell<Option<Vec<oneshot::Sender<Listed>>>>,
}

impl DurableObject for DirectoryObject {
    fn new(state: State, env: Env) -> Self {
        Self {
            env,
            directory: Directory::new(ObjectStore::new(&state)),
            opened: Cell::new(false),
            listed: RefCell::new(None),
            asking: RefCell::new(None),
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let call: DirectoryCall = match object_call::receive(request).await {
            Ok(call) => call,
            Err(error) => return refuse("a call that is not known", &error, 400),
        };
        if !self.opened.get() {
            if let Err(error) = self.directory.open() {
                return refuse("open", &error, 500);
            }
            self.opened.set(true);
        }
        self.answer(call).await
    }
}

impl DirectoryObject {
    async fn answer(&self, call: DirectoryCall) -> worker::Result<Response> {
        let stored = match call {
            DirectoryCall::Register { project, version } => self.directory.register(&project, version),
            DirectoryCall::Unregister { project, version } => self.directory.unregister(&project, version),
            DirectoryCall::Projects { after } => match self.directory.projects(after.as_ref()) {
                Ok(projects) => return Response::from_json(&ProjectPage { projects }),
                Err(error) => Err(error),
            },
            DirectoryCall::Browsers => {
                return match self.browsers().await {
                    Ok(listed) => Response::from_json(&listed),
                    Err(failure) => refuse("the provider's list", &failure.message, 502),
                };
            }
        };
        match stored {
            Ok(()) => Response::empty(),
            Err(error) => refuse("store", &error, 500),
        }
    }

    /// The provider's list: the last one while it is fresh, else a new one, asked for once however many want it.
    async fn browsers(&self) -> Listed {
        let fresh = |listed: &&ListedBrowsers| now().since(listed.asked_at) < LIST_KEPT;
        if let Some(listed) = self.listed.borrow().as_ref().filter(fresh) {
            return Ok(listed.clone());
        }
        if let Some(answer) = self.join_question() {
            return answer.await.unwrap_or_else(|_| Err(cut_off()));
        }
        let question = Question(&self.asking);
        let asked_at = now();
        let listed = self.ask().await.map(|browsers| ListedBrowsers { asked_at, browsers });
        *self.listed.borrow_mut() = listed.as_ref().ok().cloned();
        question.answer(&listed);
        listed
    }

    /// Waits with the others if somebody asks already; else notes that somebody does now.
    fn join_question(&self) -> Option<oneshot::Receiver<Listed>> {
        let mut asking = self.asking.borrow_mut();
        if let Some(waiting) = asking.as_mut() {
            let (sender, receiver) = oneshot::channel();
            waiting.push(sender);
            return Some(receiver);
        }
        *asking = Some(Vec::new());
        None
    }

    async fn ask(&self) -> Result<Vec<crate::session::BrowserId>, Failure> {
        Provider::of(&self.env)?.list().await
    }
}

/// A question that is being asked. However it ends, nobody is left waiting for it.
struct Question<'a>(&'a RefCell<Option<Vec<oneshot::Sender<Listed>>>>);

impl Question<'_> {
    fn answer(self, listed: &Listed) {
        for waiting in self.0.borrow_mut().take().unwrap_or_default() {
            let _gone = waiting.send(listed.clone());
        }
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().take();
    }
}

fn cut_off() -> Failure {
    Failure::new(crate::session::FailureCode::ProviderError, "the question was cut off")
}

fn refuse(what: &str, cause: &dyn std::fmt::Display, status: u16) -> worker::Result<Response> {
    console_error!("directory: {what}: {cause}");
    Response::error(what, status)
}
