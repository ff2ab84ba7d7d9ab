//! The calls about sessions, with Rust's own values.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::transport::{Body, Transport};
use super::{Call, Client, CreateOptions, Error, ListFilter, Pages, ReleaseAllFilter, UpdateOptions};
use crate::session::{Invalid, SessionId};
use crate::wire::{LiveDetails, ReleaseAllAnswer, ReleaseAnswer, SessionList, SessionView};

/// The calls about sessions. All fail with an [`Error`] whose code tells what went wrong.
#[derive(Debug)]
pub struct Sessions<'a, T> {
    client: &'a Client<T>,
}

impl<T> Clone for Sessions<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Sessions<'_, T> {}

impl<'a, T: Transport> Sessions<'a, T> {
    pub(super) const fn new(client: &'a Client<T>) -> Self {
        Self { client }
    }

    /// Starts a browser: done when it runs and accepts connections.
    ///
    /// # Errors
    /// `invalid_request`, `limit_reached`, `provider_…`, and those of [`Client::call`].
    pub async fn create(self, options: &CreateOptions) -> Result<SessionView, Error> {
        let owner = options.owner.clone().or_else(|| self.client.settings().owner.clone());
        let body = json(&CreateOptions { owner, ..options.clone() })?;
        self.read(&Call::create(body, self.client.fresh_key())).await
    }

    /// A session, ended ones too.
    ///
    /// # Errors
    /// `session_not_found`, and those of [`Client::call`].
    pub async fn retrieve(self, id: SessionId) -> Result<SessionView, Error> {
        self.read(&Call::retrieve(id)).await
    }

    /// One page of sessions, newest first.
    ///
    /// # Errors
    /// `invalid_request`, and those of [`Client::call`].
    pub async fn list(self, filter: &ListFilter) -> Result<SessionList, Error> {
        self.read(&Call::list(filter)).await
    }

    /// All sessions that match, newest first, a page at a time.
    #[must_use]
    pub const fn pages(self, filter: ListFilter) -> Pages<'a, T> {
        Pages::new(self, filter)
    }

    /// Changes a live session.
    ///
    /// # Errors
    /// `session_ended`, `not_watched`, `session_not_found`, `invalid_request`, and those of [`Client::call`].
    pub async fn update(self, id: SessionId, changes: &UpdateOptions) -> Result<SessionView, Error> {
        self.read(&Call::update(id, json(changes)?)).await
    }

    /// Ends a session. Again, or after its end by itself, is fine.
    ///
    /// # Errors
    /// `session_not_found`, and those of [`Client::call`].
    pub async fn release(self, id: SessionId) -> Result<ReleaseAnswer, Error> {
        self.read(&Call::release(id)).await
    }

    /// Ends all live sessions that match; the client's owner's, if it has one and the filter names none.
    ///
    /// # Errors
    /// `invalid_request`, and those of [`Client::call`].
    pub async fn release_all(self, filter: &ReleaseAllFilter) -> Result<ReleaseAllAnswer, Error> {
        let owner = filter.owner.clone().or_else(|| self.client.settings().owner.clone());
        self.read(&Call::release_all(&ReleaseAllFilter { owner, ..filter.clone() })).await
    }

    /// Ends all that this client has created and that has not ended yet: what is still starting too, and what a create that
    /// was dropped or has failed on its way has left behind.
    ///
    /// # Errors
    /// Those of [`Client::call`].
    pub async fn release_created(self) -> Result<ReleaseAllAnswer, Error> {
        self.read(&Call::release_all(&self.client.created_here())).await
    }

    /// The tabs of a live session.
    ///
    /// # Errors
    /// `session_ended`, `session_not_found`, and those of [`Client::call`].
    pub async fn live_details(self, id: SessionId) -> Result<LiveDetails, Error> {
        self.read(&Call::live_details(id)).await
    }

    /// A JPEG of what a live session shows, 16 to 1280 pixels wide at most; 320 if `width` is `None`.
    ///
    /// # Errors
    /// `session_gone`, `no_picture` (no tab shows itself), `provider_timeout`, `session_not_found`, and those of
    /// [`Client::call`].
    pub async fn picture(self, id: SessionId, width: Option<u32>) -> Result<Vec<u8>, Error> {
        let answer = self.client.call(&Call::picture(id, width), None).await?;
        let bytes = answer.body.as_ref().and_then(Body::bytes);
        bytes.ok_or_else(|| Error::invalid_response(&answer, "no picture"))
    }

    async fn read<V: DeserializeOwned>(self, call: &Call) -> Result<V, Error> {
        self.client.read(call).await
    }
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::invalid_options(vec![Invalid::new("", error.to_string())]))
}
