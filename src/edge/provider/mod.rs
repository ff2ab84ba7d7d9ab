//! Where browsers come from.

mod browser_run;
mod conversation;
mod picture;
mod tab;
mod window;

use std::collections::HashMap;

use worker::{Env, WebSocket};

pub(super) use browser_run::{BrowserRun, JsonCall};

use crate::session::{BrowserId, Dimensions, Failure, Gone, Millis};
use crate::wire::RunningBrowser;

/// What a provider says to a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// The browser is gone.
    Gone,
    /// It has heard, and has not finished.
    Acknowledged,
    /// It did not take the close, or did not answer.
    Failed,
}

/// Whether a provider knows a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
    /// It did not say.
    Unclear,
}

/// A provider of browsers.
pub(super) enum Provider {
    /// Cloudflare's fleet; real Chrome on a developer's machine.
    BrowserRun(BrowserRun),
}

impl Provider {
    /// The deployment's provider.
    ///
    /// # Errors
    /// `provider_unavailable` if it has none.
    pub(super) fn of(env: &Env) -> Result<Self, Failure> {
        BrowserRun::of(env).map(Self::BrowserRun)
    }

    /// Asks for a browser.
    pub(super) async fn acquire(&self, keep_alive: Millis) -> Result<BrowserId, Failure> {
        match self {
            Self::BrowserRun(provider) => provider.acquire(keep_alive).await,
        }
    }

    /// Gives a browser's window its size, if there is a wish, and answers what the size is.
    pub(super) async fn prepare_window(
        &self,
        browser: &BrowserId,
        wish: Option<Dimensions>,
    ) -> Result<Dimensions, Failure> {
        match self {
            Self::BrowserRun(provider) => window::prepare(provider, browser, wish).await,
        }
    }

    /// Gives a browser a sign of life, so that the provider does not take it for idle.
    pub(super) async fn touch(&self, browser: &BrowserId) -> Result<(), Failure> {
        match self {
            Self::BrowserRun(provider) => {
                conversation::converse(provider, browser, "sign of life", async |conversation| {
                    conversation.ask("Browser.getVersion", serde_json::json!({})).await.map(drop)
                })
                .await
            }
        }
    }

    /// Asks to close a browser.
    pub(super) async fn close(&self, browser: &BrowserId) -> Closed {
        match self {
            Self::BrowserRun(provider) => provider.close(browser).await,
        }
    }

    /// Asks whether a browser exists.
    pub(super) async fn knows(&self, browser: &BrowserId) -> Known {
        match self {
            Self::BrowserRun(provider) => provider.knows(browser).await,
        }
    }

    /// Whether this is the local emulation: its list does harm to browsers that are starting, and it starts them on
    /// this machine.
    pub(super) async fn is_emulated(&self) -> Result<bool, Failure> {
        match self {
            Self::BrowserRun(provider) => provider.is_emulated().await,
        }
    }

    /// All browsers of the account.
    pub(super) async fn list(&self) -> Result<Vec<RunningBrowser>, Failure> {
        match self {
            Self::BrowserRun(provider) => provider.list().await,
        }
    }

    /// How browsers that are gone came to be so, as far as the provider says.
    pub(super) async fn history(&self) -> HashMap<BrowserId, Gone> {
        match self {
            Self::BrowserRun(provider) => provider.history().await,
        }
    }

    /// A CDP socket to a browser, or to one of its tabs; not accepted yet, so that it can be handed on.
    pub(super) async fn connect(&self, browser: &BrowserId, target: Option<&str>) -> Result<WebSocket, Failure> {
        match self {
            Self::BrowserRun(provider) => provider.connect(browser, target).await,
        }
    }

    /// Opens a tab at an address and answers its id, without waiting for its page.
    pub(super) async fn open_tab(&self, browser: &BrowserId, url: &str) -> Result<String, Failure> {
        match self {
            Self::BrowserRun(provider) => tab::open(provider, browser, url).await,
        }
    }

    /// A JPEG of the tab in front, no wider than `width`; `None` if no tab shows itself.
    pub(super) async fn picture(&self, browser: &BrowserId, width: u32) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::BrowserRun(provider) => picture::take(provider, browser, width).await,
        }
    }

    /// One of DevTools' own HTTP endpoints: the status and the body of its answer.
    pub(super) async fn json(&self, browser: &BrowserId, call: JsonCall<'_>) -> Result<(u16, String), Failure> {
        match self {
            Self::BrowserRun(provider) => provider.json(browser, call).await,
        }
    }
}
