//! What a client needs of its platform.

use std::error::Error as StdError;
use std::fmt;
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
    /// The kind of answer that the call has.
    pub accepts: Accepts,
}

/// The kind of a good answer. A problem is always JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// JSON.
    Json,
    /// A picture, as bytes.
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

/// An HTTP answer.
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
    /// `next-cursor`.
    pub next_cursor: Option<String>,
    /// Its JSON, or the bytes of a picture; `None` if it is not of the kind that the call has.
    pub body: Option<B>,
}

/// A body that the platform has read: JSON, or bytes if the call has a picture.
pub trait Body: Sized {
    /// A field of an object; `None` if the object has no such field, or this is not an object.
    fn field(&self, name: &str) -> Option<Self>;

    /// The items of an array; empty if this is not an array.
    fn items(&self) -> Vec<Self>;

    /// The text, if this is a text.
    fn text(&self) -> Option<String>;

    /// The bytes, if this is bytes and not JSON.
    fn bytes(&self) -> Option<Vec<u8>>;

    /// Reads it as a `V`.
    ///
    /// # Errors
    /// [`UnexpectedBody::Shape`] if it is JSON of another shape.
    fn read<V: DeserializeOwned>(&self) -> Result<V, UnexpectedBody>;
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

    /// JSON has no bytes: here they are an array of numbers.
    fn bytes(&self) -> Option<Vec<u8>> {
        self.read().ok()
    }

    fn read<V: DeserializeOwned>(&self) -> Result<V, UnexpectedBody> {
        V::deserialize(self).map_err(|error| UnexpectedBody::Shape(error.to_string()))
    }
}

/// Why the body of a good answer can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnexpectedBody {
    /// It is not JSON.
    NoJson,
    /// It is not a picture.
    NoPicture,
    /// It is JSON of another shape than the call has: where it differs.
    Shape(String),
}

impl fmt::Display for UnexpectedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoJson => "no JSON",
            Self::NoPicture => "no picture",
            Self::Shape(difference) => difference,
        })
    }
}

impl StdError for UnexpectedBody {}

/// Why there is no answer: the connection was refused, or lost before the end of the answer.
#[derive(Debug)]
pub struct Lost(pub Box<dyn StdError>);

/// What a client needs of its platform. Dropping one of its futures must stop the work of that future at once.
pub trait Transport {
    /// The form in which this platform hands over a body.
    type Body: Body;

    /// Sends a request, and reads the full answer. Follows no redirect: it would send the key to another server.
    fn send(&self, request: &Request) -> impl Future<Output = Result<Answer<Self::Body>, Lost>>;

    /// Waits for `length`.
    fn sleep(&self, length: Millis) -> impl Future<Output = ()>;

    /// The time since a fixed moment. It never decreases.
    fn now(&self) -> Millis;

    /// 16 random bytes, unlike any others.
    fn random(&self) -> [u8; 16];
}
