//! The fleet's sessions against the provider's browsers: sessions whose browser is gone are ended.

use std::cell::Cell;
use std::rc::Rc;

use futures::StreamExt as _;
use futures::stream;

use super::FleetHost;
use crate::fleet::{FleetError, StoreError};
use crate::host::note::Note;
use crate::host::platform::{Existence, Platform, Provider as _};
use crate::host::timeout::timeout;
use crate::session::{BrowserExit, BrowserId, Failure, FailureCode, Input, Millis, Reason, SessionId, State};
use crate::wire::{ListBrowsers, ListedBrowsers};

/// Suspects that the provider is asked about at once.
const QUESTIONS_AT_ONCE: usize = 2;
/// A check is cut off after this long, so that a provider that never answers does not hold up the next one for ever.
const CHECK_LIMIT: Millis = Millis::from_secs(60);
/// Waits before looks for a browser whose socket has closed: less than a second in all.
const LOOKS: [Millis; 6] =
    [Millis::new(0), Millis::new(20), Millis::new(60), Millis::new(150), Millis::new(300), Millis::new(400)];

impl<P: Platform> FleetHost<P> {
    /// Begins a check against the provider's list if one is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) fn check_if_due(self: &Rc<Self>) -> Result<(), StoreError> {
        if self.fleet.next_check()?.is_none_or(|due| due > self.now()) {
            return Ok(());
        }
        // Noted even if the last one still goes on: a deadline that stays in the past would take the alarm with it.
        self.fleet.begin_check(self.now())?;
        if self.checking.replace(true) {
            return Ok(());
        }
        let host = Rc::clone(self);
        self.platform.spawn(async move {
            let doing = "checking browsers";
            match timeout(&*host.platform, CHECK_LIMIT, host.check()).await {
                Some(Ok(())) => {}
                Some(Err(failure)) => host.platform.note(Note::failed(doing, &failure.message)),
                None => host.platform.note(Note::failed(doing, &"it took too long")),
            }
            host.checking.set(false);
        });
        Ok(())
    }

    /// Compares the live sessions with the provider's list, and ends those whose browser is gone.
    async fn check(self: &Rc<Self>) -> Result<(), Failure> {
        let provider = self.platform.provider()?;
        let listed = self.listed(&provider).await?;
        let suspects = self.fleet.suspects(&listed).map_err(|error| ours(&error))?;
        let unclear = Cell::new(false);
        let ask = |(id, browser): (SessionId, BrowserId)| {
            let (provider, unclear) = (&provider, &unclear);
            async move {
                let existence = provider.exists(&browser).await;
                unclear.set(unclear.get() || existence == Existence::Unclear);
                (existence == Existence::Gone).then_some((id, browser))
            }
        };
        let asked = stream::iter(suspects).map(ask).buffer_unordered(QUESTIONS_AT_ONCE);
        let lost: Vec<_> = asked.filter_map(std::future::ready).collect().await;
        if !lost.is_empty() {
            let history = provider.history().await;
            for (id, browser) in lost {
                let how = history.get(&browser).copied().unwrap_or(BrowserExit::Unknown);
                self.lose(id, browser, how).await;
            }
        }
        if !unclear.get() {
            self.fleet.end_check(listed.asked_at).map_err(|error| ours(&error))?;
        }
        Ok(())
    }

    /// The provider's list; where asking for it does harm, an empty one, so that each browser is asked for by itself.
    async fn listed(&self, provider: &P::Provider) -> Result<ListedBrowsers, Failure> {
        if self.is_emulated(provider).await? {
            return Ok(ListedBrowsers { asked_at: self.now(), browsers: Vec::new() });
        }
        self.platform.directory(ListBrowsers {}).await.map_err(|error| ours(&error))
    }

    /// Whether the browsers are the local emulation's: asked once for each instance.
    pub(super) async fn is_emulated(&self, provider: &P::Provider) -> Result<bool, Failure> {
        if let Some(known) = self.emulated.get() {
            return Ok(known);
        }
        let emulated = provider.is_emulated().await?;
        self.emulated.set(Some(emulated));
        Ok(emulated)
    }

    /// A socket to this session's browser has closed: looks whether the browser is gone, and answers why its session
    /// is over, if it is. A provider may need a moment to notice.
    ///
    /// # Errors
    /// The fleet's own.
    pub(super) async fn look_for_browser(self: &Rc<Self>, id: SessionId) -> Result<Option<Reason>, FleetError> {
        for wait in LOOKS {
            self.platform.sleep(wait).await;
            let browser = match self.state_of(id)? {
                State::Live { browser, .. } => browser,
                State::Waiting { .. } | State::Starting { .. } => return Ok(None),
                State::Ended { reason, .. } => return Ok(Some(reason)),
            };
            let Ok(provider) = self.platform.provider() else { return Ok(None) };
            if provider.exists(&browser).await == Existence::Gone {
                let how = provider.history().await.get(&browser).copied().unwrap_or(BrowserExit::Unknown);
                self.lose(id, browser, how).await;
                break;
            }
        }
        Ok(match self.state_of(id)? {
            State::Ended { reason, .. } => Some(reason),
            State::Waiting { .. } | State::Starting { .. } | State::Live { .. } => None,
        })
    }

    fn state_of(&self, id: SessionId) -> Result<State, FleetError> {
        self.fleet.find(id)?.map(|record| record.session.state().clone()).ok_or(FleetError::NotFound)
    }

    async fn lose(self: &Rc<Self>, id: SessionId, browser: BrowserId, how: BrowserExit) {
        match self.turn(id, Input::BrowserGone { browser, how }).await {
            Ok(tasks) => self.carry_out(tasks).await,
            Err(error) => self.platform.note(Note::failed_for(id, "storing that a browser is lost", &error)),
        }
        self.waiters.wake(id);
    }
}

fn ours(cause: &dyn std::fmt::Display) -> Failure {
    Failure::new(FailureCode::Internal, cause.to_string())
}
