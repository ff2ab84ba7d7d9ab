//! Reads the fields of a request's body and collects the invalid ones.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::options::escape;
use super::{
    Adapter, DISCONNECT_GRACE_DEFAULT, DebugConfig, Dimensions, Invalid, METADATA_PAIRS_MAX, Millis, OptionsLimits,
    RecordingOptions, SessionId, TIMEOUT_MIN, WAIT_MAX,
};

/// Larger integers are not exact in JavaScript.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
const METADATA_KEY_CHARS_MAX: usize = 64;
const METADATA_VALUE_CHARS_MAX: usize = 512;
const OWNER_CHARS_MAX: usize = 256;
/// Chrome does not keep smaller windows.
const SIDE_MIN: u32 = 100;
/// Larger windows exhaust Chrome's compositor.
const SIDE_MAX: u32 = 8192;

/// Options of the API and of published clients that this service does not support. A falsy value counts as absent, so
/// that clients which send every option with its default work. Any other value is refused.
const UNSUPPORTED: &[&str] = &[
    "blockAds",
    "concurrency",
    "credentials",
    "deviceConfig",
    "experimentalFeatures",
    "extensionIds",
    "fullscreen",
    "geoLocation",
    "heartbeatInterval",
    "isSelenium",
    "namespace",
    "optimizeBandwidth",
    "persistProfile",
    "profileId",
    "provider",
    "proxy",
    "proxyUrl",
    "region",
    "sessionContext",
    "solveCaptcha",
    "stealth",
    "stealthConfig",
    "tunnel",
    "tunnelName",
    "useProxy",
    "userAgent",
];

/// What is wrong with a value, for people.
pub(super) struct Detail(String);

impl From<&str> for Detail {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Reads an object's fields one by one, and reports at the end the invalid fields and the unknown ones.
pub(super) struct Reader<'a> {
    fields: &'a Map<String, Value>,
    known: Vec<&'static str>,
    invalid: Vec<Invalid>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(body: &'a Value) -> Result<Self, Vec<Invalid>> {
        match body {
            Value::Object(fields) => Ok(Self { fields, known: Vec::new(), invalid: Vec::new() }),
            _ => Err(vec![Invalid::new("", "must be a JSON object")]),
        }
    }

    /// Reads one field. `null` counts as absent.
    pub(super) fn read<T>(&mut self, name: &'static str, parse: impl FnOnce(&Value) -> Result<T, Detail>) -> Option<T> {
        self.read_each(name, |value| parse(value).map_err(|Detail(detail)| vec![Invalid::at(name, detail)]))
    }

    /// Reads one field whose parser reports the places inside it.
    pub(super) fn read_each<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Vec<Invalid>>,
    ) -> Option<T> {
        self.known.push(name);
        let value = self.fields.get(name).filter(|value| !value.is_null())?;
        parse(value).map_err(|mut invalid| self.invalid.append(&mut invalid)).ok()
    }

    /// `inactivityTimeout` in milliseconds, or TestMu's `idleTimeout` in seconds.
    pub(super) fn read_inactivity(&mut self, limits: OptionsLimits) -> Option<Millis> {
        let own = self.read("inactivityTimeout", |v| timeout(v, limits));
        let alias = self.read("idleTimeout", |v| idle_timeout(v, limits));
        if own.is_some() && alias.is_some() {
            self.invalid.push(Invalid::at("idleTimeout", "is another name of inactivityTimeout; send one of them"));
        }
        own.or(alias)
    }

    /// The grace of `onDisconnect: "release"`; `None` for `"keep"`.
    pub(super) fn read_on_disconnect(&mut self, limits: OptionsLimits) -> Option<Millis> {
        let releases = self.read("onDisconnect", on_disconnect).unwrap_or(false);
        let grace = self.read("disconnectGrace", |v| grace(v, limits));
        if grace.is_some() && !releases {
            self.invalid.push(Invalid::at("disconnectGrace", "needs onDisconnect to be \"release\""));
        }
        releases.then(|| grace.unwrap_or(DISCONNECT_GRACE_DEFAULT))
    }

    /// How to record. The default: with inputs masked, if the deployment has a bucket.
    pub(super) fn read_recording(&mut self, limits: OptionsLimits) -> Option<RecordingOptions> {
        let default = Some(RecordingOptions { mask_inputs: true });
        let asked = self.fields.get("recording").is_some_and(|value| !is_falsy(value));
        let options = self.read_each("recording", recording).unwrap_or(default);
        if asked && options.is_some() && !limits.recordings {
            let detail = "needs an R2 bucket, and this deployment has none bound as RECORDINGS";
            self.invalid.push(Invalid::at("recording", detail));
        }
        options.filter(|_| limits.recordings)
    }

    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Vec<Invalid>> {
        for (name, given) in self.fields {
            if self.known.contains(&name.as_str()) {
                continue;
            }
            if !UNSUPPORTED.contains(&name.as_str()) {
                self.invalid.push(Invalid::at(name, "is not a field of this call"));
            } else if !is_falsy(given) {
                self.invalid.push(Invalid::at(name, "is not supported here; leave it out"));
            }
        }
        if self.invalid.is_empty() { Ok(value) } else { Err(self.invalid) }
    }
}

/// `false`, `null`, `{}` and `[]`. A caller chose a zero or an empty text, so they count as values.
fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) => false,
    }
}

/// An integer. Clients that compute in floating point send `300000.0`.
fn whole_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let number =
            value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER).contains(number))?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and in range")]
        Some(number as u64)
    })
}

pub(super) fn timeout(value: &Value, limits: OptionsLimits) -> Result<Millis, Detail> {
    let (min, max) = (TIMEOUT_MIN.get(), limits.timeout_max.get());
    whole_number(value)
        .filter(|millis| (min..=max).contains(millis))
        .map(Millis::new)
        .ok_or_else(|| Detail(format!("must be whole milliseconds from {min} to {max}")))
}

fn idle_timeout(value: &Value, limits: OptionsLimits) -> Result<Millis, Detail> {
    let max = limits.timeout_max.get() / 1000;
    let seconds = whole_number(value).filter(|seconds| (1..=max).contains(seconds)).map(Millis::from_secs);
    seconds.ok_or_else(|| Detail(format!("must be whole seconds from 1 to {max}")))
}

fn on_disconnect(value: &Value) -> Result<bool, Detail> {
    match value.as_str() {
        Some("keep") => Ok(false),
        Some("release") => Ok(true),
        _ => Err("must be \"keep\" or \"release\"".into()),
    }
}

fn grace(value: &Value, limits: OptionsLimits) -> Result<Millis, Detail> {
    let max = limits.timeout_max.get();
    let grace = whole_number(value).filter(|millis| *millis <= max).map(Millis::new);
    grace.ok_or_else(|| Detail(format!("must be whole milliseconds from 0 to {max}")))
}

pub(super) fn wait(value: &Value) -> Result<Millis, Detail> {
    let max = WAIT_MAX.get();
    let wait = whole_number(value).filter(|millis| *millis <= max).map(Millis::new);
    wait.ok_or_else(|| Detail(format!("must be whole milliseconds from 0 to {max}")))
}

pub(super) fn session_id(value: &Value) -> Result<SessionId, Detail> {
    let id = value.as_str().and_then(|text| SessionId::parse(text).ok());
    id.ok_or_else(|| "must be a UUID, like 0192f0c1-7b3c-7000-8000-00000000000a".into())
}

pub(super) fn adapter(value: &Value) -> Result<Adapter, Detail> {
    match value.as_str() {
        Some("puppeteer") => Ok(Adapter::Puppeteer),
        Some("playwright") => Ok(Adapter::Playwright),
        Some("selenium") => Err("selenium needs WebDriver, and this provider's browsers speak CDP".into()),
        _ => Err("must be \"puppeteer\" or \"playwright\"".into()),
    }
}

pub(super) fn owner(value: &Value) -> Result<String, Detail> {
    text_of(value, OWNER_CHARS_MAX)
        .ok_or_else(|| Detail(format!("must be a text of 1 to {OWNER_CHARS_MAX} characters")))
}

fn text_of(value: &Value, chars_max: usize) -> Option<String> {
    let text = value.as_str()?;
    (!text.is_empty() && text.chars().count() <= chars_max).then(|| text.to_owned())
}

pub(super) fn metadata(value: &Value) -> Result<BTreeMap<String, String>, Vec<Invalid>> {
    let Value::Object(pairs) = value else {
        return Err(vec![Invalid::at("metadata", "must be an object of texts")]);
    };
    if pairs.len() > METADATA_PAIRS_MAX {
        return Err(vec![Invalid::at("metadata", format!("must have {METADATA_PAIRS_MAX} pairs at most"))]);
    }
    let mut invalid = Vec::new();
    let mut read = BTreeMap::new();
    for (key, value) in pairs {
        let place = format!("/metadata/{}", escape(key));
        let text = value.as_str().filter(|text| text.chars().count() <= METADATA_VALUE_CHARS_MAX);
        if key.is_empty() || key.chars().count() > METADATA_KEY_CHARS_MAX {
            invalid.push(Invalid::new(place, format!("its key must have 1 to {METADATA_KEY_CHARS_MAX} characters")));
        } else if let Some(text) = text {
            read.insert(key.clone(), text.to_owned());
        } else {
            let detail = format!("must be a text of {METADATA_VALUE_CHARS_MAX} characters at most");
            invalid.push(Invalid::new(place, detail));
        }
    }
    if invalid.is_empty() { Ok(read) } else { Err(invalid) }
}

/// What viewers may do. The default: interact.
pub(super) fn debug_config(value: &Value) -> Result<DebugConfig, Vec<Invalid>> {
    let fields = match value {
        Value::Object(fields) => fields,
        // Existing clients send a falsy value for the default.
        other if is_falsy(other) => return Ok(DebugConfig::default()),
        _ => return Err(vec![Invalid::at("debugConfig", "must be an object with interactive")]),
    };
    let mut config = DebugConfig::default();
    let mut invalid = Vec::new();
    for (name, value) in fields {
        let mut refuse = |detail: &str| invalid.push(Invalid::new(format!("/debugConfig/{}", escape(name)), detail));
        match (name.as_str(), value) {
            ("interactive", Value::Bool(interactive)) => config.interactive = *interactive,
            ("interactive", Value::Null) => {}
            ("interactive", _) => refuse("must be true or false"),
            ("systemCursor", value) if is_falsy(value) => {}
            ("systemCursor", _) => refuse("is not supported here; leave it out"),
            _ => refuse("is not a field of debugConfig"),
        }
    }
    if invalid.is_empty() { Ok(config) } else { Err(invalid) }
}

pub(super) fn dimensions(value: &Value) -> Result<Dimensions, Vec<Invalid>> {
    let Value::Object(fields) = value else {
        return Err(vec![Invalid::at("dimensions", "must be an object with width and height")]);
    };
    let mut invalid = Vec::new();
    for name in fields.keys().filter(|name| !matches!(name.as_str(), "width" | "height")) {
        invalid.push(Invalid::new(format!("/dimensions/{}", escape(name)), "is not a field of dimensions"));
    }
    let mut side = |name: &str| {
        let pixels = fields.get(name).and_then(whole_number).and_then(|pixels| u32::try_from(pixels).ok());
        pixels.filter(|pixels| (SIDE_MIN..=SIDE_MAX).contains(pixels)).unwrap_or_else(|| {
            let detail = format!("must be whole pixels from {SIDE_MIN} to {SIDE_MAX}");
            invalid.push(Invalid::new(format!("/dimensions/{name}"), detail));
            SIDE_MIN
        })
    };
    let dimensions = Dimensions { width: side("width"), height: side("height") };
    if invalid.is_empty() { Ok(dimensions) } else { Err(invalid) }
}

fn recording(value: &Value) -> Result<Option<RecordingOptions>, Vec<Invalid>> {
    let fields = match value {
        Value::Bool(true) => return Ok(Some(RecordingOptions { mask_inputs: true })),
        Value::Bool(false) => return Ok(None),
        Value::Object(fields) => fields,
        _ => return Err(vec![Invalid::at("recording", "must be true, false, or an object with maskInputs")]),
    };
    let mut invalid = Vec::new();
    for name in fields.keys().filter(|name| *name != "maskInputs") {
        invalid.push(Invalid::new(format!("/recording/{}", escape(name)), "is not a field of recording"));
    }
    let mask_inputs = match fields.get("maskInputs") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(mask_inputs)) => *mask_inputs,
        Some(_) => {
            invalid.push(Invalid::new("/recording/maskInputs", "must be true or false"));
            true
        }
    };
    if invalid.is_empty() { Ok(Some(RecordingOptions { mask_inputs })) } else { Err(invalid) }
}

pub(super) fn lambdatest_options(value: &Value) -> Result<Value, Detail> {
    if value.is_object() { Ok(without_secrets(value)) } else { Err("must be an object".into()) }
}

/// The same JSON without fields that hold credentials, at any depth. The rest may be shown.
fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter(|(name, _)| !names_a_secret(name))
                .map(|(name, value)| (name.clone(), without_secrets(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_secrets).collect()),
        other => other.clone(),
    }
}

fn names_a_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    ["accesskey", "apikey", "password", "passwd", "secret", "token", "authorization", "credential"]
        .iter()
        .any(|word| plain.contains(word))
}
