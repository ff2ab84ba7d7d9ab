//! The directory at work: the provider's list, asked for once for all projects, and what follows from it for browsers
//! that belong to none.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::{StreamExt as _, stream};
use worker::{Env, State, console_error, console_log};

use super::clock::{new_id, now};
use super::object_store::ObjectStore;
use super::provider::Provider;
use super::settings::Settings;
use super::timed::within;
use super::{fleet_stub, object_call};
use crate::fleet::{Directory, StoreError, unclaimed};
use crate::session::{BrowserId, Failure, FailureCode, Millis, ProjectName, Timestamp};
use crate::wire::{Claims, FleetCall, FleetEnvelope, ListedBrowsers, RunningBrowser};

/// The provider is asked once for all projects, and its answer serves for this long.
const LIST_KEPT: Millis = Millis::from_secs(2);
/// A browser that a project has claimed is not asked about again for this long.
const CLAIM_KEPT: Millis = Millis::from_secs(60);
/// A round is cut off after this long, so that it does not hold up the next one for ever.
const ROUND_LIMIT: Millis = Millis::from_secs(60);
/// Projects that are asked for their claims at once.
const QUESTIONS_AT_ONCE: usize = 4;
/// Browsers that one round closes at most, and how many at once.
const CLOSES_OF_A_ROUND: usize = 50;
const CLOSES_AT_ONCE: usize = 2;

type Listed = Result<Rc<List>, Failure>;

/// What the provider has said.
struct List {
    asked_at: Timestamp,
    browsers: Vec<RunningBrowser>,
}

/// The deployment's directory in its Durable Object.
pub(super) struct DirectoryCore {
    /// The projects.
    pub directory: Directory<ObjectStore>,
    env: Env,
    state: State,
    opened: Cell<bool>,
    listed: RefCell<Option<Rc<List>>>,
    /// Who waits for the list that is being asked for; `None` while nobody asks.
    asking: RefCell<Option<Vec<oneshot::Sender<Listed>>>>,
    /// Browsers that a project has claimed, and since when such claims are kept.
    claimed: RefCell<(Timestamp, HashSet<BrowserId>)>,
    rounding: Cell<bool>,
}

impl DirectoryCore {
    pub(super) fn new(state: State, env: Env) -> Rc<Self> {
        Rc::new(Self {
            directory: Directory::new(ObjectStore::new(&state)),
            env,
            state,
            opened: Cell::new(false),
            listed: RefCell::new(None),
            asking: RefCell::new(None),
            claimed: RefCell::new((Timestamp::from_millis(0), HashSet::new())),
            rounding: Cell::new(false),
        })
    }

    /// Makes the store ready, once for each life of the object.
    pub(super) fn open(&self) -> Result<(), StoreError> {
        if !self.opened.get() {
            self.directory.open()?;
            self.opened.set(true);
        }
        Ok(())
    }

    /// The provider's browsers, as a project needs to know them. Each new list begins a round for those of nobody.
    pub(super) async fn browsers(self: &Rc<Self>) -> Result<ListedBrowsers, Failure> {
        let list = self.list().await?;
        let core = Rc::clone(self);
        self.state.wait_until(async move { core.close_unclaimed().await });
        let browsers = list.browsers.iter().map(|running| running.browser.clone()).collect();
        Ok(ListedBrowsers { asked_at: list.asked_at, browsers })
    }

    /// Closes browsers that no project knows, if the deployment says that the account is its alone.
    pub(super) async fn close_unclaimed(self: &Rc<Self>) {
        let is_allowed = Settings::read(&self.env).is_ok_and(|settings| settings.browsers_are_ours_alone);
        if !is_allowed || self.rounding.replace(true) {
            return;
        }
        match within(ROUND_LIMIT, self.round()).await {
            Some(Ok(())) => {}
            Some(Err(failure)) => console_error!("unclaimed browsers: {}", failure.message),
            None => console_error!("unclaimed browsers: cut off after {} s", ROUND_LIMIT.get() / 1000),
        }
        self.rounding.set(false);
    }

    async fn round(&self) -> Result<(), Failure> {
        let provider = Provider::of(&self.env)?;
        // Asking the emulation for its list does harm to browsers that start; whoever runs it closes what it leaves.
        if provider.is_emulated().await? {
            return Ok(());
        }
        let list = self.list().await?;
        let candidates = self.not_yet_claimed(&list.browsers);
        if candidates.is_empty() {
            return Ok(());
        }
        // The projects of a browser that is in the list stood in the directory before it was started, and so before
        // this is read.
        let claims = self.claims(&candidates).await?;
        self.claimed.borrow_mut().1.extend(claims.iter().flat_map(|claims| claims.mine.clone()));
        let nobodys = unclaimed(&candidates, &claims);
        let close = |browser: BrowserId| {
            let provider = &provider;
            async move {
                let closed = provider.close(&browser).await;
                console_log!("a browser that no project knows was closed: {closed:?}");
            }
        };
        stream::iter(nobodys.into_iter().take(CLOSES_OF_A_ROUND)).for_each_concurrent(CLOSES_AT_ONCE, close).await;
        Ok(())
    }

    fn not_yet_claimed(&self, browsers: &[RunningBrowser]) -> Vec<RunningBrowser> {
        let mut claimed = self.claimed.borrow_mut();
        if now().since(claimed.0) >= CLAIM_KEPT {
            *claimed = (now(), HashSet::new());
        }
        browsers.iter().filter(|running| !claimed.1.contains(&running.browser)).cloned().collect()
    }

    /// What every project says; an error if a single one does not answer.
    async fn claims(&self, candidates: &[RunningBrowser]) -> Result<Vec<Claims>, Failure> {
        let browsers: Vec<BrowserId> = candidates.iter().map(|running| running.browser.clone()).collect();
        let mut claims = Vec::new();
        let mut after = None;
        loop {
            let page = self.directory.projects(after.as_ref()).map_err(|error| silent(&error))?;
            let Some(last) = page.last().cloned() else { return Ok(claims) };
            let ask = |project| self.claims_of(project, browsers.clone());
            let mut answers = stream::iter(page).map(ask).buffer_unordered(QUESTIONS_AT_ONCE);
            while let Some(answer) = answers.next().await {
                claims.push(answer?);
            }
            after = Some(last);
        }
    }

    async fn claims_of(&self, project: ProjectName, browsers: Vec<BrowserId>) -> Result<Claims, Failure> {
        let call = FleetCall::Claims(browsers);
        let envelope = FleetEnvelope { project, base_url: String::new(), request_id: new_id().to_string(), call };
        let mut response = fleet_stub::call(&self.env, &envelope).await.map_err(|error| silent(&error))?;
        match response.status_code() {
            200 => object_call::read(&mut response).await.map_err(|error| silent(&error)),
            status => Err(silent(&format!("it answered {status}"))),
        }
    }

    /// The provider's list: the last one while it is fresh, else a new one, asked for once however many want it.
    async fn list(&self) -> Listed {
        let fresh = |list: &&Rc<List>| now().since(list.asked_at) < LIST_KEPT;
        if let Some(list) = self.listed.borrow().as_ref().filter(fresh) {
            return Ok(Rc::clone(list));
        }
        if let Some(answer) = self.join_question() {
            return answer.await.unwrap_or_else(|_| Err(cut_off()));
        }
        let question = Question(&self.asking);
        let asked_at = now();
        let listed = self.ask().await.map(|browsers| Rc::new(List { asked_at, browsers }));
        *self.listed.borrow_mut() = listed.as_ref().ok().cloned();
        question.answer(&listed);
        listed
    }

    /// Waits with the others if somebody asks already; else notes that somebody does now.
    fn join_question(&self) -> Option<oneshot::Receiver<Listed>> {
        let mut asking = self.asking.borrow_mut();
        if let Some(waiting) = asking.as_mut() {
            let (sender, receiver) = oneshot::channel();
            waiting.push(sender);
            return Some(receiver);
        }
        *asking = Some(Vec::new());
        None
    }

    async fn ask(&self) -> Result<Vec<RunningBrowser>, Failure> {
        Provider::of(&self.env)?.list().await
    }
}

/// A question that is being asked. However it ends, nobody is left waiting for it.
struct Question<'a>(&'a RefCell<Option<Vec<oneshot::Sender<Listed>>>>);

impl Question<'_> {
    fn answer(self, listed: &Listed) {
        for waiting in self.0.borrow_mut().take().unwrap_or_default() {
            let _gone = waiting.send(listed.clone());
        }
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().take();
    }
}

fn silent(cause: &dyn std::fmt::Display) -> Failure {
    Failure::new(FailureCode::ProviderError, format!("a project did not say which are its own: {cause}"))
}

fn cut_off() -> Failure {
    Failure::new(FailureCode::ProviderError, "the question was cut off")
}
