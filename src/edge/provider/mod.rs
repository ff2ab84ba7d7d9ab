//! Where browsers come from.

mod browser_run;
mod conversation;
mod picture;
mod tab;
mod window;

use std::collections::HashMap;

use serde_json::Value;
use worker::{Env, WebSocket};

pub(super) use browser_run::{BrowserRun, JsonCall};

use super::platform::cdp_socket::BrowserSocket;
use crate::cdp;
use crate::host::{BrowserRequest, CloseAnswer, Existence};
use crate::session::{BrowserExit, BrowserId, Dimensions, Failure, FailureCode};
use crate::wire::{Code, Problem, RunningBrowser, TargetId};

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

    /// A CDP socket to a browser, or to one of its tabs; not accepted yet, so that it can be handed on.
    pub(super) async fn open(&self, browser: &BrowserId, target: Option<&str>) -> Result<WebSocket, Failure> {
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

impl crate::host::Provider for Provider {
    type Socket = BrowserSocket;

    async fn acquire(&self, request: BrowserRequest) -> Result<BrowserId, Failure> {
        match self {
            Self::BrowserRun(provider) => provider.acquire(request.keep_alive).await,
        }
    }

    async fn prepare_window(&self, browser: &BrowserId, requested: Option<Dimensions>) -> Result<Dimensions, Failure> {
        match self {
            Self::BrowserRun(provider) => window::prepare(provider, browser, requested).await,
        }
    }

    async fn touch(&self, browser: &BrowserId) -> Result<(), Failure> {
        match self {
            Self::BrowserRun(provider) => {
                conversation::converse(provider, browser, "sign of life", async |conversation| {
                    conversation.call("Browser.getVersion", serde_json::json!({})).await.map(drop)
                })
                .await
            }
        }
    }

    async fn close(&self, browser: &BrowserId) -> CloseAnswer {
        match self {
            Self::BrowserRun(provider) => provider.close(browser).await,
        }
    }

    async fn exists(&self, browser: &BrowserId) -> Existence {
        match self {
            Self::BrowserRun(provider) => provider.exists(browser).await,
        }
    }

    async fn is_emulated(&self) -> Result<bool, Failure> {
        match self {
            Self::BrowserRun(provider) => provider.is_emulated().await,
        }
    }

    async fn list(&self) -> Result<Vec<RunningBrowser>, Failure> {
        match self {
            Self::BrowserRun(provider) => provider.list().await,
        }
    }

    async fn history(&self) -> HashMap<BrowserId, BrowserExit> {
        match self {
            Self::BrowserRun(provider) => provider.history().await,
        }
    }

    async fn connect(&self, browser: &BrowserId) -> Result<BrowserSocket, Failure> {
        Ok(BrowserSocket::of(&self.open(browser, None).await?))
    }
}

/// A socket to a browser, or to one of its tabs; not accepted yet.
///
/// # Errors
/// `target_not_found`, and what the provider refuses.
pub(super) async fn open_socket(
    env: &Env,
    browser: &BrowserId,
    target: Option<&TargetId>,
) -> Result<WebSocket, Problem> {
    let opened = async { Provider::of(env)?.open(browser, target.map(TargetId::as_str)).await };
    match opened.await {
        Ok(socket) => Ok(socket),
        Err(failure) => Err(refused(env, browser, target, &failure).await),
    }
}

/// Why there is no socket. Providers answer an unknown tab like any failure; the list of tabs shows which it is.
async fn refused(env: &Env, browser: &BrowserId, target: Option<&TargetId>, failure: &Failure) -> Problem {
    if let Some(target) = target
        && let Ok(targets) = targets(env, browser).await
        && !cdp::has_target(&targets, target)
    {
        return Problem::new(Code::TargetNotFound, "this session's browser has no such tab");
    }
    Problem::from_failure(failure)
}

/// Chrome's list of a browser's targets.
///
/// # Errors
/// The provider's or the browser's error.
pub(super) async fn targets(env: &Env, browser: &BrowserId) -> Result<Value, Failure> {
    let (status, body) = Provider::of(env)?.json(browser, JsonCall::List).await?;
    if status != 200 {
        return Err(Failure::new(FailureCode::ProviderError, format!("the browser answered {status}")));
    }
    serde_json::from_str(&body).map_err(|_| unreadable())
}

/// A browser's answer that can't be read.
pub(super) fn unreadable() -> Failure {
    Failure::new(FailureCode::ProviderError, "the browser's answer can't be read")
}
