//! What every session was when a turn last touched it, and what must hold of each step from one to the next.
//!
//! The ledger is told of every turn in the step in which it is made, so that it mirrors the tables; now and then it is
//! held against them. What it says of creates is the contract, told from what callers know.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use tidewatch::fleet::{CreateError, Created, FleetLimits, Record};
use tidewatch::session::{BrowserId, Millis, Reason, Session, SessionId, State, Status, Timestamp};
use tidewatch::wire::{CreateRequest, ReleaseAllQuery};

use super::browser_run::Owner;
use super::invariant::Invariant;
use super::lawful;
use super::store::Touched;
use super::world::World;

/// An `Idempotency-Key` stands this long after its session's end (API.md).
const KEY_KEPT: Millis = Millis::from_secs(24 * 60 * 60);

/// Sessions by how they ended, and creates that were refused or found what was there.
pub type Lives = BTreeMap<&'static str, u64>;

/// What is known of all projects.
pub struct Ledger {
    projects: Vec<RefCell<Project>>,
    /// The session whose limits a client changes in this step.
    may_change: Cell<Option<Owner>>,
    lives: RefCell<Lives>,
}

#[derive(Default)]
struct Project {
    live_max: u32,
    retention: Millis,
    sessions: BTreeMap<SessionId, Entry>,
    rows: BTreeMap<i64, SessionId>,
    /// What callers were told about a key.
    keys: BTreeMap<String, (String, SessionId)>,
    /// Sessions that are starting or live.
    open: u32,
    /// Sessions so far, for their names.
    made: u32,
    /// The earliest deadline that turns have made since the alarm was last set.
    needs: Option<Timestamp>,
}

struct Entry {
    session: Session,
    name: u32,
    fingerprint: String,
    asked: u32,
    browser: Option<BrowserId>,
}

/// What the contract says about a create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A new session.
    Started,
    /// The one that the same request made before.
    Existing(SessionId),
    /// The same key or id came with another body before.
    Mismatch,
    /// All slots are taken.
    LimitReached,
}

impl Ledger {
    /// Nothing has happened yet.
    pub fn new(projects: &[FleetLimits]) -> Self {
        let project = |limits: &FleetLimits| {
            RefCell::new(Project { live_max: limits.live_max, retention: limits.retention, ..Project::default() })
        };
        Self { projects: projects.iter().map(project).collect(), may_change: Cell::new(None), lives: RefCell::default() }
    }

    /// A session's name in traces.
    pub fn name(&self, (project, id): Owner) -> String {
        let known = self.projects[project].try_borrow().ok();
        let name = known.and_then(|known| known.sessions.get(&id).map(|entry| entry.name));
        name.map_or_else(|| format!("p{project} {id}"), |name| format!("p{project}s{name}"))
    }

    /// How sessions ended.
    pub fn lives(&self) -> Lives {
        self.lives.borrow().clone()
    }

    fn count(&self, what: &'static str) {
        *self.lives.borrow_mut().entry(what).or_default() += 1;
    }

    /// In this step a client may change this session's limits.
    pub fn may_change(&self, whose: Option<Owner>) {
        self.may_change.set(whose);
    }

    /// What the contract says about a create that is made now.
    pub fn expects(&self, project: usize, request: &CreateRequest, now: Timestamp) -> Expected {
        let project = self.projects[project].borrow();
        let same = |fingerprint: &str, id| match fingerprint == request.fingerprint {
            true => Expected::Existing(id),
            false => Expected::Mismatch,
        };
        if let Some((fingerprint, id)) = request.idempotency_key.as_ref().and_then(|key| project.keys.get(key))
            && project.key_stands(*id, now)
        {
            return same(fingerprint, *id);
        }
        if let Some((id, entry)) = request.options.session_id.and_then(|id| project.sessions.get_key_value(&id)) {
            return same(&entry.fingerprint, *id);
        }
        if project.open < project.live_max { Expected::Started } else { Expected::LimitReached }
    }

    /// A create was carried out.
    pub fn created(
        &self,
        world: &World,
        project: usize,
        request: &CreateRequest,
        created: &Result<Created, CreateError>,
        expected: &Expected,
    ) {
        let (is, invariant) = match created {
            Ok(Created::Started(_)) => (Expected::Started, Invariant::Limit),
            Ok(Created::Existing(record)) => (Expected::Existing(record.session.id), Invariant::One),
            Err(CreateError::Mismatch { .. }) => (Expected::Mismatch, Invariant::One),
            Err(CreateError::LimitReached { .. }) => (Expected::LimitReached, Invariant::Limit),
            Err(CreateError::Store(_)) => return,
        };
        let invariant = if matches!(expected, Expected::Existing(_)) { Invariant::One } else { invariant };
        world.holds(invariant, is == *expected, || format!("a create led to {is:?}, not to {expected:?}"));
        let id = match created {
            Ok(Created::Started(turn)) => turn.record.session.id,
            Ok(Created::Existing(record)) => record.session.id,
            Err(_) => return self.count("refused"),
        };
        let mut project = self.projects[project].borrow_mut();
        if let Some(entry) = project.sessions.get_mut(&id) {
            entry.fingerprint.clone_from(&request.fingerprint);
        }
        if let Some(key) = &request.idempotency_key {
            project.keys.insert(key.clone(), (request.fingerprint.clone(), id));
        }
        if matches!(created, Ok(Created::Existing(_))) {
            self.count("found");
        }
    }

    /// A turn has stored a session.
    pub fn written(&self, world: &World, number: usize, row: i64, session: &Session) {
        let mut project = self.projects[number].borrow_mut();
        let project = &mut *project;
        project.needs = [project.needs, session.next_deadline()].into_iter().flatten().min();
        let is_open = !session.status().is_ended();
        let Some(entry) = project.sessions.get_mut(&session.id) else {
            project.adds(row, session);
            lawful::begins(world, session);
            project.stays_within_limit(world);
            return;
        };
        let owner = (number, session.id);
        lawful::steps(world, owner, &entry.session, session, self.may_change.get() == Some(owner));
        if !entry.session.status().is_ended() && !is_open {
            project.open -= 1;
            self.count(reason_name(session));
        }
        if let Some(browser) = session.browser() {
            entry.browser = Some(browser.clone());
        }
        entry.session.clone_from(session);
        project.stays_within_limit(world);
    }

    /// A turn has removed a row.
    pub fn removed(&self, world: &World, project: usize, row: i64) {
        let mut project = self.projects[project].borrow_mut();
        let entry = project.rows.remove(&row).and_then(|id| project.sessions.remove(&id));
        let Some(entry) = entry else {
            return world.breaks(Invariant::Tables, || format!("row {row} was removed, and nobody knew of it"));
        };
        let kept = project.retention;
        let is_over = matches!(entry.session.state, State::Ended { at, .. } if at.plus(kept) <= world.now());
        world.holds(Invariant::Told, is_over, || format!("a session is forgotten too early: {:?}", entry.session));
        world.holds(Invariant::Closed, entry.session.closing.is_empty(), || {
            format!("a session is forgotten while a browser is to be closed: {:?}", entry.session)
        });
    }

    /// A turn has touched other rows than it told of.
    pub fn unexpected(&self, world: &World, project: usize, touched: &[Touched]) {
        world.breaks(Invariant::Tables, || format!("p{project}: one session's turn has touched {touched:?}"));
    }

    /// An instance of the project's object has opened its tables: nobody waits for what another one has begun.
    pub fn starts_afresh(&self, world: &World, project: usize) {
        let project = self.projects[project].borrow();
        let starting = project.sessions.values().find(|entry| entry.session.status() == Status::Starting);
        world.holds(Invariant::Ends, starting.is_none(), || {
            format!("nobody waits for its browser any more: {:?}", starting.map(|entry| &entry.session))
        });
    }

    /// The alarm was set, for `due`.
    pub fn armed(&self, world: &World, project: usize, due: Option<Timestamp>) {
        let mut known = self.projects[project].borrow_mut();
        if let Some(needs) = known.needs.take() {
            world.holds(Invariant::Deadline, due.is_some_and(|due| due <= needs), || {
                format!("p{project}: something is due at {needs:?}, and the alarm is set for {due:?}")
            });
        }
        world.holds(Invariant::Deadline, due.is_some() || known.sessions.is_empty(), || {
            format!("p{project}: no deadline, and {} sessions are left", known.sessions.len())
        });
    }

    /// The project has carried out all that was due.
    pub fn reached(&self, world: &World, project: usize) {
        let (known, now) = (self.projects[project].borrow(), world.now());
        let overdue = known.sessions.values().find(|entry| entry.session.next_deadline().is_some_and(|due| due <= now));
        world.holds(Invariant::Ends, overdue.is_none(), || {
            format!("p{project}: overdue after all was carried out: {:?}", overdue.map(|entry| &entry.session))
        });
    }

    /// A browser is asked for.
    pub fn asks_for_browser(&self, world: &World, owner: Owner) {
        let mut project = self.projects[owner.0].borrow_mut();
        let Some(entry) = project.sessions.get_mut(&owner.1) else {
            return world.breaks(Invariant::One, || "a browser is asked for, for no session".to_owned());
        };
        entry.asked += 1;
        let (asked, name) = (entry.asked, entry.name);
        world.holds(Invariant::One, asked == 1, || format!("s{name} asks for {asked} browsers"));
    }

    /// A session was looked up.
    pub fn finds(&self, world: &World, owner: Owner, found: Option<&Record>) {
        let project = self.projects[owner.0].borrow();
        let is = project.sessions.get(&owner.1).map(|entry| &entry.session);
        let found = found.map(|record| &record.session);
        world.holds(Invariant::Told, is == found, || format!("found {found:?}, where {is:?} was stored"));
    }

    /// A client is told of a session.
    pub fn tells(&self, world: &World, project: usize, record: &Record) {
        let known = self.projects[project].borrow();
        let is = known.sessions.get(&record.session.id).map(|entry| &entry.session);
        world.holds(Invariant::Told, is == Some(&record.session), || {
            format!("a client is told of {:?}, where {is:?} is stored", record.session)
        });
    }

    /// All that match were released, or would be.
    pub fn releases_all(&self, world: &World, project: usize, query: &ReleaseAllQuery, released: &[SessionId]) {
        let known = self.projects[project].borrow();
        let session = |id| known.sessions.get(id).map(|entry| &entry.session);
        for id in released {
            let ended = session(id).map(|session| session.status().is_ended());
            world.holds(Invariant::Told, ended == Some(!query.dry_run), || {
                format!("{id} is said to be released, or that it would be: {:?}", session(id))
            });
        }
        let is_open = |entry: &&Entry| {
            let owner = query.owner.is_none() || entry.session.owner == query.owner;
            owner && !entry.session.status().is_ended()
        };
        let left = known.sessions.values().find(is_open).filter(|_| !query.dry_run);
        world.holds(Invariant::Told, left.is_none(), || {
            format!("it was to be released with all: {:?}", left.map(|entry| &entry.session))
        });
    }

    /// A connect is authorized.
    pub fn authorizes(&self, world: &World, owner: Owner) {
        let project = self.projects[owner.0].borrow();
        let session = project.sessions.get(&owner.1).map(|entry| &entry.session);
        let is_live = |session: &&Session| session.status() == Status::Live && session.expires_at() > world.now();
        world.holds(Invariant::Authorized, session.filter(is_live).is_some(), || {
            format!("a connect is authorized at {:?} to {session:?}", world.now())
        });
    }

    /// The browser that a session had when it was last live.
    pub fn had_browser(&self, owner: Owner) -> Option<BrowserId> {
        self.projects[owner.0].borrow().sessions.get(&owner.1)?.browser.clone()
    }

    /// What is known of each session of a project, and by how many slots are taken.
    pub fn mirror(&self, project: usize) -> (Vec<Session>, u32) {
        let project = self.projects[project].borrow();
        (project.sessions.values().map(|entry| entry.session.clone()).collect(), project.open)
    }
}

impl Project {
    fn adds(&mut self, row: i64, session: &Session) {
        self.made += 1;
        self.open += 1;
        self.rows.insert(row, session.id);
        let entry = Entry {
            session: session.clone(),
            name: self.made,
            fingerprint: String::new(),
            asked: 0,
            browser: None,
        };
        self.sessions.insert(session.id, entry);
    }

    fn stays_within_limit(&self, world: &World) {
        world.holds(Invariant::Limit, self.open <= self.live_max, || {
            format!("{} sessions are starting or live, and {} may be", self.open, self.live_max)
        });
    }

    /// Whether a key still leads to its session: unless that failed to start, ended a day ago, or is forgotten.
    fn key_stands(&self, id: SessionId, now: Timestamp) -> bool {
        match self.sessions.get(&id).map(|entry| &entry.session.state) {
            Some(State::Starting { .. } | State::Live { .. }) => true,
            Some(State::Ended { reason: Reason::StartupFailed, .. }) | None => false,
            Some(State::Ended { at, .. }) => now < at.plus(KEY_KEPT),
        }
    }
}

fn reason_name(session: &Session) -> &'static str {
    match &session.state {
        State::Starting { .. } | State::Live { .. } => "open",
        State::Ended { reason, .. } => match reason {
            Reason::UserRequested => "user_requested",
            Reason::Timeout => "timeout",
            Reason::InactivityTimeout => "inactivity_timeout",
            Reason::ClientDisconnected => "client_disconnected",
            Reason::BrowserClosed => "browser_closed",
            Reason::StartupFailed => "startup_failed",
            Reason::BrowserCrashed => "browser_crashed",
            Reason::BrowserLost => "browser_lost",
            Reason::ProviderError => "provider_error",
        },
    }
}
