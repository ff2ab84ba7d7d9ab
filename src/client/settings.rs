//! What a client is made from.

use std::fmt;

use super::{BaseUrl, RetryPolicy};
use crate::session::Millis;

/// A create may stand in line for 60 s and start for 60 s; the rest is for the way and for a retry.
const CALL_LIMIT_DEFAULT: Millis = Millis::from_secs(180);

/// What a client is made from. Its `Debug` does not show the key.
#[derive(Clone)]
pub struct Settings {
    /// Where the service is. The key is sent to this origin only.
    pub base_url: BaseUrl,
    /// The project's key.
    pub api_key: ApiKey,
    /// The label of every session that is created, unless its create names another; and the default filter of a release
    /// of all.
    pub owner: Option<String>,
    /// How long a call may take in all, its retries among it.
    pub call_limit: Millis,
    /// When a call that failed is tried again.
    pub retry: RetryPolicy,
}

impl Settings {
    /// The defaults, for one service and one project: no owner, 180 s for a call, and [`RetryPolicy::default`].
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

/// A project's key: visible ASCII, since it goes into a header.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Reads a key.
    ///
    /// # Errors
    /// What is wrong with it, for people and without the key itself.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("must not be empty");
        }
        if text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("has a character that no key has: a blank, a line's end, or one outside ASCII")
        }
    }

    /// The key itself, for where no header can carry it.
    #[cfg(target_arch = "wasm32")]
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The header that carries it.
    pub(super) fn authorization(&self) -> String {
        format!("Bearer {}", self.0)
    }
}
