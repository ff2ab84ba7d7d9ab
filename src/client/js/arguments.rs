//! Reads the arguments of a call: from JavaScript's values to Rust's.

use js_sys::{Array, Date, Function, JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

use super::check::{Field, INTEGER, Shape, check, entries, field, is_absent};
use super::options::{CALL, CLIENT, CREATE, EVENTS, LIST, PICTURE, RECORDED, RELEASE_ALL, UPDATE, USAGE};
use crate::client::{
    ApiKey, BaseUrl, Error, EventsFilter, InvalidSetting, ListFilter, ReleaseAllFilter, RetryPolicy, Settings,
    UsageFilter,
};
use crate::session::{Invalid, Millis, SessionId, Status};
use crate::wire::By;

/// Reads the arguments of one call, and reports all invalid ones together.
#[derive(Default)]
pub struct Arguments {
    invalid: Vec<Invalid>,
}

/// The options that every call has.
pub struct CallOptions {
    pub signal: Option<AbortSignal>,
    pub limit: Option<Millis>,
}

impl Arguments {
    /// A session's id.
    pub fn id(&mut self, value: &JsValue) -> Option<SessionId> {
        check(value, Shape::Id, "/id", &mut self.invalid);
        value.as_string().and_then(|text| SessionId::parse(&text).ok())
    }

    /// The milliseconds that `extend` adds.
    pub fn length(&mut self, value: &JsValue) {
        check(value, INTEGER, "/ms", &mut self.invalid);
    }

    pub fn call(&mut self, value: &JsValue) -> CallOptions {
        self.fields(value, CALL);
        Self::call_options(value)
    }

    /// A picture's width and the options that every call has, in one object.
    pub fn picture(&mut self, value: &JsValue) -> (Option<u32>, CallOptions) {
        self.fields(value, PICTURE);
        let width = number(value, "width").and_then(|width| u32::try_from(width).ok());
        (width, Self::call_options(value))
    }

    fn call_options(value: &JsValue) -> CallOptions {
        let signal = field(value, "signal");
        CallOptions {
            signal: (!is_absent(&signal)).then(|| signal.unchecked_into()),
            limit: number(value, "timeoutMs").map(Millis::new),
        }
    }

    /// The body of a create. The client's `owner` is used if the option is absent, but not if it is `null`.
    pub fn create(&mut self, value: &JsValue, owner: Option<&str>) -> String {
        self.fields(value, CREATE);
        if !self.invalid.is_empty() {
            return String::new();
        }
        let body = Object::assign(&Object::new(), value.unchecked_ref());
        if let (Some(owner), true) = (owner, field(&body, "owner").is_undefined()) {
            // A new object is not frozen.
            let _ = Reflect::set(&body, &"owner".into(), &owner.into());
        }
        json(&body)
    }

    /// The body of an update.
    pub fn update(&mut self, value: &JsValue) -> String {
        if is_absent(value) {
            self.invalid.push(Invalid::new("", "the changes must be an object"));
        }
        self.fields(value, UPDATE);
        json(value)
    }

    pub fn list(&mut self, value: &JsValue) -> ListFilter {
        self.fields(value, LIST);
        let status = text(value, "status");
        let statuses = [Status::Live, Status::Released, Status::Failed];
        ListFilter {
            status: statuses.into_iter().find(|known| status.as_deref() == Some(known.as_str())),
            owner: text(value, "owner"),
            metadata: pairs(value),
            limit: number(value, "limit").and_then(|limit| u32::try_from(limit).ok()),
            cursor: text(value, "cursorId").and_then(|id| SessionId::parse(&id).ok()),
        }
    }

    pub fn recorded(&mut self, value: &JsValue) -> EventsFilter {
        self.fields(value, RECORDED);
        let limit = number(value, "limit").and_then(|limit| u32::try_from(limit).ok());
        EventsFilter { limit, pointer: text(value, "pointer") }
    }

    /// The client's `owner` is used if the filter's is absent, but not if it is `null`.
    pub fn release_all(&mut self, value: &JsValue, owner: Option<&str>) -> ReleaseAllFilter {
        self.fields(value, RELEASE_ALL);
        let owner_given = field(value, "owner");
        ReleaseAllFilter {
            owner: if owner_given.is_undefined() { owner.map(str::to_owned) } else { owner_given.as_string() },
            metadata: pairs(value),
            created_before: time(value, "createdBefore"),
            key_prefix: None,
            dry_run: field(value, "dryRun").is_truthy(),
        }
    }

    pub fn events(&mut self, value: &JsValue) {
        self.fields(value, EVENTS);
    }

    pub fn usage(&mut self, value: &JsValue) -> UsageFilter {
        self.fields(value, USAGE);
        let by = match text(value, "by").as_deref() {
            Some("hour") => Some(By::Hour),
            Some("day") => Some(By::Day),
            _ => None,
        };
        UsageFilter { from: time(value, "from"), to: time(value, "to"), by }
    }

    /// A client's settings, and its own `fetch` if it has one.
    pub fn client(&mut self, value: &JsValue) -> Option<(Settings, Option<Function>)> {
        if is_absent(value) {
            self.invalid.push(Invalid::new("", "the options must be an object with baseUrl and apiKey"));
        }
        self.fields(value, CLIENT);
        let base_url = self.required(value, "baseUrl", BaseUrl::parse);
        let api_key = self.required(value, "apiKey", ApiKey::parse);
        let mut settings = Settings::new(base_url?, api_key?);
        settings.owner = text(value, "owner");
        settings.call_limit = number(value, "timeoutMs").map_or(settings.call_limit, Millis::new);
        settings.retry = retry(&field(value, "retry"));
        Some((settings, field(value, "fetch").dyn_into().ok()))
    }

    /// Returns the arguments if all of them are valid.
    pub fn finish<T>(self, arguments: Option<T>) -> Result<T, JsValue> {
        match arguments {
            Some(arguments) if self.invalid.is_empty() => Ok(arguments),
            _ => Err(Error::invalid_options(self.invalid).into()),
        }
    }

    fn fields(&mut self, value: &JsValue, fields: &'static [Field]) {
        if !is_absent(value) {
            check(value, Shape::Fields(fields), "", &mut self.invalid);
        }
    }

    fn required<T>(&mut self, value: &JsValue, name: &str, parse: fn(&str) -> Result<T, InvalidSetting>) -> Option<T> {
        let given = field(value, name);
        let detail = match given.as_string() {
            Some(text) => match parse(&text) {
                Ok(parsed) => return Some(parsed),
                Err(invalid) => invalid.to_string(),
            },
            None if is_absent(&given) => "is required".to_owned(),
            // The check of its shape has reported it.
            None => return None,
        };
        self.invalid.push(Invalid::new(format!("/{name}"), detail));
        None
    }
}

/// An empty text for a value that is not JSON: its check has reported it, and it is not sent.
fn json(value: &JsValue) -> String {
    JSON::stringify(value).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

fn retry(value: &JsValue) -> RetryPolicy {
    let default = RetryPolicy::default();
    let millis = |name, default| number(value, name).map_or(default, Millis::new);
    RetryPolicy {
        max_retries: number(value, "maxRetries").and_then(|n| u32::try_from(n).ok()).unwrap_or(default.max_retries),
        max_elapsed: millis("maxElapsedMs", default.max_elapsed),
        base_delay: millis("baseDelayMs", default.base_delay),
        max_delay: millis("maxDelayMs", default.max_delay),
    }
}

fn text(value: &JsValue, name: &str) -> Option<String> {
    field(value, name).as_string()
}

/// A `Date`, or a text that the service will check.
fn time(value: &JsValue, name: &str) -> Option<String> {
    let value = field(value, name);
    let date = value.dyn_ref::<Date>().filter(|date| !date.get_time().is_nan());
    date.map(|date| date.to_iso_string().into()).or_else(|| value.as_string())
}

fn number(value: &JsValue, name: &str) -> Option<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be an integer in range")]
    field(value, name).as_f64().map(|number| number as u64)
}

fn pairs(value: &JsValue) -> Vec<(String, String)> {
    let Ok(pairs) = entries(&field(value, "metadata")) else { return Vec::new() };
    let pair = |entry: JsValue| {
        let entry: Array = entry.unchecked_into();
        Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
    };
    pairs.iter().filter_map(pair).collect()
}
