//! An instance of the directory: what `src/edge/directory_core.rs` and `src/edge/directory_object.rs` do.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::select;
use futures::{StreamExt as _, stream};
use tidewatch::fleet::{self, StoreError, unclaimed};
use tidewatch::session::{BrowserId, Millis, ProjectName, Timestamp};
use tidewatch::wire::{Claims, DirectoryCall, FleetCall, ListedBrowsers, RunningBrowser};

use super::browser_run;
use super::cron::number_of;
use super::executor::Life;
use super::fleet_calls::Answer;
use super::sabotage::Sabotage;
use super::store::SimStore;
use super::world::World;

const LIST_KEPT: Millis = Millis::from_secs(2);
const CLAIM_KEPT: Millis = Millis::from_secs(60);
const ROUND_LIMIT_MS: u64 = 60_000;
const QUESTIONS_AT_ONCE: usize = 4;
const CLOSES_OF_A_ROUND: usize = 50;
const CLOSES_AT_ONCE: usize = 2;

/// What the directory answers.
#[derive(Clone, Debug)]
pub enum Said {
    /// It is done.
    Done,
    /// Some projects.
    Projects(Vec<ProjectName>),
    /// The provider's browsers.
    Browsers(ListedBrowsers),
}

/// What the provider has said.
struct List {
    asked_at: Timestamp,
    browsers: Vec<RunningBrowser>,
}

/// Somebody who waits for the list.
type Asking = oneshot::Sender<Option<Rc<List>>>;

/// An instance of the directory.
pub struct Directory {
    /// What its tasks die with.
    pub life: Life,
    world: Rc<World>,
    projects: fleet::Directory<SimStore>,
    is_opened: Cell<bool>,
    listed: RefCell<Option<Rc<List>>>,
    /// Who waits for the list that is being asked for; `None` while nobody asks.
    asking: RefCell<Option<Vec<Asking>>>,
    claimed: RefCell<(Timestamp, BTreeSet<BrowserId>)>,
    rounding: Cell<bool>,
}

impl Directory {
    /// A new instance over the tables.
    pub fn new(world: Rc<World>, life: Life, store: SimStore) -> Rc<Self> {
        Rc::new(Self {
            life,
            world,
            projects: fleet::Directory::new(store),
            is_opened: Cell::new(false),
            listed: RefCell::default(),
            asking: RefCell::default(),
            claimed: RefCell::new((Timestamp::from_millis(0), BTreeSet::new())),
            rounding: Cell::new(false),
        })
    }

    /// Answers a call; `None` if it can't.
    pub async fn answer(self: &Rc<Self>, call: DirectoryCall) -> Option<Said> {
        if !self.is_opened.get() {
            self.projects.open().ok()?;
            self.is_opened.set(true);
        }
        match call {
            DirectoryCall::Browsers => self.browsers().await.map(Said::Browsers),
            DirectoryCall::CloseUnclaimed => {
                self.close_unclaimed().await;
                Some(Said::Done)
            }
            other => self.stored(other).ok(),
        }
    }

    fn stored(&self, call: DirectoryCall) -> Result<Said, StoreError> {
        match call {
            DirectoryCall::Register(project, version) => {
                self.projects.register(&project, version)?;
                self.world.note(|| format!("{} registers as {version}", project.as_str()));
                self.world.cron.wake();
            }
            DirectoryCall::Unregister(project, version) => {
                self.world.note(|| format!("{} leaves as {version}", project.as_str()));
                self.projects.unregister(&project, version)?;
            }
            DirectoryCall::Projects(after) => {
                return self.projects.projects(after.as_ref()).map(Said::Projects);
            }
            DirectoryCall::Swept(swept) => self.projects.note_sweep(swept)?,
            DirectoryCall::LastSweep => drop(self.projects.last_sweep()?),
            DirectoryCall::Browsers | DirectoryCall::CloseUnclaimed => {}
        }
        Ok(Said::Done)
    }

    /// The provider's browsers. Each new list begins a round for those of nobody.
    async fn browsers(self: &Rc<Self>) -> Option<ListedBrowsers> {
        let list = self.list().await?;
        let directory = Rc::clone(self);
        self.world.executor.spawn(self.life, async move { directory.close_unclaimed().await });
        let browsers = list.browsers.iter().map(|running| running.browser.clone()).collect();
        Some(ListedBrowsers { asked_at: list.asked_at, browsers })
    }

    /// Closes browsers that no project knows, if the deployment says that the account is its alone.
    async fn close_unclaimed(&self) {
        if !self.world.plan.account.is_ours_alone || self.rounding.replace(true) {
            return;
        }
        let round = std::pin::pin!(self.round());
        let _cut_off = select(round, self.world.sleep(ROUND_LIMIT_MS)).await;
        self.rounding.set(false);
    }

    async fn round(&self) -> Option<()> {
        let list = self.list().await?;
        let candidates = self.not_yet_claimed(&list.browsers);
        if candidates.is_empty() {
            return Some(());
        }
        let mut claims = self.claims(&candidates).await?;
        self.claimed.borrow_mut().1.extend(claims.iter().flat_map(|claims| claims.mine.clone()));
        if self.world.is_sabotaged(Sabotage::ClosesHastily) {
            for claims in &mut claims {
                claims.starting_since = None;
            }
        }
        let nobodys = unclaimed(&candidates, &claims);
        let close = |browser: BrowserId| async move {
            self.world.note(|| format!("{} is to be closed: no project knows it", browser.as_str()));
            self.world.ledger.is_nobodys(&self.world, &browser);
            browser_run::close(&self.world, &browser).await;
        };
        stream::iter(nobodys.into_iter().take(CLOSES_OF_A_ROUND)).for_each_concurrent(CLOSES_AT_ONCE, close).await;
        Some(())
    }

    fn not_yet_claimed(&self, browsers: &[RunningBrowser]) -> Vec<RunningBrowser> {
        let mut claimed = self.claimed.borrow_mut();
        if self.world.now().since(claimed.0) >= CLAIM_KEPT {
            *claimed = (self.world.now(), BTreeSet::new());
        }
        browsers.iter().filter(|running| !claimed.1.contains(&running.browser)).cloned().collect()
    }

    /// What every project says; `None` if a single one does not answer.
    async fn claims(&self, candidates: &[RunningBrowser]) -> Option<Vec<Claims>> {
        let browsers: Vec<BrowserId> = candidates.iter().map(|running| running.browser.clone()).collect();
        let mut claims = Vec::new();
        let mut after = None;
        loop {
            let page = self.projects.projects(after.as_ref()).ok()?;
            let Some(last) = page.last().cloned() else { return Some(claims) };
            let ask = |project| self.claims_of(project, browsers.clone());
            let mut answers = stream::iter(page).map(ask).buffer_unordered(QUESTIONS_AT_ONCE);
            while let Some(answer) = answers.next().await {
                claims.push(answer?);
            }
            after = Some(last);
        }
    }

    async fn claims_of(&self, project: ProjectName, browsers: Vec<BrowserId>) -> Option<Claims> {
        let call = FleetCall::Claims(browsers);
        match self.world.objects.ask_fleet(&self.world, number_of(&project), call).await {
            Ok(Answer::Claims(claims)) => Some(claims),
            _ => None,
        }
    }

    /// The provider's list: the last one while it is fresh, else a new one, asked for once however many want it.
    async fn list(&self) -> Option<Rc<List>> {
        let is_fresh = |list: &&Rc<List>| self.world.now().since(list.asked_at) < LIST_KEPT;
        if let Some(list) = self.listed.borrow().as_ref().filter(is_fresh) {
            return Some(Rc::clone(list));
        }
        if let Some(answer) = self.join_question() {
            return answer.await.ok().flatten();
        }
        let question = Question(&self.asking);
        let asked_at = self.world.now();
        let browsers = browser_run::list(&self.world).await.ok();
        let listed = browsers.map(|browsers| Rc::new(List { asked_at, browsers }));
        self.listed.borrow_mut().clone_from(&listed);
        question.answer(listed.as_ref());
        listed
    }

    fn join_question(&self) -> Option<oneshot::Receiver<Option<Rc<List>>>> {
        let mut asking = self.asking.borrow_mut();
        if let Some(waiting) = asking.as_mut() {
            let (sender, receiver) = oneshot::channel();
            waiting.push(sender);
            return Some(receiver);
        }
        *asking = Some(Vec::new());
        None
    }
}

/// A question that is being asked. However it ends, nobody is left waiting for it.
struct Question<'a>(&'a RefCell<Option<Vec<Asking>>>);

impl Question<'_> {
    fn answer(self, listed: Option<&Rc<List>>) {
        for waiting in self.0.borrow_mut().take().unwrap_or_default() {
            let _gone = waiting.send(listed.cloned());
        }
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().take();
    }
}
