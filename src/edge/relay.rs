//! A watched session's connections: messages are pumped as they are, and the fleet is told who is there.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use worker::wasm_bindgen::JsValue;
use worker::{Delay, Env, State, WebSocket, WebSocketPair, console_error};

use super::clock::now;
use super::fleet_stub;
use super::raw_socket::{Ending, Listener, RawSocket, asks_to_close, closed, failed, message_of};
use super::slots::Slots;
use super::timed::within;
use crate::cdp;
use crate::session::{LEASE_RENEWAL, Millis, ProjectName, Report, SessionId, Timestamp, Word};
use crate::wire::{Code, EndedAs, FleetCall, Problem};

/// A message that is larger can't be received by the platform.
const TOO_BIG: (u16, &str) = (1009, "a message was over 32 MiB");
/// What the other side is told of one that broke off.
const GOING_AWAY: (u16, &str) = (1001, "going away");
/// A client whose browser's socket has closed is told why after this long at the latest.
const WHY_LIMIT: Millis = Millis::from_secs(2);

/// The connections of one session, and what is told of them.
pub(super) struct Relay {
    env: Env,
    state: State,
    whose: RefCell<Option<(ProjectName, SessionId)>>,
    /// When this instance began: its words are newer than those of one that began earlier.
    began: Cell<Option<Timestamp>>,
    words: Cell<u64>,
    /// Those that are let in, and those that are about to be.
    clients: Cell<u32>,
    connections: RefCell<Vec<Rc<Connection>>>,
    active_at: Cell<Timestamp>,
    /// Words reach the fleet in the order in which they were said.
    telling: Slots,
    renewing: Cell<bool>,
}

/// One client's socket and the browser's at the other end.
struct Connection {
    client: RawSocket,
    upstream: RawSocket,
    over: Cell<bool>,
    listeners: RefCell<Vec<Listener>>,
}

impl Relay {
    pub(super) fn new(state: State, env: Env) -> Rc<Self> {
        Rc::new(Self {
            env,
            state,
            whose: RefCell::new(None),
            began: Cell::new(None),
            words: Cell::new(0),
            clients: Cell::new(0),
            connections: RefCell::new(Vec::new()),
            active_at: Cell::new(Timestamp::from_millis(0)),
            telling: Slots::new(1),
            renewing: Cell::new(false),
        })
    }

    pub(super) fn env(&self) -> &Env {
        &self.env
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
            // What is not accepted can't be closed; what can't be accepted is accepted already.
            let _accepted_already = upstream.accept();
            upstream.shut(GOING_AWAY.0, GOING_AWAY.1);
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
        client.accept()?;
        upstream.accept()?;
        let connection = Rc::new(Connection {
            client: client.clone(),
            upstream: upstream.clone(),
            over: Cell::new(false),
            listeners: RefCell::new(Vec::new()),
        });
        let up = {
            let (relay, upstream) = (Rc::clone(self), upstream.clone());
            move |event: JsValue| {
                relay.touch();
                let message = message_of(&event);
                if asks_to_close(&message) {
                    relay.note_close();
                }
                let _closed_meanwhile = upstream.send(&message);
            }
        };
        let down = {
            let client = client.clone();
            move |event: JsValue| {
                let _closed_meanwhile = client.send(&message_of(&event));
            }
        };
        let left = self.ending(&connection, closed, Self::client_left);
        let client_broke = self.ending(&connection, failed, Self::client_left);
        let lost = self.ending(&connection, closed, Self::upstream_lost);
        let upstream_broke = self.ending(&connection, failed, Self::upstream_lost);
        *connection.listeners.borrow_mut() = vec![
            client.listen("message", up),
            upstream.listen("message", down),
            client.listen("close", left),
            upstream.listen("close", lost),
            client.listen("error", client_broke),
            upstream.listen("error", upstream_broke),
        ];
        self.connections.borrow_mut().push(connection);
        Ok(())
    }

    /// A listener that ends a connection, once, whichever of its sockets says so first.
    fn ending(
        self: &Rc<Self>,
        connection: &Rc<Connection>,
        read: fn(&JsValue) -> Ending,
        end: fn(&Rc<Self>, &Rc<Connection>, &Ending),
    ) -> impl Fn(JsValue) + 'static {
        let (relay, connection) = (Rc::clone(self), Rc::clone(connection));
        move |event| {
            if !connection.over.replace(true) {
                end(&relay, &connection, &read(&event));
            }
        }
    }

    fn client_left(self: &Rc<Self>, connection: &Rc<Connection>, how: &Ending) {
        let (code, reason) = match how {
            Ending::Closed(Some((code, reason))) => (*code, reason.as_str()),
            Ending::Closed(None) => GOING_AWAY,
            Ending::TooBig => TOO_BIG,
        };
        connection.upstream.shut(code, reason);
        connection.client.shut(code, reason);
        self.leave(connection);
    }

    /// The browser's end has closed: the fleet looks whether the browser is gone, and says what to tell the client.
    fn upstream_lost(self: &Rc<Self>, connection: &Rc<Connection>, how: &Ending) {
        if *how == Ending::TooBig {
            connection.client.shut(TOO_BIG.0, TOO_BIG.1);
            connection.upstream.shut(TOO_BIG.0, TOO_BIG.1);
            return self.leave(connection);
        }
        let (relay, connection, how) = (Rc::clone(self), Rc::clone(connection), how.clone());
        self.state.wait_until(async move {
            let why = within(WHY_LIMIT, relay.ask_why()).await.unwrap_or_default();
            match (why.reason, how) {
                (None, Ending::Closed(Some((code, reason)))) => connection.client.shut(code, &reason),
                (ended, _) => {
                    let (code, reason) = cdp::close_code(ended);
                    connection.client.shut(code, reason);
                }
            }
            connection.upstream.shut(1000, "");
            relay.leave(&connection);
        });
    }

    /// The session is over. Where the provider does not close the browser, its sockets are closed all the same.
    fn cut_all(self: &Rc<Self>) {
        let connections = self.connections.borrow().clone();
        for connection in connections {
            if !connection.over.replace(true) {
                self.upstream_lost(&connection, &Ending::Closed(None));
            }
        }
    }

    fn leave(self: &Rc<Self>, connection: &Rc<Connection>) {
        self.connections.borrow_mut().retain(|other| !Rc::ptr_eq(other, connection));
        let connection = Rc::clone(connection);
        // Not before the event is over: a listener must not be dropped while it runs.
        self.state.wait_until(async move { connection.listeners.borrow_mut().clear() });
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
                relay.ask(|id| FleetCall::ClosedByClient { id }).await
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
        self.ask(|id| FleetCall::ClientsSeen { id, report }).await.map(drop)
    }

    async fn ask_why(&self) -> EndedAs {
        // Behind what was said before: a `Browser.close` is stored before anybody asks why the browser is gone. The
        // question itself takes its time, and holds up nobody: leases are to be renewed.
        drop(self.telling.take().await);
        let answer = self.ask(|id| FleetCall::SocketLost { id }).await;
        answer.ok().and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default()
    }

    async fn ask(&self, call: impl FnOnce(SessionId) -> FleetCall) -> Result<String, Problem> {
        let Some((project, id)) = self.whose.borrow().clone() else { return Err(broken(&"it serves no session")) };
        fleet_stub::ask(&self.env, project, format!("relay-{id}"), call(id)).await
    }
}

fn broken(cause: &dyn std::fmt::Display) -> Problem {
    super::answer::internal("relay", cause, "relay")
}
