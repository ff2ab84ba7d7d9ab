//! A project's key. It is signed, so that a wrong key is refused before any object is called.
//!
//! `tw_{project}_{nonce}{mac}`: 16 random bytes and HMAC-SHA256 of `tidewatch-key-v1:{project}:{nonce}`, both in
//! base64url without padding (22 and 43 characters).

use super::signature::{Secret, nonce_text};
use crate::session::ProjectName;

const NONCE_CHARS: usize = 22;
const MAC_CHARS: usize = 43;

/// The text is not a valid key of this deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;

/// A key that this deployment has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The project that the key opens.
    pub project: ProjectName,
}

impl Key {
    /// Makes a key for a project from 16 random bytes.
    #[must_use]
    pub fn mint(secret: &Secret, project: &ProjectName, nonce: [u8; 16]) -> String {
        let nonce = nonce_text(&nonce);
        let mac = secret.sign(&message(project.as_str(), &nonce));
        format!("tw_{}_{nonce}{mac}", project.as_str())
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`InvalidKey`] for every cause, so that a caller learns nothing from the refusal.
    pub fn verify(secret: &Secret, text: &str) -> Result<Self, InvalidKey> {
        let (project, signed) = text.strip_prefix("tw_").and_then(|rest| rest.split_once('_')).ok_or(InvalidKey)?;
        let project = ProjectName::parse(project).map_err(|_| InvalidKey)?;
        if !signed.is_ascii() || signed.len() != NONCE_CHARS + MAC_CHARS {
            return Err(InvalidKey);
        }
        let (nonce, mac) = signed.split_at(NONCE_CHARS);
        if secret.is_signed(&message(project.as_str(), nonce), mac) { Ok(Self { project }) } else { Err(InvalidKey) }
    }
}

fn message(project: &str, nonce: &str) -> String {
    format!("tidewatch-key-v1:{project}:{nonce}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::new("0123456789abcdef0123456789abcdef").unwrap()
    }

    #[test]
    fn a_minted_key_opens_its_project() {
        let project = ProjectName::parse("default").unwrap();
        let key = Key::mint(&secret(), &project, [7; 16]);
        assert_eq!(Key::verify(&secret(), &key), Ok(Key { project }));
    }

    #[test]
    fn a_key_altered_anywhere_is_refused() {
        let key = Key::mint(&secret(), &ProjectName::parse("default").unwrap(), [7; 16]);
        for place in 0..key.len() {
            let mut altered = key.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            // In base64 of 32 bytes, the last two bits of the last character must be zero.
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(Key::verify(&secret(), &altered), Err(InvalidKey), "{altered}");
        }
        for other in ["", "tw_", "tw_default_", "tw_default", &key[..key.len() - 1], &format!("{key}A"), "ключ"] {
            assert_eq!(Key::verify(&secret(), other), Err(InvalidKey), "{other}");
        }
    }

    #[test]
    fn a_key_of_another_deployment_is_refused() {
        let other = Secret::new("another secret that is long enough").unwrap();
        let key = Key::mint(&other, &ProjectName::parse("default").unwrap(), [7; 16]);
        assert_eq!(Key::verify(&secret(), &key), Err(InvalidKey));
    }

    #[test]
    fn a_short_secret_is_none() {
        assert!(Secret::new("too short").is_none());
        assert_eq!(format!("{:?}", secret()), "Secret(…)");
    }
}
