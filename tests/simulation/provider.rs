//! The simulated provider behind the host's `Provider` trait.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, Shared, select};
use tidewatch::host::{BrowserRequest, CdpSocket, CloseAnswer, Existence, PlatformError, Provider};
use tidewatch::session::{BrowserExit, BrowserId, Dimensions, Failure, FailureCode};
use tidewatch::wire::RunningBrowser;

use super::audit;
use super::browser_run;
use super::mutants::Mutant;
use super::platform::Role;
use super::world::World;

/// Milliseconds between two messages of a recorded browser.
const TALK_MS: std::ops::RangeInclusive<u64> = 400..=4_000;

/// The provider, for one part of the service.
pub struct SimProvider {
    world: Rc<World>,
    role: Role,
}

impl SimProvider {
    /// Makes it for a part of the service.
    pub fn new(world: Rc<World>, role: Role) -> Self {
        Self { world, role }
    }
}

impl Provider for SimProvider {
    type Socket = SimSocket;

    async fn acquire(&self, request: BrowserRequest) -> Result<BrowserId, Failure> {
        let Role::Fleet(project) = self.role else {
            return Err(Failure::new(FailureCode::ProviderError, "only fleets start browsers"));
        };
        let owner = (project, request.session);
        self.world.ledger.check_acquire(&self.world, owner, request.epoch);
        let acquired = browser_run::acquire(&self.world, owner, request.keep_alive).await;
        if let Ok(browser) = &acquired {
            let (world, deaths) = (Rc::clone(&self.world), self.world.objects.deaths());
            self.world.outside(audit::check_owned_or_closed(world, project, browser.clone(), deaths));
        }
        acquired
    }

    async fn prepare_window(&self, browser: &BrowserId, requested: Option<Dimensions>) -> Result<Dimensions, Failure> {
        browser_run::prepare_window(&self.world, browser, requested).await
    }

    async fn touch(&self, browser: &BrowserId) -> Result<(), Failure> {
        browser_run::touch(&self.world, browser).await
    }

    async fn close(&self, browser: &BrowserId) -> CloseAnswer {
        if self.world.is_mutated(Mutant::ForgetsCloses) {
            return CloseAnswer::Gone;
        }
        browser_run::close(&self.world, browser).await
    }

    async fn exists(&self, browser: &BrowserId) -> Existence {
        if self.world.is_mutated(Mutant::TrustsLists) {
            return Existence::Gone;
        }
        browser_run::exists(&self.world, browser).await
    }

    async fn list(&self) -> Result<Vec<RunningBrowser>, Failure> {
        browser_run::list(&self.world).await
    }

    async fn history(&self) -> HashMap<BrowserId, BrowserExit> {
        browser_run::history(&self.world).await
    }

    async fn is_emulated(&self) -> Result<bool, Failure> {
        Ok(self.world.plan.account.is_emulated)
    }

    async fn connect(&self, browser: &BrowserId) -> Result<SimSocket, Failure> {
        let closed = browser_run::connect(&self.world, browser).await?;
        Ok(SimSocket { world: Rc::clone(&self.world), closed: closed.shared(), stays: RefCell::default() })
    }
}

/// A recorder's socket to a browser that sends a message now and then.
pub struct SimSocket {
    world: Rc<World>,
    closed: Shared<oneshot::Receiver<()>>,
    /// Dropped with the socket, which stops the browser's messages.
    stays: RefCell<Option<oneshot::Sender<()>>>,
}

impl CdpSocket for SimSocket {
    fn receive(&self, on_message: impl Fn(&str) + 'static) -> Result<(), PlatformError> {
        let (stays, mut left) = oneshot::channel::<()>();
        *self.stays.borrow_mut() = Some(stays);
        let (world, mut closed) = (Rc::clone(&self.world), self.closed.clone());
        self.world.outside(async move {
            on_message(
                r#"{"method":"Target.attachedToTarget","params":{"sessionId":"S","targetInfo":{"targetId":"T","type":"page","url":"about:blank","title":"t"}}}"#,
            );
            for line in 0_u32.. {
                let over = select(&mut left, &mut closed);
                if let Either::Left(_) = select(over, world.takes(TALK_MS)).await {
                    return;
                }
                on_message(&format!(
                    r#"{{"sessionId":"S","method":"Runtime.consoleAPICalled","params":{{"type":"log","args":[{{"type":"number","value":{line}}}]}}}}"#,
                ));
            }
        });
        Ok(())
    }

    fn send(&self, _command: &str) {}

    async fn closed(&self) {
        let _either_way = self.closed.clone().await;
    }
}
