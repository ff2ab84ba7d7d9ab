//! The deployment's one directory at work: which projects have something to watch, the provider's list, asked for once
//! for all of them, and what follows from it for browsers that no project owns.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::{StreamExt as _, stream};

use super::note::Note;
use super::platform::{Platform, Provider as _, new_id};
use super::timeout::timeout;
use crate::fleet::{Directory, StoreError, unclaimed};
use crate::session::{BrowserId, Failure, FailureCode, Millis, ProjectName, Timestamp};
use crate::wire::{
    CallContext, Claims, CloseUnclaimed, Code, DirectoryService, LastSweep, ListBrowsers, ListProjects, ListedBrowsers,
    Problem, ProjectPage, RecordSweep, Register, RunningBrowser, Swept, Unregister, WhichAreMine,
};

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

/// The provider's answer.
struct List {
    asked_at: Timestamp,
    browsers: Vec<RunningBrowser>,
}

/// The directory, in its object.
pub struct DirectoryHost<P: Platform> {
    directory: Directory<P::Store>,
    platform: Rc<P>,
    opened: Cell<bool>,
    listed: RefCell<Option<Rc<List>>>,
    /// Those who wait for the list that is being asked for; `None` while nobody asks.
    asking: RefCell<Option<Vec<oneshot::Sender<Listed>>>>,
    /// Browsers that a project has claimed, and since when such claims are kept.
    claimed: RefCell<(Timestamp, HashSet<BrowserId>)>,
    is_in_round: Cell<bool>,
}

impl<P: Platform> DirectoryHost<P> {
    /// The directory over a store.
    pub fn new(platform: Rc<P>, store: P::Store) -> Rc<Self> {
        Rc::new(Self {
            directory: Directory::new(store),
            platform,
            opened: Cell::new(false),
            listed: RefCell::new(None),
            asking: RefCell::new(None),
            claimed: RefCell::new((Timestamp::from_millis(0), HashSet::new())),
            is_in_round: Cell::new(false),
        })
    }

    /// The directory as a service.
    ///
    /// # Errors
    /// `internal` if the store can't be opened.
    pub fn serving(self: &Rc<Self>) -> Result<DirectoryCalls<'_, P>, Problem> {
        if !self.opened.get() {
            self.directory.open().map_err(|error| self.problem(&error))?;
            self.opened.set(true);
        }
        Ok(DirectoryCalls(self))
    }

    /// The provider's browsers, as a project needs to know them. Each new list begins a round for those of no project.
    async fn browsers(self: &Rc<Self>) -> Result<ListedBrowsers, Failure> {
        let list = self.list().await?;
        let host = Rc::clone(self);
        self.platform.spawn(async move { host.close_unclaimed().await });
        let browsers = list.browsers.iter().map(|running| running.browser.clone()).collect();
        Ok(ListedBrowsers { asked_at: list.asked_at, browsers })
    }

    /// Closes browsers that no project owns, if the deployment says that the account is its alone.
    async fn close_unclaimed(&self) {
        if !self.platform.owns_account() || self.is_in_round.replace(true) {
            return;
        }
        let doing = "closing unclaimed browsers";
        match timeout(&*self.platform, ROUND_LIMIT, self.round()).await {
            Some(Ok(())) => {}
            Some(Err(failure)) => self.platform.note(Note::failed(doing, &failure.message)),
            None => self.platform.note(Note::failed(doing, &"it took too long")),
        }
        self.is_in_round.set(false);
    }

    async fn round(&self) -> Result<(), Failure> {
        let provider = self.platform.provider()?;
        // Asking the emulation for its list harms browsers that start; its start script closes what is left.
        if provider.is_emulated().await? {
            return Ok(());
        }
        let list = self.list().await?;
        let candidates = self.not_yet_claimed(&list.browsers);
        if candidates.is_empty() {
            return Ok(());
        }
        // The project of a browser in the list stood in the directory before the browser was started, and so before the
        // directory is read here.
        let claims = self.claims(&candidates).await?;
        self.claimed.borrow_mut().1.extend(claims.iter().flat_map(|claims| claims.mine.clone()));
        let unowned = unclaimed(&candidates, &claims);
        let close = |browser: BrowserId| {
            let provider = &provider;
            async move {
                self.platform.note(Note::ClosingUnclaimed { browser: &browser });
                provider.close(&browser).await;
            }
        };
        stream::iter(unowned.into_iter().take(CLOSES_OF_A_ROUND)).for_each_concurrent(CLOSES_AT_ONCE, close).await;
        Ok(())
    }

    fn not_yet_claimed(&self, browsers: &[RunningBrowser]) -> Vec<RunningBrowser> {
        let mut claimed = self.claimed.borrow_mut();
        let now = self.platform.now();
        if now.since(claimed.0) >= CLAIM_KEPT {
            *claimed = (now, HashSet::new());
        }
        browsers.iter().filter(|running| !claimed.1.contains(&running.browser)).cloned().collect()
    }

    /// The claims of every project; an error if a single one does not answer.
    async fn claims(&self, candidates: &[RunningBrowser]) -> Result<Vec<Claims>, Failure> {
        let browsers: Vec<BrowserId> = candidates.iter().map(|running| running.browser.clone()).collect();
        let mut claims = Vec::new();
        let mut after = None;
        loop {
            let page = self.directory.projects(after.as_ref()).map_err(|error| unanswered(&error))?;
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
        let request_id = new_id(&*self.platform).to_string();
        let context = CallContext { project, base_url: String::new(), request_id };
        self.platform.fleet(context, WhichAreMine { browsers }).await.map_err(|error| unanswered(&error))
    }

    /// The provider's list: the last one while it is fresh, else a new one, asked for once however many want it.
    async fn list(&self) -> Listed {
        let is_fresh = |list: &&Rc<List>| self.platform.now().since(list.asked_at) < LIST_KEPT;
        if let Some(list) = self.listed.borrow().as_ref().filter(is_fresh) {
            return Ok(Rc::clone(list));
        }
        if let Some(answer) = self.join_question() {
            return answer.await.unwrap_or_else(|_| Err(cut_off()));
        }
        let question = Question(&self.asking);
        let asked_at = self.platform.now();
        let asked = async { self.platform.provider()?.list().await };
        let listed = asked.await.map(|browsers| Rc::new(List { asked_at, browsers }));
        *self.listed.borrow_mut() = listed.as_ref().ok().cloned();
        question.answer(&listed);
        listed
    }

    /// Waits with the others if the list is being asked for already; else notes that it is now.
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

    fn problem(&self, error: &StoreError) -> Problem {
        self.platform.note(Note::failed("using the directory's store", error));
        Problem::new(Code::Internal, "the directory's store failed")
    }
}

/// The directory, open.
pub struct DirectoryCalls<'a, P: Platform>(&'a Rc<DirectoryHost<P>>);

impl<P: Platform> DirectoryService for DirectoryCalls<'_, P> {
    async fn register(&self, call: Register) -> Result<(), Problem> {
        self.0.directory.register(&call.project, call.version).map_err(|error| self.0.problem(&error))
    }

    async fn unregister(&self, call: Unregister) -> Result<(), Problem> {
        self.0.directory.unregister(&call.project, call.version).map_err(|error| self.0.problem(&error))
    }

    async fn list_projects(&self, call: ListProjects) -> Result<ProjectPage, Problem> {
        let projects = self.0.directory.projects(call.after.as_ref()).map_err(|error| self.0.problem(&error))?;
        Ok(ProjectPage { projects })
    }

    async fn list_browsers(&self, _call: ListBrowsers) -> Result<ListedBrowsers, Problem> {
        self.0.browsers().await.map_err(|failure| Problem::from_failure(&failure))
    }

    async fn close_unclaimed(&self, _call: CloseUnclaimed) -> Result<(), Problem> {
        self.0.close_unclaimed().await;
        Ok(())
    }

    async fn record_sweep(&self, call: RecordSweep) -> Result<(), Problem> {
        self.0.directory.note_sweep(call.swept).map_err(|error| self.0.problem(&error))
    }

    async fn last_sweep(&self, _call: LastSweep) -> Result<Swept, Problem> {
        self.0.directory.last_sweep().map_err(|error| self.0.problem(&error))
    }
}

/// A question that is being asked. However it ends, those who wait for its answer stop waiting.
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

fn unanswered(cause: &dyn std::fmt::Display) -> Failure {
    Failure::new(FailureCode::Internal, format!("a project did not claim its browsers: {cause}"))
}

fn cut_off() -> Failure {
    Failure::new(FailureCode::Internal, "the question was cut off")
}
