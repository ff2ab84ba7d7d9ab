//! The calls of a fleet: one function each, from the call to the caller's answer.

use std::rc::Rc;

use worker::{Response, console_error, web_sys};

use super::answer::{self, Answered};
use super::clock::{new_id, now, random};
use super::directory_stub::DirectoryStub;
use super::fleet_core::FleetCore;
use super::hang_up::HangUp;
use super::settings;
use crate::cdp;
use crate::fleet::{CreateError, Created, FleetError, ListError, Record, StoreError};
use crate::session::{
    BrowserId, Change, Command, Failure, Invalid, Reason, RecordingStatus, SessionError, SessionId, State,
};
use crate::wire::{
    Code, Connectable, CreateRequest, EndedAs, FleetCall, FleetEnvelope, ListQuery, Listen, Outcome, Problem, Recorded,
    ReleaseAllAnswer, ReleaseAllQuery, ReleaseAnswer, ReleaseOutcome, SessionList, SessionTokens, SessionView,
    SweepReport, UsageQuery, ViewContext,
};

/// One call and what it needs.
struct Caller<'a> {
    core: &'a Rc<FleetCore>,
    envelope: &'a FleetEnvelope,
    /// Asked only where it matters whether the caller is still there: each signal is an object of its own.
    request: &'a web_sys::Request,
}

/// Answers a call. Total: what goes wrong is a problem.
pub(super) async fn answer(
    core: &Rc<FleetCore>,
    envelope: FleetEnvelope,
    request: &web_sys::Request,
) -> worker::Result<Response> {
    let caller = Caller { core, envelope: &envelope, request };
    caller.answer().await.or_else(|problem| answer::problem(&problem, &envelope.request_id))
}

impl Caller<'_> {
    async fn answer(&self) -> Answered {
        self.core.open().await.map_err(|error| self.problem(error))?;
        match &self.envelope.call {
            FleetCall::Create(request) => self.create(request).await,
            FleetCall::Get(id) => self.get(*id).await,
            FleetCall::List(query) => self.list(query),
            FleetCall::Change(id, change) => self.change(*id, change).await,
            FleetCall::Release(id) => self.release(*id).await,
            FleetCall::ReleaseAll(query) => self.release_all(query).await,
            FleetCall::Usage(query) => self.usage(query),
            FleetCall::Listen(Listen { seen, protocol }) => self.listen(*seen, *protocol),
            FleetCall::Connect(id) => self.connect(*id, true).await,
            FleetCall::Look(id) => self.connect(*id, false).await,
            FleetCall::ClientsSeen(id, report) => self.tell_session(*id, Command::ClientsSeen(*report)).await,
            FleetCall::ClosedByClient(id) => self.tell_session(*id, Command::ClosedByClient).await,
            FleetCall::RecorderSeen(id, report) => self.tell_session(*id, Command::RecorderSeen(*report)).await,
            FleetCall::Recording(id) => self.recording(*id),
            FleetCall::SocketLost(id) => self.socket_lost(*id).await,
            FleetCall::Claims(browsers) => self.claims(browsers),
            FleetCall::Sweep => self.sweep().await,
        }
    }

    async fn create(&self, request: &CreateRequest) -> Answered {
        self.register().await?;
        if request.options.is_watched() || request.options.recording.is_some() {
            let known = self.core.fleet.set_project(&self.envelope.project);
            known.map_err(|error| self.store_problem(&error))?;
        }
        let Some(secret) = settings::secret(&self.core.env) else {
            return Err(Problem::new(Code::NotConfigured, "the deployment has no secret"));
        };
        let project = &self.envelope.project;
        let interactive = request.options.debug_config.interactive;
        let sign = |id| SessionTokens::sign(&secret, project, id, interactive, [random(), random(), random()]);
        match self.core.fleet.create(request, new_id(), sign, now()) {
            Ok(Created::Existing(record)) => self.outcome(record.session.id, 200).await,
            Ok(Created::Started(turn)) => {
                self.arm().await?;
                // Beside this call, so that the browser has an owner whatever becomes of whoever asked for it.
                self.core.spawn(turn.tasks);
                self.outcome_for_caller(turn.record.session.id).await
            }
            Ok(Created::Queued(record)) => {
                self.arm().await?;
                self.outcome_for_caller(record.session.id).await
            }
            Err(error) => Err(self.create_problem(error)),
        }
    }

    /// The outcome of a new session; the engine is told if its caller does not wait for it.
    async fn outcome_for_caller(&self, id: SessionId) -> Answered {
        if let Some(outcome) = HangUp::of(self.request).or(self.outcome(id, 201)).await {
            return outcome;
        }
        match self.core.turn(id, Command::CallerGone).await {
            Ok(tasks) => self.core.spawn(tasks),
            Err(error) => console_error!("{id} its caller is gone, and that could not be stored: {error:?}"),
        }
        self.core.wake(id);
        Err(released_while_starting())
    }

    /// The project stands in the directory, durably, before its first session starts. Asked again after each answer:
    /// a sweep may have taken the project off meanwhile.
    async fn register(&self) -> Result<(), Problem> {
        let directory = DirectoryStub::of(&self.core.env);
        loop {
            let due = self.core.fleet.registration_due().map_err(|error| self.store_problem(&error))?;
            let Some(version) = due else { return Ok(()) };
            directory.register(&self.envelope.project, version).await.map_err(|failure| self.opaque(&failure))?;
            self.core.fleet.registered(version).map_err(|error| self.store_problem(&error))?;
        }
    }

    /// Waits until a session is no longer starting, and answers what has become of its create.
    async fn outcome(&self, id: SessionId, status: u16) -> Answered {
        let Some((record, config)) = self.settled(id).await? else {
            // It left the line without a trace: its wait was over.
            let refusal = self.core.fleet.refusal(now()).map_err(|error| self.store_problem(&error))?;
            return Err(self.create_problem(refusal));
        };
        if let State::Ended { reason: Reason::StartupFailed, failure: Some(failure), .. } = &record.session.state {
            return Err(Problem::from_failure(failure));
        }
        if matches!(record.session.state, State::Ended { live_since: None, .. }) {
            return Err(released_while_starting());
        }
        let view = self.view(&record, Some(config))?;
        let location = format!("/v1/sessions/{id}");
        match status {
            201 => answer::created(&view, &location, &self.envelope.request_id),
            _ => self.json(&view),
        }
    }

    async fn get(&self, id: SessionId) -> Answered {
        let (record, config) = self.settled(id).await?.ok_or_else(not_found)?;
        let record = self.claim(record).await?;
        self.json(&self.view(&record, Some(config))?)
    }

    /// A session that is neither waiting nor starting, waited for if need be; `None` if there is none. Each such wait
    /// ends with the session's own, or with the startup limit.
    async fn settled(&self, id: SessionId) -> Result<Option<(Record, serde_json::Value)>, Problem> {
        loop {
            let found = self.core.fleet.get(id).map_err(|error| self.store_problem(&error))?;
            let Some((record, config)) = found else { return Ok(None) };
            if record.session.status().is_public() {
                return Ok(Some((record, config)));
            }
            self.core.wait_for(id).await;
        }
    }

    /// Somebody has asked about a session, so that it is not taken for one whose caller is gone.
    async fn claim(&self, record: Record) -> Result<Record, Problem> {
        if record.session.claim_by().is_none() {
            return Ok(record);
        }
        let claimed = self.core.fleet.apply(record.session.id, Command::Claimed, now());
        let turn = claimed.map_err(|error| self.problem(error))?;
        self.arm().await?;
        self.core.spawn(turn.tasks);
        Ok(turn.record)
    }

    fn list(&self, query: &str) -> Answered {
        let query = ListQuery::parse(query).map_err(Problem::invalid)?;
        let page = self.core.fleet.list(&query).map_err(|error| match error {
            ListError::UnknownCursor => {
                Problem::invalid(vec![Invalid::new("/cursorId", "is no session that a list of this project has shown")])
            }
            ListError::Store(error) => self.store_problem(&error),
        })?;
        let context = self.context()?;
        let view = |record: &Record| SessionView::new(&record.session, &record.tokens, record.brief.clone(), context);
        self.json(&SessionList {
            sessions: page.records.iter().map(view).collect(),
            next_cursor: page.next.map(|id| id.to_string()),
            total_count: page.total,
        })
    }

    async fn change(&self, id: SessionId, change: &Change) -> Answered {
        let applied = self.core.fleet.apply(id, Command::Change(change.clone()), now());
        if let Err(FleetError::Session(SessionError::Ended)) = &applied {
            self.carry_over().await?;
        }
        let turn = applied.map_err(|error| self.problem(error))?;
        self.arm().await?;
        self.core.spawn(turn.tasks);
        self.get(id).await
    }

    /// Carries out what is due: an end that a caller is told of has been stored.
    async fn carry_over(&self) -> Result<(), Problem> {
        self.core.reach_deadlines().map_err(|error| self.problem(error))?;
        self.arm().await
    }

    async fn release(&self, id: SessionId) -> Answered {
        let turn = self.core.fleet.apply(id, Command::Release, now()).map_err(|error| self.problem(error))?;
        self.arm().await?;
        self.core.wake(id);
        self.core.carry_out_in_time(turn.tasks).await;
        let (record, config) = self.settled(id).await?.ok_or_else(not_found)?;
        let session = self.view(&record, Some(config))?;
        self.json(&ReleaseAnswer { success: true, message: format!("Session {id} released"), session })
    }

    async fn release_all(&self, query: &str) -> Answered {
        let query = ReleaseAllQuery::parse(query).map_err(Problem::invalid)?;
        let released = self.core.fleet.release_all(&query, now()).map_err(|error| self.problem(error))?;
        self.arm().await?;
        released.sessions.iter().for_each(|id| self.core.wake(*id));
        self.core.carry_out_in_time(released.tasks).await;
        let outcome = |id: &SessionId| {
            let outcome = if query.dry_run { Ok(Outcome::WouldRelease) } else { self.released(*id) };
            Ok(ReleaseOutcome { id: id.to_string(), outcome: outcome? })
        };
        let results: Vec<ReleaseOutcome> = released.sessions.iter().map(outcome).collect::<Result<_, Problem>>()?;
        let verb = if query.dry_run { "Would release" } else { "Released" };
        let message = format!("{verb} {} sessions", results.len());
        self.json(&ReleaseAllAnswer { success: true, message, results })
    }

    fn released(&self, id: SessionId) -> Result<Outcome, Problem> {
        let found = self.core.fleet.find(id).map_err(|error| self.store_problem(&error))?;
        let is_closing = found.is_some_and(|record| !record.session.closing.is_empty());
        Ok(if is_closing { Outcome::Closing } else { Outcome::Released })
    }

    fn usage(&self, query: &str) -> Answered {
        let now = now();
        let query = UsageQuery::parse(query, now).map_err(Problem::invalid)?;
        let usage = self.core.fleet.usage(&query, now).map_err(|error| self.store_problem(&error))?;
        self.json(&usage)
    }

    fn listen(&self, seen: Option<i64>, names_protocol: bool) -> Answered {
        let response = self.core.listen(seen, &self.envelope.base_url, names_protocol)?;
        answer::passed_on(Ok(response), &self.envelope.request_id)
    }

    async fn connect(&self, id: SessionId, claims: bool) -> Answered {
        let found = self.core.fleet.find(id).map_err(|error| self.store_problem(&error))?;
        let found = found.ok_or_else(not_found)?;
        let mut record = if claims { self.claim(found).await? } else { found };
        // A deadline that has passed counts, even if nobody has come to carry it out.
        if record.session.browser().is_some() && record.session.expires_at() <= now() {
            self.carry_over().await?;
            let found = self.core.fleet.find(id).map_err(|error| self.store_problem(&error))?;
            record = found.ok_or_else(not_found)?;
        }
        match record.session.browser() {
            Some(browser) => self.json(&Connectable {
                browser: browser.clone(),
                watched: record.session.watch.is_some(),
                tokens: record.tokens,
            }),
            None if !record.session.status().is_public() => Err(not_found()),
            None => Err(gone(&record.session.state)),
        }
    }

    /// A relay's word about a session. One whose session is over is told so.
    async fn tell_session(&self, id: SessionId, command: Command) -> Answered {
        let turn = self.core.fleet.apply(id, command, now()).map_err(|error| self.problem(error))?;
        self.arm().await?;
        self.core.spawn(turn.tasks);
        if turn.record.session.status().is_ended() {
            return Err(Problem::new(Code::SessionGone, "the session has ended"));
        }
        self.json(&())
    }

    fn recording(&self, id: SessionId) -> Answered {
        let found = self.core.fleet.find(id).map_err(|error| self.store_problem(&error))?;
        let session = found.filter(|record| record.session.status().is_public()).ok_or_else(not_found)?.session;
        let recording =
            session.recording.as_ref().and_then(|recording| Some((recording.since()?, recording.status()?)));
        let Some((since, status)) = recording else {
            return Err(Problem::new(Code::RecordingNotFound, "this session was not recorded"));
        };
        self.json(&Recorded { since, is_over: status != RecordingStatus::Recording })
    }

    async fn socket_lost(&self, id: SessionId) -> Answered {
        let reason = self.core.look_for_browser(id).await.map_err(|error| self.problem(error))?;
        self.json(&EndedAs { reason })
    }

    fn claims(&self, browsers: &[BrowserId]) -> Answered {
        let claims = self.core.fleet.claims(browsers).map_err(|error| self.store_problem(&error))?;
        self.json(&claims)
    }

    async fn sweep(&self) -> Answered {
        let overdue = self.core.reach_deadlines().map_err(|error| self.problem(error))?;
        self.core.check_if_due().map_err(|error| self.store_problem(&error))?;
        self.arm().await?;
        let leaving = self.core.fleet.leave_if_idle().map_err(|error| self.store_problem(&error))?;
        if let Some(version) = leaving {
            let directory = DirectoryStub::of(&self.core.env);
            if let Err(failure) = directory.unregister(&self.envelope.project, version).await {
                console_error!("unregister: {}", failure.message);
            }
        }
        let overdue = u32::try_from(overdue).unwrap_or(u32::MAX);
        let closing = self.core.fleet.closing().map_err(|error| self.store_problem(&error))?;
        self.json(&SweepReport { overdue, closing, idle: leaving.is_some() })
    }

    async fn arm(&self) -> Result<(), Problem> {
        self.core.arm().await.map_err(|error| self.store_problem(&error))
    }

    fn context(&self) -> Result<ViewContext<'_>, Problem> {
        let checked_at = self.core.fleet.checked_at().map_err(|error| self.store_problem(&error))?;
        Ok(ViewContext { base_url: &self.envelope.base_url, now: now(), checked_at })
    }

    fn view(&self, record: &Record, config: Option<serde_json::Value>) -> Result<SessionView, Problem> {
        Ok(SessionView::new(&record.session, &record.tokens, config, self.context()?))
    }

    fn json(&self, body: &impl serde::Serialize) -> Answered {
        answer::json(200, body, &self.envelope.request_id)
    }

    fn problem(&self, error: FleetError) -> Problem {
        match error {
            FleetError::NotFound | FleetError::Session(SessionError::NotLive) => not_found(),
            FleetError::Session(SessionError::Ended) => Problem::new(Code::SessionEnded, "the session has ended"),
            FleetError::Session(SessionError::NotWatched) => Problem::new(
                Code::NotWatched,
                "nobody observes this session's connections: that is chosen when it is created",
            ),
            FleetError::Store(error) => self.store_problem(&error),
        }
    }

    fn create_problem(&self, error: CreateError) -> Problem {
        match error {
            CreateError::Mismatch { what } => {
                Problem::new(Code::IdempotencyMismatch, format!("this {what} came with another body before"))
            }
            CreateError::LimitReached { holders, retry_after_secs } => {
                let detail = "all of the project's sessions are in use: release one, or try again later";
                Problem::new(Code::LimitReached, detail).held_by(holders).over_after(retry_after_secs)
            }
            CreateError::RateLimited { retry_after_secs } => {
                let detail = "the provider gives no more browsers now: try again later";
                Problem::new(Code::ProviderRateLimited, detail).over_after(retry_after_secs)
            }
            CreateError::Store(error) => self.store_problem(&error),
        }
    }

    fn store_problem(&self, error: &StoreError) -> Problem {
        answer::internal("fleet", error, &self.envelope.request_id)
    }

    fn opaque(&self, failure: &Failure) -> Problem {
        answer::internal("directory", &failure.message, &self.envelope.request_id)
    }
}

fn released_while_starting() -> Problem {
    Problem::new(Code::ReleasedWhileStarting, "the session was released before its browser was there")
}

/// For people, with the words that the clients of such a session are told.
fn gone(state: &State) -> Problem {
    let State::Ended { reason, .. } = state else { return not_found() };
    let (_, why) = cdp::close_code(Some(*reason));
    Problem::new(Code::SessionGone, format!("the session has ended: {why}"))
}

fn not_found() -> Problem {
    Problem::new(Code::SessionNotFound, "there is no such session in this project")
}
