//! The calls of a fleet, from the call to the caller's answer: what `src/edge/fleet_calls.rs` does, name by name.

use std::rc::Rc;

use tidewatch::fleet::{CreateError, Created, FleetError, ListError, Page, Record, StoreError};
use tidewatch::session::{Change, Command, Reason, SessionError, SessionId, State, Status};
use tidewatch::wire::{
    Code, Connectable, CreateRequest, DirectoryCall, FleetCall, ListQuery, Problem, ReleaseAllQuery,
};

use super::cron::name_of;
use super::fleet_core::FleetCore;
use super::sabotage::Sabotage;
use super::support::tokens;

/// What a fleet answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A session.
    Session(Box<Record>),
    /// A page of sessions.
    Page(Page),
    /// Those whose end is stored, or would be.
    Released(Vec<SessionId>),
    /// Where a session's browser is.
    Connectable(Connectable),
    /// Why a session is over, if it is.
    EndedAs(Option<Reason>),
    /// It is done.
    Done,
}

type Answered = Result<Answer, Problem>;

/// Answers a call.
///
/// # Errors
/// The problem that the caller gets.
pub async fn answer(core: &Rc<FleetCore>, call: FleetCall) -> Answered {
    core.open().map_err(problem)?;
    match call {
        FleetCall::Create { request } => create(core, &request).await,
        FleetCall::Get { id } => get(core, id).await,
        FleetCall::List { query } => list(core, &query),
        FleetCall::Change { id, change } => self::change(core, id, change).await,
        FleetCall::Release { id } => release(core, id).await,
        FleetCall::ReleaseAll { query } => release_all(core, &query).await,
        FleetCall::Connect { id } => connect(core, id),
        FleetCall::ClientsSeen { id, report } => tell_session(core, id, Command::ClientsSeen(report)),
        FleetCall::ClosedByClient { id } => tell_session(core, id, Command::ClosedByClient),
        FleetCall::SocketLost { id } => core.look_for_browser(id).await.map(Answer::EndedAs).map_err(problem),
        FleetCall::Sweep => sweep(core).await,
    }
}

async fn create(core: &Rc<FleetCore>, request: &CreateRequest) -> Answered {
    register(core).await?;
    if request.options.is_watched() {
        core.fleet.set_project(&name_of(core.project)).map_err(|error| store_problem(&error))?;
    }
    let (world, now) = (&core.world, core.now());
    let fresh = SessionId::new(now, world.random_id());
    let expected = world.ledger.expects(core.project, request, now);
    let mut asked = request.clone();
    if world.is_sabotaged(Sabotage::LosesKeys) {
        asked.idempotency_key = None;
    }
    let created = core.fleet.create(&asked, fresh, tokens, now);
    if let Ok(Created::Started(turn)) = &created {
        core.turn_was_made(&turn.record.session);
    }
    world.ledger.created(world, core.project, request, &created, &expected);
    match created {
        Ok(Created::Existing(record)) => outcome(core, record.session.id).await,
        Ok(Created::Started(turn)) => {
            let id = turn.record.session.id;
            core.arm().map_err(|error| store_problem(&error))?;
            core.spawn(turn.tasks);
            outcome(core, id).await
        }
        Err(error) => Err(create_problem(error)),
    }
}

/// The project stands in the directory, durably, before its first session starts.
async fn register(core: &Rc<FleetCore>) -> Result<(), Problem> {
    let world = &core.world;
    loop {
        let due = core.fleet.registration_due().map_err(|error| store_problem(&error))?;
        let Some(version) = due else { return Ok(()) };
        let call = DirectoryCall::Register { project: name_of(core.project), version };
        world.objects.ask_directory(world, call).await.map_err(|_| internal("the directory can't be reached"))?;
        core.fleet.registered(version).map_err(|error| store_problem(&error))?;
    }
}

/// Waits until a session is no longer starting, and answers what has become of its create.
async fn outcome(core: &Rc<FleetCore>, id: SessionId) -> Answered {
    let record = started(core, id).await?;
    if let State::Ended { reason: Reason::StartupFailed, failure: Some(failure), .. } = &record.session.state {
        return Err(Problem::from_failure(failure));
    }
    if matches!(record.session.state, State::Ended { live_since: None, .. }) {
        return Err(Problem::new(Code::ReleasedWhileStarting, "released before its browser was there"));
    }
    Ok(tell(core, record))
}

async fn get(core: &Rc<FleetCore>, id: SessionId) -> Answered {
    Ok(tell(core, started(core, id).await?))
}

/// A session that is not starting, waited for if need be.
async fn started(core: &Rc<FleetCore>, id: SessionId) -> Result<Record, Problem> {
    loop {
        let found = core.fleet.find(id).map_err(|error| store_problem(&error))?;
        core.world.ledger.finds(&core.world, (core.project, id), found.as_ref());
        let record = found.ok_or_else(not_found)?;
        if record.session.status() != Status::Starting {
            return Ok(record);
        }
        core.wait_for(id).await;
    }
}

/// What a client is told of a session.
fn tell(core: &Rc<FleetCore>, mut record: Record) -> Answer {
    if core.world.is_sabotaged(Sabotage::TellsTooEarly) {
        record.session.epoch += 1;
    }
    core.world.ledger.tells(&core.world, core.project, &record);
    Answer::Session(Box::new(record))
}

fn list(core: &Rc<FleetCore>, query: &ListQuery) -> Answered {
    let page = core.fleet.list(query).map_err(|error| match error {
        ListError::UnknownCursor => Problem::new(Code::InvalidRequest, "an unknown cursor"),
        ListError::Store(error) => store_problem(&error),
    })?;
    for record in &page.records {
        core.world.ledger.tells(&core.world, core.project, record);
    }
    Ok(Answer::Page(page))
}

async fn change(core: &Rc<FleetCore>, id: SessionId, change: Change) -> Answered {
    let turn = core.apply(id, Command::Change(change)).map_err(problem)?;
    core.arm().map_err(|error| store_problem(&error))?;
    core.spawn(turn.tasks);
    get(core, id).await
}

async fn release(core: &Rc<FleetCore>, id: SessionId) -> Answered {
    let turn = core.apply(id, Command::Release).map_err(problem)?;
    core.arm().map_err(|error| store_problem(&error))?;
    core.wake(id);
    core.carry_out_in_time(turn.tasks).await;
    Ok(tell(core, started(core, id).await?))
}

async fn release_all(core: &Rc<FleetCore>, query: &ReleaseAllQuery) -> Answered {
    let released = core.fleet.release_all(query, core.now()).map_err(problem)?;
    core.turns_were_made();
    core.arm().map_err(|error| store_problem(&error))?;
    core.world.ledger.releases_all(&core.world, core.project, query, &released.sessions);
    released.sessions.iter().for_each(|id| core.wake(*id));
    core.carry_out_in_time(released.tasks).await;
    Ok(Answer::Released(released.sessions))
}

fn connect(core: &Rc<FleetCore>, id: SessionId) -> Answered {
    let found = core.fleet.find(id).map_err(|error| store_problem(&error))?;
    core.world.ledger.finds(&core.world, (core.project, id), found.as_ref());
    let record = found.ok_or_else(not_found)?;
    let remembered = core.world.ledger.had_browser((core.project, id));
    let remembered = remembered.filter(|_| core.world.is_sabotaged(Sabotage::RemembersConnects));
    let session = &record.session;
    match remembered.or_else(|| session.browser().filter(|_| session.expires_at() > core.now()).cloned()) {
        Some(browser) => {
            core.world.ledger.authorizes(&core.world, (core.project, id));
            Ok(Answer::Connectable(Connectable {
                browser,
                watched: session.watch.is_some(),
                tokens: record.tokens,
            }))
        }
        None if session.status() == Status::Starting => Err(not_found()),
        None => Err(Problem::new(Code::SessionGone, "the session has ended")),
    }
}

/// A relay's word about a session. One whose session is over is told so.
fn tell_session(core: &Rc<FleetCore>, id: SessionId, command: Command) -> Answered {
    let turn = core.apply(id, command).map_err(problem)?;
    core.arm().map_err(|error| store_problem(&error))?;
    core.spawn(turn.tasks);
    if turn.record.session.status().is_ended() {
        return Err(Problem::new(Code::SessionGone, "the session has ended"));
    }
    Ok(Answer::Done)
}

async fn sweep(core: &Rc<FleetCore>) -> Answered {
    core.reach_deadlines().map_err(problem)?;
    core.check_if_due().map_err(|error| store_problem(&error))?;
    core.arm().map_err(|error| store_problem(&error))?;
    if let Some(version) = core.fleet.leave_if_idle().map_err(|error| store_problem(&error))? {
        let world = &core.world;
        let call = DirectoryCall::Unregister { project: name_of(core.project), version };
        let _tried_again = world.objects.ask_directory(world, call).await;
    }
    Ok(Answer::Done)
}

fn problem(error: FleetError) -> Problem {
    match error {
        FleetError::NotFound | FleetError::Session(SessionError::NotLive) => not_found(),
        FleetError::Session(SessionError::Ended) => Problem::new(Code::SessionEnded, "the session has ended"),
        FleetError::Session(SessionError::NotWatched) => Problem::new(Code::NotWatched, "nobody observes it"),
        FleetError::Store(error) => store_problem(&error),
    }
}

fn create_problem(error: CreateError) -> Problem {
    match error {
        CreateError::Mismatch { what } => Problem::new(Code::IdempotencyMismatch, what),
        CreateError::LimitReached { retry_after_secs, .. } => Problem {
            retry_after_secs: Some(retry_after_secs),
            ..Problem::new(Code::LimitReached, "all of the project's sessions are in use")
        },
        CreateError::Store(error) => store_problem(&error),
    }
}

fn store_problem(error: &StoreError) -> Problem {
    internal(&error.0)
}

fn internal(what: &str) -> Problem {
    Problem::new(Code::Internal, what)
}

fn not_found() -> Problem {
    Problem::new(Code::SessionNotFound, "there is no such session in this project")
}
