//! Checks JavaScript values before any request is sent, and reports every invalid one with its JSON pointer.

use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::*;

use super::snippets::is_plain;
use crate::session::{Invalid, SessionId};
use crate::wire::is_event_id;

/// A value that is nested deeper is taken for a circular one. The service does not read deeper values either.
const DEPTH_MAX: u32 = 100;
/// Larger integers are not exact in JavaScript.
const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;
const LABEL_CHARS_MAX: usize = 256;

/// An integer from 0 on that JavaScript holds exactly.
pub const NON_NEGATIVE_INTEGER: Shape = Shape::Integer(0, MAX_SAFE_INTEGER);
/// Any integer that JavaScript holds exactly.
pub const INTEGER: Shape = Shape::Integer(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER);

#[wasm_bindgen]
extern "C" {
    /// Names and values of an object's fields. Fails where a getter throws, and of `undefined` and `null`.
    #[wasm_bindgen(js_namespace = Object, catch)]
    pub fn entries(value: &JsValue) -> Result<Array, JsValue>;
}

/// What a value must be.
#[derive(Clone, Copy)]
pub enum Shape {
    /// A text.
    Text,
    /// A text of 1 to 256 characters.
    Label,
    /// A session's id.
    Id,
    /// The id of an event.
    EventId,
    /// An integer in this range.
    Integer(i64, i64),
    /// True or false.
    Flag,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// An object of texts.
    Texts,
    /// An object with these fields and no others.
    Fields(&'static [Field]),
    /// True or false, or an object with these fields and no others.
    FlagOr(&'static [Field]),
    /// An object of JSON values.
    Json,
    /// A function.
    Callable,
    /// An `AbortSignal`.
    Signal,
    /// A `Date`, or a text.
    Time,
}

/// A field's name and shape. `undefined` and `null` count as absent.
pub type Field = (&'static str, Shape);

/// Whether a value counts as absent.
pub fn is_absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

/// A field of an object; `undefined` if the object has no such field, or this is not an object.
pub fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Checks the value at the JSON pointer `at`.
pub fn check(value: &JsValue, shape: Shape, at: &str, invalid: &mut Vec<Invalid>) {
    match shape {
        Shape::FlagOr(_) if value.as_bool().is_some() => {}
        Shape::FlagOr(fields) if is_plain(value) => check_object(value, Shape::Fields(fields), at, invalid),
        Shape::Texts | Shape::Fields(_) | Shape::Json => check_object(value, shape, at, invalid),
        _ if has_shape(value, shape) => {}
        _ => invalid.push(Invalid::new(at, requirement(shape))),
    }
}

fn has_shape(value: &JsValue, shape: Shape) -> bool {
    match shape {
        Shape::Text => value.is_string(),
        Shape::Label => value.as_string().is_some_and(|text| (1..=LABEL_CHARS_MAX).contains(&text.chars().count())),
        Shape::Id => value.as_string().is_some_and(|text| SessionId::parse(&text).is_ok()),
        Shape::EventId => value.as_string().is_some_and(|text| is_event_id(&text)),
        Shape::Integer(min, max) => is_integer(value, min, max),
        Shape::Flag | Shape::FlagOr(_) => value.as_bool().is_some(),
        Shape::OneOf(texts) => texts.iter().any(|text| *value == **text),
        Shape::Callable => value.is_function(),
        Shape::Signal => field(value, "aborted").as_bool().is_some() && field(value, "addEventListener").is_function(),
        Shape::Time => {
            value.is_string() || value.dyn_ref::<js_sys::Date>().is_some_and(|date| !date.get_time().is_nan())
        }
        Shape::Texts | Shape::Fields(_) | Shape::Json => is_plain(value),
    }
}

fn requirement(shape: Shape) -> String {
    let text = match shape {
        Shape::Text => "must be a text",
        Shape::Label => "must be a text of 1 to 256 characters",
        Shape::Id => "must be a UUID, like 0192f0c1-7b3c-7000-8000-00000000000a",
        Shape::EventId => "must be the id of an event",
        Shape::Integer(min, max) => return format!("must be a whole number from {min} to {max}"),
        Shape::Flag => "must be true or false",
        Shape::FlagOr(_) => "must be true, false or an object",
        Shape::OneOf(texts) => return one_of(texts),
        Shape::Callable => "must be a function",
        Shape::Signal => "must be an AbortSignal",
        Shape::Time => "must be a valid Date, or a text in ISO 8601",
        Shape::Texts | Shape::Fields(_) | Shape::Json => "must be an object",
    };
    text.to_owned()
}

fn one_of(texts: &[&str]) -> String {
    let mut text = "must be".to_owned();
    for (place, allowed) in texts.iter().enumerate() {
        text.extend([if place == 0 { " \"" } else { " or \"" }, allowed, "\""]);
    }
    text
}

fn is_integer(value: &JsValue, min: i64, max: i64) -> bool {
    #[allow(clippy::cast_precision_loss, reason = "both are integers that a double holds exactly")]
    let (min, max) = (min as f64, max as f64);
    value.as_f64().is_some_and(|number| number.fract() == 0.0 && (min..=max).contains(&number))
}

fn check_object(value: &JsValue, shape: Shape, at: &str, invalid: &mut Vec<Invalid>) {
    if !is_plain(value) {
        invalid.push(Invalid::new(at, requirement(shape)));
        return;
    }
    each_field(value, at, invalid, |name, at, value, invalid| match shape {
        Shape::Fields(fields) => match fields.iter().find(|(known, _)| *known == name) {
            Some(_) if is_absent(value) => {}
            Some((_, shape)) => check(value, *shape, at, invalid),
            None => invalid.push(Invalid::new(at, "is not an option of this call")),
        },
        Shape::Json if value.is_undefined() => {}
        Shape::Json => check_json(value, at, DEPTH_MAX, invalid),
        _ => check(value, Shape::Text, at, invalid),
    });
}

/// Refuses values that JSON would drop or change silently. An `undefined` field counts as absent.
fn check_json(value: &JsValue, at: &str, depth: u32, invalid: &mut Vec<Invalid>) {
    let is_number = value.as_f64().is_some_and(f64::is_finite);
    if value.is_null() || value.is_string() || value.as_bool().is_some() || is_number {
        return;
    }
    let is_array = Array::is_array(value);
    if !is_array && !is_plain(value) {
        invalid.push(Invalid::new(at, "is not a JSON value"));
    } else if depth == 0 {
        invalid.push(Invalid::new(at, "is nested too deep"));
    } else if is_array {
        for (place, item) in Array::from(value).iter().enumerate() {
            check_json(&item, &format!("{at}/{place}"), depth - 1, invalid);
        }
    } else {
        each_field(value, at, invalid, |_, at, value, invalid| {
            if !value.is_undefined() {
                check_json(value, at, depth - 1, invalid);
            }
        });
    }
}

fn each_field(
    value: &JsValue,
    at: &str,
    invalid: &mut Vec<Invalid>,
    mut take: impl FnMut(&str, &str, &JsValue, &mut Vec<Invalid>),
) {
    let Ok(entries) = entries(value) else {
        invalid.push(Invalid::new(at, "has a field that can't be read"));
        return;
    };
    for entry in entries.iter() {
        let entry: Array = entry.unchecked_into();
        let name = entry.get(0).as_string().unwrap_or_default();
        let at = format!("{at}/{}", escape(&name));
        take(&name, &at, &entry.get(1), invalid);
    }
}

/// A name as one step of a JSON pointer.
fn escape(name: &str) -> String {
    let mut escaped = String::new();
    for character in name.chars() {
        match character {
            '~' => escaped.push_str("~0"),
            '/' => escaped.push_str("~1"),
            other => escaped.push(other),
        }
    }
    escaped
}
