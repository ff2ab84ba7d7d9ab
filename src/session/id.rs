//! Names: of a session, of a provider's browser, of a project.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use super::Timestamp;

/// A text that is no id of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidId;

/// A session's id: a UUID, version 7 if made here, any version if the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(Uuid);

impl SessionId {
    /// A new id (UUID version 7) from the time and ten random bytes.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// Reads a UUID in its usual form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in either case.
    ///
    /// # Errors
    /// [`InvalidId`] for anything else, other spellings of a UUID among them: one session, one name.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        if text.len() != 36 {
            return Err(InvalidId);
        }
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// A provider's name for a browser: 1 to 128 characters that need no escaping in a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BrowserId(String);

impl BrowserId {
    /// Reads a provider's answer.
    ///
    /// # Errors
    /// [`InvalidId`] if the text is empty, too long, or has a character that would change the meaning of a path.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        parse_plain(text, 128, plain).map(Self)
    }

    /// The provider's own text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A project's name: 1 to 40 of `a` to `z`, `0` to `9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProjectName(String);

impl ProjectName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidId`] if it is empty, too long, or has another character.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        parse_plain(text, 40, plain).map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text of 1 to `bytes_max` bytes, all of them plain.
fn parse_plain(text: &str, bytes_max: usize, plain: impl Fn(u8) -> bool) -> Result<String, InvalidId> {
    let fits = (1..=bytes_max).contains(&text.len()) && text.bytes().all(plain);
    if fits { Ok(text.to_owned()) } else { Err(InvalidId) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_id_is_version_7_and_sorts_by_time() {
        let early = SessionId::new(Timestamp::from_millis(1_000), [255; 10]);
        let late = SessionId::new(Timestamp::from_millis(2_000), [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().as_bytes()[14], b'7');
    }

    #[test]
    fn an_id_has_one_spelling() {
        let text = "0192f0c1-7b3c-7000-8000-00000000000a";
        assert_eq!(SessionId::parse(&text.to_uppercase()).unwrap().to_string(), text);
        for other in ["", "abc", "0192f0c17b3c7000800000000000000a", "{0192f0c1-7b3c-7000-8000-00000000000a}"] {
            assert_eq!(SessionId::parse(other), Err(InvalidId), "{other}");
        }
    }

    #[test]
    fn a_browser_id_can_not_change_a_path() {
        assert!(BrowserId::parse("b9c6f5e0-1111-4222-8333-444455556666").is_ok());
        for hostile in ["", "a/b", "..", "a?b", "a#b", "a b", &"x".repeat(129)] {
            assert_eq!(BrowserId::parse(hostile), Err(InvalidId), "{hostile}");
        }
    }
}
