//! A session's viewers: people who look at it, or use it as a person does. They are no clients: they keep no session
//! alive.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::clients::WHY_LIMIT;
use super::connection::{Connection, ConnectionEnd, close_as_left, close_as_lost};
use super::session_fleet::{SessionFleet, is_over};
use crate::host::platform::Platform;
use crate::host::timeout::timeout;
use crate::session::{Millis, ProjectName, SessionId};
use crate::wire::{Code, EndedAs, Look, Problem, SocketLost};

/// Viewers of one session: the browser makes pictures for each.
pub const VIEWERS_MAX: usize = 20;
/// Where the provider does not close the browser of an ended session, its viewers are closed this much later.
const LOOK_EVERY: Millis = Millis::from_secs(5);
/// When another try makes sense, for a viewer that finds no place.
const RETRY_AFTER_SECS: u32 = 5;

/// The viewers of one session, in the session's relay.
pub struct ViewersHost<P: Platform> {
    platform: Rc<P>,
    fleet: SessionFleet<P>,
    connections: RefCell<Vec<Rc<dyn Connection>>>,
    is_looking: Cell<bool>,
}

impl<P: Platform> ViewersHost<P> {
    /// No viewers yet.
    pub fn new(platform: Rc<P>) -> Rc<Self> {
        Rc::new(Self {
            fleet: SessionFleet::new(Rc::clone(&platform), "viewers"),
            platform,
            connections: RefCell::new(Vec::new()),
            is_looking: Cell::new(false),
        })
    }

    /// Takes a viewer in: asks the fleet once more whether the session lives, then lets `connect` join its socket and
    /// the browser's.
    ///
    /// # Errors
    /// `session_gone`, `too_many_viewers`; what keeps the fleet from answering; what `connect` says.
    pub async fn join<T>(
        self: &Rc<Self>,
        project: ProjectName,
        session: SessionId,
        connect: impl FnOnce() -> Result<(Rc<dyn Connection>, T), Problem>,
    ) -> Result<T, Problem> {
        self.fleet.set_session(project, session);
        self.fleet
            .ask(|session| Look { session })
            .await
            .map_err(|error| self.fleet.problem("taking a viewer in", error))?;
        if self.connections.borrow().len() >= VIEWERS_MAX {
            let detail = format!("{VIEWERS_MAX} viewers look at this session already");
            return Err(Problem::new(Code::TooManyViewers, detail).over_after(RETRY_AFTER_SECS));
        }
        let (connection, viewer) = connect()?;
        self.connections.borrow_mut().push(connection);
        self.look();
        Ok(viewer)
    }

    /// Ends a viewer that did what it may not.
    pub fn expel(&self, connection: &Rc<dyn Connection>, code: u16, reason: &str) {
        if connection.begin_end() {
            connection.close_browser(code, reason);
            connection.close_client(code, reason);
            self.leave(connection);
        }
    }

    /// A viewer's socket has ended.
    pub fn viewer_left(&self, connection: &Rc<dyn Connection>, end: &ConnectionEnd) {
        close_as_left(&**connection, end);
        self.leave(connection);
    }

    /// The browser's socket behind a viewer has ended: the fleet says what the viewer is to get.
    pub fn browser_lost(self: &Rc<Self>, connection: &Rc<dyn Connection>, end: &ConnectionEnd) {
        let (viewers, connection, end) = (Rc::clone(self), Rc::clone(connection), end.clone());
        self.platform.spawn(async move {
            let why = timeout(&*viewers.platform, WHY_LIMIT, viewers.ask_why()).await.unwrap_or_default();
            close_as_lost(&*connection, &end, why);
            viewers.leave(&connection);
        });
    }

    fn leave(&self, connection: &Rc<dyn Connection>) {
        self.connections.borrow_mut().retain(|other| !Rc::ptr_eq(other, connection));
        let connection = Rc::clone(connection);
        self.platform.spawn(async move { connection.stop_listening() });
    }

    /// Looks for as long as there are viewers whether the session still lives.
    fn look(self: &Rc<Self>) {
        if self.is_looking.replace(true) {
            return;
        }
        let viewers = Rc::clone(self);
        self.platform.spawn(async move {
            while !viewers.connections.borrow().is_empty() {
                viewers.platform.sleep(LOOK_EVERY).await;
                if let Err(error) = viewers.fleet.ask(|session| Look { session }).await
                    && is_over(&error)
                {
                    viewers.cut_all();
                }
            }
            viewers.is_looking.set(false);
        });
    }

    fn cut_all(self: &Rc<Self>) {
        let connections = self.connections.borrow().clone();
        for connection in connections.iter().filter(|connection| connection.begin_end()) {
            self.browser_lost(connection, &ConnectionEnd::Closed(None));
        }
    }

    async fn ask_why(&self) -> EndedAs {
        self.fleet.ask(|session| SocketLost { session }).await.unwrap_or_default()
    }
}
