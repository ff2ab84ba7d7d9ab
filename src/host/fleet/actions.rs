//! Tasks carried out: each action of the engine on the world, and its outcome as the next turn.

use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::join_all;

use super::FleetHost;
use crate::fleet::{FleetError, Task};
use crate::host::note::Note;
use crate::host::platform::{BrowserRequest, CloseAnswer, Platform, Provider as _};
use crate::host::timeout::timeout;
use crate::session::{Action, BrowserId, Dimensions, Failure, FailureCode, Input, Millis, SessionId};
use crate::wire::{AskPresence, StartRecorder};

/// A start takes 2 to 4 s cold. Less than the session's own start-up limit, so that the provider is named as the cause.
const ACQUIRE_LIMIT: Millis = Millis::from_secs(50);
/// A release is answered after this long at the latest, whether or not the provider has acknowledged the close.
const ANSWER_LIMIT: Millis = Millis::from_secs(5);
/// A provider's new release may open windows of another size.
const WINDOW_KEPT: Millis = Millis::from_secs(600);

impl<P: Platform> FleetHost<P> {
    /// Carries out tasks beside what is going on: only the engine hears of their outcome.
    pub(super) fn spawn(self: &Rc<Self>, tasks: Vec<Task>) {
        if tasks.is_empty() {
            return;
        }
        let host = Rc::clone(self);
        self.platform.spawn(async move { host.carry_out(tasks).await });
    }

    /// Carries out tasks beside what is going on, and waits for them as long as a caller can be asked to. What takes
    /// longer goes on, and is stored to be tried again.
    pub(super) async fn carry_out_in_time(self: &Rc<Self>, tasks: Vec<Task>) {
        if tasks.is_empty() {
            return;
        }
        let (sender, receiver) = oneshot::channel();
        let host = Rc::clone(self);
        self.platform.spawn(async move {
            host.carry_out(tasks).await;
            let _gone = sender.send(());
        });
        let _in_time = timeout(&*self.platform, ANSWER_LIMIT, receiver).await;
    }

    /// Carries out tasks, all at once, and what follows from each.
    pub(super) async fn carry_out(self: &Rc<Self>, tasks: Vec<Task>) {
        join_all(tasks.into_iter().map(|task| self.follow(task))).await;
    }

    /// Carries out one task, feeds its outcome back, and goes on with what follows from that.
    async fn follow(self: &Rc<Self>, task: Task) {
        let mut tasks = vec![task];
        while let Some(task) = tasks.pop() {
            let id = task.session;
            let Some(outcome) = self.perform(id, task.action).await else { continue };
            match self.turn(id, outcome.clone()).await {
                Ok(more) => tasks.extend(more),
                Err(error) => self.give_up(id, outcome, &error).await,
            }
            self.waiters.wake(id);
        }
    }

    /// An outcome that could not be stored. A browser that it brought has no owner: it is closed here and now.
    async fn give_up(&self, id: SessionId, outcome: Input, error: &FleetError) {
        self.platform.note(Note::failed_for(id, "storing an outcome", error));
        if let (Input::BrowserAcquired { browser, .. }, Ok(provider)) = (outcome, self.platform.provider()) {
            provider.close(&browser).await;
        }
    }

    /// Does one thing in the world, and answers its outcome; `None` if there is nothing to say.
    async fn perform(self: &Rc<Self>, id: SessionId, action: Action) -> Option<Input> {
        match action {
            Action::AcquireBrowser { epoch, keep_alive } => Some(self.acquire(id, epoch, keep_alive).await),
            Action::PrepareWindow { epoch, browser, dimensions } => {
                Some(self.prepare_window(epoch, &browser, dimensions).await)
            }
            Action::KeepAlive { browser } => self.keep_alive(id, &browser).await,
            Action::AskRelay => {
                let project = self.fleet.project().ok().flatten()?;
                let asked = self.platform.relay(&project, id, AskPresence {}).await;
                asked.ok().map(Input::ClientsSeen)
            }
            Action::StartRecorder { run, browser, since, options } => {
                let project = self.fleet.project().ok().flatten()?;
                self.start_recorder(StartRecorder { project, session: id, browser, run, since, options });
                None
            }
            Action::CloseBrowser { browser } => self.close(browser).await,
        }
    }

    /// Asks for a browser. One that comes after the time limit is taken in all the same, and closed by the engine.
    async fn acquire(self: &Rc<Self>, session: SessionId, epoch: u32, keep_alive: Millis) -> Input {
        let (sender, receiver) = oneshot::channel();
        let host = Rc::clone(self);
        self.platform.spawn(async move {
            let answer = match host.ask_for_browser(BrowserRequest { session, epoch, keep_alive }).await {
                Ok(browser) => Input::BrowserAcquired { epoch, browser },
                Err(failure) => Input::BrowserFailed { epoch, failure },
            };
            if let Err(late @ Input::BrowserAcquired { .. }) = sender.send(answer) {
                match host.turn(session, late.clone()).await {
                    Ok(tasks) => host.spawn(tasks),
                    Err(error) => host.give_up(session, late, &error).await,
                }
            }
        });
        let in_time = timeout(&*self.platform, ACQUIRE_LIMIT, receiver).await;
        in_time.and_then(Result::ok).unwrap_or_else(|| {
            let text = "the provider did not start a browser in time";
            Input::BrowserFailed { epoch, failure: Failure::new(FailureCode::ProviderTimeout, text) }
        })
    }

    async fn ask_for_browser(&self, request: BrowserRequest) -> Result<BrowserId, Failure> {
        let provider = self.platform.provider()?;
        let is_local = self.is_emulated(&provider).await.unwrap_or(false);
        let _permit = if is_local { Some(self.local_starts.acquire().await) } else { None };
        provider.acquire(request).await
    }

    async fn prepare_window(&self, epoch: u32, browser: &BrowserId, requested: Option<Dimensions>) -> Input {
        if let (None, Some(dimensions)) = (requested, self.usual_window()) {
            return Input::WindowReady { epoch, dimensions };
        }
        let prepared = async { self.platform.provider()?.prepare_window(browser, requested).await };
        match prepared.await {
            Ok(dimensions) => {
                if requested.is_none() {
                    self.window_seen.set(Some((self.now(), dimensions)));
                }
                Input::WindowReady { epoch, dimensions }
            }
            Err(failure) => Input::BrowserFailed { epoch, failure },
        }
    }

    /// The size that the provider's windows have if none is requested, as one of them said not long ago: to ask each
    /// new browser would cost every start a socket and two round trips.
    fn usual_window(&self) -> Option<Dimensions> {
        let seen = self.window_seen.get().filter(|(seen, _)| self.now().since(*seen) < WINDOW_KEPT);
        seen.map(|(_, dimensions)| dimensions)
    }

    async fn keep_alive(&self, id: SessionId, browser: &BrowserId) -> Option<Input> {
        let touched = async { self.platform.provider()?.touch(browser).await };
        match touched.await {
            Ok(()) => Some(Input::KeptAlive),
            Err(failure) => {
                self.platform.note(Note::failed_for(id, "keeping a browser alive", &failure.message));
                None
            }
        }
    }

    /// Starts a recorder beside what is going on: nothing waits for it.
    fn start_recorder(&self, start: StartRecorder) {
        let platform = Rc::clone(&self.platform);
        self.platform.spawn(async move {
            let (project, session) = (start.project.clone(), start.session);
            if let Err(error) = platform.recorder(&project, session, start).await {
                platform.note(Note::failed_for(session, "starting a recorder", &error));
            }
        });
    }

    /// Asks to close a browser; `None` if that is under way already.
    async fn close(&self, browser: BrowserId) -> Option<Input> {
        if !self.closing.borrow_mut().insert(browser.clone()) {
            return None;
        }
        let permit = self.closes.acquire().await;
        let closed = match self.platform.provider() {
            Ok(provider) => provider.close(&browser).await,
            Err(_) => CloseAnswer::Failed,
        };
        drop(permit);
        self.closing.borrow_mut().remove(&browser);
        Some(match closed {
            CloseAnswer::Gone => Input::BrowserClosed { browser },
            CloseAnswer::Acknowledged => Input::CloseAcknowledged { browser },
            CloseAnswer::Failed => Input::CloseFailed { browser },
        })
    }
}
