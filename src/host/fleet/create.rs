//! A create: registered, decided, started, and waited for.

use std::pin::pin;

use futures::future::{Either, select};

use super::calls::FleetCalls;
use crate::fleet::Created as Decided;
use crate::host::internal;
use crate::host::note::Note;
use crate::host::platform::{CallerSignal, Platform, new_id, random};
use crate::session::{Input, Reason, SessionId, State};
use crate::wire::{Code, CreateRequest, Created, Problem, Register, SessionTokens};

impl<P: Platform, C: CallerSignal> FleetCalls<'_, P, C> {
    /// Takes a slot, or a place in the queue, and answers once the session is live or has failed.
    pub(super) async fn create_session(&self, request: &CreateRequest) -> Result<Created, Problem> {
        self.register().await?;
        if request.options.is_watched() || request.options.recording.is_some() {
            let known = self.host.fleet.set_project(&self.context.project);
            known.map_err(|error| self.store_problem(&error))?;
        }
        let platform = &*self.host.platform;
        let Some(secret) = platform.secret() else {
            return Err(Problem::new(Code::NotConfigured, "the deployment has no secret"));
        };
        let interactive = request.options.debug_config.interactive;
        let nonces = || [random(platform), random(platform), random(platform)];
        let sign = |id| SessionTokens::sign(&secret, &self.context.project, id, interactive, nonces());
        let outcome = self.host.fleet.create(request, new_id(platform), sign, platform.now());
        platform.note(Note::CreateDecided { request, outcome: &outcome });
        match outcome {
            Ok(Decided::Existing(record)) => self.outcome(record.session.id(), false).await,
            Ok(Decided::Started(turn)) => {
                self.arm().await?;
                // Beside this call, so that the browser has an owner whatever becomes of the caller.
                self.host.spawn(turn.tasks);
                self.outcome_for_caller(turn.record.session.id()).await
            }
            Ok(Decided::Queued(record)) => {
                self.arm().await?;
                self.outcome_for_caller(record.session.id()).await
            }
            Err(error) => Err(self.create_problem(error)),
        }
    }

    /// The project stands in the directory, durably, before its first session starts. Asked again after each answer: a
    /// sweep may have taken the project off meanwhile.
    async fn register(&self) -> Result<(), Problem> {
        loop {
            let due = self.host.fleet.registration_due().map_err(|error| self.store_problem(&error))?;
            let Some(version) = due else { return Ok(()) };
            let call = Register { project: self.context.project.clone(), version };
            let registered = self.host.platform.directory(call).await;
            registered.map_err(|error| {
                internal(&*self.host.platform, "registering the project", &error, &self.context.request_id)
            })?;
            self.host.fleet.registered(version).map_err(|error| self.store_problem(&error))?;
        }
    }

    /// The outcome of a new session; the engine learns if its caller does not wait for it.
    async fn outcome_for_caller(&self, id: SessionId) -> Result<Created, Problem> {
        let hung_up = pin!(self.caller.hung_up());
        match select(pin!(self.outcome(id, true)), hung_up).await {
            Either::Left((outcome, _)) => return outcome,
            Either::Right(((), _)) => {}
        }
        match self.host.turn(id, Input::CallerGone).await {
            Ok(tasks) => self.host.spawn(tasks),
            Err(error) => {
                self.host.platform.note(Note::failed_for(id, "storing that its caller is gone", &error));
            }
        }
        self.host.waiters.wake(id);
        Err(released_while_starting())
    }

    /// Waits until a session is no longer starting, and answers what has become of its create.
    async fn outcome(&self, id: SessionId, is_new: bool) -> Result<Created, Problem> {
        let Some((record, config)) = self.settled(id).await? else {
            // It left the queue without a trace: its wait was over.
            let refusal = self.host.fleet.refusal(self.host.now()).map_err(|error| self.store_problem(&error))?;
            return Err(self.create_problem(refusal));
        };
        match record.session.state() {
            State::Ended { reason: Reason::StartupFailed, failure: Some(failure), .. } => {
                Err(Problem::from_failure(failure))
            }
            State::Ended { live_since: None, .. } => Err(released_while_starting()),
            State::Ended { .. } | State::Live { .. } | State::Waiting { .. } | State::Starting { .. } => {
                Ok(Created { session: self.view(&record, Some(config))?, is_new })
            }
        }
    }
}

fn released_while_starting() -> Problem {
    Problem::new(Code::ReleasedWhileStarting, "the session was released before its browser was there")
}
