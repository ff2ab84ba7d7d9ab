//! A watched session's connections: messages are pumped as they are, and the fleet is told who is there.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use worker::wasm_bindgen::JsValue;
use worker::{Delay, Env, State, WebSocket, WebSocketPair, console_error};

use super::clock::now;
use super::fleet_stub;
use super::raw_socket::{Listener, RawSocket, asks_to_close, code_of, message_of};
use super::slots::Slots;
use crate::cdp;
use crate::session::{LEASE_RENEWAL, ProjectName, Report, SessionId, Timestamp, Word};
use crate::wire::{EndedAs, FleetCall, FleetEnvelope, Problem};

/// A message that is larger can't be received by the platform.
const TOO_BIG: (u16, &str) = (1009, "a message was over 32 MiB");

/// The connections of one session, and what is told of them.
pub(super) struct Relay {
    env: Env,
    state: State,
    whose: RefCell<Option<(ProjectName, SessionId)>>,
    /// When this instance began: its words are newer than those of one that began earlier.
    began: Cell<Option<Timestamp>>,
    words: Cell<u64>,
    clients: Cell<u32>,
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
        if joined.is_err() {
            self.clients.set(self.clients.get().saturating_sub(1));
            if upstream.accept().is_ok() {
                upstream.shut(1001, "going away");
            }
        } else {
            self.renew();
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
        let left = self.ending(&connection, |relay, connection, event| relay.client_left(connection, code_of(event)));
        let lost = self.ending(&connection, |relay, connection, _| relay.upstream_lost(connection));
        let client_broke = self.ending(&connection, |relay, connection, _| relay.broke(connection));
        let upstream_broke = self.ending(&connection, |relay, connection, _| relay.broke(connection));
        *connection.listeners.borrow_mut() = vec![
            client.listen("message", up),
            upstream.listen("message", down),
            client.listen("close", left),
            upstream.listen("close", lost),
            client.listen("error", client_broke),
            upstream.listen("error", upstream_broke),
        ];
        Ok(())
    }

    /// A listener that ends a connection, once, whichever of its sockets says so first.
    fn ending(
        self: &Rc<Self>,
        connection: &Rc<Connection>,
        end: impl Fn(&Rc<Self>, &Rc<Connection>, &JsValue) + 'static,
    ) -> impl FnMut(JsValue) + 'static {
        let (relay, connection) = (Rc::clone(self), Rc::clone(connection));
        move |event| {
            if !connection.over.replace(true) {
                end(&relay, &connection, &event);
            }
        }
    }

    fn client_left(self: &Rc<Self>, connection: &Rc<Connection>, code: u16) {
        connection.upstream.shut(cdp::code_to_pass_on(code), "");
        connection.client.shut(cdp::code_to_pass_on(code), "");
        self.leave(connection);
    }

    /// Over 32 MiB the platform gives up a socket with an error, and without a close.
    fn broke(self: &Rc<Self>, connection: &Rc<Connection>) {
        connection.client.shut(TOO_BIG.0, TOO_BIG.1);
        connection.upstream.shut(TOO_BIG.0, TOO_BIG.1);
        self.leave(connection);
    }

    /// The browser's end has closed: the fleet looks whether the browser is gone, and says what to tell the client.
    fn upstream_lost(self: &Rc<Self>, connection: &Rc<Connection>) {
        let (relay, connection) = (Rc::clone(self), Rc::clone(connection));
        self.state.wait_until(async move {
            let (code, reason) = cdp::close_code(relay.ask_why().await.reason);
            connection.client.shut(code, reason);
            connection.upstream.shut(1000, "");
            relay.leave(&connection);
        });
    }

    fn leave(self: &Rc<Self>, connection: &Rc<Connection>) {
        self.clients.set(self.clients.get().saturating_sub(1));
        self.touch();
        let (relay, connection) = (Rc::clone(self), Rc::clone(connection));
        self.state.wait_until(async move {
            // Not before the event is over: a listener must not be dropped while it runs.
            connection.listeners.borrow_mut().clear();
            let _session_over = relay.tell().await;
        });
    }

    fn note_close(self: &Rc<Self>) {
        let relay = Rc::clone(self);
        self.state.wait_until(async move {
            let _slot = relay.telling.take().await;
            if let Err(problem) = relay.ask(|id| FleetCall::ClosedByClient { id }).await {
                console_error!("relay: {}", problem.detail);
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
            while relay.clients.get() > 0 {
                Delay::from(Duration::from_millis(LEASE_RENEWAL.get())).await;
                if let Err(problem) = relay.tell().await {
                    console_error!("relay: {}", problem.detail);
                }
            }
            relay.renewing.set(false);
        });
    }

    async fn tell(&self) -> Result<(), Problem> {
        let _slot = self.telling.take().await;
        let report = self.report();
        self.ask(|id| FleetCall::ClientsSeen { id, report }).await.map(drop)
    }

    async fn ask_why(&self) -> EndedAs {
        // Behind what was said before: a `Browser.close` is stored before anybody asks why the browser is gone.
        let _slot = self.telling.take().await;
        let answer = self.ask(|id| FleetCall::SocketLost { id }).await;
        answer.ok().and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default()
    }

    async fn ask(&self, call: impl FnOnce(SessionId) -> FleetCall) -> Result<String, Problem> {
        let Some((project, id)) = self.whose.borrow().clone() else { return Err(broken(&"it serves no session")) };
        let envelope =
            FleetEnvelope { project, base_url: String::new(), request_id: format!("relay-{id}"), call: call(id) };
        let mut response = fleet_stub::call(&self.env, &envelope).await.map_err(|error| broken(&error))?;
        let body = response.text().await.map_err(|error| broken(&error))?;
        if response.status_code() == 200 {
            return Ok(body);
        }
        Err(Problem::from_json(&body).unwrap_or_else(|| broken(&"an answer that can't be read")))
    }
}

fn broken(cause: &dyn std::fmt::Display) -> Problem {
    super::answer::internal("relay", cause, "relay")
}
