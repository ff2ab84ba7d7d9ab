//! The deployment's secret, and signatures made with it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The fewest characters of a secret.
pub const SECRET_CHARS_MIN: usize = 32;

/// The deployment's secret, ready to sign. It is never printed and never sent.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

impl Secret {
    /// Reads the secret's text; `None` if it is shorter than [`SECRET_CHARS_MIN`].
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        if text.chars().count() < SECRET_CHARS_MIN {
            return None;
        }
        Hmac::new_from_slice(text.as_bytes()).ok().map(Self)
    }

    /// HMAC-SHA256 of a message, in base64url without padding: 43 characters.
    pub(super) fn sign(&self, message: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(message.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Whether the signature is that of the message. Compares in constant time.
    pub(super) fn is_signed(&self, message: &str, signature: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let mut mac = self.0.clone();
        mac.update(message.as_bytes());
        mac.verify_slice(&bytes).is_ok()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The text form of a nonce in a key or a token.
pub(super) fn nonce_text(nonce: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(nonce)
}
