//! The fleet's word against the provider's: sessions whose browser is gone are ended.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use worker::{Delay, console_error};

use super::clock::now;
use super::directory_stub::DirectoryStub;
use super::fleet_core::FleetCore;
use super::provider::{Known, Provider};
use super::timed::within;
use crate::fleet::{FleetError, StoreError};
use crate::session::{BrowserId, Command, Failure, FailureCode, Gone, Millis, Reason, SessionId, State};
use crate::wire::ListedBrowsers;

/// Suspects that the provider is asked about at once.
const QUESTIONS_AT_ONCE: usize = 2;
/// A check is cut off after this long, so that a provider that answers nobody does not hold up the next one for ever.
const CHECK_LIMIT: Millis = Millis::from_secs(60);
/// Waits before looks for a browser whose socket has closed, in milliseconds: less than a second in all.
const LOOKS: [u64; 6] = [0, 20, 60, 150, 300, 400];

impl FleetCore {
    /// Begins a check against the provider's list if one is due.
    pub(super) fn check_if_due(self: &Rc<Self>) -> Result<(), StoreError> {
        if self.fleet.next_check()?.is_none_or(|due| due > now()) {
            return Ok(());
        }
        // Noted even if the last one still goes on: a deadline that stays in the past would take the alarm with it.
        self.fleet.begin_check(now())?;
        if self.checking.replace(true) {
            return Ok(());
        }
        let core = Rc::clone(self);
        self.state.wait_until(async move {
            match within(CHECK_LIMIT, core.check()).await {
                Some(Ok(())) => {}
                Some(Err(failure)) => console_error!("check: {}", failure.message),
                None => console_error!("check: cut off after {} s", CHECK_LIMIT.get() / 1000),
            }
            core.checking.set(false);
        });
        Ok(())
    }

    /// Compares the live sessions with the provider's list, and ends those whose browser the provider does not know.
    async fn check(self: &Rc<Self>) -> Result<(), Failure> {
        let provider = Provider::of(&self.env)?;
        let listed = self.listed(&provider).await?;
        let suspects = self.fleet.suspects(&listed).map_err(|error| unstored(&error))?;
        let unclear = Cell::new(false);
        let ask = |(id, browser)| {
            let (provider, unclear) = (&provider, &unclear);
            async move {
                let known = provider.knows(&browser).await;
                unclear.set(unclear.get() || known == Known::Unclear);
                (known == Known::No).then_some((id, browser))
            }
        };
        let asked = stream::iter(suspects).map(ask).buffer_unordered(QUESTIONS_AT_ONCE);
        let lost: Vec<_> = asked.filter_map(std::future::ready).collect().await;
        if !lost.is_empty() {
            let history = provider.history().await;
            for (id, browser) in lost {
                let how = history.get(&browser).copied().unwrap_or(Gone::Unknown);
                self.lose(id, browser, how).await;
            }
        }
        if !unclear.get() {
            self.fleet.end_check(listed.asked_at).map_err(|error| unstored(&error))?;
        }
        Ok(())
    }

    /// The provider's list; where asking for it does harm, an empty one, so that each browser is asked for by itself.
    async fn listed(&self, provider: &Provider) -> Result<ListedBrowsers, Failure> {
        if self.is_emulated(provider).await? {
            return Ok(ListedBrowsers { asked_at: now(), browsers: Vec::new() });
        }
        DirectoryStub::of(&self.env).browsers().await
    }

    /// Whether the browsers are the local emulation's: asked once for each life of the object.
    pub(super) async fn is_emulated(&self, provider: &Provider) -> Result<bool, Failure> {
        if let Some(known) = self.emulated.get() {
            return Ok(known);
        }
        let emulated = provider.is_emulated().await?;
        self.emulated.set(Some(emulated));
        Ok(emulated)
    }

    /// A socket to this session's browser has closed: looks whether the browser is gone, and answers why its session
    /// is over, if it is. A provider may need a moment to notice.
    pub(super) async fn look_for_browser(self: &Rc<Self>, id: SessionId) -> Result<Option<Reason>, FleetError> {
        for wait in LOOKS {
            Delay::from(Duration::from_millis(wait)).await;
            let browser = match self.state_of(id)? {
                State::Live { browser, .. } => browser,
                State::Waiting { .. } | State::Starting { .. } => return Ok(None),
                State::Ended { reason, .. } => return Ok(Some(reason)),
            };
            let Ok(provider) = Provider::of(&self.env) else { return Ok(None) };
            if provider.knows(&browser).await == Known::No {
                let how = provider.history().await.get(&browser).copied().unwrap_or(Gone::Unknown);
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
        self.fleet.find(id)?.map(|record| record.session.state).ok_or(FleetError::NotFound)
    }

    async fn lose(self: &Rc<Self>, id: SessionId, browser: BrowserId, how: Gone) {
        match self.turn(id, Command::BrowserGone { browser, how }).await {
            Ok(tasks) => self.carry_out(tasks).await,
            Err(error) => console_error!("{id} a lost browser could not be stored: {error:?}"),
        }
        self.wake(id);
    }
}

fn unstored(error: &StoreError) -> Failure {
    Failure::new(FailureCode::ProviderError, error.to_string())
}
