//! The calls of a fleet, from the call to the caller's answer: what `src/edge/fleet_calls.rs` does, name by name.

use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use tidewatch::fleet::{CreateError, Created, FleetError, ListError, Page, Record, StoreError};
use tidewatch::session::{Change, Command, Reason, SessionError, SessionId, State};
use tidewatch::wire::{
    Claims, Code, Connectable, CreateRequest, DirectoryCall, FleetCall, ListQuery, Problem, ReleaseAllQuery,
    SweepReport,
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
    #[allow(dead_code, reason = "traces show it")]
    Page(Page),
    /// Those whose end is stored, or would be.
    #[allow(dead_code, reason = "traces show it")]
    Released(Vec<SessionId>),
    /// Where a session's browser is.
    Connectable(Connectable),
    /// Which browsers are the project's.
    Claims(Claims),
    /// What a sweep has found.
    Swept(SweepReport),
    /// Why a session is over, if it is.
    #[allow(dead_code, reason = "traces show it")]
    EndedAs(Option<Reason>),
    /// It is done.
    Done,
}

type Answered = Result<Answer, Problem>;
/// Says so when the caller hangs up.
type HangUp = Option<oneshot::Receiver<()>>;

/// Answers a call.
///
/// # Errors
/// The problem that the caller gets.
pub async fn answer(core: &Rc<FleetCore>, call: FleetCall, caller: HangUp) -> Answered {
    core.open().map_err(problem)?;
    match call {
        FleetCall::Create(request) => create(core, &request, caller).await,
        FleetCall::Get(id) => get(core, id).await,
        FleetCall::List(query) => list(core, &query),
        FleetCall::Change(id, change) => self::change(core, id, change).await,
        FleetCall::Release(id) => release(core, id).await,
        FleetCall::ReleaseAll(query) => release_all(core, &query).await,
        FleetCall::Connect(id) => connect(core, id, true),
        FleetCall::Look(id) => connect(core, id, false),
        FleetCall::ClientsSeen(id, report) => tell_session(core, id, Command::ClientsSeen(report)),
        FleetCall::ClosedByClient(id) => tell_session(core, id, Command::ClosedByClient),
        FleetCall::RecorderSeen(id, report) => tell_session(core, id, Command::RecorderSeen(report)),
        FleetCall::Recording(_) => Err(Problem::new(Code::RecordingNotFound, "nothing is recorded here")),
        FleetCall::SocketLost(id) => core.look_for_browser(id).await.map(Answer::EndedAs).map_err(problem),
        FleetCall::Claims(browsers) => {
            core.fleet.claims(&browsers).map(Answer::Claims).map_err(|error| store_problem(&error))
        }
        FleetCall::Sweep => sweep(core).await,
        FleetCall::Usage(_) | FleetCall::Listen(_) => unreachable!("no simulated client asks for this"),
    }
}

async fn create(core: &Rc<FleetCore>, request: &CreateRequest, caller: HangUp) -> Answered {
    register(core).await?;
    if request.options.is_watched() || request.options.recording.is_some() {
        core.fleet.set_project(&name_of(core.project)).map_err(|error| store_problem(&error))?;
    }
    let (world, now) = (&core.world, core.now());
    let fresh = SessionId::new(now, world.random_id());
    let expected = world.ledger.expects(world, core.project, request);
    let mut asked = request.clone();
    if world.is_sabotaged(Sabotage::LosesKeys) {
        asked.idempotency_key = None;
    }
    let created = core.fleet.create(&asked, fresh, tokens, now);
    match &created {
        Ok(Created::Started(turn)) => core.turn_was_made(&turn.record.session),
        Ok(Created::Queued(record)) => core.turn_was_made(&record.session),
        Ok(Created::Existing(_)) | Err(_) => {}
    }
    world.ledger.created(world, core.project, request, &created, &expected);
    match created {
        Ok(Created::Existing(record)) => outcome(core, record.session.id).await,
        Ok(Created::Started(turn)) => {
            core.arm().map_err(|error| store_problem(&error))?;
            core.spawn(turn.tasks);
            outcome_for_caller(core, turn.record.session.id, caller).await
        }
        Ok(Created::Queued(record)) => {
            core.arm().map_err(|error| store_problem(&error))?;
            outcome_for_caller(core, record.session.id, caller).await
        }
        Err(error) => Err(create_problem(error)),
    }
}

/// The outcome of a new session; the engine is told if its caller does not wait for it.
async fn outcome_for_caller(core: &Rc<FleetCore>, id: SessionId, caller: HangUp) -> Answered {
    let outcome = std::pin::pin!(outcome(core, id));
    let Some(caller) = caller else { return outcome.await };
    let hung_up = std::pin::pin!(async move {
        if caller.await.is_err() {
            // It waits for the answer, or nobody can see that it does not.
            std::future::pending::<()>().await;
        }
    });
    if let Either::Left((outcome, _)) = select(outcome, hung_up).await {
        return outcome;
    }
    if let Ok(tasks) = core.turn(id, Command::CallerGone) {
        core.spawn(tasks);
    }
    core.wake(id);
    Err(released_while_starting())
}

/// The project stands in the directory, durably, before its first session starts.
async fn register(core: &Rc<FleetCore>) -> Result<(), Problem> {
    let world = &core.world;
    loop {
        let due = core.fleet.registration_due().map_err(|error| store_problem(&error))?;
        let Some(version) = due else { return Ok(()) };
        let call = DirectoryCall::Register(name_of(core.project), version);
        world.objects.ask_directory(world, call).await.map_err(|_| internal("the directory can't be reached"))?;
        core.fleet.registered(version).map_err(|error| store_problem(&error))?;
    }
}

/// Waits until a session is no longer starting, and answers what has become of its create.
async fn outcome(core: &Rc<FleetCore>, id: SessionId) -> Answered {
    let Some(record) = settled(core, id).await? else {
        // It left the line without a trace: its wait was over.
        return Err(create_problem(core.fleet.refusal(core.now()).map_err(|error| store_problem(&error))?));
    };
    if let State::Ended { reason: Reason::StartupFailed, failure: Some(failure), .. } = &record.session.state {
        return Err(Problem::from_failure(failure));
    }
    if matches!(record.session.state, State::Ended { live_since: None, .. }) {
        return Err(released_while_starting());
    }
    Ok(tell(core, record))
}

async fn get(core: &Rc<FleetCore>, id: SessionId) -> Answered {
    let record = settled(core, id).await?.ok_or_else(not_found)?;
    Ok(tell(core, claim(core, record)?))
}

/// A session that is neither waiting nor starting, waited for if need be; `None` if there is none.
async fn settled(core: &Rc<FleetCore>, id: SessionId) -> Result<Option<Record>, Problem> {
    loop {
        let found = core.fleet.find(id).map_err(|error| store_problem(&error))?;
        core.world.ledger.finds(&core.world, (core.project, id), found.as_ref());
        let Some(record) = found else { return Ok(None) };
        if record.session.status().is_public() {
            return Ok(Some(record));
        }
        core.wait_for(id).await;
    }
}

/// Somebody has asked about a session, so that it is not taken for one whose caller is gone.
fn claim(core: &Rc<FleetCore>, record: Record) -> Result<Record, Problem> {
    if record.session.claim_by().is_none() {
        return Ok(record);
    }
    let turn = core.apply(record.session.id, Command::Claimed).map_err(problem)?;
    core.arm().map_err(|error| store_problem(&error))?;
    core.spawn(turn.tasks);
    Ok(turn.record)
}

/// What a client is told of a session.
fn tell(core: &Rc<FleetCore>, mut record: Record) -> Answer {
    if core.world.is_sabotaged(Sabotage::TellsTooEarly) {
        record.session.epoch += 1;
    }
    core.world.ledger.tells(&core.world, core.project, &record);
    Answer::Session(Box::new(record))
}

fn list(core: &Rc<FleetCore>, query: &str) -> Answered {
    let query = ListQuery::parse(query).map_err(Problem::invalid)?;
    let page = core.fleet.list(&query).map_err(|error| match error {
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
    Ok(tell(core, settled(core, id).await?.ok_or_else(not_found)?))
}

async fn release_all(core: &Rc<FleetCore>, query: &str) -> Answered {
    let query = ReleaseAllQuery::parse(query).map_err(Problem::invalid)?;
    let released = core.fleet.release_all(&query, core.now()).map_err(problem)?;
    core.turns_were_made();
    core.arm().map_err(|error| store_problem(&error))?;
    core.world.ledger.releases_all(&core.world, core.project, &query, &released.sessions);
    released.sessions.iter().for_each(|id| core.wake(*id));
    core.carry_out_in_time(released.tasks).await;
    Ok(Answer::Released(released.sessions))
}

fn connect(core: &Rc<FleetCore>, id: SessionId, claims: bool) -> Answered {
    let found = core.fleet.find(id).map_err(|error| store_problem(&error))?;
    core.world.ledger.finds(&core.world, (core.project, id), found.as_ref());
    let found = found.ok_or_else(not_found)?;
    let record = if claims { claim(core, found)? } else { found };
    let remembered = core.world.ledger.had_browser((core.project, id));
    let remembered = remembered.filter(|_| core.world.is_sabotaged(Sabotage::RemembersConnects));
    let session = &record.session;
    match remembered.or_else(|| session.browser().filter(|_| session.expires_at() > core.now()).cloned()) {
        Some(browser) => {
            core.world.ledger.authorizes(&core.world, (core.project, id));
            Ok(Answer::Connectable(Connectable { browser, watched: session.watch.is_some(), tokens: record.tokens }))
        }
        None if !session.status().is_public() => Err(not_found()),
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
    let overdue = core.reach_deadlines().map_err(problem)?;
    core.check_if_due().map_err(|error| store_problem(&error))?;
    core.arm().map_err(|error| store_problem(&error))?;
    let leaving = core.fleet.leave_if_idle().map_err(|error| store_problem(&error))?;
    if let Some(version) = leaving {
        let world = &core.world;
        let call = DirectoryCall::Unregister(name_of(core.project), version);
        let _tried_again = world.objects.ask_directory(world, call).await;
    }
    let overdue = u32::try_from(overdue).unwrap_or(u32::MAX);
    let closing = core.fleet.closing().map_err(|error| store_problem(&error))?;
    Ok(Answer::Swept(SweepReport { overdue, closing, idle: leaving.is_some() }))
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
        CreateError::LimitReached { retry_after_secs, .. } => {
            Problem::new(Code::LimitReached, "all of the project's sessions are in use").over_after(retry_after_secs)
        }
        CreateError::RateLimited { retry_after_secs } => {
            let detail = "the provider gives no more browsers now";
            Problem::new(Code::ProviderRateLimited, detail).over_after(retry_after_secs)
        }
        CreateError::Store(error) => store_problem(&error),
    }
}

fn store_problem(error: &StoreError) -> Problem {
    internal(&error.0)
}

fn internal(what: &str) -> Problem {
    Problem::new(Code::Internal, what)
}

fn released_while_starting() -> Problem {
    Problem::new(Code::ReleasedWhileStarting, "released before its browser was there")
}

fn not_found() -> Problem {
    Problem::new(Code::SessionNotFound, "there is no such session in this project")
}
