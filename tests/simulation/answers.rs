//! Checks of the answers that clients get against what is stored.

use std::any::Any;

use tidewatch::session::{BrowserId, LEASE, Session, SessionId, Status};
use tidewatch::wire::{
    Change, Connect, Connectable, Created, Get, Look, Outcome, Problem, RecorderSeen, Release, ReleaseAll,
    ReleaseAllAnswer, ReleaseAllQuery, ReleaseAnswer, SessionList, SessionTokens, SessionView, UsageView, ViewContext,
};

use super::browser_run::Owner;
use super::invariant::Invariant;
use super::ledger::Ledger;
use super::objects::BASE_URL;
use super::platform::Role;
use super::world::World;

/// How long a recorder may run after its session's end. It first learns of the end, then stores the rest.
const RECORDER_AFTER_MS: u64 = LEASE.get() + 60_000;

/// What a call's answer is compared with.
#[derive(Default)]
pub struct ExpectedAnswer {
    /// The session of the call.
    pub owner: Option<Owner>,
    /// For a release of all: whether it is a dry run, and the ids and names of the sessions to end. The name is needed
    /// because a later session may have the same id.
    to_release: Option<(bool, Vec<(SessionId, u32)>)>,
}

impl Ledger {
    /// Whether this very session is stored. Its row may be gone by the time of an answer, and its id may have come
    /// again.
    fn is_stored(&self, project: usize, view: &SessionView) -> bool {
        let id = SessionId::parse(&view.id).expect("a session's id");
        let known = self.projects[project].borrow();
        known.sessions.get(&id).is_some_and(|entry| entry.session.created_at().to_iso() == view.created_at)
    }

    /// What the answer to a call is compared with. The fleet begins to serve the call in this step.
    pub fn expect(&self, world: &World, project: usize, call: &dyn Any) -> ExpectedAnswer {
        let session = call.downcast_ref::<Connect>().map(|call| call.session);
        let session = session.or_else(|| call.downcast_ref::<Look>().map(|call| call.session));
        let session = session.or_else(|| call.downcast_ref::<Get>().map(|call| call.session));
        let session = session.or_else(|| call.downcast_ref::<Change>().map(|call| call.session));
        let session = session.or_else(|| call.downcast_ref::<Release>().map(|call| call.session));
        let to_release = call.downcast_ref::<ReleaseAll>().and_then(|call| {
            let query = ReleaseAllQuery::parse(&call.query).ok()?;
            Some((query.dry_run, self.open_and_matching(project, &query)))
        });
        world.note(|| format!("p{project} serves a call about {session:?}"));
        ExpectedAnswer { owner: session.map(|session| (project, session)), to_release }
    }

    fn open_and_matching(&self, project: usize, query: &ReleaseAllQuery) -> Vec<(SessionId, u32)> {
        let known = self.projects[project].borrow();
        let is_matching = |session: &Session| {
            let is_owners = query.owner.is_none() || session.owner() == query.owner.as_deref();
            is_owners && !session.status().is_ended()
        };
        let matching = known.sessions.values().filter(|entry| is_matching(&entry.session));
        matching.map(|entry| (entry.session.id(), entry.name)).collect()
    }

    /// Checks a fleet's answer, in the step in which it read its tables.
    pub fn check_answer(&self, world: &World, project: usize, expected: &ExpectedAnswer, answer: &dyn Any) {
        if let Some(Ok(view)) = answer.downcast_ref::<Result<SessionView, Problem>>() {
            self.check_view(world, project, view);
        }
        if let Some(Ok(created)) = answer.downcast_ref::<Result<Created, Problem>>() {
            self.check_view(world, project, &created.session);
        }
        if let Some(Ok(list)) = answer.downcast_ref::<Result<SessionList, Problem>>() {
            list.sessions.iter().for_each(|view| self.check_view(world, project, view));
        }
        if let Some(Ok(released)) = answer.downcast_ref::<Result<ReleaseAnswer, Problem>>() {
            if self.is_stored(project, &released.session) {
                self.check_view(world, project, &released.session);
            }
            let is_ended = released.session.status.is_ended();
            world.holds(Invariant::Told, is_ended, || format!("answered as released: {:?}", released.session));
        }
        if let (Some(Ok(released)), Some((is_dry, expected))) =
            (answer.downcast_ref::<Result<ReleaseAllAnswer, Problem>>(), &expected.to_release)
        {
            self.check_release_all(world, project, released, *is_dry, expected);
        }
        if let (Some(Ok(_)), Some(owner)) = (answer.downcast_ref::<Result<Connectable, Problem>>(), expected.owner) {
            self.check_connect(world, owner);
        }
        if let Some(Ok(usage)) = answer.downcast_ref::<Result<UsageView, Problem>>() {
            self.check_usage(world, project, usage);
        }
    }

    /// Checks that a view of a session agrees with what is stored.
    pub fn check_view(&self, world: &World, project: usize, view: &SessionView) {
        let id = SessionId::parse(&view.id).expect("a session's id");
        let known = self.projects[project].borrow();
        let stored = known.sessions.get(&id).map(|entry| &entry.session);
        let expected = stored.map(|session| expected_view(world, session, view));
        world.holds(Invariant::Told, expected.as_ref() == Some(view), || {
            format!("a client gets {view:?}, but {stored:?} is stored")
        });
    }

    /// Checks that all matching sessions were released, or would be by a dry run.
    fn check_release_all(
        &self,
        world: &World,
        project: usize,
        released: &ReleaseAllAnswer,
        is_dry: bool,
        expected: &[(SessionId, u32)],
    ) {
        let known = self.projects[project].borrow();
        for result in &released.results {
            let id = SessionId::parse(&result.id).expect("a session's id");
            let is_expected = |name: u32| expected.contains(&(id, name));
            let is_ended = known
                .sessions
                .get(&id)
                .is_none_or(|entry| entry.session.status().is_ended() || !is_expected(entry.name));
            let is_so = if is_dry { result.outcome == Outcome::WouldRelease } else { is_ended };
            world.holds(Invariant::Told, is_so, || {
                let stored = known.sessions.get(&id).map(|entry| &entry.session);
                format!("p{project}: {id} is reported as {:?}: {stored:?}", result.outcome)
            });
        }
        let is_named = |(id, _): &&(SessionId, u32)| released.results.iter().any(|result| result.id == id.to_string());
        let left = expected.iter().find(|id| !is_named(id));
        world.holds(Invariant::Told, left.is_none(), || format!("p{project}: a release of all left out {left:?}"));
    }

    /// Checks that an authorized connect is to a live session.
    fn check_connect(&self, world: &World, owner: Owner) {
        let project = self.projects[owner.0].borrow();
        let session = project.sessions.get(&owner.1).map(|entry| &entry.session);
        let is_live = |session: &&Session| session.status() == Status::Live && session.expires_at() > world.now();
        world.holds(Invariant::Authorized, session.as_ref().is_some_and(is_live), || {
            format!("a connect is authorized at {:?} to {session:?}", world.now())
        });
    }

    /// Checks that usage counts each end once.
    fn check_usage(&self, world: &World, project: usize, usage: &UsageView) {
        let (ends, counted) = (self.ends(project), usage.periods.iter().flat_map(|period| &period.ends_by_reason));
        let mut sums = std::collections::BTreeMap::new();
        for (reason, n) in counted {
            *sums.entry(*reason).or_insert(0) += n;
        }
        world.holds(Invariant::Told, sums == ends, || {
            format!("p{project}: usage counts {sums:?}, but sessions ended as {ends:?}")
        });
    }

    /// Checks a call from one part of the service to a fleet.
    pub fn check_call(&self, world: &World, by: Role, call: &dyn Any) {
        let (Role::Recorder(project, session), Some(seen)) = (by, call.downcast_ref::<RecorderSeen>()) else { return };
        let idle = self.over_for(world, (project, session));
        let is_excused = seen.report.is_over || !world.was_calm_at(world.elapsed().saturating_sub(idle));
        world.holds(Invariant::Recorded, is_excused || idle <= RECORDER_AFTER_MS, || {
            format!("its session ended {idle} ms ago, and its recorder still runs")
        });
    }

    /// The browser that a session had when it was last live, and its tokens.
    pub fn last_browser(&self, owner: Owner) -> Option<(BrowserId, SessionTokens)> {
        let browser = self.projects[owner.0].borrow().sessions.get(&owner.1)?.browser.clone()?;
        let tokens = SessionTokens { connect: String::new(), interact: None, view: String::new() };
        Some((browser, tokens))
    }
}

/// The view that a client should get. Fields that do not come from the session are copied from the actual view.
fn expected_view(world: &World, session: &Session, actual: &SessionView) -> SessionView {
    let tokens = SessionTokens { connect: String::new(), interact: None, view: String::new() };
    let context = ViewContext { base_url: BASE_URL, now: world.now(), checked_at: None };
    let expected = SessionView::new(session, &tokens, None, context);
    SessionView {
        websocket_url: actual.websocket_url.clone(),
        debug_url: actual.debug_url.clone(),
        session_viewer_url: actual.session_viewer_url.clone(),
        session_watch_url: actual.session_watch_url.clone(),
        verified_at: actual.verified_at.clone(),
        config: actual.config.clone(),
        ..expected
    }
}
