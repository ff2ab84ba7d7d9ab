//! The directory's object: what `src/edge/directory_object.rs` does.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use tidewatch::fleet::{self, StoreError};
use tidewatch::session::{Millis, ProjectName};
use tidewatch::wire::{DirectoryCall, ListedBrowsers};

use super::browser_run;
use super::executor::Life;
use super::store::SimStore;
use super::world::World;

/// The provider's list serves all projects for this long.
const LIST_KEPT: Millis = Millis::from_secs(2);

/// What the directory answers.
#[derive(Clone, Debug)]
pub enum Said {
    /// It is stored.
    Stored,
    /// Some projects.
    Projects(Vec<ProjectName>),
    /// The provider's browsers.
    Browsers(ListedBrowsers),
}

/// An instance of the directory.
pub struct Directory {
    /// What its tasks die with.
    pub life: Life,
    world: Rc<World>,
    directory: fleet::Directory<SimStore>,
    is_opened: Cell<bool>,
    listed: RefCell<Option<ListedBrowsers>>,
    /// Who waits for the list that is being asked for; `None` while nobody asks.
    asking: RefCell<Option<Vec<oneshot::Sender<Option<ListedBrowsers>>>>>,
}

impl Directory {
    /// A new instance over the tables.
    pub fn new(world: Rc<World>, life: Life, store: SimStore) -> Rc<Self> {
        Rc::new(Self {
            life,
            world,
            directory: fleet::Directory::new(store),
            is_opened: Cell::new(false),
            listed: RefCell::default(),
            asking: RefCell::default(),
        })
    }

    /// Answers a call; `None` if it can't.
    pub async fn answer(&self, call: DirectoryCall) -> Option<Said> {
        if !self.is_opened.get() {
            self.directory.open().ok()?;
            self.is_opened.set(true);
        }
        match call {
            DirectoryCall::Browsers => self.browsers().await.map(Said::Browsers),
            other => self.stored(other).ok(),
        }
    }

    fn stored(&self, call: DirectoryCall) -> Result<Said, StoreError> {
        match call {
            DirectoryCall::Register { project, version } => {
                self.directory.register(&project, version)?;
                self.world.note(|| format!("{} registers as {version}", project.as_str()));
                self.world.cron.wake();
            }
            DirectoryCall::Unregister { project, version } => {
                self.world.note(|| format!("{} leaves as {version}", project.as_str()));
                self.directory.unregister(&project, version)?;
            }
            DirectoryCall::Projects { after } => {
                return self.directory.projects(after.as_ref()).map(Said::Projects);
            }
            DirectoryCall::Browsers => {}
        }
        Ok(Said::Stored)
    }

    /// The provider's list: the last one while it is fresh, else a new one, asked for once however many want it.
    async fn browsers(&self) -> Option<ListedBrowsers> {
        let is_fresh = |listed: &&ListedBrowsers| self.world.now().since(listed.asked_at) < LIST_KEPT;
        if let Some(listed) = self.listed.borrow().as_ref().filter(is_fresh) {
            return Some(listed.clone());
        }
        if let Some(answer) = self.join_question() {
            return answer.await.ok().flatten();
        }
        let asked_at = self.world.now();
        let listed = browser_run::list(&self.world).await;
        let listed = listed.ok().map(|browsers| ListedBrowsers { asked_at, browsers });
        self.listed.borrow_mut().clone_from(&listed);
        for waiting in self.asking.borrow_mut().take().unwrap_or_default() {
            let _gone = waiting.send(listed.clone());
        }
        listed
    }

    fn join_question(&self) -> Option<oneshot::Receiver<Option<ListedBrowsers>>> {
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
