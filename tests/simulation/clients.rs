//! The clients. Most use their sessions as intended. Some disconnect, wait too long, or close their browsers.

use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use tidewatch::session::{self, BrowserId, Millis, OptionsLimits, SessionId};
use tidewatch::wire::{
    CallError, Change, Code, Connect, Connectable, Create, CreateRequest, Created, FleetMethod, Get, GetUsage, List,
    Look, Release, ReleaseAll,
};

use super::browser_run::{self, Socket};
use super::caller::SimCaller;
use super::fault::Fault;
use super::objects::{Relay, lost};
use super::plan::{Act, Client, Parting};
use super::sockets::{self, For, RelayedSocket};
use super::world::World;

/// The simulated deployment's limits for a session.
const LIMITS: OptionsLimits = OptionsLimits { timeout_max: Millis::new(86_400_000), recordings: false };
/// One client in this many records its sessions.
const RECORDED: usize = 2;
/// Milliseconds between two messages of a connected client.
const TALK_MS: std::ops::RangeInclusive<u64> = 500..=3_000;
/// How long a client waits before its next try, in milliseconds.
const RETRY_MS: std::ops::RangeInclusive<u64> = 200..=4_000;

/// The first number of a viewer in `World::waiting`.
const VIEWERS: usize = 1_000;

/// A client with a session.
struct Agent {
    world: Rc<World>,
    number: usize,
    project: usize,
    session: SessionId,
}

/// A socket to a browser.
enum Connection {
    PassedThrough(Socket),
    Relayed(RelayedSocket),
}

impl Connection {
    fn relay(&self) -> Option<&Rc<Relay>> {
        match self {
            Self::PassedThrough(_) => None,
            Self::Relayed(socket) => Some(&socket.relay),
        }
    }

    async fn closes(&mut self) {
        let _either_way = match self {
            Self::PassedThrough(socket) => socket.await.map(|()| 1_000),
            Self::Relayed(socket) => (&mut socket.closed).await,
        };
    }
}

/// Runs one client.
pub async fn run(world: Rc<World>, client: Client) {
    world.sleep(client.arrives).await;
    let number = client.number;
    world.waiting.borrow_mut().insert(number);
    run_session(&world, client).await;
    world.waiting.borrow_mut().remove(&number);
}

async fn run_session(world: &Rc<World>, client: Client) {
    let limits = OptionsLimits { recordings: client.number.is_multiple_of(RECORDED), ..LIMITS };
    let request = CreateRequest::parse(&client.body, client.key.as_deref(), limits);
    let request = Box::new(request.expect("a plan's bodies can be used"));
    let Some(session) = create(world, &client, request).await else { return };
    let world = Rc::clone(world);
    if client.is_viewed {
        world.outside(view(Rc::clone(&world), client.number, client.project, session));
    }
    let agent = Rc::new(Agent { world, number: client.number, project: client.project, session });
    for act in client.acts {
        agent.does(act).await;
    }
}

/// Watches a session until its socket closes.
async fn view(world: Rc<World>, number: usize, project: usize, session: SessionId) {
    let whose = VIEWERS + number;
    world.waiting.borrow_mut().insert(whose);
    let opened = async {
        let session_browser = world.objects.ask_fleet(&world, project, Look { session }).await?.browser;
        sockets::open(&world, project, session, session_browser, For::Viewer).await
    };
    if let Ok(socket) = opened.await {
        world.note(|| format!("c{number} has a viewer"));
        let _either_way = socket.closed.await;
        world.note(|| format!("c{number}'s viewer is gone"));
    }
    world.waiting.borrow_mut().remove(&whose);
}

/// Requests a project's sessions and its usage, long after everything else.
pub async fn make_late_request(world: Rc<World>, project: usize) {
    let _either_way = world.objects.ask_fleet(&world, project, List { query: "limit=1".to_owned() }).await;
    let _either_way = world.objects.ask_fleet(&world, project, GetUsage { query: String::new() }).await;
}

/// Tries to create a session, until it succeeds or no try is left.
async fn create(world: &Rc<World>, client: &Client, request: Box<CreateRequest>) -> Option<SessionId> {
    let may_repeat = client.key.is_some() || request.options.session_id.is_some();
    for _ in 0..client.tries {
        world.note(|| format!("c{} asks p{} for a session {:?}", client.number, client.project, client.key));
        let answer = ask_with_patience(world, client, request.clone()).await;
        world.note(|| format!("c{} gets {}", client.number, summary(answer.as_ref())));
        match answer {
            Some(Ok(created)) => return SessionId::parse(&created.session.id).ok(),
            Some(Err(CallError::Refused(problem))) if problem.code == Code::IdempotencyMismatch => return None,
            // The call may have arrived. Without a key, a second call would make another session.
            None | Some(Err(CallError::Lost(_))) if !may_repeat => return None,
            None | Some(Err(CallError::Refused(_) | CallError::Lost(_))) => {}
        }
        world.takes(RETRY_MS).await;
    }
    None
}

/// `None` if the client disconnects before the answer.
async fn ask_with_patience(
    world: &Rc<World>,
    client: &Client,
    request: Box<CreateRequest>,
) -> Option<Result<Created, CallError>> {
    let (hangs_up, hung_up) = oneshot::channel();
    let caller = SimCaller::new(hung_up);
    let asked = std::pin::pin!(world.objects.ask_fleet_for(world, client.project, Create { request }, caller));
    let Some(patience) = client.patience else { return Some(asked.await) };
    if let Either::Left((answer, _)) = select(asked, world.sleep(patience)).await {
        return Some(answer);
    }
    if !world.faults.strikes(Fault::HangUpUnseen) {
        let inner = Rc::clone(world);
        world.outside(async move {
            inner.takes(1..=30).await;
            let _answered = hangs_up.send(());
        });
    }
    None
}

fn summary<T>(answer: Option<&Result<T, CallError>>) -> String {
    match answer {
        None => "no answer, and disconnects".to_owned(),
        Some(Ok(_)) => "an answer".to_owned(),
        Some(Err(CallError::Lost(why))) => format!("no answer: {why}"),
        Some(Err(CallError::Refused(problem))) => problem.code.name(),
    }
}

impl Agent {
    async fn does(self: &Rc<Self>, act: Act) {
        self.world.note(|| format!("c{} {act:?}", self.number));
        let id = self.session;
        match act {
            Act::Wait(millis) => self.world.sleep(millis).await,
            Act::Look => self.call(Get { session: id }).await,
            Act::List => self.call(List { query: "limit=10".to_owned() }).await,
            Act::Connect { hold, parting } => self.connect(hold, parting).await,
            Act::ConnectInBackground { hold, parting } => {
                let agent = Rc::clone(self);
                self.world.outside(async move { agent.connect(hold, parting).await });
            }
            Act::Change { timeout } => {
                let change = session::Change { timeout: Some(Millis::new(timeout)), ..session::Change::default() };
                self.call(Change { session: id, change }).await;
            }
            Act::Release => self.call(Release { session: id }).await,
            Act::ReleaseAll { of_owner, dry_run } => {
                let owner = if of_owner { "&owner=ada" } else { "" };
                self.call(ReleaseAll { query: format!("dryRun={dry_run}{owner}") }).await;
            }
        }
    }

    async fn call<M: FleetMethod>(&self, call: M) {
        let answer = self.world.objects.ask_fleet(&self.world, self.project, call).await;
        self.world.note(|| format!("c{} gets {}", self.number, summary(Some(&answer))));
    }

    /// Connects, sends messages for a while, and disconnects.
    async fn connect(self: &Rc<Self>, hold: u64, parting: Parting) {
        let (sender, receiver) = oneshot::channel();
        let agent = Rc::clone(self);
        // The Worker opens the socket, so this task dies with the service.
        self.world.executor.spawn(self.world.objects.worker(), async move {
            let opened = agent.open().await;
            let _gone = sender.send(opened);
        });
        let opened = receiver.await.unwrap_or_else(|_| Err(lost("the Worker has died")));
        self.world.note(|| format!("c{} {}", self.number, opened.as_ref().map_or("is not connected", |_| "connects")));
        let Ok((browser, mut connection)) = opened else { return };
        let until = self.world.elapsed() + hold;
        while self.world.elapsed() < until {
            let pause = self.world.takes(TALK_MS);
            if let Either::Left(_) = select(std::pin::pin!(connection.closes()), pause).await {
                return self.world.note(|| format!("c{} sees its socket close", self.number));
            }
            browser_run::mark_active(&self.world, &browser);
            connection.relay().iter().for_each(|relay| relay.clients.client_sent());
        }
        if parting == Parting::CloseBrowser {
            let is_alive = |relay: &&Rc<Relay>| self.world.objects.is_alive(self.project, self.session, relay);
            if let Some(relay) = connection.relay().filter(is_alive) {
                relay.clients.client_closed_browser();
            }
            self.world.takes(1..=60).await;
            browser_run::is_closed_by_client(&self.world, &browser);
        }
    }

    /// The Worker's part: asks the fleet, opens the socket, and asks again.
    async fn open(&self) -> Result<(BrowserId, Connection), CallError> {
        let connectable = self.may_connect().await?;
        let browser = connectable.browser;
        if connectable.watched {
            let socket = sockets::open(&self.world, self.project, self.session, browser.clone(), For::Client).await?;
            return Ok((browser, Connection::Relayed(socket)));
        }
        let socket = browser_run::connect(&self.world, &browser).await.map_err(|failure| lost(&failure.message))?;
        self.may_connect().await?;
        Ok((browser, Connection::PassedThrough(socket)))
    }

    async fn may_connect(&self) -> Result<Connectable, CallError> {
        self.world.objects.ask_fleet(&self.world, self.project, Connect { session: self.session }).await
    }
}
