//! Those who look at a session, or use it as a person does: each has a socket of its own to the browser, behind the rules
//! of [`cdp::Viewer`]. To the fleet they are nobody: they keep no session alive, and count as no client.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use worker::js_sys::JsString;
use worker::wasm_bindgen::{JsCast as _, JsValue};
use worker::{Delay, Env, State, WebSocket, WebSocketPair};

use super::pipe::{End, Pipe, give_up};
use super::raw_socket::{Ending, RawSocket};
use super::relay::WHY_LIMIT;
use super::timed::within;
use super::{answer, clock, fleet_stub};
use crate::cdp::{COMMAND_BYTES_MAX, Sent, Taken, Viewer};
use crate::session::{Millis, ProjectName, SessionId};
use crate::wire::{Code, EndedAs, FleetCall, Problem, Right};

/// Each has its own pictures made. People who look on at one browser are fewer.
const VIEWERS_MAX: usize = 20;
/// Where the provider does not close a browser whose session has ended, its viewers see it for so much longer.
const LOOK_EVERY: Millis = Millis::from_secs(5);
/// Whoever found no place may try again after this.
const RETRY_AFTER_SECS: u32 = 5;
/// The browser writes the names of its events in front.
const DETACHED: &str = "{\"method\":\"Target.detachedFromTarget\"";

/// The viewers of one session.
pub(super) struct Viewers {
    env: Env,
    state: Rc<State>,
    whose: RefCell<Option<(ProjectName, SessionId)>>,
    pipes: RefCell<Vec<Rc<Pipe>>>,
    looking: Cell<bool>,
}

impl Viewers {
    pub(super) fn new(state: Rc<State>, env: Env) -> Rc<Self> {
        Rc::new(Self {
            env,
            state,
            whose: RefCell::new(None),
            pipes: RefCell::new(Vec::new()),
            looking: Cell::new(false),
        })
    }

    /// Takes a viewer in.
    ///
    /// # Errors
    /// `session_gone`, `too_many_viewers`; and what keeps the fleet or the platform from answering.
    pub(super) async fn join(
        self: &Rc<Self>,
        project: ProjectName,
        session: SessionId,
        right: Right,
        upstream: WebSocket,
    ) -> Result<WebSocket, Problem> {
        *self.whose.borrow_mut() = Some((project, session));
        let upstream = RawSocket::of(&upstream);
        let joined = async {
            // The session may have ended while the socket was opened.
            self.ask(FleetCall::Look).await?;
            if self.pipes.borrow().len() >= VIEWERS_MAX {
                let detail = format!("{VIEWERS_MAX} viewers look at this session already");
                let problem = Problem::new(Code::TooManyViewers, detail);
                return Err(problem.over_after(RETRY_AFTER_SECS));
            }
            let pair = WebSocketPair::new().map_err(|error| broken(&error))?;
            let pipe = self.lay(&RawSocket::of(&pair.server), &upstream, right);
            self.pipes.borrow_mut().push(pipe.map_err(|error| broken(&format!("{error:?}")))?);
            Ok(pair.client)
        };
        let joined = joined.await;
        if joined.is_ok() {
            self.look();
        } else {
            give_up(&upstream);
        }
        joined
    }

    fn lay(self: &Rc<Self>, client: &RawSocket, upstream: &RawSocket, right: Right) -> Result<Rc<Pipe>, JsValue> {
        let viewer = Rc::new(RefCell::new(Viewer::new(right, clock::now())));
        let (viewers, taker) = (Rc::clone(self), Rc::clone(&viewer));
        let up = move |pipe: &Rc<Pipe>, message: &JsValue| match take(&taker, message) {
            Taken::Pass(command) => pipe.send_up(&JsValue::from_str(&command)),
            Taken::Refuse(answer) => pipe.send_down(&JsValue::from_str(&answer)),
            Taken::Nothing => {}
            Taken::Close(code, reason) => viewers.put_out(pipe, code, reason),
        };
        let viewers = Rc::clone(self);
        let down = move |pipe: &Rc<Pipe>, message: &JsValue| {
            pipe.send_down(message);
            match note_sent(&viewer, message) {
                Sent::Well => {}
                Sent::Mark(event) => pipe.send_down(&JsValue::from_str(&event)),
                Sent::Close(code, reason) => viewers.put_out(pipe, code, reason),
            }
        };
        let viewers = Rc::clone(self);
        let ended = move |pipe: &Rc<Pipe>, end: End, how: &Ending| match end {
            End::Client => {
                pipe.shut_as_left(how);
                viewers.leave(pipe);
            }
            End::Upstream => viewers.lose(pipe, how),
        };
        Pipe::lay(client, upstream, up, down, ended)
    }

    fn put_out(&self, pipe: &Rc<Pipe>, code: u16, reason: &str) {
        if pipe.begin_end() {
            pipe.shut(code, reason);
            self.leave(pipe);
        }
    }

    /// The browser's end has closed: the fleet says what to tell the viewer.
    fn lose(self: &Rc<Self>, pipe: &Rc<Pipe>, how: &Ending) {
        let (viewers, pipe, how) = (Rc::clone(self), Rc::clone(pipe), how.clone());
        self.state.wait_until(async move {
            let why = within(WHY_LIMIT, viewers.ask_why()).await.unwrap_or_default();
            pipe.shut_as_lost(&how, why);
            viewers.leave(&pipe);
        });
    }

    fn leave(&self, pipe: &Rc<Pipe>) {
        self.pipes.borrow_mut().retain(|other| !Rc::ptr_eq(other, pipe));
        let pipe = Rc::clone(pipe);
        self.state.wait_until(async move { pipe.fall_silent() });
    }

    /// Looks for as long as anybody does whether the session still lives.
    fn look(self: &Rc<Self>) {
        if self.looking.replace(true) {
            return;
        }
        let viewers = Rc::clone(self);
        self.state.wait_until(async move {
            while !viewers.pipes.borrow().is_empty() {
                Delay::from(Duration::from_millis(LOOK_EVERY.get())).await;
                if let Err(problem) = viewers.ask(FleetCall::Look).await
                    && matches!(problem.code, Code::SessionGone | Code::SessionNotFound)
                {
                    viewers.cut_all();
                }
            }
            viewers.looking.set(false);
        });
    }

    fn cut_all(self: &Rc<Self>) {
        let pipes = self.pipes.borrow().clone();
        for pipe in pipes.iter().filter(|pipe| pipe.begin_end()) {
            self.lose(pipe, &Ending::Closed(None));
        }
    }

    async fn ask_why(&self) -> EndedAs {
        let answer = self.ask(FleetCall::SocketLost).await;
        answer.map_or_else(|_| EndedAs::default(), |body| fleet_stub::read_why(&body))
    }

    async fn ask(&self, call: fn(SessionId) -> FleetCall) -> Result<String, Problem> {
        let Some((project, id)) = self.whose.borrow().clone() else { return Err(broken(&"they look at no session")) };
        fleet_stub::ask(&self.env, project, format!("viewers-{id}"), call(id)).await
    }
}

fn take(viewer: &RefCell<Viewer>, message: &JsValue) -> Taken {
    // What is no text is no command, and nor is nothing.
    let Some(text) = message.dyn_ref::<JsString>() else { return viewer.borrow_mut().take("", clock::now()) };
    // What is too long is not brought into memory.
    if text.length() > COMMAND_BYTES_MAX {
        return Viewer::TOO_BIG;
    }
    viewer.borrow_mut().take(&String::from(text), clock::now())
}

fn note_sent(viewer: &RefCell<Viewer>, message: &JsValue) -> Sent {
    let Some(text) = message.dyn_ref::<JsString>() else { return Sent::Well };
    let mut viewer = viewer.borrow_mut();
    if text.starts_with(DETACHED, 0) {
        viewer.note_detached();
    }
    viewer.note_sent(text.length(), || clock::new_id().to_string())
}

fn broken(cause: &dyn std::fmt::Display) -> Problem {
    answer::internal("viewers", cause, "viewers")
}
