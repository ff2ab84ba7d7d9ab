//! `docs/api.md`: its fields, parameters, headers and events against the fixtures, which both sides read.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Map, Value};
use tidewatch::session::{Invalid, Millis, Options, OptionsLimits};

use crate::api::page;
use crate::markdown::{codes, root};
use crate::sources::{quoted, rust_below, rust_file};

const LIMITS: OptionsLimits = OptionsLimits { timeout_max: Millis::new(86_400_000), recordings: true };
/// Words with a hyphen in the shell's sources that are no header.
const NO_HEADERS: &[&str] = &["no-store", "browser-run"];

fn fixture(name: &str) -> Value {
    let file = root().join("tests/fixtures").join(name).with_extension("json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn names(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

fn listed(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_fields_of_each_answer_are_those_of_the_fixtures() {
    let page = page();
    for (about, name) in [
        ("The session", "session"),
        ("GET /v1/sessions", "session_page"),
        ("POST /v1/sessions/{id}/release", "release"),
        ("POST /v1/sessions/release", "release_all"),
        ("GET /v1/sessions/{id}/live-details", "live_details"),
        ("WS /v1/events", "event"),
        ("GET /v1/usage", "usage"),
    ] {
        assert_eq!(page.table(about, "field").names(), names(&fixture(name)), "{about}");
    }
    let both = [fixture("problem_of_values"), fixture("problem_of_limit")];
    let problem: BTreeSet<String> = both.iter().flat_map(names).collect();
    assert_eq!(page.table("Errors", "field").names(), problem);
}

#[test]
fn the_fields_within_a_field_are_those_of_the_fixtures() {
    let page = page();
    let session = fixture("session");
    let usage = fixture("usage");
    for (about, field, value) in [
        ("The session", "dimensions", &session["dimensions"]),
        ("The session", "recording", &session["recording"]),
        ("The session", "failure", &session["failure"]),
        ("GET /v1/sessions/{id}/live-details", "pages", &fixture("live_details")["pages"][0]),
        ("POST /v1/sessions/release", "results", &fixture("release_all")["results"][0]),
        ("GET /v1/usage", "periods", &usage["periods"][0]),
        ("GET /v1/usage", "limits", &usage["limits"]),
        ("GET /v1/usage", "now", &usage["now"]),
        ("Errors", "errors", &fixture("problem_of_values")["errors"][0]),
        ("Errors", "holders", &fixture("problem_of_limit")["holders"][0]),
    ] {
        assert_eq!(page.table(about, "field").fields_of(field), names(value), "{about}: {field}");
    }
}

#[test]
fn the_options_of_a_create_and_a_change_are_those_of_the_fixtures() {
    let page = page();
    assert_eq!(page.table("Create a session", "field").names(), names(&fixture("create_honoured")));
    assert_eq!(page.table("PATCH /v1/sessions/{id}", "field").names(), names(&fixture("update")));
}

#[test]
fn the_options_that_are_refused_are_those_of_the_service() {
    let page = page();
    let text = page.section("Create a session");
    let (_, text) = text.split_once("any other value is a 422:").unwrap();
    let written: BTreeSet<String> = codes(text).into_iter().collect();
    let source = rust_file("src/session", "fields.rs");
    let (_, list) = source.split_once("const UNSUPPORTED: &[&str] = &[").unwrap();
    let served: BTreeSet<String> = quoted(list.split("];").next().unwrap()).into_iter().collect();
    assert_eq!(written, served);
    for name in written {
        let body = Value::Object(Map::from_iter([(name.clone(), Value::from("x"))]));
        let refused = Options::parse(&body, LIMITS).unwrap_err();
        let [Invalid { pointer, .. }] = refused.as_slice() else { panic!("{refused:?}") };
        assert_eq!(*pointer, format!("/{name}"));
        let falsy = Value::Object(Map::from_iter([(name, Value::Bool(false))]));
        assert!(Options::parse(&falsy, LIMITS).is_ok());
    }
}

#[test]
fn the_parameters_are_those_that_the_service_reads() {
    let page = page();
    let mut written = BTreeSet::new();
    for table in page.tables().into_iter().filter(|table| table.first == "parameter") {
        written.extend(table.names());
    }
    for file in ["query.rs", "usage.rs", "event_view.rs"] {
        let source = rust_file("src/wire", file);
        let arms = source.lines().map(str::trim).filter(|line| line.starts_with('"') && line.contains("\" =>"));
        for word in arms.flat_map(|line| quoted(line.split("=>").next().unwrap_or_default())) {
            let is_value = page.text.contains(&format!("`{word}`"));
            assert!(written.contains(&word) || is_value, "{file} reads {word:?}, and docs/api.md does not list it");
        }
    }
    let parameters = |about: &str| page.table(about, "parameter").names();
    let with_pairs = |name: &str, more: &[&str]| -> BTreeSet<String> {
        let plain = names(&fixture(name)).into_iter();
        plain
            .map(|n| if n == "metadata" { "metadata[k]".to_owned() } else { n })
            .chain(more.iter().map(|n| (*n).to_owned()))
            .collect()
    };
    assert_eq!(parameters("GET /v1/sessions"), with_pairs("list", &[]));
    assert_eq!(parameters("POST /v1/sessions/release"), with_pairs("release_all_filter", &["idempotencyKeyPrefix"]));
    assert_eq!(parameters("GET /v1/sessions/{id}/events"), with_pairs("events", &["format"]));
    assert_eq!(parameters("GET /v1/usage"), with_pairs("usage_options", &[]));
    assert_eq!(parameters("GET /v1/sessions/{id}/picture"), ["token", "width"].map(str::to_owned).into());
    assert_eq!(parameters("WS /v1/events"), ["lastEventId"].map(str::to_owned).into());
}

#[test]
fn the_values_of_each_field_are_those_of_the_fixtures() {
    let page = page();
    let all = fixture("codes");
    assert_eq!(page.table("Reasons", "reason").names(), listed(&all["ReleaseReason"]));
    assert_eq!(page.table("Reasons", "failure code").names(), listed(&all["FailureCode"]));
    assert_eq!(page.table("Errors", "code").names(), listed(&all["ServiceErrorCode"]));
    let values = |about: &str, field: &str| -> BTreeSet<String> {
        page.table(about, "field").row(field).iter().flat_map(|cell| codes(cell)).collect()
    };
    assert!(values("The session", "status").is_superset(&listed(&all["SessionStatus"])));
    assert!(values("The session", "recording").is_superset(&listed(&all["RecordingStatus"])));
    assert!(values("POST /v1/sessions/release", "results").is_superset(&listed(&all["Outcome"])));
}

#[test]
fn the_events_are_those_that_the_service_sends() {
    let written = page().table("WS /v1/events", "type").names();
    let kinds = quoted(&rust_file("src/session", "event.rs")).into_iter().filter(|text| text.starts_with("session."));
    let view = rust_file("src/wire", "event_view.rs");
    let bare = view.lines().filter(|line| line.starts_with("const READY") || line.starts_with("const RESET"));
    let served: BTreeSet<String> = kinds.chain(bare.flat_map(quoted)).collect();
    assert!(served.len() > 6);
    assert_eq!(written, served);
}

#[test]
fn the_headers_are_those_that_the_service_reads_and_sends() {
    let written = page().table("Headers", "header").names();
    let source = rust_below("src/edge");
    let texts: BTreeSet<String> = quoted(&source).into_iter().map(|text| text.to_ascii_lowercase()).collect();
    let lists: BTreeSet<&str> = texts.iter().flat_map(|text| text.split(", ")).collect();
    for header in &written {
        assert!(lists.contains(header.as_str()), "docs/api.md has the header {header}, and src/edge does not use it");
    }
    let is_header = |text: &&String| {
        let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let is_word = text.starts_with(char::is_alphabetic) && text.ends_with(char::is_alphabetic);
        plain
            && is_word
            && text.contains('-')
            && !text.starts_with("x-tidewatch-")
            && !NO_HEADERS.contains(&text.as_str())
    };
    for header in texts.iter().filter(is_header) {
        assert!(written.contains(header), "src/edge has the header {header}, and docs/api.md does not list it");
    }
}
