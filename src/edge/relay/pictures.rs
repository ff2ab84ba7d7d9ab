//! Small pictures of a session, one for all who ask within a moment.

use std::cell::RefCell;
use std::rc::Rc;

use worker::Env;

use crate::edge::platform::clock::{now, timeout};
use crate::edge::provider::Provider;
use crate::host::Semaphore;
use crate::session::{BrowserId, Failure, FailureCode, Millis, Timestamp};
use crate::wire::{Code, Problem};

/// A dashboard in each of several windows costs the browser no more than one.
const KEPT: Millis = Millis::from_secs(2);
/// A caller waits no longer than this.
const LIMIT: Millis = Millis::from_secs(3);

/// A session's last picture.
pub(super) struct Pictures {
    last: RefCell<Option<Picture>>,
    taking: Semaphore,
}

struct Picture {
    at: Timestamp,
    width: u32,
    jpeg: Rc<[u8]>,
}

impl Pictures {
    pub(super) fn new() -> Self {
        Self { last: RefCell::new(None), taking: Semaphore::new(1) }
    }

    /// A picture of what the browser shows: a JPEG, no wider than that.
    ///
    /// # Errors
    /// `no_picture` if no tab shows itself, `provider_timeout`, and what the provider refuses.
    pub(super) async fn of(&self, env: &Env, browser: &BrowserId, width: u32) -> Result<Rc<[u8]>, Problem> {
        let taken = timeout(LIMIT, async {
            let _permit = self.taking.acquire().await;
            match self.kept(width) {
                Some(jpeg) => Ok(Some(jpeg)),
                None => self.take(env, browser, width).await,
            }
        });
        match taken.await {
            Some(Ok(Some(jpeg))) => Ok(jpeg),
            Some(Ok(None)) => Err(Problem::new(Code::NoPicture, "no tab of this session shows itself now")),
            Some(Err(failure)) => Err(Problem::from_failure(&failure)),
            None => {
                let text = format!("the browser gave no picture within {} s", LIMIT.get() / 1000);
                Err(Problem::from_failure(&Failure::new(FailureCode::ProviderTimeout, text)))
            }
        }
    }

    async fn take(&self, env: &Env, browser: &BrowserId, width: u32) -> Result<Option<Rc<[u8]>>, Failure> {
        let Some(jpeg) = Provider::of(env)?.picture(browser, width).await? else { return Ok(None) };
        let jpeg: Rc<[u8]> = jpeg.into();
        *self.last.borrow_mut() = Some(Picture { at: now(), width, jpeg: Rc::clone(&jpeg) });
        Ok(Some(jpeg))
    }

    fn kept(&self, width: u32) -> Option<Rc<[u8]>> {
        let last = self.last.borrow();
        let picture = last.as_ref().filter(|last| last.width == width && now().since(last.at) < KEPT)?;
        Some(Rc::clone(&picture.jpeg))
    }
}
