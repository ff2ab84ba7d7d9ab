//! The client of the HTTP API, for browsers, bundlers, Node and Rust programs.
//!
//! Two layers. The lower one is Rust without JavaScript values: a [`Call`] becomes a request, an answer becomes a value
//! or an [`Error`], and a [`RetryPolicy`] decides about retries. [`Client`] drives this over a [`Transport`]. The upper
//! layer, `js`, is what a JavaScript program imports. Its types are written by hand in `types.ts`.
//!
//! It shares [`crate::session`] and [`crate::wire`] with the Worker and knows nothing of [`crate::fleet`].

mod base_url;
mod call;
mod create_options;
mod drive;
mod error;
#[cfg(target_arch = "wasm32")]
mod fetch_transport;
mod filter;
mod invalid_setting;
#[cfg(target_arch = "wasm32")]
pub mod js;
mod keys;
mod pages;
mod race;
mod retry;
mod sessions;
mod settings;
mod transport;

pub use base_url::BaseUrl;
pub use call::Call;
pub use create_options::{CreateOptions, OnDisconnect, RecordingChoice, UpdateOptions};
pub use drive::Client;
pub use error::{CONNECTION_FAILED, Error, HTTP_ERROR, INVALID_OPTIONS, INVALID_RESPONSE, REDIRECTED, TIMEOUT};
#[cfg(target_arch = "wasm32")]
pub use fetch_transport::{FetchTransport, JsBody, Thrown};
pub use filter::{EventsFilter, ListFilter, ReleaseAllFilter, UsageFilter};
pub use invalid_setting::InvalidSetting;
pub use pages::Pages;
pub use retry::{RetryPolicy, retry_after_secs};
pub use sessions::{EventsPage, Sessions};
pub use settings::{ApiKey, Settings};
pub use transport::{Answer, Body, Lost, Request, Transport, UnexpectedBody};
