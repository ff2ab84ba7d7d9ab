//! What clients hear, held against what is stored.

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

/// A recorder may go on for so many milliseconds after its session's end: until it hears of it, and has stored the rest.
const RECORDER_AFTER_MS: u64 = LEASE.get() + 60_000;

/// What was asked, as far as the answer is held against it.
#[derive(Default)]
pub struct Asked {
    /// The session that was asked about.
    pub owner: Option<Owner>,
    /// Whether a release of all is a dry run, and all sessions that it is to end, by id and name: another one may have the
    /// same id later.
    to_release: Option<(bool, Vec<(SessionId, u32)>)>,
}

impl Ledger {
    /// A fleet is asked something, and begins to serve it in this step.
    pub fn asked(&self, world: &World, project: usize, call: &dyn Any) -> Asked {
        let session = call.downcast_ref::<Connect>().map(|call| call.session);
        let session = session.or_else(|| call.downcast_ref::<Look>().map(|call| call.session));
        let session = session.or_else(|| call.downcast_ref::<Get>().map(|call| call.session));
        let session = session.or_else(|| call.downcast_ref::<Change>().map(|call| call.session));
        let session = session.or_else(|| call.downcast_ref::<Release>().map(|call| call.session));
        let to_release = call.downcast_ref::<ReleaseAll>().and_then(|call| {
            let query = ReleaseAllQuery::parse(&call.query).ok()?;
            Some((query.dry_run, self.open_and_matching(project, &query)))
        });
        world.note(|| format!("p{project} is asked about {session:?}"));
        Asked { owner: session.map(|session| (project, session)), to_release }
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

    /// A fleet answers, in the step in which it has looked.
    pub fn answered(&self, world: &World, project: usize, asked: &Asked, answer: &dyn Any) {
        if let Some(Ok(view)) = answer.downcast_ref::<Result<SessionView, Problem>>() {
            self.tells(world, project, view);
        }
        if let Some(Ok(created)) = answer.downcast_ref::<Result<Created, Problem>>() {
            self.tells(world, project, &created.session);
        }
        if let Some(Ok(list)) = answer.downcast_ref::<Result<SessionList, Problem>>() {
            list.sessions.iter().for_each(|view| self.tells(world, project, view));
        }
        if let Some(Ok(released)) = answer.downcast_ref::<Result<ReleaseAnswer, Problem>>() {
            self.tells(world, project, &released.session);
            let is_ended = released.session.status.is_ended();
            world.holds(Invariant::Told, is_ended, || format!("said to be released: {:?}", released.session));
        }
        if let (Some(Ok(released)), Some((is_dry, expected))) =
            (answer.downcast_ref::<Result<ReleaseAllAnswer, Problem>>(), &asked.to_release)
        {
            self.releases_all(world, project, released, *is_dry, expected);
        }
        if let (Some(Ok(_)), Some(owner)) = (answer.downcast_ref::<Result<Connectable, Problem>>(), asked.owner) {
            self.authorizes(world, owner);
        }
        if let Some(Ok(usage)) = answer.downcast_ref::<Result<UsageView, Problem>>() {
            self.accounts(world, project, usage);
        }
    }

    /// A client hears about a session: all as it is stored.
    pub fn tells(&self, world: &World, project: usize, view: &SessionView) {
        let id = SessionId::parse(&view.id).expect("a session's id");
        let known = self.projects[project].borrow();
        let stored = known.sessions.get(&id).map(|entry| &entry.session);
        let expected = stored.map(|session| as_told(world, session, view));
        world.holds(Invariant::Told, expected.as_ref() == Some(view), || {
            format!("a client hears {view:?}, where {stored:?} is stored")
        });
    }

    /// All that match were released, or would be.
    fn releases_all(
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
            let asked_about = |name: u32| expected.contains(&(id, name));
            let is_ended = known
                .sessions
                .get(&id)
                .is_none_or(|entry| entry.session.status().is_ended() || !asked_about(entry.name));
            let is_so = if is_dry { result.outcome == Outcome::WouldRelease } else { is_ended };
            world.holds(Invariant::Told, is_so, || {
                let stored = known.sessions.get(&id).map(|entry| &entry.session);
                format!("p{project}: {id} is said to be {:?}: {stored:?}", result.outcome)
            });
        }
        let is_named = |(id, _): &&(SessionId, u32)| released.results.iter().any(|result| result.id == id.to_string());
        let left = expected.iter().find(|id| !is_named(id));
        world.holds(Invariant::Told, left.is_none(), || format!("p{project}: {left:?} was to be released with all"));
    }

    /// A connect is authorized.
    fn authorizes(&self, world: &World, owner: Owner) {
        let project = self.projects[owner.0].borrow();
        let session = project.sessions.get(&owner.1).map(|entry| &entry.session);
        let is_live = |session: &&Session| session.status() == Status::Live && session.expires_at() > world.now();
        world.holds(Invariant::Authorized, session.as_ref().is_some_and(is_live), || {
            format!("a connect is authorized at {:?} to {session:?}", world.now())
        });
    }

    /// Usage counts each end once.
    fn accounts(&self, world: &World, project: usize, usage: &UsageView) {
        let (ends, counted) = (self.ends(project), usage.periods.iter().flat_map(|period| &period.ends_by_reason));
        let mut sums = std::collections::BTreeMap::new();
        for (reason, n) in counted {
            *sums.entry(*reason).or_insert(0) += n;
        }
        world.holds(Invariant::Told, sums == ends, || {
            format!("p{project}: usage counts {sums:?}, and sessions have ended as {ends:?}")
        });
    }

    /// One part of the service calls a fleet.
    pub fn is_called(&self, world: &World, by: Role, call: &dyn Any) {
        let (Role::Recorder(project, session), Some(seen)) = (by, call.downcast_ref::<RecorderSeen>()) else { return };
        let idle = self.over_for(world, (project, session));
        let is_excused = seen.report.is_over || !world.was_calm_at(world.elapsed().saturating_sub(idle));
        world.holds(Invariant::Recorded, is_excused || idle <= RECORDER_AFTER_MS, || {
            format!("its session has been over for {idle} ms, and its recorder goes on")
        });
    }

    /// The browser that a session had when it was last live, and its tokens.
    pub fn had_browser(&self, owner: Owner) -> Option<(BrowserId, SessionTokens)> {
        let browser = self.projects[owner.0].borrow().sessions.get(&owner.1)?.browser.clone()?;
        let tokens = SessionTokens { connect: String::new(), interact: None, view: String::new() };
        Some((browser, tokens))
    }
}

/// What a client should hear of a session. What is not the session's own is taken from what it hears.
fn as_told(world: &World, session: &Session, heard: &SessionView) -> SessionView {
    let tokens = SessionTokens { connect: String::new(), interact: None, view: String::new() };
    let context = ViewContext { base_url: BASE_URL, now: world.now(), checked_at: None };
    let expected = SessionView::new(session, &tokens, None, context);
    SessionView {
        websocket_url: heard.websocket_url.clone(),
        debug_url: heard.debug_url.clone(),
        session_viewer_url: heard.session_viewer_url.clone(),
        session_watch_url: heard.session_watch_url.clone(),
        verified_at: heard.verified_at.clone(),
        config: heard.config.clone(),
        ..expected
    }
}
