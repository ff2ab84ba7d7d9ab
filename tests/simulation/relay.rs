//! An instance of a watched session's relay: what `src/edge/relay.rs` does.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use tidewatch::session::{BrowserId, LEASE_RENEWAL, Report, SessionId, Timestamp, Word};
use tidewatch::wire::{Code, FleetCall};

use super::browser_run;
use super::executor::Life;
use super::fleet_calls::Answer;
use super::objects::Unanswered;
use super::slots::Slots;
use super::world::World;

/// A client whose browser's socket has closed is told why after this long at the latest.
const WHY_LIMIT_MS: u64 = 2_000;

/// An instance of a session's relay.
pub struct Relay {
    /// What its tasks die with.
    pub life: Life,
    /// Whose.
    pub project: usize,
    /// Whose.
    pub session: SessionId,
    world: Rc<World>,
    began: Cell<Option<Timestamp>>,
    words: Cell<u64>,
    clients: Cell<u32>,
    active_at: Cell<Timestamp>,
    connections: RefCell<Vec<Rc<Connection>>>,
    telling: Slots,
    is_renewing: Cell<bool>,
}

/// One client's socket, as the relay holds it.
struct Connection {
    is_over: Cell<bool>,
    /// Dropped when the client's socket closes.
    client: RefCell<Option<oneshot::Sender<()>>>,
}

/// One client's socket, as the client holds it.
pub struct RelayedSocket {
    /// The relay at its other end.
    pub relay: Rc<Relay>,
    /// Answers, or breaks, once the socket is closed.
    pub closed: oneshot::Receiver<()>,
    /// Dropped when the client leaves.
    _stays: oneshot::Sender<()>,
}

impl Relay {
    /// A new instance.
    pub fn new(world: Rc<World>, life: Life, project: usize, session: SessionId) -> Rc<Self> {
        Rc::new(Self {
            life,
            project,
            session,
            world,
            began: Cell::new(None),
            words: Cell::new(0),
            clients: Cell::new(0),
            active_at: Cell::new(Timestamp::from_millis(0)),
            connections: RefCell::default(),
            telling: Slots::new(1),
            is_renewing: Cell::new(false),
        })
    }

    /// All its sockets break.
    pub fn dies(&self) {
        self.connections.borrow_mut().clear();
    }

    /// Takes a client in: tells the fleet first, which may refuse.
    ///
    /// # Errors
    /// [`Unanswered`].
    async fn join(self: &Rc<Self>, browser: &BrowserId) -> Result<RelayedSocket, Unanswered> {
        let upstream = browser_run::connect(&self.world, browser).await.map_err(|_| Unanswered::Lost)?;
        self.clients.set(self.clients.get() + 1);
        self.touch();
        if let Err(error) = self.tell().await {
            self.count_out();
            return Err(error);
        }
        self.renew();
        let (client, closed) = oneshot::channel();
        let (stays, left) = oneshot::channel::<()>();
        let connection = Rc::new(Connection { is_over: Cell::new(false), client: RefCell::new(Some(client)) });
        self.connections.borrow_mut().push(Rc::clone(&connection));
        let relay = Rc::clone(self);
        self.beside(async move {
            match select(left, upstream).await {
                Either::Left(_) => relay.client_left(&connection),
                Either::Right(_) => relay.upstream_lost(&connection),
            }
        });
        Ok(RelayedSocket { relay: Rc::clone(self), closed, _stays: stays })
    }

    /// What is known now.
    pub fn report(&self) -> Report {
        let began = self.began.get().unwrap_or_else(|| self.world.now());
        self.began.set(Some(began));
        self.words.set(self.words.get() + 1);
        let word = Word { relay: began, number: self.words.get() };
        Report { word, clients: self.clients.get(), active_at: self.active_at.get() }
    }

    /// A client has sent something.
    pub fn touch(&self) {
        self.active_at.set(self.world.now());
    }

    fn client_left(self: &Rc<Self>, connection: &Rc<Connection>) {
        if !connection.is_over.replace(true) {
            self.leave(connection);
        }
    }

    /// The browser's end has closed: the fleet looks whether the browser is gone.
    fn upstream_lost(self: &Rc<Self>, connection: &Rc<Connection>) {
        if connection.is_over.replace(true) {
            return;
        }
        let (relay, connection) = (Rc::clone(self), Rc::clone(connection));
        self.beside(async move {
            let why = std::pin::pin!(relay.ask_why());
            let _in_time = select(why, relay.world.sleep(WHY_LIMIT_MS)).await;
            relay.leave(&connection);
        });
    }

    fn cut_all(self: &Rc<Self>) {
        let connections = self.connections.borrow().clone();
        for connection in &connections {
            self.upstream_lost(connection);
        }
    }

    fn leave(self: &Rc<Self>, connection: &Rc<Connection>) {
        connection.client.take();
        self.connections.borrow_mut().retain(|other| !Rc::ptr_eq(other, connection));
        self.count_out();
    }

    fn count_out(self: &Rc<Self>) {
        self.clients.set(self.clients.get().saturating_sub(1));
        self.touch();
        let relay = Rc::clone(self);
        self.beside(async move { relay.tell_beside().await });
    }

    /// A client has asked the browser to close: the fleet looks from now on.
    pub fn note_close(self: &Rc<Self>) {
        let relay = Rc::clone(self);
        self.beside(async move {
            let noted = {
                let _slot = relay.telling.take().await;
                relay.ask(FleetCall::ClosedByClient(relay.session)).await
            };
            if noted.is_ok() {
                relay.ask_why().await;
            }
        });
    }

    /// Renews the lease for as long as anybody is connected.
    fn renew(self: &Rc<Self>) {
        if self.is_renewing.replace(true) {
            return;
        }
        let relay = Rc::clone(self);
        self.beside(async move {
            loop {
                relay.world.sleep(LEASE_RENEWAL.get()).await;
                if relay.clients.get() == 0 {
                    break;
                }
                relay.tell_beside().await;
            }
            relay.is_renewing.set(false);
        });
    }

    async fn tell_beside(self: &Rc<Self>) {
        if let Err(Unanswered::Refused(problem)) = self.tell().await
            && matches!(problem.code, Code::SessionGone | Code::SessionNotFound)
        {
            self.cut_all();
        }
    }

    async fn tell(&self) -> Result<(), Unanswered> {
        let _slot = self.telling.take().await;
        let report = self.report();
        self.ask(FleetCall::ClientsSeen(self.session, report)).await.map(drop)
    }

    async fn ask_why(&self) {
        // Behind what was said before.
        drop(self.telling.take().await);
        let _unknown = self.ask(FleetCall::SocketLost(self.session)).await;
    }

    async fn ask(&self, call: FleetCall) -> Result<Answer, Unanswered> {
        self.world.objects.ask_fleet(&self.world, self.project, call).await
    }

    fn beside(&self, work: impl Future<Output = ()> + 'static) {
        self.world.executor.spawn(self.life, work);
    }
}

/// Asks a session's relay who is connected; `None` if it does not say.
pub async fn ask(world: &Rc<World>, project: usize, session: SessionId) -> Option<Report> {
    world.objects.arrives(world).await.ok()?;
    let report = world.objects.relay(world, project, session).report();
    world.objects.returns(world).await.ok()?;
    Some(report)
}

/// Asks a session's relay for a socket to its browser.
///
/// # Errors
/// [`Unanswered`].
pub async fn open(
    world: &Rc<World>,
    project: usize,
    session: SessionId,
    browser: BrowserId,
) -> Result<RelayedSocket, Unanswered> {
    world.objects.arrives(world).await?;
    let relay = world.objects.relay(world, project, session);
    let (sender, receiver) = oneshot::channel();
    world.executor.spawn(relay.life, async move {
        let joined = relay.join(&browser).await;
        let _gone = sender.send(joined);
    });
    let joined = receiver.await.map_err(|_| Unanswered::Lost)?;
    world.objects.returns(world).await?;
    joined
}
