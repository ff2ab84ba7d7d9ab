//! What a page prints, as text.

use serde_json::Value;

use super::object::Object;
use super::requests::address;

/// The limit on a console line, in characters. The rest is cut off.
const CHARS_MAX: usize = 4_000;
/// The limit on the shown values of an object or a list.
const SHOWN_MAX: usize = 10;

/// `console.log` and the like: the payload of a `console` event.
pub(super) fn call(params: &Value) -> Object {
    let text: Vec<String> = params["args"].as_array().into_iter().flatten().map(shown).collect();
    let level = match params["type"].as_str() {
        Some(level @ ("debug" | "info" | "warning" | "error")) => level,
        Some("assert") => "error",
        _ => "log",
    };
    line(level, &text.join(" "), &params["stackTrace"]["callFrames"][0])
}

/// An entry of the browser's own log: the payload of a `console` event.
pub(super) fn entry(params: &Value) -> Object {
    let entry = &params["entry"];
    let level = match entry["level"].as_str() {
        Some("verbose") => "debug",
        Some(level @ ("info" | "warning" | "error")) => level,
        _ => "log",
    };
    line(level, entry["text"].as_str().unwrap_or_default(), entry)
}

/// An uncaught exception: the payload of an `exception` event.
pub(super) fn exception(params: &Value) -> Object {
    let details = &params["exceptionDetails"];
    let what = details["text"].as_str().unwrap_or("Uncaught");
    let text = match details["exception"]["description"].as_str() {
        Some(description) => description.to_owned(),
        None => [what, &shown(&details["exception"])].join(" "),
    };
    placed(Object::new(), &text, details)
}

fn line(level: &str, text: &str, place: &Value) -> Object {
    placed(Object::new().text("level", level), text, place)
}

fn placed(payload: Object, text: &str, place: &Value) -> Object {
    let mut payload = payload.text("text", &cut(text));
    if let Some(url) = place["url"].as_str().filter(|url| !url.is_empty()) {
        payload = payload.text("url", &address(url));
    }
    // The browser counts from zero, and people from one.
    if let Some(line) = place["lineNumber"].as_i64() {
        payload = payload.number("line", line.saturating_add(1));
    }
    payload
}

/// A value as the console shows it, nearly.
fn shown(value: &Value) -> String {
    if let Some(text) = value["value"].as_str() {
        return text.to_owned();
    }
    let preview = &value["preview"];
    if let Some(properties) = preview["properties"].as_array() {
        match value["subtype"].as_str() {
            None => return ["{", &several(properties, preview, true), "}"].concat(),
            Some("array") => return ["[", &several(properties, preview, false), "]"].concat(),
            Some(_) => {}
        }
    }
    match (value["description"].as_str(), &value["value"]) {
        (Some(description), _) => description.to_owned(),
        (None, Value::Null) if value["type"] == "undefined" => "undefined".to_owned(),
        (None, plain) => plain.to_string(),
    }
}

fn several(properties: &[Value], preview: &Value, has_names: bool) -> String {
    let mut parts: Vec<String> = properties.iter().take(SHOWN_MAX).map(|property| one(property, has_names)).collect();
    if properties.len() > SHOWN_MAX || preview["overflow"] == true {
        parts.push("…".to_owned());
    }
    parts.join(", ")
}

fn one(property: &Value, has_name: bool) -> String {
    let value = property["value"].as_str().unwrap_or_default();
    let quote = if property["type"] == "string" { "\"" } else { "" };
    let (name, colon) = if has_name { (property["name"].as_str().unwrap_or_default(), ": ") } else { ("", "") };
    [name, colon, quote, value, quote].concat()
}

fn cut(text: &str) -> String {
    let (kept, more) = text.char_indices().nth(CHARS_MAX).map_or((text, ""), |(end, _)| (&text[..end], "…"));
    [kept, more].concat()
}
