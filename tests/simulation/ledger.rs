//! The last known state of every session, and the checks of each transition.
//!
//! The ledger sees every turn in the step that makes it, so it mirrors the tables. Audits compare the two. Its
//! expectations of a create follow the API contract and use only what callers know.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use tidewatch::fleet::{CreateError, Created, FleetLimits};
use tidewatch::session::{BrowserId, FailureCode, Millis, Reason, Session, SessionId, State, Status, Timestamp};
use tidewatch::wire::CreateRequest;

use super::audit;
use super::browser_run::Owner;
use super::invariant::Invariant;
use super::queue_checks;
use super::transition_checks;
use super::world::World;

/// How long an `Idempotency-Key` is valid after its session's end (docs/api.md).
const KEY_KEPT: Millis = Millis::from_secs(24 * 60 * 60);

/// Counts of sessions by how they ended, and of creates that were refused or found an existing session.
pub type Lives = BTreeMap<&'static str, u64>;

/// The known state of all projects.
pub struct Ledger {
    pub(super) projects: Vec<RefCell<Project>>,
    /// The session that a client changes in this step.
    may_change: Cell<Option<Owner>>,
    lives: RefCell<Lives>,
}

/// The known state of one project.
#[derive(Default)]
pub(super) struct Project {
    live_max: u32,
    retention: Millis,
    pub(super) sessions: BTreeMap<SessionId, Entry>,
    rows: BTreeMap<i64, SessionId>,
    /// The idempotency keys and the sessions that callers got for them.
    keys: BTreeMap<String, Key>,
    /// The last epoch of each id whose row was removed.
    epochs: BTreeMap<SessionId, u32>,
    /// Sessions that are starting or live.
    open: u32,
    /// The rows of waiting sessions, in order of arrival.
    queue: BTreeSet<i64>,
    /// The number of sessions so far. It names the next one in traces.
    made: u32,
    /// The sessions that turns wrote in this step.
    touched: BTreeSet<SessionId>,
    /// The sessions that were starting when the current instance began, until it opens its tables.
    starting_before: Option<Vec<(SessionId, u32)>>,
    /// Counts of the ends that usage reports.
    ends: BTreeMap<Reason, u64>,
}

/// The session of an idempotency key.
struct Key {
    fingerprint: String,
    id: SessionId,
    /// The session's name. A later session may have the same id.
    name: u32,
}

/// The known state of one session.
pub(super) struct Entry {
    pub(super) session: Session,
    pub(super) name: u32,
    fingerprint: String,
    /// The epoch of the last request for a browser.
    asked: u32,
    /// When that request was made, in milliseconds since the run began.
    asked_at: u64,
    pub(super) browser: Option<BrowserId>,
    /// When a client last left it, in milliseconds since the run began.
    pub(super) left_at: Option<u64>,
}

/// The outcome that the API contract requires of a create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A new session.
    Started,
    /// A new session that waits in the queue.
    Queued,
    /// The session that an earlier request with the same body made.
    Existing(SessionId),
    /// An earlier request had the same key or id and another body.
    Mismatch,
    /// All slots are taken.
    LimitReached,
    /// The provider asked for a backoff.
    RateLimited,
}

impl Ledger {
    /// An empty ledger.
    pub fn new(projects: &[FleetLimits]) -> Self {
        let project = |limits: &FleetLimits| {
            RefCell::new(Project { live_max: limits.live_max, retention: limits.retention, ..Project::default() })
        };
        Self {
            projects: projects.iter().map(project).collect(),
            may_change: Cell::new(None),
            lives: RefCell::default(),
        }
    }

    /// A session's name in traces.
    pub fn name(&self, (project, id): Owner) -> String {
        let known = self.projects[project].try_borrow().ok();
        let name = known.and_then(|known| known.sessions.get(&id).map(|entry| entry.name));
        name.map_or_else(|| format!("p{project} {id}"), |name| format!("p{project}s{name}"))
    }

    /// Milliseconds since a session ended. 0 before its end.
    pub fn over_for(&self, world: &World, (project, id): Owner) -> u64 {
        let known = self.projects[project].borrow();
        match known.sessions.get(&id).map(|entry| entry.session.state()) {
            Some(State::Ended { at, .. }) => world.now().since(*at).get(),
            _ => 0,
        }
    }

    /// Counts of sessions by how they ended.
    pub fn lives(&self) -> Lives {
        self.lives.borrow().clone()
    }

    fn count(&self, what: &'static str) {
        *self.lives.borrow_mut().entry(what).or_default() += 1;
    }

    /// Notes that a client changes this session in this step.
    pub fn may_change(&self, whose: Option<Owner>) {
        self.may_change.set(whose);
    }

    /// The outcome that the API contract requires of a create now.
    fn expected_create(&self, world: &World, number: usize, request: &CreateRequest) -> Expected {
        let (project, now) = (self.projects[number].borrow(), world.now());
        let same = |fingerprint: &str, id| {
            if fingerprint == request.fingerprint { Expected::Existing(id) } else { Expected::Mismatch }
        };
        if let Some(key) = request.idempotency_key.as_ref().and_then(|key| project.keys.get(key))
            && project.stands(key, now)
        {
            return same(&key.fingerprint, key.id);
        }
        if let Some((id, entry)) = request.options.session_id.and_then(|id| project.sessions.get_key_value(&id)) {
            return same(&entry.fingerprint, *id);
        }
        let has_slot = project.open < project.live_max;
        let is_backing_off = queue_checks::backoff_until(world, number) > now;
        let is_first = !project.queue.iter().any(|row| project.still_waits(*row, now));
        match (is_first && has_slot && !is_backing_off, request.options.wait, has_slot) {
            (true, ..) => Expected::Started,
            (false, Some(_), _) => Expected::Queued,
            (false, None, true) => Expected::RateLimited,
            (false, None, false) => Expected::LimitReached,
        }
    }

    /// Checks a create's outcome. The caller reports it before the ledger sees the rows that the create wrote.
    pub fn check_create(
        &self,
        world: &World,
        project: usize,
        request: &CreateRequest,
        created: &Result<Created, CreateError>,
    ) {
        let expected = self.expected_create(world, project, request);
        world.objects.tables(project).show_touched(world, project);
        self.check_outcome(world, project, request, created, &expected);
    }

    fn check_outcome(
        &self,
        world: &World,
        project: usize,
        request: &CreateRequest,
        created: &Result<Created, CreateError>,
        expected: &Expected,
    ) {
        let actual = match created {
            Ok(Created::Started(_)) => Expected::Started,
            Ok(Created::Queued(_)) => Expected::Queued,
            Ok(Created::Existing(record)) => Expected::Existing(record.session.id()),
            Err(CreateError::Mismatch { .. }) => Expected::Mismatch,
            Err(CreateError::LimitReached { .. }) => Expected::LimitReached,
            Err(CreateError::RateLimited { .. }) => Expected::RateLimited,
            Err(CreateError::Store(_)) => return,
        };
        let invariant = match (&actual, expected) {
            (Expected::Existing(_) | Expected::Mismatch, _) | (_, Expected::Existing(_) | Expected::Mismatch) => {
                Invariant::One
            }
            (Expected::Started, _) => Invariant::Limit,
            _ => Invariant::Order,
        };
        world.holds(invariant, actual == *expected, || format!("a create led to {actual:?}, not to {expected:?}"));
        let id = match created {
            Ok(Created::Started(turn)) => turn.record.session.id(),
            Ok(Created::Queued(record) | Created::Existing(record)) => record.session.id(),
            Err(_) => return self.count("create: refused"),
        };
        let mut project = self.projects[project].borrow_mut();
        let Some(entry) = project.sessions.get_mut(&id) else { return };
        let (fingerprint, name) = (request.fingerprint.clone(), entry.name);
        entry.fingerprint.clone_from(&fingerprint);
        if let Some(key) = &request.idempotency_key {
            project.keys.insert(key.clone(), Key { fingerprint, id, name });
        }
        match created {
            Ok(Created::Existing(_)) => self.count("create: found"),
            Ok(Created::Queued(_)) => self.count("create: queued"),
            Ok(Created::Started(_)) | Err(_) => {}
        }
    }

    /// Whether a session of a project owns a browser, or closes it.
    pub fn holds_browser(&self, project: usize, browser: &BrowserId) -> bool {
        let known = self.projects[project].borrow();
        let holds = |session: &Session| {
            transition_checks::own_browser(session) == Some(browser)
                || session.closing().iter().any(|closing| closing.browser == *browser)
        };
        known.sessions.values().any(|entry| holds(&entry.session))
    }

    /// Notes that a client left a session.
    pub fn client_left(&self, world: &World, (project, id): Owner) {
        if let Some(entry) = self.projects[project].borrow_mut().sessions.get_mut(&id) {
            entry.left_at = Some(world.elapsed());
        }
    }

    /// Whether the ledger knows a row of a project.
    pub fn knows(&self, project: usize, row: i64) -> bool {
        self.projects[project].borrow().rows.contains_key(&row)
    }

    /// Notes and checks a session that a turn stored.
    pub fn written(&self, world: &World, number: usize, row: i64, session: &Session) {
        let mut project = self.projects[number].borrow_mut();
        let project = &mut *project;
        project.touched.insert(session.id());
        if let Some(entry) = project.sessions.get_mut(&session.id()) {
            let owner = (number, session.id());
            transition_checks::step(world, owner, &entry.session, session, self.may_change.get() == Some(owner));
            transition_checks::end_after_disconnect(world, entry.left_at, &entry.session, session);
            if !entry.session.status().is_ended() && session.status().is_ended() {
                self.count(reason_name(session));
                if let (State::Ended { reason, .. }, false) = (session.state(), session.was_turned_away()) {
                    *project.ends.entry(*reason).or_default() += 1;
                }
            }
            if audit::is_complete(session) && !audit::is_complete(&entry.session) {
                audit::check_recording(world, number, session);
            }
            if let Some(browser) = session.browser() {
                entry.browser = Some(browser.clone());
            }
            let before = std::mem::replace(&mut entry.session, session.clone());
            project.moves(world, row, Some(before.status()), Some(session.status()));
        } else {
            transition_checks::creation(world, session);
            project.adds(world, row, session);
            project.moves(world, row, None, Some(session.status()));
        }
    }

    /// Notes and checks a row that a turn removed.
    pub fn removed(&self, world: &World, project: usize, row: i64) {
        let mut project = self.projects[project].borrow_mut();
        let entry = project.rows.remove(&row).and_then(|id| project.sessions.remove(&id));
        let Some(entry) = entry else {
            return world
                .breaks(Invariant::Tables, || format!("row {row} was removed, and the ledger does not know it"));
        };
        let (session, now) = (&entry.session, world.now());
        project.moves(world, row, Some(session.status()), None);
        if !session.status().is_ended() {
            self.count("wait_expired");
        }
        let is_over = match session.state() {
            // An expired wait leaves no row. The row is removed at once, or when the session's late browser is closed.
            State::Waiting { since } => session.wait_until().unwrap_or(*since) <= now,
            State::Ended { failure: Some(failure), .. } if failure.code == FailureCode::WaitExpired => true,
            State::Ended { at, .. } => at.plus(project.retention) <= now,
            State::Starting { .. } | State::Live { .. } => false,
        };
        world.holds(Invariant::Told, is_over, || format!("a session is removed too early: {session:?}"));
        let held =
            session.closing().iter().map(|closing| &closing.browser).chain(transition_checks::own_browser(session));
        let leaked = held.into_iter().find(|browser| world.provider.is_running(browser));
        world.holds(Invariant::Closed, leaked.is_none(), || {
            format!("a session is removed while its browser runs: {session:?}")
        });
        project.epochs.insert(session.id(), session.epoch());
    }

    /// The sessions that are starting, with their epochs.
    fn starting(&self, project: usize) -> Vec<(SessionId, u32)> {
        let project = self.projects[project].borrow();
        let sessions = project.sessions.values().map(|entry| &entry.session);
        let starting = sessions.filter(|session| session.status() == Status::Starting);
        starting.map(|session| (session.id(), session.epoch())).collect()
    }

    /// Notes that an instance of the project's object begins.
    pub fn instance_begins(&self, project: usize) {
        let starting = self.starting(project);
        self.projects[project].borrow_mut().starting_before = Some(starting);
    }

    /// Checks an instance that has opened its tables. It abandons every start of an earlier instance, because no caller
    /// waits for those any more.
    pub fn check_restart(&self, world: &World, project: usize) {
        let before = self.projects[project].borrow_mut().starting_before.take();
        let Some(before) = before else { return };
        let left = self.starting(project).into_iter().find(|start| before.contains(start));
        world.holds(Invariant::Ends, left.is_none(), || {
            format!("a restart did not abandon its start: {}", self.name((project, left.unwrap().0)))
        });
    }

    /// Checks after each step that the alarm covers the sessions that turns wrote. Skips a step in which the store
    /// failed.
    pub fn check_step(&self, world: &World, project: usize, has_failed: bool) {
        self.may_change.set(None);
        let mut known = self.projects[project].borrow_mut();
        let touched = std::mem::take(&mut known.touched);
        if touched.is_empty() || has_failed {
            return;
        }
        let deadlines = touched.iter().filter_map(|id| known.sessions.get(id)?.session.next_deadline());
        let (needs, now) = (deadlines.min(), world.now());
        let set = world.alarms[project].requested();
        // An overdue deadline sets the alarm for the next millisecond.
        let by = needs.map(|needs| needs.max(now.plus(Millis::new(1))));
        world.holds(Invariant::Deadline, by.is_none_or(|by| set.is_some_and(|set| set <= by)), || {
            format!("p{project}: something is due at {needs:?}, and the alarm is set for {set:?}")
        });
        world.holds(Invariant::Deadline, set.is_some() || known.sessions.is_empty(), || {
            format!("p{project}: no alarm, and {} sessions are left", known.sessions.len())
        });
        let is_about_to_go_off = set.is_some_and(|set| set <= now.plus(Millis::new(1)));
        if known.queue.is_empty() || known.open >= known.live_max || is_about_to_go_off {
            return;
        }
        let starts = known.sessions.values().any(|entry| entry.session.status() == Status::Starting);
        world.holds(Invariant::Order, queue_checks::must_wait(world, project, starts), || {
            let (waiting, open, most) = (known.queue.len(), known.open, known.live_max);
            format!("p{project}: {waiting} wait while {open} of {most} slots are taken; the alarm is set for {set:?}")
        });
    }

    /// Checks after an alarm, unless the store failed in it, that no deadline up to `when` is left.
    pub fn check_alarm(&self, world: &World, project: usize, when: Timestamp) {
        let known = self.projects[project].borrow();
        let is_overdue = |entry: &&Entry| entry.session.next_deadline().is_some_and(|due| due <= when);
        let overdue = known.sessions.values().find(is_overdue);
        world.holds(Invariant::Ends, overdue.is_none(), || {
            format!("p{project}: overdue after an alarm: {:?}", overdue.map(|entry| &entry.session))
        });
    }

    /// Counts of how the project's sessions ended so far.
    pub fn ends(&self, project: usize) -> BTreeMap<Reason, u64> {
        self.projects[project].borrow().ends.clone()
    }

    /// Checks a request for a browser.
    pub fn check_acquire(&self, world: &World, owner: Owner, epoch: u32) {
        let mut project = self.projects[owner.0].borrow_mut();
        let Some(entry) = project.sessions.get_mut(&owner.1) else {
            // The session may have ended and been removed before this request. The browser is closed when it comes.
            let was_there = project.epochs.get(&owner.1).is_some_and(|last| epoch <= *last);
            return world.holds(Invariant::One, was_there, || "a browser is requested for no session".to_owned());
        };
        let asked = std::mem::replace(&mut entry.asked, epoch);
        entry.asked_at = world.elapsed();
        let session = &entry.session;
        world.holds(Invariant::One, asked < epoch && epoch <= session.epoch(), || {
            format!("a browser was requested at epoch {asked} and again at {epoch}: {session:?}")
        });
    }

    /// Checks a browser that is about to be closed as unclaimed.
    pub fn check_unclaimed(&self, world: &World, browser: &BrowserId) {
        let Some(owner) = world.provider.owner(browser) else { return };
        let project = self.projects[owner.0].borrow();
        let Some(entry) = project.sessions.get(&owner.1) else { return };
        let session = &entry.session;
        let may_own = match session.state() {
            // Its own browser may be on its way. A browser that is older than the request belongs to an earlier start,
            // perhaps of an earlier session with the same id.
            State::Starting { browser: None, .. } => {
                let is_newer = world.provider.began(browser).is_some_and(|began| began >= entry.asked_at);
                entry.asked == session.epoch() && is_newer
            }
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } | State::Ended { .. } => {
                transition_checks::own_browser(session) == Some(browser)
            }
        };
        world.holds(Invariant::Unclaimed, !may_own || !world.provider.is_running(browser), || {
            format!("{} is closed as unclaimed: {session:?}", browser.as_str())
        });
    }

    /// Every known session of a project, and the number of slots in use.
    pub fn mirror(&self, project: usize) -> (Vec<Session>, u32) {
        let project = self.projects[project].borrow();
        (project.sessions.values().map(|entry| entry.session.clone()).collect(), project.open)
    }
}

impl Project {
    fn adds(&mut self, world: &World, row: i64, session: &Session) {
        self.made += 1;
        self.rows.insert(row, session.id());
        let earlier = self.epochs.get(&session.id()).copied();
        world.holds(Invariant::One, earlier.is_none_or(|epoch| begins_after(epoch, session)), || {
            format!("an earlier session with this id has had epoch {earlier:?}: {session:?}")
        });
        let entry = Entry {
            session: session.clone(),
            name: self.made,
            fingerprint: String::new(),
            asked: 0,
            asked_at: 0,
            browser: None,
            left_at: None,
        };
        self.sessions.insert(session.id(), entry);
    }

    /// Updates the slots and the queue.
    fn moves(&mut self, world: &World, row: i64, before: Option<Status>, after: Option<Status>) {
        let has_slot = |status: Option<Status>| matches!(status, Some(Status::Starting | Status::Live));
        self.open = self.open + u32::from(has_slot(after)) - u32::from(has_slot(before));
        world.holds(Invariant::Limit, self.open <= self.live_max, || {
            format!("{} sessions are starting or live, and {} may be", self.open, self.live_max)
        });
        if before == Some(Status::Waiting) && after != Some(Status::Waiting) {
            let ahead = self.queue.range(..row).find(|row| self.still_waits(**row, world.now()));
            world.holds(Invariant::Order, ahead.is_none() || !has_slot(after), || {
                format!("row {row} is served, and {ahead:?} has waited for longer")
            });
            self.queue.remove(&row);
        }
        if after == Some(Status::Waiting) {
            self.queue.insert(row);
        }
    }

    /// Whether the wait of a row in the queue has not expired.
    fn still_waits(&self, row: i64, now: Timestamp) -> bool {
        let session = self.rows.get(&row).and_then(|id| self.sessions.get(id)).map(|entry| &entry.session);
        session.and_then(Session::wait_until).is_some_and(|until| until > now)
    }

    /// Whether a key still leads to its session. It does not after a failed start, a day after the end, or without a
    /// row.
    fn stands(&self, key: &Key, now: Timestamp) -> bool {
        let made = self.sessions.get(&key.id).filter(|entry| entry.name == key.name);
        match made.map(|entry| entry.session.state()) {
            Some(State::Waiting { .. } | State::Starting { .. } | State::Live { .. }) => true,
            Some(State::Ended { reason: Reason::StartupFailed, .. }) | None => false,
            Some(State::Ended { at, .. }) => now < at.plus(KEY_KEPT),
        }
    }
}

/// Whether the new session's epoch tells its answers from those of an earlier session with the same id.
fn begins_after(epoch: u32, session: &Session) -> bool {
    match session.status() {
        // A waiting session has requested nothing yet.
        Status::Waiting => session.epoch() >= epoch,
        Status::Starting | Status::Live | Status::Released | Status::Failed => session.epoch() > epoch,
    }
}

fn reason_name(session: &Session) -> &'static str {
    match session.state() {
        State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => "open",
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
