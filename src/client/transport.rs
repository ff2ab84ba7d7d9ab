//! What a client needs of its platform.

use std::error::Error as StdError;
use std::future::Future;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::session::Millis;

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` or `PATCH`.
    pub method: &'static str,
    /// Where to.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Option<String>,
    /// What is wanted back.
    pub accepts: Accepts,
}

/// What a good answer is to be. A problem is JSON in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// JSON.
    Json,
    /// A picture: bytes as they are.
    Jpeg,
}

impl Accepts {
    pub(super) const fn header(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Jpeg => "image/jpeg, application/problem+json",
        }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer<B> {
    /// The HTTP status; 0 for a redirect that the platform hides.
    pub status: u16,
    /// `x-request-id`.
    pub request_id: Option<String>,
    /// `retry-after`.
    pub retry_after: Option<String>,
    /// `x-should-retry`.
    pub should_retry: Option<String>,
    /// The JSON in it, or the bytes of a picture; `None` if it is not what was asked for.
    pub body: Option<B>,
}

/// A body as the platform has read it: JSON, or bytes where they were asked for.
pub trait Body: Sized {
    /// A field of an object; `None` if there is none, or no object.
    fn field(&self, name: &str) -> Option<Self>;

    /// The items of an array; none if it is no array.
    fn items(&self) -> Vec<Self>;

    /// The text, if it is one.
    fn text(&self) -> Option<String>;

    /// The bytes, if it is no JSON but bytes.
    fn bytes(&self) -> Option<Vec<u8>>;

    /// Reads it as a value of a known shape.
    ///
    /// # Errors
    /// Where its shape is another, for people.
    fn read<V: DeserializeOwned>(&self) -> Result<V, String>;
}

impl Body for Value {
    fn field(&self, name: &str) -> Option<Self> {
        self.get(name).cloned()
    }

    fn items(&self) -> Vec<Self> {
        self.as_array().cloned().unwrap_or_default()
    }

    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }

    /// In JSON there are no bytes: here they stand as numbers.
    fn bytes(&self) -> Option<Vec<u8>> {
        self.read().ok()
    }

    fn read<V: DeserializeOwned>(&self) -> Result<V, String> {
        V::deserialize(self).map_err(|error| error.to_string())
    }
}

/// Why there is no answer: the connection was refused or lost, before the answer or in the middle of it.
#[derive(Debug)]
pub struct Lost(pub Box<dyn StdError>);

/// What a client needs of its platform. To drop a future that it gave must stop what it was about, at once.
pub trait Transport {
    /// JSON as this platform reads it.
    type Body: Body;

    /// Sends a request, and reads the whole answer. Follows no redirect: the key would go along.
    fn send(&self, request: &Request) -> impl Future<Output = Result<Answer<Self::Body>, Lost>>;

    /// Waits.
    fn sleep(&self, length: Millis) -> impl Future<Output = ()>;

    /// The time since some fixed moment; it never steps back.
    fn now(&self) -> Millis;

    /// Random bytes that nobody can guess.
    fn random(&self) -> [u8; 16];
}
