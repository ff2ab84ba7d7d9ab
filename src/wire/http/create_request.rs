//! A parsed create: its options, and what makes it safe to repeat.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::session::{Invalid, Options, OptionsLimits};

/// The most characters of an `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;

/// A create whose values are all valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRequest {
    /// The options.
    pub options: Options,
    /// The request's body without the secrets in it. This is the session's public `config`.
    pub config: Value,
    /// A digest of the full body. A second create with the same key but another digest is refused.
    pub fingerprint: String,
    /// The caller's `Idempotency-Key`.
    #[serde(default)]
    pub idempotency_key: Option<String>,
}

impl CreateRequest {
    /// Whether the caller can't find the session again: it chose neither an idempotency key nor an id.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.idempotency_key.is_none() && self.options.session_id.is_none()
    }

    /// Reads a body and its `Idempotency-Key`.
    ///
    /// # Errors
    /// Every invalid value, with its JSON pointer.
    pub fn parse(body: &Value, idempotency_key: Option<&str>, limits: OptionsLimits) -> Result<Self, Vec<Invalid>> {
        let options = Options::parse(body, limits);
        let key = idempotency_key.map(parse_key).transpose().map_err(|detail| Invalid::new("/Idempotency-Key", detail));
        match (options, key) {
            (Ok(options), Ok(idempotency_key)) => {
                let config = without_secrets(body, &options);
                Ok(Self { options, config, fingerprint: fingerprint(body), idempotency_key })
            }
            (options, key) => {
                let mut invalid = options.err().unwrap_or_default();
                invalid.extend(key.err());
                Err(invalid)
            }
        }
    }
}

/// The body without the credentials that published clients send in TestMu's capabilities.
fn without_secrets(body: &Value, options: &Options) -> Value {
    let mut config = body.clone();
    if let (Some(shown), Some(checked)) = (config.get_mut("lambdatestOptions"), &options.lambdatest_options) {
        *shown = checked.clone();
    }
    config
}

/// Reads an `Idempotency-Key`, or a prefix of one.
///
/// # Errors
/// The rule that the text breaks.
pub(super) fn parse_key(text: &str) -> Result<String, &'static str> {
    let is_printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len()) && is_printable {
        Ok(text.to_owned())
    } else {
        Err("must have 1 to 255 printable ASCII characters")
    }
}

/// A digest that does not depend on the order of the fields: `serde_json` sorts the fields of an object.
fn fingerprint(body: &Value) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(body.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Millis;
    use serde_json::json;

    const LIMITS: OptionsLimits = OptionsLimits { timeout_max: Millis::new(86_400_000), recordings: false };

    #[test]
    fn the_same_json_in_another_order_is_the_same_request() {
        let one: Value = serde_json::from_str(r#"{"owner":"a","timeout":5000}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"timeout":5000,"owner":"a"}"#).unwrap();
        let parse = |body| CreateRequest::parse(body, None, LIMITS).unwrap().fingerprint;
        assert_eq!(parse(&one), parse(&two));
        assert_ne!(parse(&one), parse(&json!({"owner": "b", "timeout": 5000})));
    }

    #[test]
    fn secrets_are_not_stored_but_change_the_fingerprint() {
        let body = |key| json!({"lambdatestOptions": {"build": "b", "LT:Options": {"accessKey": key, "video": true}}});
        let one = CreateRequest::parse(&body("one"), None, LIMITS).unwrap();
        let two = CreateRequest::parse(&body("two"), None, LIMITS).unwrap();
        assert_eq!(one.config, json!({"lambdatestOptions": {"build": "b", "LT:Options": {"video": true}}}));
        assert_ne!(one.fingerprint, two.fingerprint);
    }

    #[test]
    fn an_invalid_key_is_reported_with_the_other_invalid_values() {
        let invalid = CreateRequest::parse(&json!({"timeout": 0}), Some(""), LIMITS).unwrap_err();
        let pointers: Vec<&str> = invalid.iter().map(|invalid| invalid.pointer.as_str()).collect();
        assert_eq!(pointers, ["/timeout", "/Idempotency-Key"]);
    }
}
