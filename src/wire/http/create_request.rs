//! A create, parsed: what is asked for, and what makes it safe to repeat.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::session::{Invalid, Options, OptionsLimits};

/// Characters of an `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;

/// A create whose every part is in range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRequest {
    /// What is asked for.
    pub options: Options,
    /// The body as it came, without the secrets that were in it: the public `config`.
    pub config: Value,
    /// A digest of the whole body: the same key with another one is a mistake.
    pub fingerprint: String,
    /// The caller's `Idempotency-Key`.
    #[serde(default)]
    pub idempotency_key: Option<String>,
}

impl CreateRequest {
    /// Whether nobody could come back for the session: there is neither a key nor an id of the caller's.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.idempotency_key.is_none() && self.options.session_id.is_none()
    }

    /// Reads a body and the `Idempotency-Key` that came with it.
    ///
    /// # Errors
    /// All that is wrong with them, each named by its place.
    pub fn parse(body: &Value, idempotency_key: Option<&str>, limits: OptionsLimits) -> Result<Self, Vec<Invalid>> {
        let options = Options::parse(body, limits);
        let key = idempotency_key.map(parse_key).transpose().map_err(|detail| Invalid::new("/Idempotency-Key", detail));
        match (options, key) {
            (Ok(options), Ok(idempotency_key)) => {
                let config = shown(body, &options);
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

/// The body as it came, but for TestMu's capabilities, in which published clients send credentials.
fn shown(body: &Value, options: &Options) -> Value {
    let mut config = body.clone();
    if let (Some(place), Some(without_secrets)) = (config.get_mut("lambdatestOptions"), &options.lambdatest_options) {
        *place = without_secrets.clone();
    }
    config
}

/// Reads an `Idempotency-Key`, or the beginning of one.
///
/// # Errors
/// What a key must be.
pub(super) fn parse_key(text: &str) -> Result<String, &'static str> {
    let is_printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len()) && is_printable {
        Ok(text.to_owned())
    } else {
        Err("must have 1 to 255 printable ASCII characters")
    }
}

/// The same for the same JSON, whatever the order of its fields (an object of `serde_json` is sorted).
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
    fn secrets_are_not_kept_and_still_make_a_difference() {
        let body = |key| json!({"lambdatestOptions": {"build": "b", "LT:Options": {"accessKey": key, "video": true}}});
        let one = CreateRequest::parse(&body("one"), None, LIMITS).unwrap();
        let two = CreateRequest::parse(&body("two"), None, LIMITS).unwrap();
        assert_eq!(one.config, json!({"lambdatestOptions": {"build": "b", "LT:Options": {"video": true}}}));
        assert_ne!(one.fingerprint, two.fingerprint);
    }

    #[test]
    fn a_key_that_can_not_be_used_is_named_beside_what_else_is_wrong() {
        let invalid = CreateRequest::parse(&json!({"timeout": 0}), Some(""), LIMITS).unwrap_err();
        let pointers: Vec<&str> = invalid.iter().map(|invalid| invalid.pointer.as_str()).collect();
        assert_eq!(pointers, ["/timeout", "/Idempotency-Key"]);
    }
}
