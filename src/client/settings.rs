//! A client's settings.

use std::fmt;

use super::invalid_setting::InvalidSetting;
use super::{BaseUrl, RetryPolicy};
use crate::session::Millis;

/// A create may wait 60 s in the queue and start for 60 s. The rest is for the network and a retry.
const CALL_LIMIT_DEFAULT: Millis = Millis::from_secs(180);

/// A client's settings. Their `Debug` output does not show the key.
#[derive(Clone)]
pub struct Settings {
    /// The service's address. The key is sent to this origin only.
    pub base_url: BaseUrl,
    /// The project's key.
    pub api_key: ApiKey,
    /// The owner of every new session, and the default filter of a release of all. A call may name another owner.
    pub owner: Option<String>,
    /// How long a call may take, with all its retries.
    pub call_limit: Millis,
    /// When a failed call is repeated.
    pub retry: RetryPolicy,
}

impl Settings {
    /// The defaults: no owner, 180 s for a call, and [`RetryPolicy::default`].
    #[must_use]
    pub fn new(base_url: BaseUrl, api_key: ApiKey) -> Self {
        Self { base_url, api_key, owner: None, call_limit: CALL_LIMIT_DEFAULT, retry: RetryPolicy::default() }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("base_url", &self.base_url).field("owner", &self.owner).finish_non_exhaustive()
    }
}

/// A project's key. Visible ASCII, because it is sent in a header.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`InvalidSetting`] if it is empty, or has a character that a header can't have.
    pub fn parse(text: &str) -> Result<Self, InvalidSetting> {
        if text.is_empty() {
            return Err(InvalidSetting("must not be empty"));
        }
        if text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSetting("has a character that no key has: a space, a line break, or one outside ASCII"))
        }
    }

    /// The key itself, for a socket of a page, which can send no headers.
    #[cfg(target_arch = "wasm32")]
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The value of the `authorization` header.
    pub(super) fn authorization(&self) -> String {
        format!("Bearer {}", self.0)
    }
}
