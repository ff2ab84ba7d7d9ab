//! The simulated provider. It behaves and fails as `docs/browser-run.md` describes Browser Run in production.
//!
//! A request is carried out even if its caller dies. Its answer is then dropped.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::pending;
use tidewatch::host::{CloseAnswer, Existence};
use tidewatch::session::{BrowserExit, BrowserId, Dimensions, Failure, FailureCode, Millis, SessionId, Timestamp};
use tidewatch::wire::RunningBrowser;

use super::fault::Fault;
use super::invariant::Invariant;
use super::plan::Account;
use super::support::{WINDOW, browser};
use super::world::World;

/// Time limits of the service's calls to its provider (`src/edge/provider/browser_run.rs`).
const ACQUIRE_LIMIT_MS: u64 = 600_000;
const CLOSE_LIMIT_MS: u64 = 5_000;
const QUESTION_LIMIT_MS: u64 = 10_000;
/// The longest `keep_alive` that the provider takes.
const KEEP_ALIVE_MAX: Millis = Millis::from_secs(600);

/// A project and a session's id. Only the checks use it: the provider does not know sessions.
pub type Owner = (usize, SessionId);

/// A socket to a browser: it ends when the browser does.
pub type Socket = oneshot::Receiver<()>;

#[derive(Debug)]
struct Browser {
    /// `None` for a foreign browser, which another deployment started.
    owner: Option<Owner>,
    keep_alive: u64,
    began: u64,
    /// The wall clock's time at the start.
    started_at: Timestamp,
    active: u64,
    is_closing: bool,
    gone: Option<(u64, BrowserExit)>,
    sockets: Vec<oneshot::Sender<()>>,
}

/// The provider and its browsers.
pub struct BrowserRun {
    account: Account,
    browsers: RefCell<Vec<Browser>>,
    running: Cell<usize>,
    started: Cell<Option<u64>>,
    down_until: Cell<u64>,
}

impl BrowserRun {
    /// A provider without browsers.
    pub fn new(account: Account) -> Self {
        Self {
            account,
            browsers: RefCell::default(),
            running: Cell::new(0),
            started: Cell::new(None),
            down_until: Cell::new(0),
        }
    }

    /// Answers every request with 503 until then.
    pub fn goes_down(&self, until: u64) {
        self.down_until.set(until.max(self.down_until.get()));
    }

    /// Whether a close may have failed.
    pub fn was_unwell(&self, world: &World) -> bool {
        let closes = [Fault::CloseRefused, Fault::CloseHangs, Fault::CloseSlow, Fault::CloseAnswerLost];
        self.down_until.get() > 0 || closes.into_iter().any(|fault| world.faults.may_strike(fault))
    }

    fn is_down(&self, world: &World) -> bool {
        world.elapsed() < self.down_until.get()
    }

    /// Evicts a share of the browsers, in thousandths.
    pub fn evict(&self, world: &World, per_mille: u16) {
        let many = self.browsers.borrow().len();
        for number in (0..many).filter(|number| number * 619 % 1000 < usize::from(per_mille)) {
            self.dies(world, number, BrowserExit::Evicted, "is evicted");
        }
    }

    /// Whether a browser is running.
    pub fn is_running(&self, id: &BrowserId) -> bool {
        self.gone_since(id).is_none()
    }

    /// When a browser died, in milliseconds since the run began. `None` while it runs.
    pub fn gone_since(&self, id: &BrowserId) -> Option<u64> {
        let gone = |browser: &Browser| browser.gone.map(|(when, _)| when);
        number_of(id).and_then(|number| self.browsers.borrow().get(number).map_or(Some(0), gone))
    }

    /// Whether the account has a running browser.
    pub fn is_in_use(&self) -> bool {
        self.running.get() > 0
    }

    /// The running browsers.
    pub fn running(&self) -> Vec<BrowserId> {
        let browsers = self.browsers.borrow();
        (0..browsers.len()).filter(|number| browsers[*number].gone.is_none()).map(id_of).collect()
    }

    /// The session that a browser was started for. `None` for a foreign browser.
    pub fn owner(&self, id: &BrowserId) -> Option<Owner> {
        number_of(id).and_then(|number| self.browsers.borrow().get(number)?.owner)
    }

    /// When a browser was started, in milliseconds since the run began.
    pub fn began(&self, id: &BrowserId) -> Option<u64> {
        number_of(id).and_then(|number| Some(self.browsers.borrow().get(number)?.began))
    }

    /// The number of browsers that were ever started.
    pub fn started(&self) -> u64 {
        self.browsers.borrow().len() as u64
    }

    fn begin(&self, world: &World, owner: Option<Owner>, keep_alive: Millis) -> usize {
        let now = world.elapsed();
        let keep_alive = keep_alive.min(KEEP_ALIVE_MAX).get();
        let number = self.browsers.borrow().len();
        self.browsers.borrow_mut().push(Browser {
            owner,
            keep_alive,
            began: now,
            started_at: world.now(),
            active: now,
            is_closing: false,
            gone: None,
            sockets: Vec::new(),
        });
        self.running.set(self.running.get() + 1);
        world.cron.wake();
        world.note(|| {
            let whom = owner.map_or_else(|| "another deployment".to_owned(), |owner| world.ledger.name(owner));
            format!("b{number} starts for {whom}")
        });
        number
    }

    fn dies(&self, world: &World, number: usize, how: BrowserExit, event: &str) {
        let mut browsers = self.browsers.borrow_mut();
        let browser = &mut browsers[number];
        if browser.gone.is_some() {
            return;
        }
        browser.gone = Some((world.elapsed(), how));
        let sockets = std::mem::take(&mut browser.sockets);
        drop(browsers);
        self.running.set(self.running.get() - 1);
        world.note(|| format!("b{number} {event}"));
        for socket in sockets {
            let _left = socket.send(());
        }
    }

    fn with<T>(&self, number: usize, work: impl FnOnce(&mut Browser) -> T) -> T {
        work(&mut self.browsers.borrow_mut()[number])
    }

    fn may_start(&self, world: &World) -> Result<(), Failure> {
        let now = world.elapsed();
        if world.faults.strikes(Fault::AcquireLimited) {
            return Err(limited(world.faults.measure(Fault::AcquireLimited, 1..=12_000)));
        }
        if self.running.get() >= self.account.browsers_max {
            return Err(limited(1_000));
        }
        let next = self.started.get().map_or(0, |last| last + self.account.start_every);
        if now < next {
            return Err(limited(next - now));
        }
        self.started.set(Some(now));
        Ok(())
    }
}

/// Ends a browser when it has been idle for its `keep_alive`. Some crash earlier.
async fn keep_until_death(world: Rc<World>, number: usize) {
    let crash = world.faults.strikes(Fault::Crash);
    let crash = crash.then(|| world.elapsed() + world.faults.measure(Fault::Crash, 0..=15_000));
    loop {
        let (gone, idle) =
            world.provider.with(number, |browser| (browser.gone.is_some(), browser.active + browser.keep_alive));
        let now = world.elapsed();
        if gone {
            return;
        }
        if crash.is_some_and(|at| at <= now) {
            return world.provider.dies(&world, number, BrowserExit::Crashed, "crashes");
        }
        if idle <= now {
            return world.provider.dies(&world, number, BrowserExit::Evicted, "is idle for too long");
        }
        world.sleep(crash.unwrap_or(idle).min(idle) - now).await;
    }
}

/// Carries out a request in a task that outlives the caller.
async fn request<T: 'static>(world: &Rc<World>, work: impl Future<Output = T> + 'static) -> T {
    let (sender, receiver) = oneshot::channel();
    world.outside(async move {
        let _gone = sender.send(work.await);
    });
    match receiver.await {
        Ok(answer) => answer,
        Err(_) => pending().await,
    }
}

/// Starts a browser.
pub async fn acquire(world: &Rc<World>, owner: Owner, keep_alive: Millis) -> Result<BrowserId, Failure> {
    request(world, start(Rc::clone(world), owner, keep_alive)).await
}

async fn start(world: Rc<World>, owner: Owner, keep_alive: Millis) -> Result<BrowserId, Failure> {
    let (provider, faults) = (&world.provider, &world.faults);
    world.takes(5..=60).await;
    if provider.is_down(&world) || faults.strikes(Fault::AcquireRefused) {
        return Err(refused("start a browser"));
    }
    provider.may_start(&world)?;
    if faults.strikes(Fault::AcquireHangs) {
        world.sleep(ACQUIRE_LIMIT_MS).await;
        return Err(silent());
    }
    if faults.strikes(Fault::AcquireLate) {
        let late = faults.measure(Fault::AcquireLate, 45_000..=ACQUIRE_LIMIT_MS - 1);
        world.sleep(late).await;
    } else {
        world.takes(100..=2_500).await;
    }
    let number = provider.begin(&world, Some(owner), keep_alive);
    world.outside(keep_until_death(Rc::clone(&world), number));
    if faults.strikes(Fault::AcquireAnswerLost) {
        let hangs = faults.measure(Fault::AcquireAnswerLost, 0..=1) == 1;
        world.sleep(if hangs { ACQUIRE_LIMIT_MS } else { 10 }).await;
        return Err(silent());
    }
    if faults.strikes(Fault::AcquireUnreadable) {
        return Err(Failure::new(FailureCode::ProviderError, "the provider's answer names no browser"));
    }
    world.takes(5..=60).await;
    Ok(id_of(number))
}

/// Sets the size of a browser's window, if one is requested. Returns the actual size.
pub async fn prepare_window(
    world: &Rc<World>,
    browser: &BrowserId,
    requested: Option<Dimensions>,
) -> Result<Dimensions, Failure> {
    let (browser, inner) = (browser.clone(), Rc::clone(world));
    request(world, async move {
        inner.takes(10..=300).await;
        if inner.faults.strikes(Fault::WindowHangs) {
            inner.sleep(QUESTION_LIMIT_MS).await;
            return Err(silent());
        }
        use_socket(&inner, &browser, Fault::WindowFails).map(|()| requested.unwrap_or(WINDOW))
    })
    .await
}

/// Keeps a browser from being idle.
pub async fn touch(world: &Rc<World>, browser: &BrowserId) -> Result<(), Failure> {
    let (browser, inner) = (browser.clone(), Rc::clone(world));
    request(world, async move {
        inner.takes(10..=300).await;
        use_socket(&inner, &browser, Fault::TouchFails)
    })
    .await
}

/// Opens a short-lived socket to a browser. This counts as activity.
fn use_socket(world: &World, browser: &BrowserId, fault: Fault) -> Result<(), Failure> {
    let number = number_of(browser).filter(|_| world.provider.is_running(browser));
    match number.filter(|_| !world.provider.is_down(world) && !world.faults.strikes(fault)) {
        Some(number) => {
            world.provider.with(number, |browser| browser.active = world.elapsed());
            Ok(())
        }
        None => Err(refused("open a socket")),
    }
}

/// Closes a browser.
pub async fn close(world: &Rc<World>, browser: &BrowserId) -> CloseAnswer {
    request(world, delete(Rc::clone(world), browser.clone())).await
}

async fn delete(world: Rc<World>, browser: BrowserId) -> CloseAnswer {
    let (provider, faults) = (&world.provider, &world.faults);
    world.takes(5..=100).await;
    if provider.is_down(&world) || faults.strikes(Fault::CloseRefused) {
        return CloseAnswer::Failed;
    }
    if faults.strikes(Fault::CloseHangs) {
        world.sleep(CLOSE_LIMIT_MS).await;
        return CloseAnswer::Failed;
    }
    // The answer for an unknown browser is 404.
    let Some(number) = number_of(&browser).filter(|_| provider.is_running(&browser)) else { return CloseAnswer::Gone };
    let is_ours = provider.with(number, |browser| browser.owner.is_some());
    world.holds(Invariant::Unclaimed, is_ours, || format!("b{number} is closed, and is a foreign browser"));
    if provider.with(number, |browser| browser.is_closing) {
        return CloseAnswer::Acknowledged;
    }
    if faults.strikes(Fault::CloseSlow) {
        let length = faults.measure(Fault::CloseSlow, 100..=12_000);
        provider.with(number, |browser| browser.is_closing = true);
        let inner = Rc::clone(&world);
        world.outside(async move {
            inner.sleep(length).await;
            inner.provider.dies(&inner, number, BrowserExit::Closed, "is closed at last");
        });
        return CloseAnswer::Acknowledged;
    }
    provider.dies(&world, number, BrowserExit::Closed, "is closed");
    if faults.strikes(Fault::CloseAnswerLost) {
        world.sleep(CLOSE_LIMIT_MS).await;
        return CloseAnswer::Failed;
    }
    world.takes(5..=60).await;
    CloseAnswer::Gone
}

/// Queries whether a browser exists.
pub async fn exists(world: &Rc<World>, browser: &BrowserId) -> Existence {
    let (browser, inner) = (browser.clone(), Rc::clone(world));
    request(world, async move {
        inner.takes(5..=100).await;
        if inner.provider.is_down(&inner) || inner.faults.strikes(Fault::StatusUnclear) {
            return Existence::Unclear;
        }
        let existence = if inner.provider.is_running(&browser) { Existence::Exists } else { Existence::Gone };
        inner.takes(5..=60).await;
        existence
    })
    .await
}

/// Lists all browsers of the account.
pub async fn list(world: &Rc<World>) -> Result<Vec<RunningBrowser>, Failure> {
    let inner = Rc::clone(world);
    request(world, async move {
        inner.takes(10..=200).await;
        if inner.provider.is_down(&inner) || inner.faults.strikes(Fault::ListFails) {
            return Err(refused("list its browsers"));
        }
        let lag = inner.faults.strikes(Fault::ListLags);
        let lag = if lag { inner.faults.measure(Fault::ListLags, 100..=8_000) } else { 0 };
        let then = inner.elapsed().saturating_sub(lag);
        let browsers = inner.provider.browsers.borrow();
        let was_there = |browser: &Browser| browser.began <= then && browser.gone.is_none_or(|(gone, _)| gone > then);
        let listed = browsers.iter().enumerate().filter(|(_, browser)| was_there(browser));
        let listed = listed
            .map(|(number, browser)| RunningBrowser { browser: id_of(number), started_at: Some(browser.started_at) });
        Ok(listed.collect())
    })
    .await
}

/// Reports how dead browsers exited. The history may be missing.
pub async fn history(world: &Rc<World>) -> HashMap<BrowserId, BrowserExit> {
    let inner = Rc::clone(world);
    request(world, async move {
        inner.takes(10..=100).await;
        if inner.provider.is_down(&inner) || inner.faults.strikes(Fault::HistoryFails) {
            return HashMap::new();
        }
        let browsers = inner.provider.browsers.borrow();
        let exits = browsers.iter().enumerate().filter_map(|(number, browser)| Some((id_of(number), browser.gone?.1)));
        exits.collect()
    })
    .await
}

/// Runs a foreign browser on the same account.
pub async fn run_foreign_browser(world: Rc<World>, begins: u64, ends: u64) {
    world.sleep(begins).await;
    let number = world.provider.begin(&world, None, KEEP_ALIVE_MAX);
    world.sleep(ends - begins).await;
    world.provider.dies(&world, number, BrowserExit::Closed, "is closed by its deployment");
}

/// Opens a socket to a browser.
pub async fn connect(world: &Rc<World>, browser: &BrowserId) -> Result<Socket, Failure> {
    let (browser, inner) = (browser.clone(), Rc::clone(world));
    request(world, async move {
        inner.takes(10..=150).await;
        use_socket(&inner, &browser, Fault::TouchFails)?;
        let (sender, receiver) = oneshot::channel();
        if let Some(number) = number_of(&browser) {
            inner.provider.with(number, |browser| browser.sockets.push(sender));
        }
        Ok(receiver)
    })
    .await
}

/// Notes that a client sent something to its browser.
pub fn mark_active(world: &World, browser: &BrowserId) {
    if let Some(number) = number_of(browser) {
        world.provider.with(number, |browser| browser.active = world.elapsed());
    }
}

/// Ends a browser that its client closes over its socket.
pub fn is_closed_by_client(world: &World, browser: &BrowserId) {
    if let Some(number) = number_of(browser) {
        world.provider.dies(world, number, BrowserExit::Closed, "is closed by its client");
    }
}

fn id_of(number: usize) -> BrowserId {
    browser(&format!("b{number}"))
}

fn number_of(id: &BrowserId) -> Option<usize> {
    id.as_str().strip_prefix('b')?.parse().ok()
}

fn refused(what: &str) -> Failure {
    Failure::new(FailureCode::ProviderError, format!("the provider would not {what}"))
}

fn silent() -> Failure {
    Failure::new(FailureCode::ProviderTimeout, "the provider did not answer in time")
}

fn limited(wait_ms: u64) -> Failure {
    let failure = Failure::new(FailureCode::ProviderRateLimited, "the provider would not start a browser: 429");
    let secs = u32::try_from(wait_ms.div_ceil(1_000).clamp(1, 30)).unwrap_or(1);
    Failure { retry_after_secs: Some(secs), ..failure }
}
