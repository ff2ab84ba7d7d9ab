//! A watched session's connections: messages are pumped as they are, and the fleet is told who is there.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use worker::wasm_bindgen::JsValue;
use worker::{Delay, Env, State, WebSocket, WebSocketPair, console_error};

use super::clock::now;
use super::fleet_stub;
use super::pipe::{End, Pipe, give_up};
use super::raw_socket::{Ending, RawSocket, asks_to_close};
use super::slots::Slots;
use super::timed::within;
use crate::session::{LEASE_RENEWAL, Millis, ProjectName, Report, SessionId, Timestamp, Word};
use crate::wire::{Code, EndedAs, FleetCall, Problem};

/// A client whose browser's socket has closed is told why after this long at the latest.
pub(super) const WHY_LIMIT: Millis = Millis::from_secs(2);

/// The connections of one session, and what is told of them.
pub(super) struct Relay {
    env: Env,
    state: Rc<State>,
    whose: RefCell<Option<(ProjectName, SessionId)>>,
    /// When this instance began: its words are newer than those of one that began earlier.
    began: Cell<Option<Timestamp>>,
    words: Cell<u64>,
    /// Those that are let in, and those that are about to be.
    clients: Cell<u32>,
    pipes: RefCell<Vec<Rc<Pipe>>>,
    active_at: Cell<Timestamp>,
    /// Words reach the fleet in the order in which they were said.
    telling: Slots,
    renewing: Cell<bool>,
}

impl Relay {
    pub(super) fn new(state: Rc<State>, env: Env) -> Rc<Self> {
        Rc::new(Self {
            env,
            state,
            whose: RefCell::new(None),
            began: Cell::new(None),
            words: Cell::new(0),
            clients: Cell::new(0),
            pipes: RefCell::new(Vec::new()),
            active_at: Cell::new(Timestamp::from_millis(0)),
            telling: Slots::new(1),
            renewing: Cell::new(false),
        })
    }

    /// Takes a client in: tells the fleet first, which may refuse, and pumps from then on.
    ///
    /// # Errors
    /// `session_gone`; and what keeps the fleet or the platform from answering.
    pub(super) async fn join(
        self: &Rc<Self>,
        project: ProjectName,
        session: SessionId,
        upstream: WebSocket,
    ) -> Result<WebSocket, Problem> {
        *self.whose.borrow_mut() = Some((project, session));
        let upstream = RawSocket::of(&upstream);
        self.clients.set(self.clients.get() + 1);
        self.touch();
        let joined = async {
            self.tell().await?;
            let pair = WebSocketPair::new().map_err(|error| broken(&error))?;
            self.pump(&RawSocket::of(&pair.server), &upstream).map_err(|error| broken(&format!("{error:?}")))?;
            Ok(pair.client)
        };
        let joined = joined.await;
        if joined.is_ok() {
            self.renew();
        } else {
            self.count_out();
            give_up(&upstream);
        }
        joined
    }

    /// What is known now.
    pub(super) fn report(&self) -> Report {
        let relay = self.began.get().unwrap_or_else(|| {
            self.began.set(Some(now()));
            now()
        });
        self.words.set(self.words.get() + 1);
        let word = Word { relay, number: self.words.get() };
        Report { word, clients: self.clients.get(), active_at: self.active_at.get() }
    }

    fn touch(&self) {
        self.active_at.set(now());
    }

    fn pump(self: &Rc<Self>, client: &RawSocket, upstream: &RawSocket) -> Result<(), JsValue> {
        let relay = Rc::clone(self);
        let up = move |pipe: &Rc<Pipe>, message: &JsValue| {
            relay.touch();
            if asks_to_close(message) {
                relay.note_close();
            }
            pipe.send_up(message);
        };
        let down = |pipe: &Rc<Pipe>, message: &JsValue| pipe.send_down(message);
        let relay = Rc::clone(self);
        let ended = move |pipe: &Rc<Pipe>, end: End, how: &Ending| match end {
            End::Client => relay.client_left(pipe, how),
            End::Upstream => relay.upstream_lost(pipe, how),
        };
        let pipe = Pipe::lay(client, upstream, up, down, ended)?;
        self.pipes.borrow_mut().push(pipe);
        Ok(())
    }

    fn client_left(self: &Rc<Self>, pipe: &Rc<Pipe>, how: &Ending) {
        pipe.shut_as_left(how);
        self.leave(pipe);
    }

    /// The browser's end has closed: the fleet looks whether the browser is gone, and says what to tell the client.
    fn upstream_lost(self: &Rc<Self>, pipe: &Rc<Pipe>, how: &Ending) {
        if *how == Ending::TooBig {
            pipe.shut_as_lost(how, EndedAs::default());
            return self.leave(pipe);
        }
        let (relay, pipe, how) = (Rc::clone(self), Rc::clone(pipe), how.clone());
        self.state.wait_until(async move {
            let why = within(WHY_LIMIT, relay.ask_why()).await.unwrap_or_default();
            pipe.shut_as_lost(&how, why);
            relay.leave(&pipe);
        });
    }

    /// The session is over. Where the provider does not close the browser, its sockets are closed all the same.
    fn cut_all(self: &Rc<Self>) {
        let pipes = self.pipes.borrow().clone();
        for pipe in pipes.iter().filter(|pipe| pipe.begin_end()) {
            self.upstream_lost(pipe, &Ending::Closed(None));
        }
    }

    fn leave(self: &Rc<Self>, pipe: &Rc<Pipe>) {
        self.pipes.borrow_mut().retain(|other| !Rc::ptr_eq(other, pipe));
        let pipe = Rc::clone(pipe);
        self.state.wait_until(async move { pipe.fall_silent() });
        self.count_out();
    }

    fn count_out(self: &Rc<Self>) {
        self.clients.set(self.clients.get().saturating_sub(1));
        self.touch();
        let relay = Rc::clone(self);
        self.state.wait_until(async move { relay.tell_beside().await });
    }

    /// A client has asked the browser to close. It may well close its own socket before the browser does: the fleet
    /// looks from now on.
    fn note_close(self: &Rc<Self>) {
        let relay = Rc::clone(self);
        self.state.wait_until(async move {
            let noted = {
                let _slot = relay.telling.take().await;
                relay.ask(FleetCall::ClosedByClient).await
            };
            match noted {
                Ok(_) => drop(relay.ask_why().await),
                Err(problem) => console_error!("relay: {}", problem.detail),
            }
        });
    }

    /// Renews the lease for as long as anybody is connected.
    fn renew(self: &Rc<Self>) {
        if self.renewing.replace(true) {
            return;
        }
        let relay = Rc::clone(self);
        self.state.wait_until(async move {
            loop {
                Delay::from(Duration::from_millis(LEASE_RENEWAL.get())).await;
                if relay.clients.get() == 0 {
                    break;
                }
                relay.tell_beside().await;
            }
            relay.renewing.set(false);
        });
    }

    /// Tells the fleet where nobody waits for what it says.
    async fn tell_beside(self: &Rc<Self>) {
        match self.tell().await {
            Ok(()) => {}
            Err(problem) if matches!(problem.code, Code::SessionGone | Code::SessionNotFound) => self.cut_all(),
            Err(problem) => console_error!("relay: {}", problem.detail),
        }
    }

    async fn tell(&self) -> Result<(), Problem> {
        let _slot = self.telling.take().await;
        let report = self.report();
        self.ask(|id| FleetCall::ClientsSeen(id, report)).await.map(drop)
    }

    async fn ask_why(&self) -> EndedAs {
        // Behind what was said before: a `Browser.close` is stored before anybody asks why the browser is gone. The
        // question itself takes its time, and holds up nobody: leases are to be renewed.
        drop(self.telling.take().await);
        let answer = self.ask(FleetCall::SocketLost).await;
        answer.map_or_else(|_| EndedAs::default(), |body| fleet_stub::read_why(&body))
    }

    async fn ask(&self, call: impl FnOnce(SessionId) -> FleetCall) -> Result<String, Problem> {
        let Some((project, id)) = self.whose.borrow().clone() else { return Err(broken(&"it serves no session")) };
        fleet_stub::ask(&self.env, project, format!("relay-{id}"), call(id)).await
    }
}

fn broken(cause: &dyn std::fmt::Display) -> Problem {
    super::answer::internal("relay", cause, "relay")
}
