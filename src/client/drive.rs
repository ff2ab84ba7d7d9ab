//! The client: makes a call, and repeats it if that can help.

use serde::de::DeserializeOwned;

use super::keys::Keys;
use super::race::{First, race};
use super::transport::{Answer, Body, Transport, UnexpectedBody};
use super::{Call, Error, ReleaseAllFilter, Settings, UsageFilter};
use crate::session::Millis;
use crate::wire::UsageView;

/// A client of one project on one service, over a transport `T`.
///
/// Every call is a future. Dropping it ends the call at once: the request is aborted, and no retry follows. If a
/// dropped create has already started a session, that session lives until its timeout or until
/// [`Sessions::release_created`](super::Sessions::release_created).
#[derive(Debug)]
pub struct Client<T> {
    settings: Settings,
    keys: Keys,
    transport: T,
}

impl<T: Transport> Client<T> {
    /// Makes a client. Sends nothing.
    #[must_use]
    pub fn new(settings: Settings, transport: T) -> Self {
        Self { settings, keys: Keys::new(transport.random()), transport }
    }

    /// The project's usage, period by period.
    ///
    /// # Errors
    /// `invalid_request`, and those of [`Client::call`].
    pub async fn usage(&self, filter: &UsageFilter) -> Result<UsageView, Error> {
        self.read(&Call::usage(filter)).await
    }

    /// The client's settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// An idempotency key for a new create.
    pub(super) fn fresh_key(&self) -> String {
        self.keys.fresh(self.transport.random())
    }

    /// A filter for all sessions of this client, including creates that are still under way.
    #[must_use]
    pub fn created_here(&self) -> ReleaseAllFilter {
        ReleaseAllFilter { key_prefix: Some(self.keys.prefix().to_owned()), ..ReleaseAllFilter::default() }
    }

    /// The client's transport.
    #[must_use]
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// Makes a call, and repeats it by the retry policy. All tries together take `limit` at most; the settings' limit
    /// if `None`.
    ///
    /// # Errors
    /// The service's own code, or one of the client's: `connection_failed`, `timeout`, `redirected`, `http_error`,
    /// `invalid_response` (the answer has no JSON).
    pub async fn call(&self, call: &Call, limit: Option<Millis>) -> Result<Answer<T::Body>, Error> {
        let limit = limit.unwrap_or(self.settings.call_limit);
        match race(self.tries(call), self.transport.sleep(limit)).await {
            First::One(outcome) => outcome,
            First::Other(()) => Err(Error::timeout(limit)),
        }
    }

    /// Makes a call, and reads its answer.
    pub(super) async fn read<V: DeserializeOwned>(&self, call: &Call) -> Result<V, Error> {
        let answer = self.call(call, None).await?;
        let read = answer.body.as_ref().map_or(Err(UnexpectedBody::NoJson), Body::read);
        read.map_err(|cause| Error::invalid_response(&answer, &cause))
    }

    async fn tries(&self, call: &Call) -> Result<Answer<T::Body>, Error> {
        let started = self.transport.now();
        let request = call.request(&self.settings);
        let mut retries = 0;
        loop {
            let failed = match self.transport.send(&request).await {
                Ok(answer) => match check(answer) {
                    Ok(answer) => return Ok(answer),
                    Err(failed) => failed,
                },
                Err(lost) => Error::lost(lost),
            };
            if !failed.retryable {
                return Err(failed);
            }
            retries += 1;
            let elapsed = Millis::new(self.transport.now().get().saturating_sub(started.get()));
            let random = self.transport.random().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
            match self.settings.retry.delay(retries, elapsed, failed.retry_after_secs, random) {
                Some(delay) => self.transport.sleep(delay).await,
                None => return Err(failed),
            }
        }
    }
}

fn check<B: Body>(answer: Answer<B>) -> Result<Answer<B>, Error> {
    if !(200..300).contains(&answer.status) {
        return Err(Error::refused(&answer));
    }
    if answer.body.is_none() {
        return Err(Error::invalid_response(&answer, &UnexpectedBody::NoJson));
    }
    Ok(answer)
}
