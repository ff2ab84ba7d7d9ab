//! The token in a session's URLs. It opens one session for one right.
//!
//! Its form is `{right}.{project}.{nonce}.{mac}`. It has no expiry of its own, so that the URLs of an extended session
//! stay the same. The session's state decides at each use.

use serde::{Deserialize, Serialize};

use super::signature::{Secret, nonce_text};
use crate::session::{ProjectName, SessionId};

/// The text is not a valid token of this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidToken;

/// The right that a token gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Drive the browser over CDP. Includes the other rights.
    Connect,
    /// See the browser, and use it as a person does: mouse, keyboard, addresses.
    Interact,
    /// See the browser.
    View,
}

impl Right {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Interact => "interact",
            Self::View => "view",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Connect, Self::Interact, Self::View].into_iter().find(|right| right.as_str() == text)
    }

    /// Whether this right includes the other. `Connect` includes `Interact`, and `Interact` includes `View`.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Connect, _) | (Self::Interact, Self::Interact | Self::View) | (Self::View, Self::View)
        )
    }
}

/// A token that this deployment has signed for the session of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The session's project.
    pub project: ProjectName,
    /// The right that it gives.
    pub right: Right,
}

impl Token {
    /// Makes a token from random bytes.
    #[must_use]
    pub fn sign(secret: &Secret, project: &ProjectName, session: SessionId, right: Right, nonce: [u8; 12]) -> String {
        let nonce = nonce_text(&nonce);
        let mac = secret.sign(&message(project.as_str(), session, right, &nonce));
        format!("{}.{}.{nonce}.{mac}", right.as_str(), project.as_str())
    }

    /// Reads a token that came with a request for `session`.
    ///
    /// # Errors
    /// [`InvalidToken`] if it was altered, or belongs to another session.
    pub fn verify(secret: &Secret, session: SessionId, text: &str) -> Result<Self, InvalidToken> {
        let mut parts = text.split('.');
        let mut part = || parts.next().ok_or(InvalidToken);
        let right = Right::parse(part()?).ok_or(InvalidToken)?;
        let project = ProjectName::parse(part()?).map_err(|_| InvalidToken)?;
        let (nonce, mac) = (part()?, part()?);
        if parts.next().is_none() && secret.is_signed(&message(project.as_str(), session, right, nonce), mac) {
            Ok(Self { project, right })
        } else {
            Err(InvalidToken)
        }
    }
}

/// The tokens of a session, made once and stored with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTokens {
    /// For `websocketUrl`.
    pub connect: String,
    /// For the live view's URLs; `None` if viewers may only see the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interact: Option<String>,
    /// For `sessionWatchUrl`.
    pub view: String,
}

impl SessionTokens {
    /// Signs the tokens of a session from random bytes. `interactive` says whether its viewers may use the browser.
    #[must_use]
    pub fn sign(
        secret: &Secret,
        project: &ProjectName,
        session: SessionId,
        interactive: bool,
        nonces: [[u8; 12]; 3],
    ) -> Self {
        let sign = |right, nonce| Token::sign(secret, project, session, right, nonce);
        Self {
            connect: sign(Right::Connect, nonces[0]),
            interact: interactive.then(|| sign(Right::Interact, nonces[1])),
            view: sign(Right::View, nonces[2]),
        }
    }

    /// The token in the live view's URLs.
    #[must_use]
    pub fn viewer(&self) -> &str {
        self.interact.as_deref().unwrap_or(&self.view)
    }

    /// The tokens that a caller with this right may see. None of them gives more rights.
    #[must_use]
    pub fn for_right(self, right: Right) -> Self {
        match right {
            Right::Connect => self,
            Right::Interact => Self { connect: self.viewer().to_owned(), ..self },
            Right::View => Self { connect: self.view.clone(), interact: None, view: self.view },
        }
    }
}

fn message(project: &str, session: SessionId, right: Right, nonce: &str) -> String {
    format!("tidewatch-token-v1:{project}:{session}:{}:{nonce}", right.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::from_json;

    fn parts() -> (Secret, ProjectName, SessionId, SessionId) {
        let id = |last: &str| SessionId::parse(&format!("0192f0c1-7b3c-7000-8000-00000000000{last}")).unwrap();
        let secret = Secret::new("0123456789abcdef0123456789abcdef").unwrap();
        (secret, ProjectName::parse("default").unwrap(), id("1"), id("2"))
    }

    #[test]
    fn a_token_opens_its_own_session_with_its_own_right() {
        let (secret, project, session, other) = parts();
        let token = Token::sign(&secret, &project, session, Right::View, [1; 12]);
        assert_eq!(Token::verify(&secret, session, &token), Ok(Token { project, right: Right::View }));
        assert_eq!(Token::verify(&secret, other, &token), Err(InvalidToken));
    }

    #[test]
    fn a_token_altered_anywhere_is_refused() {
        let (secret, project, session, _) = parts();
        let token = Token::sign(&secret, &project, session, Right::View, [1; 12]);
        assert_eq!(Token::verify(&secret, session, &token.replace("view", "connect")), Err(InvalidToken));
        for place in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(Token::verify(&secret, session, &altered), Err(InvalidToken), "{altered}");
        }
    }

    #[test]
    fn a_right_includes_itself_and_every_lower_right() {
        let rights = [Right::View, Right::Interact, Right::Connect];
        for (more, right) in rights.into_iter().enumerate() {
            for (less, other) in rights.into_iter().enumerate() {
                assert_eq!(right.includes(other), more >= less, "{right:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_caller_sees_no_token_with_more_rights_than_its_own() {
        let (secret, project, session, _) = parts();
        for interactive in [true, false] {
            let tokens = SessionTokens::sign(&secret, &project, session, interactive, [[1; 12], [2; 12], [3; 12]]);
            assert_eq!(tokens.interact.is_some(), interactive);
            for right in [Right::View, Right::Interact, Right::Connect] {
                let SessionTokens { connect, interact, view } = tokens.clone().for_right(right);
                for text in [Some(connect), interact, Some(view)].into_iter().flatten() {
                    let token = Token::verify(&secret, session, &text).unwrap();
                    assert!(right.includes(token.right), "{right:?} sees {text}");
                }
            }
        }
    }

    #[test]
    fn tokens_of_an_older_version_only_show_the_browser() {
        let tokens: SessionTokens = from_json(r#"{"connect": "c", "view": "v"}"#).unwrap();
        assert_eq!((tokens.viewer(), tokens.interact.as_deref()), ("v", None));
    }
}
