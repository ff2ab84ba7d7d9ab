//! The calls of a fleet: one method each, from the request to its typed answer.

use std::rc::Rc;

use super::FleetHost;
use crate::cdp;
use crate::fleet::{CreateError, FleetError, ListError, Record, StoreError};
use crate::host::internal;
use crate::host::note::Note;
use crate::host::platform::{CallerSignal, Platform};
use crate::session::{Input, Invalid, RecordingStatus, SessionError, SessionId, State};
use crate::wire::{
    CallContext, Change, Claims, ClosedByClient, Code, Connect, Connectable, Create, Created, EndedAs, FindRecording,
    FleetService, Get, GetUsage, List, ListQuery, Look, Outcome, Problem, Recorded, RecorderSeen, Release, ReleaseAll,
    ReleaseAllAnswer, ReleaseAllQuery, ReleaseAnswer, ReleaseOutcome, ReportClients, SessionList, SessionView,
    SocketLost, Sweep, SweepReport, Unregister, UsageQuery, UsageView, ViewContext, WhichAreMine,
};

/// A fleet that serves one caller.
pub struct FleetCalls<'a, P: Platform, C> {
    pub(super) host: &'a Rc<FleetHost<P>>,
    pub(super) context: &'a CallContext,
    /// Asked only where it matters whether the caller is still there.
    pub(super) caller: C,
}

impl<P: Platform> FleetHost<P> {
    /// The fleet as a service for one caller.
    ///
    /// # Errors
    /// `internal` if the store can't be opened.
    pub async fn serving<'a, C: CallerSignal>(
        self: &'a Rc<Self>,
        context: &'a CallContext,
        caller: C,
    ) -> Result<FleetCalls<'a, P, C>, Problem> {
        let calls = FleetCalls { host: self, context, caller };
        self.open().await.map_err(|error| calls.problem(error))?;
        Ok(calls)
    }
}

impl<P: Platform, C: CallerSignal> FleetService for FleetCalls<'_, P, C> {
    async fn create(&self, call: Create) -> Result<Created, Problem> {
        self.create_session(&call.request).await
    }

    async fn get(&self, call: Get) -> Result<SessionView, Problem> {
        let (record, config) = self.settled(call.session).await?.ok_or_else(not_found)?;
        let record = self.claim(record).await?;
        self.view(&record, Some(config))
    }

    async fn list(&self, call: List) -> Result<SessionList, Problem> {
        let query = ListQuery::parse(&call.query).map_err(Problem::invalid)?;
        let page = self.host.fleet.list(&query).map_err(|error| match error {
            ListError::UnknownCursor => {
                Problem::invalid(vec![Invalid::new("/cursorId", "is no session that a list of this project has shown")])
            }
            ListError::Store(error) => self.store_problem(&error),
        })?;
        let context = self.view_context()?;
        let view = |record: &Record| SessionView::new(&record.session, &record.tokens, record.summary.clone(), context);
        Ok(SessionList {
            sessions: page.records.iter().map(view).collect(),
            next_cursor: page.next.map(|id| id.to_string()),
            total_count: page.total,
        })
    }

    async fn change(&self, call: Change) -> Result<SessionView, Problem> {
        let applied = self.host.apply(call.session, Input::Change(call.change));
        if let Err(FleetError::Session(SessionError::Ended)) = &applied {
            self.carry_out_overdue().await?;
        }
        let turn = applied.map_err(|error| self.problem(error))?;
        self.arm().await?;
        self.host.spawn(turn.tasks);
        self.get(Get { session: call.session }).await
    }

    async fn release(&self, call: Release) -> Result<ReleaseAnswer, Problem> {
        let id = call.session;
        let turn = self.host.apply(id, Input::Release).map_err(|error| self.problem(error))?;
        self.arm().await?;
        self.host.waiters.wake(id);
        let config = self.host.fleet.get(id).map_err(|error| self.store_problem(&error))?.map(|(_, config)| config);
        self.host.carry_out_in_time(turn.tasks).await;
        let now = self.host.fleet.get(id).map_err(|error| self.store_problem(&error))?;
        // The row may be gone meanwhile, and another session may have the same id: its epoch is a later one.
        let is_same = |record: &Record| record.session.epoch() == turn.record.session.epoch();
        let record = now.map(|(record, _)| record).filter(is_same).unwrap_or(turn.record);
        let session = self.view(&record, config)?;
        Ok(ReleaseAnswer { success: true, message: format!("Session {id} released"), session })
    }

    async fn release_all(&self, call: ReleaseAll) -> Result<ReleaseAllAnswer, Problem> {
        let query = ReleaseAllQuery::parse(&call.query).map_err(Problem::invalid)?;
        let released = self.host.fleet.release_all(&query, self.host.now()).map_err(|error| self.problem(error))?;
        self.arm().await?;
        released.sessions.iter().for_each(|id| self.host.waiters.wake(*id));
        self.host.carry_out_in_time(released.tasks).await;
        let outcome = |id: &SessionId| {
            let outcome = if query.dry_run { Ok(Outcome::WouldRelease) } else { self.released(*id) };
            Ok(ReleaseOutcome { id: id.to_string(), outcome: outcome? })
        };
        let results: Vec<ReleaseOutcome> = released.sessions.iter().map(outcome).collect::<Result<_, Problem>>()?;
        let verb = if query.dry_run { "Would release" } else { "Released" };
        let message = format!("{verb} {} sessions", results.len());
        Ok(ReleaseAllAnswer { success: true, message, results })
    }

    async fn usage(&self, call: GetUsage) -> Result<UsageView, Problem> {
        let now = self.host.now();
        let query = UsageQuery::parse(&call.query, now).map_err(Problem::invalid)?;
        self.host.fleet.usage(&query, now).map_err(|error| self.store_problem(&error))
    }

    async fn connect(&self, call: Connect) -> Result<Connectable, Problem> {
        let record = self.claim(self.found(call.session)?).await?;
        self.connectable(record).await
    }

    async fn look(&self, call: Look) -> Result<Connectable, Problem> {
        self.connectable(self.found(call.session)?).await
    }

    async fn report_clients(&self, call: ReportClients) -> Result<(), Problem> {
        self.inform(call.session, Input::ClientsSeen(call.report)).await
    }

    async fn closed_by_client(&self, call: ClosedByClient) -> Result<(), Problem> {
        self.inform(call.session, Input::ClosedByClient).await
    }

    async fn socket_lost(&self, call: SocketLost) -> Result<EndedAs, Problem> {
        let reason = self.host.look_for_browser(call.session).await.map_err(|error| self.problem(error))?;
        Ok(EndedAs { reason })
    }

    async fn recorder_seen(&self, call: RecorderSeen) -> Result<(), Problem> {
        self.inform(call.session, Input::RecorderSeen(call.report)).await
    }

    async fn find_recording(&self, call: FindRecording) -> Result<Recorded, Problem> {
        let session = self.found(call.session)?.session;
        if !session.status().is_public() {
            return Err(not_found());
        }
        let recording = session.recording().and_then(|recording| Some((recording.since()?, recording.status()?)));
        let Some((since, status)) = recording else {
            return Err(Problem::new(Code::RecordingNotFound, "this session was not recorded"));
        };
        Ok(Recorded { since, is_over: status != RecordingStatus::Recording })
    }

    async fn which_are_mine(&self, call: WhichAreMine) -> Result<Claims, Problem> {
        self.host.fleet.claims(&call.browsers).map_err(|error| self.store_problem(&error))
    }

    async fn sweep(&self, _call: Sweep) -> Result<SweepReport, Problem> {
        let overdue = self.host.reach_deadlines().map_err(|error| self.problem(error))?;
        self.host.check_if_due().map_err(|error| self.store_problem(&error))?;
        self.arm().await?;
        let leaving = self.host.fleet.leave_if_idle().map_err(|error| self.store_problem(&error))?;
        if let Some(version) = leaving {
            let call = Unregister { project: self.context.project.clone(), version };
            if let Err(error) = self.host.platform.directory(call).await {
                self.host.platform.note(Note::failed("leaving the directory", &error));
            }
        }
        let overdue = u32::try_from(overdue).unwrap_or(u32::MAX);
        let closing = self.host.fleet.closing().map_err(|error| self.store_problem(&error))?;
        Ok(SweepReport { overdue, closing, idle: leaving.is_some() })
    }
}

impl<P: Platform, C> FleetCalls<'_, P, C> {
    fn found(&self, id: SessionId) -> Result<Record, Problem> {
        self.host.fleet.find(id).map_err(|error| self.store_problem(&error))?.ok_or_else(not_found)
    }

    /// A session that is neither waiting nor starting, waited for if need be; `None` if there is none. Each such wait
    /// ends with the session's own, or with the startup limit.
    pub(super) async fn settled(&self, id: SessionId) -> Result<Option<(Record, serde_json::Value)>, Problem> {
        loop {
            let found = self.host.fleet.get(id).map_err(|error| self.store_problem(&error))?;
            let Some((record, config)) = found else { return Ok(None) };
            if record.session.status().is_public() {
                return Ok(Some((record, config)));
            }
            self.host.waiters.wait_for(id).await;
        }
    }

    /// A caller has asked about a session: it does not count as abandoned.
    async fn claim(&self, record: Record) -> Result<Record, Problem> {
        if record.session.claim_by().is_none() {
            return Ok(record);
        }
        let turn = self.host.apply(record.session.id(), Input::Claimed).map_err(|error| self.problem(error))?;
        self.arm().await?;
        self.host.spawn(turn.tasks);
        Ok(turn.record)
    }

    /// Carries out what is overdue: an end that a caller is told has been stored.
    async fn carry_out_overdue(&self) -> Result<(), Problem> {
        self.host.reach_deadlines().map_err(|error| self.problem(error))?;
        self.arm().await
    }

    async fn connectable(&self, mut record: Record) -> Result<Connectable, Problem> {
        // A deadline that has passed counts, even if nothing has carried it out yet.
        if record.session.browser().is_some() && record.session.expires_at() <= self.host.now() {
            self.carry_out_overdue().await?;
            record = self.found(record.session.id())?;
        }
        match record.session.browser() {
            Some(browser) => Ok(Connectable {
                browser: browser.clone(),
                watched: record.session.watch().is_some(),
                tokens: record.tokens,
            }),
            None if !record.session.status().is_public() => Err(not_found()),
            None => Err(gone(record.session.state())),
        }
    }

    /// A relay or a recorder has something to report about a session. `session_gone` if that session is over.
    async fn inform(&self, id: SessionId, input: Input) -> Result<(), Problem> {
        let turn = self.host.apply(id, input).map_err(|error| self.problem(error))?;
        self.arm().await?;
        self.host.spawn(turn.tasks);
        if turn.record.session.status().is_ended() {
            return Err(Problem::new(Code::SessionGone, "the session has ended"));
        }
        Ok(())
    }

    fn released(&self, id: SessionId) -> Result<Outcome, Problem> {
        let found = self.host.fleet.find(id).map_err(|error| self.store_problem(&error))?;
        let is_closing = found.is_some_and(|record| !record.session.closing().is_empty());
        Ok(if is_closing { Outcome::Closing } else { Outcome::Released })
    }

    pub(super) async fn arm(&self) -> Result<(), Problem> {
        self.host.arm().await.map_err(|error| self.store_problem(&error))
    }

    fn view_context(&self) -> Result<ViewContext<'_>, Problem> {
        let checked_at = self.host.fleet.checked_at().map_err(|error| self.store_problem(&error))?;
        Ok(ViewContext { base_url: &self.context.base_url, now: self.host.now(), checked_at })
    }

    pub(super) fn view(&self, record: &Record, config: Option<serde_json::Value>) -> Result<SessionView, Problem> {
        Ok(SessionView::new(&record.session, &record.tokens, config, self.view_context()?))
    }

    fn problem(&self, error: FleetError) -> Problem {
        match error {
            FleetError::NotFound | FleetError::Session(SessionError::NotLive) => not_found(),
            FleetError::Session(SessionError::Ended) => Problem::new(Code::SessionEnded, "the session has ended"),
            FleetError::Session(SessionError::NotWatched) => Problem::new(
                Code::NotWatched,
                "this session's connections are not watched: that is chosen when it is created",
            ),
            FleetError::Store(error) => self.store_problem(&error),
        }
    }

    pub(super) fn create_problem(&self, error: CreateError) -> Problem {
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

    pub(super) fn store_problem(&self, error: &StoreError) -> Problem {
        internal(&*self.host.platform, "using the fleet's store", error, &self.context.request_id)
    }
}

/// For people, in the words that the clients of such a session get.
fn gone(state: &State) -> Problem {
    let State::Ended { reason, .. } = state else { return not_found() };
    let (_, why) = cdp::close_code(Some(*reason));
    Problem::new(Code::SessionGone, format!("the session has ended: {why}"))
}

fn not_found() -> Problem {
    Problem::new(Code::SessionNotFound, "there is no such session in this project")
}
