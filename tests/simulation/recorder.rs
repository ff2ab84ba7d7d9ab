//! An instance of a session's recorder: what `src/edge/recording.rs` does, but for what it records.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use tidewatch::session::{BrowserId, LEASE, LEASE_RENEWAL, RecorderReport, SessionId};
use tidewatch::wire::{Code, FleetCall};

use super::browser_run;
use super::executor::Life;
use super::fleet_calls::Answer;
use super::invariant::Invariant;
use super::objects::Unanswered;
use super::world::World;

/// Waits before a connect is tried again.
const AGAIN_MS: u64 = 1_000;
/// Last words that are tried.
const LAST_WORDS: usize = 3;

/// An instance of a session's recorder.
pub struct Recorder {
    /// What its tasks die with.
    pub life: Life,
    project: usize,
    session: SessionId,
    world: Rc<World>,
    run: Cell<u32>,
    /// Whether it records.
    pub is_at_work: Cell<bool>,
    is_over: Cell<bool>,
    /// Whoever waits for the end of its socket, or of all.
    listening: RefCell<Option<oneshot::Sender<()>>>,
}

impl Recorder {
    /// A new instance.
    pub fn new(world: Rc<World>, life: Life, project: usize, session: SessionId) -> Rc<Self> {
        Rc::new(Self {
            life,
            project,
            session,
            world,
            run: Cell::new(0),
            is_at_work: Cell::new(false),
            is_over: Cell::new(false),
            listening: RefCell::default(),
        })
    }

    /// Starts it; one that is at work goes on under the new number.
    fn start(self: &Rc<Self>, run: u32, browser: BrowserId) {
        self.run.set(run);
        if self.is_at_work.replace(true) {
            return;
        }
        self.is_over.set(false);
        let (recorder, world) = (Rc::clone(self), Rc::clone(&self.world));
        world.executor.spawn(self.life, async move {
            futures::future::join(recorder.listen(&browser), recorder.keep_told()).await;
            recorder.say_last_word().await;
            recorder.is_at_work.set(false);
        });
    }

    async fn listen(&self, browser: &BrowserId) {
        while !self.is_over.get() {
            if let Ok(socket) = browser_run::connect(&self.world, browser).await {
                let (sender, hung_up) = oneshot::channel();
                *self.listening.borrow_mut() = Some(sender);
                if let Either::Left((_lost, _)) = select(socket, hung_up).await {
                    self.listening.borrow_mut().take();
                }
            }
            if self.is_over.get() || self.is_browser_gone().await {
                break;
            }
            self.world.sleep(AGAIN_MS).await;
        }
        self.end();
    }

    fn end(&self) {
        self.is_over.set(true);
        self.listening.borrow_mut().take();
    }

    async fn keep_told(&self) {
        loop {
            if self.tell(false).await.is_err_and(|error| is_gone(&error)) {
                return self.end();
            }
            self.world.sleep(LEASE_RENEWAL.get()).await;
            if self.is_over.get() {
                return;
            }
            let idle = self.world.ledger.over_for(&self.world, (self.project, self.session));
            let is_excused = !self.world.was_calm_at(self.world.elapsed().saturating_sub(idle));
            self.world.holds(Invariant::Recorded, is_excused || idle <= LEASE.get(), || {
                format!("its session has been over for {idle} ms, and its recorder goes on")
            });
        }
    }

    async fn say_last_word(&self) {
        for _ in 0..LAST_WORDS {
            match self.tell(true).await {
                Err(error) if !is_gone(&error) => self.world.sleep(AGAIN_MS).await,
                _ => return,
            }
        }
    }

    async fn tell(&self, is_over: bool) -> Result<Answer, Unanswered> {
        let report = RecorderReport { run: self.run.get(), events: self.world.elapsed(), has_gaps: false, is_over };
        self.ask(FleetCall::RecorderSeen(self.session, report)).await
    }

    async fn is_browser_gone(&self) -> bool {
        match self.ask(FleetCall::SocketLost(self.session)).await {
            Ok(answer) => matches!(answer, Answer::EndedAs(Some(_))),
            Err(error) => is_gone(&error),
        }
    }

    async fn ask(&self, call: FleetCall) -> Result<Answer, Unanswered> {
        self.world.objects.ask_fleet(&self.world, self.project, call).await
    }
}

fn is_gone(error: &Unanswered) -> bool {
    matches!(error, Unanswered::Refused(problem) if matches!(problem.code, Code::SessionGone | Code::SessionNotFound))
}

/// Starts a session's recorder.
pub async fn start(world: &Rc<World>, project: usize, session: SessionId, run: u32, browser: BrowserId) {
    if world.objects.arrives(world).await.is_ok() {
        world.objects.recorder(world, project, session).start(run, browser);
        let _either_way = world.objects.returns(world).await;
    }
}
