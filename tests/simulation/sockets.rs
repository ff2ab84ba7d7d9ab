//! Clients' and viewers' sockets through a relay, at both ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use tidewatch::host::relay::{Connection, ConnectionEnd};
use tidewatch::session::{BrowserId, SessionId};
use tidewatch::wire::{CallError, Problem};

use super::browser_run::{self, Owner, Socket};
use super::objects::{Relay, lost, name_of};
use super::world::World;

/// The sockets of one relay.
#[derive(Default)]
pub struct Sockets(RefCell<Vec<Rc<SimConnection>>>);

impl Sockets {
    /// Breaks all sockets, because the relay died.
    pub fn break_all(&self) {
        for connection in self.0.take() {
            connection.client.take();
            connection.browser.take();
        }
    }
}

/// The relay's end of a socket pair.
pub struct SimConnection {
    is_ending: Cell<bool>,
    /// Sends the close code to the client. Dropping it breaks the socket.
    client: RefCell<Option<oneshot::Sender<u16>>>,
    /// Dropped when the browser's socket is closed.
    browser: RefCell<Option<oneshot::Sender<()>>>,
}

impl Connection for SimConnection {
    fn begin_end(&self) -> bool {
        !self.is_ending.replace(true)
    }

    fn close_client(&self, code: u16, _reason: &str) {
        if let Some(client) = self.client.take() {
            let _gone = client.send(code);
        }
    }

    fn close_browser(&self, _code: u16, _reason: &str) {
        self.browser.take();
    }

    fn stop_listening(&self) {}
}

/// The client's end of a socket through a relay.
pub struct RelayedSocket {
    /// The relay at its other end.
    pub relay: Rc<Relay>,
    /// Receives the close code, or is dropped when the socket breaks.
    pub closed: oneshot::Receiver<u16>,
    /// Dropped when the client leaves.
    _stays: oneshot::Sender<()>,
}

/// The kind of a relay's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// A client's socket.
    Client,
    /// A viewer's socket.
    Viewer,
}

/// Opens a socket to a session's browser through its relay.
///
/// # Errors
/// [`CallError`].
pub async fn open(
    world: &Rc<World>,
    project: usize,
    session: SessionId,
    browser: BrowserId,
    whose: For,
) -> Result<RelayedSocket, CallError> {
    world.objects.arrives(world).await?;
    let relay = world.objects.relay(world, project, session);
    let (sender, receiver) = oneshot::channel();
    let inner = Rc::clone(world);
    world.executor.spawn(relay.life, async move {
        let joined = join(&inner, &relay, project, session, &browser, whose).await;
        let _gone = sender.send(joined);
    });
    let joined = receiver.await.map_err(|_| lost("the relay has died"))?;
    world.objects.returns(world).await?;
    joined
}

async fn join(
    world: &Rc<World>,
    relay: &Rc<Relay>,
    project: usize,
    session: SessionId,
    browser: &BrowserId,
    whose: For,
) -> Result<RelayedSocket, CallError> {
    let upstream = browser_run::connect(world, browser).await.map_err(|failure| lost(&failure.message))?;
    let connect = || {
        let (connection, socket) = connect(world, relay, (project, session), upstream, whose);
        let connection: Rc<dyn Connection> = connection;
        Ok::<_, Problem>((connection, socket))
    };
    let name = name_of(project);
    let joined = match whose {
        For::Client => relay.clients.join(name, session, connect).await,
        For::Viewer => relay.viewers.join(name, session, connect).await,
    };
    joined.map_err(CallError::Refused)
}

/// Connects a client's socket with the browser's. Notifies the relay when one of them ends.
fn connect(
    world: &Rc<World>,
    relay: &Rc<Relay>,
    owner: Owner,
    upstream: Socket,
    whose: For,
) -> (Rc<SimConnection>, RelayedSocket) {
    let (client, closed) = oneshot::channel();
    let (browser, browser_closed) = oneshot::channel::<()>();
    let (stays, left) = oneshot::channel::<()>();
    let connection = Rc::new(SimConnection {
        is_ending: Cell::new(false),
        client: RefCell::new(Some(client)),
        browser: RefCell::new(Some(browser)),
    });
    relay.sockets.0.borrow_mut().push(Rc::clone(&connection));
    let (inner, held, seen_by) = (Rc::clone(relay), Rc::clone(&connection), Rc::clone(world));
    world.executor.spawn(relay.life, async move {
        let is_left = matches!(select(left, select(upstream, browser_closed)).await, Either::Left(_));
        if is_left && whose == For::Client {
            seen_by.ledger.client_left(&seen_by, owner);
        }
        if !held.begin_end() {
            return;
        }
        let held: Rc<dyn Connection> = held;
        let end = ConnectionEnd::Closed(None);
        match (whose, is_left) {
            (For::Client, true) => inner.clients.client_left(&held, &end),
            (For::Client, false) => inner.clients.browser_lost(&held, &end),
            (For::Viewer, true) => inner.viewers.viewer_left(&held, &end),
            (For::Viewer, false) => inner.viewers.browser_lost(&held, &end),
        }
    });
    (connection, RelayedSocket { relay: Rc::clone(relay), closed, _stays: stays })
}
