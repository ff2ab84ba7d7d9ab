//! A watched session's clients: the fleet hears who is connected.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::connection::{Connection, ConnectionEnd, close_as_left, close_as_lost};
use super::session_fleet::{SessionFleet, is_over};
use crate::host::note::Note;
use crate::host::platform::Platform;
use crate::host::semaphore::Semaphore;
use crate::host::timeout::timeout;
use crate::session::{LEASE_RENEWAL, Millis, PresenceReport, ProjectName, ReportSequence, SessionId, Timestamp};
use crate::wire::{AskPresence, CallError, ClosedByClient, EndedAs, Problem, RelayService, ReportClients, SocketLost};

/// A client whose browser's socket has closed learns why after this long at the latest.
pub(super) const WHY_LIMIT: Millis = Millis::from_secs(2);

/// The clients of one watched session, in the session's relay.
pub struct RelayHost<P: Platform> {
    platform: Rc<P>,
    fleet: SessionFleet<P>,
    /// When this instance began: its reports are newer than those of one that began earlier.
    began: Cell<Option<Timestamp>>,
    reports: Cell<u64>,
    /// Clients that are connected, and those that are about to be.
    clients: Cell<u32>,
    connections: RefCell<Vec<Rc<dyn Connection>>>,
    active_at: Cell<Timestamp>,
    /// Reports reach the fleet in the order in which they were made.
    reporting: Semaphore,
    is_renewing: Cell<bool>,
}

impl<P: Platform> RelayHost<P> {
    /// A relay without clients.
    pub fn new(platform: Rc<P>) -> Rc<Self> {
        Rc::new(Self {
            fleet: SessionFleet::new(Rc::clone(&platform), "relay"),
            platform,
            began: Cell::new(None),
            reports: Cell::new(0),
            clients: Cell::new(0),
            connections: RefCell::new(Vec::new()),
            active_at: Cell::new(Timestamp::from_millis(0)),
            reporting: Semaphore::new(1),
            is_renewing: Cell::new(false),
        })
    }

    /// Takes a client in: reports it to the fleet, which may refuse, then lets `connect` join its socket and the
    /// browser's.
    ///
    /// # Errors
    /// `session_gone`; what keeps the fleet from answering; what `connect` says.
    pub async fn join<T>(
        self: &Rc<Self>,
        project: ProjectName,
        session: SessionId,
        connect: impl FnOnce() -> Result<(Rc<dyn Connection>, T), Problem>,
    ) -> Result<T, Problem> {
        self.fleet.set_session(project, session);
        self.clients.set(self.clients.get() + 1);
        self.client_sent();
        let joined = match self.report().await {
            Ok(()) => connect(),
            Err(error) => Err(self.fleet.problem("reporting a client", error)),
        };
        match joined {
            Ok((connection, client)) => {
                self.connections.borrow_mut().push(connection);
                self.renew();
                Ok(client)
            }
            Err(problem) => {
                self.count_out();
                Err(problem)
            }
        }
    }

    /// A client has sent something.
    pub fn client_sent(&self) {
        self.active_at.set(self.platform.now());
    }

    /// A client has asked the browser to close. It may well close its own socket before the browser does: the fleet
    /// looks for the browser from now on.
    pub fn client_closed_browser(self: &Rc<Self>) {
        let relay = Rc::clone(self);
        self.platform.spawn(async move {
            let noted = {
                let _permit = relay.reporting.acquire().await;
                relay.fleet.ask(|session| ClosedByClient { session }).await
            };
            match noted {
                Ok(()) => drop(relay.ask_why().await),
                Err(error) => relay.platform.note(Note::failed("reporting a closed browser", &error)),
            }
        });
    }

    /// A client's socket has ended.
    pub fn client_left(self: &Rc<Self>, connection: &Rc<dyn Connection>, end: &ConnectionEnd) {
        close_as_left(&**connection, end);
        self.leave(connection);
    }

    /// The browser's socket behind a client has ended: the fleet looks whether the browser is gone, and says what the
    /// client is to get.
    pub fn browser_lost(self: &Rc<Self>, connection: &Rc<dyn Connection>, end: &ConnectionEnd) {
        if *end == ConnectionEnd::TooBig {
            close_as_lost(&**connection, end, EndedAs::default());
            return self.leave(connection);
        }
        let (relay, connection, end) = (Rc::clone(self), Rc::clone(connection), end.clone());
        self.platform.spawn(async move {
            let why = timeout(&*relay.platform, WHY_LIMIT, relay.ask_why()).await.unwrap_or_default();
            close_as_lost(&*connection, &end, why);
            relay.leave(&connection);
        });
    }

    /// The session is over. Where the provider does not close the browser, its sockets are closed all the same.
    fn cut_all(self: &Rc<Self>) {
        let connections = self.connections.borrow().clone();
        for connection in connections.iter().filter(|connection| connection.begin_end()) {
            self.browser_lost(connection, &ConnectionEnd::Closed(None));
        }
    }

    fn leave(self: &Rc<Self>, connection: &Rc<dyn Connection>) {
        self.connections.borrow_mut().retain(|other| !Rc::ptr_eq(other, connection));
        let connection = Rc::clone(connection);
        self.platform.spawn(async move { connection.stop_listening() });
        self.count_out();
    }

    fn count_out(self: &Rc<Self>) {
        self.clients.set(self.clients.get().saturating_sub(1));
        self.client_sent();
        let relay = Rc::clone(self);
        self.platform.spawn(async move { relay.report_beside().await });
    }

    /// Renews the lease for as long as a client is connected.
    fn renew(self: &Rc<Self>) {
        if self.is_renewing.replace(true) {
            return;
        }
        let relay = Rc::clone(self);
        self.platform.spawn(async move {
            loop {
                relay.platform.sleep(LEASE_RENEWAL).await;
                if relay.clients.get() == 0 {
                    break;
                }
                relay.report_beside().await;
            }
            relay.is_renewing.set(false);
        });
    }

    /// Reports where no client waits for the answer.
    async fn report_beside(self: &Rc<Self>) {
        match self.report().await {
            Ok(()) => {}
            Err(error) if is_over(&error) => self.cut_all(),
            Err(error) => self.platform.note(Note::failed("reporting clients", &error)),
        }
    }

    async fn report(&self) -> Result<(), CallError> {
        let _permit = self.reporting.acquire().await;
        let report = self.presence_now();
        self.fleet.ask(|session| ReportClients { session, report }).await
    }

    /// All that is known now.
    fn presence_now(&self) -> PresenceReport {
        let began = self.began.get().unwrap_or_else(|| self.platform.now());
        self.began.set(Some(began));
        self.reports.set(self.reports.get() + 1);
        let sequence = ReportSequence { relay: began, number: self.reports.get() };
        PresenceReport { sequence, clients: self.clients.get(), active_at: self.active_at.get() }
    }

    async fn ask_why(&self) -> EndedAs {
        // After what was reported before: a `Browser.close` is stored before it is asked why the browser is gone. The
        // question itself takes its time, and must not hold up the renewal of leases.
        drop(self.reporting.acquire().await);
        self.fleet.ask(|session| SocketLost { session }).await.unwrap_or_default()
    }
}

impl<P: Platform> RelayService for RelayHost<P> {
    async fn presence(&self, _call: AskPresence) -> Result<PresenceReport, Problem> {
        Ok(self.presence_now())
    }
}
