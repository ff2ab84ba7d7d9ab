//! The calls about sessions, with Rust's own values.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::transport::{Body, Transport, UnexpectedBody};
use super::{Call, Client, CreateOptions, Error, EventsFilter, ListFilter, ReleaseAllFilter, UpdateOptions};
use crate::session::{Invalid, SessionId};
use crate::wire::{LiveDetails, ReleaseAllAnswer, ReleaseAnswer, SessionList, SessionView};

/// The calls about sessions. A failed call gives an [`Error`] with a code.
#[derive(Debug)]
pub struct Sessions<'a, T> {
    client: &'a Client<T>,
}

/// A part of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct EventsPage {
    /// rrweb's events, each with the `tab` that it belongs to.
    pub events: Vec<Value>,
    /// The `pointer` of the next part; `None` at the end of a finished recording.
    pub next_cursor: Option<String>,
}

impl<T> Clone for Sessions<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Sessions<'_, T> {}

impl<T: Transport> Client<T> {
    /// The calls about sessions.
    #[must_use]
    pub const fn sessions(&self) -> Sessions<'_, T> {
        Sessions { client: self }
    }
}

impl<T: Transport> Sessions<'_, T> {
    /// Starts a session. Returns when its browser runs and accepts connections.
    ///
    /// # Errors
    /// `invalid_request`, `limit_reached`, `provider_…`, and those of [`Client::call`].
    pub async fn create(self, options: &CreateOptions) -> Result<SessionView, Error> {
        let owner = options.owner.clone().or_else(|| self.client.settings().owner.clone());
        let body = json(&CreateOptions { owner, ..options.clone() })?;
        self.read(&Call::create(body, self.client.fresh_key())).await
    }

    /// Retrieves a session, live or ended.
    ///
    /// # Errors
    /// `session_not_found`, and those of [`Client::call`].
    pub async fn retrieve(self, id: SessionId) -> Result<SessionView, Error> {
        self.read(&Call::retrieve(id)).await
    }

    /// Retrieves one page of sessions, newest first.
    ///
    /// # Errors
    /// `invalid_request`, and those of [`Client::call`].
    pub async fn list(self, filter: &ListFilter) -> Result<SessionList, Error> {
        self.read(&Call::list(filter)).await
    }

    /// Changes a live session.
    ///
    /// # Errors
    /// `session_ended`, `not_watched`, `session_not_found`, `invalid_request`, and those of [`Client::call`].
    pub async fn update(self, id: SessionId, changes: &UpdateOptions) -> Result<SessionView, Error> {
        self.read(&Call::update(id, json(changes)?)).await
    }

    /// Ends a session. Succeeds as well if it has already ended.
    ///
    /// # Errors
    /// `session_not_found`, and those of [`Client::call`].
    pub async fn release(self, id: SessionId) -> Result<ReleaseAnswer, Error> {
        self.read(&Call::release(id)).await
    }

    /// Ends all live sessions that match. If the filter has no owner, the client's own owner is used, if it has one.
    ///
    /// # Errors
    /// `invalid_request`, and those of [`Client::call`].
    pub async fn release_all(self, filter: &ReleaseAllFilter) -> Result<ReleaseAllAnswer, Error> {
        let owner = filter.owner.clone().or_else(|| self.client.settings().owner.clone());
        self.read(&Call::release_all(&ReleaseAllFilter { owner, ..filter.clone() })).await
    }

    /// Ends every session that this client has created, including sessions that are still starting and sessions whose
    /// create was dropped or lost its connection.
    ///
    /// # Errors
    /// Those of [`Client::call`].
    pub async fn release_created(self) -> Result<ReleaseAllAnswer, Error> {
        self.read(&Call::release_all(&self.client.created_here())).await
    }

    /// Retrieves the tabs of a live session.
    ///
    /// # Errors
    /// `session_ended`, `session_not_found`, and those of [`Client::call`].
    pub async fn live_details(self, id: SessionId) -> Result<LiveDetails, Error> {
        self.read(&Call::live_details(id)).await
    }

    /// Takes a JPEG of a live session, at most `width` pixels wide: 16 to 1280, or 320 if `None`.
    ///
    /// # Errors
    /// `session_gone`, `no_picture` (no tab is visible), `provider_timeout`, `session_not_found`, and those of
    /// [`Client::call`].
    pub async fn picture(self, id: SessionId, width: Option<u32>) -> Result<Vec<u8>, Error> {
        let answer = self.client.call(&Call::picture(id, width), None).await?;
        let bytes = answer.body.as_ref().and_then(Body::bytes);
        bytes.ok_or_else(|| Error::invalid_response(&answer, &UnexpectedBody::NoPicture))
    }

    /// Retrieves a part of a session's recording.
    ///
    /// # Errors
    /// `recording_not_found`, `session_not_found`, `invalid_request`, and those of [`Client::call`].
    pub async fn events(self, id: SessionId, filter: &EventsFilter) -> Result<EventsPage, Error> {
        let (events, next_cursor) = self.read_part(&Call::events(id, filter)).await?;
        Ok(EventsPage { events, next_cursor })
    }

    /// Retrieves the requests that are recorded by now, as an HTTP archive (HAR 1.2).
    ///
    /// # Errors
    /// `recording_not_found`, `session_not_found`, and those of [`Client::call`].
    pub async fn har(self, id: SessionId) -> Result<Value, Error> {
        let mut filter = EventsFilter::default();
        let (mut archive, mut next): (Value, _) = self.read_part(&Call::har(id, &filter)).await?;
        while next.is_some() {
            filter.pointer = next;
            let (mut part, after): (Value, _) = self.read_part(&Call::har(id, &filter)).await?;
            for list in ["pages", "entries"] {
                if let (Some(all), Some(more)) = (archive["log"][list].as_array_mut(), part["log"][list].as_array_mut())
                {
                    all.append(more);
                }
            }
            next = after;
        }
        Ok(archive)
    }

    /// Makes a call, and reads its answer and the cursor of the next part.
    async fn read_part<V: DeserializeOwned>(self, call: &Call) -> Result<(V, Option<String>), Error> {
        let answer = self.client.call(call, None).await?;
        let read = answer.body.as_ref().map_or(Err(UnexpectedBody::NoJson), Body::read);
        let read = read.map_err(|cause| Error::invalid_response(&answer, &cause))?;
        Ok((read, answer.next_cursor))
    }

    async fn read<V: DeserializeOwned>(self, call: &Call) -> Result<V, Error> {
        self.client.read(call).await
    }
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::invalid_options(vec![Invalid::new("", error.to_string())]))
}
