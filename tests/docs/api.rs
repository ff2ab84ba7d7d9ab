//! `docs/api.md`: its calls, codes and endings against the types that the service decides with.

use std::collections::{BTreeMap, BTreeSet};

use tidewatch::cdp::close_code;
use tidewatch::session::{Reason, SessionId};
use tidewatch::wire::{Code, Method, Route, TargetId};

use crate::markdown::{Page, codes};
use crate::sources::rust_below;

const ID: &str = "0192f0c1-7b3c-7000-8000-00000000000a";
const TARGET: &str = "ABC123";

pub fn page() -> Page {
    Page::open("docs/api.md")
}

/// Writes down each route once: the match has no `_`, so a new route does not compile before it has its call here.
macro_rules! calls {
    ($($route:pat => $call:literal,)*) => {
        fn call_of(route: &Route) -> &'static str {
            match route { $($route => $call,)* }
        }
        const CALLS: &[&str] = &[$($call),*];
    };
}

calls! {
    Route::Health => "GET /v1/health",
    Route::Create => "POST /v1/sessions",
    Route::List => "GET /v1/sessions",
    Route::ReleaseAll => "POST /v1/sessions/release",
    Route::Events => "WS /v1/events",
    Route::Usage => "GET /v1/usage",
    Route::Get(_) => "GET /v1/sessions/{id}",
    Route::Change(_) => "PATCH /v1/sessions/{id}",
    Route::Release(_) => "POST /v1/sessions/{id}/release",
    Route::LiveDetails(_) => "GET /v1/sessions/{id}/live-details",
    Route::RecordedEvents(_) => "GET /v1/sessions/{id}/events",
    Route::Connect(_) => "WS /v1/sessions/{id}/connect",
    Route::Page(..) => "WS /v1/sessions/{id}/page/{target}",
    Route::View(_) => "WS /v1/sessions/{id}/view",
    Route::Picture(_) => "GET /v1/sessions/{id}/picture",
    Route::JsonVersion(_) => "GET /v1/sessions/{id}/json/version",
    Route::JsonList(_) => "GET /v1/sessions/{id}/json/list",
    Route::JsonProtocol(_) => "GET /v1/sessions/{id}/json/protocol",
    Route::JsonNew(_) => "PUT /v1/sessions/{id}/json/new",
    Route::JsonActivate(..) => "GET /v1/sessions/{id}/json/activate/{target}",
    Route::JsonClose(..) => "GET /v1/sessions/{id}/json/close/{target}",
}

/// Another path of the same call.
const ALIAS: (&str, &str) = ("GET /v1/sessions/{id}/json", "GET /v1/sessions/{id}/json/list");

fn parse(call: &str) -> Route {
    let (method, path) = call.split_once(' ').unwrap();
    let method = Method::parse(if method == "WS" { "GET" } else { method });
    Route::parse(method, &path.replace("{id}", ID).replace("{target}", TARGET))
        .unwrap_or_else(|error| panic!("docs/api.md has {call}, and the service refuses it: {error:?}"))
}

#[test]
fn the_calls_are_those_of_the_service() {
    assert!(SessionId::parse(ID).is_ok() && TargetId::parse(TARGET).is_ok());
    let written = page().table("Calls", "call").names();
    for call in &written {
        let served = call_of(&parse(call));
        assert!(served == call || (call == ALIAS.0 && served == ALIAS.1), "{call} leads to {served}");
    }
    let served: BTreeSet<String> = CALLS.iter().copied().chain([ALIAS.0]).map(str::to_owned).collect();
    assert_eq!(written, served);
}

#[test]
fn the_paths_have_no_word_that_is_not_written_down() {
    let source = crate::sources::rust_file("src/wire", "route.rs");
    let written: BTreeSet<String> = page().table("Calls", "call").names();
    let words: BTreeSet<&str> = written.iter().flat_map(|call| call.split(['/', ' '])).collect();
    let arms = source.lines().map(str::trim).filter(|line| line.starts_with('['));
    let mut seen = 0;
    for word in arms.flat_map(|line| crate::sources::quoted(line.split("=>").next().unwrap_or_default())) {
        assert!(words.contains(word.as_str()), "a path of route.rs has {word:?}, and no call in docs/api.md");
        seen += 1;
    }
    assert!(seen > 15, "the paths of route.rs are where they were");
}

#[test]
fn each_problem_has_its_code_and_status() {
    let written = page().table("Errors", "code");
    let pairs: BTreeMap<String, String> =
        written.rows.iter().map(|row| (codes(&row[0]).remove(0), row[1].clone())).collect();
    let served = Code::ALL.iter().map(|code| (code.name(), code.status_and_title().0.to_string())).collect();
    assert_eq!(pairs, served);
    assert_eq!(written.names().len(), written.rows.len());
}

#[test]
fn each_end_has_its_reason_and_status() {
    let written = page().table("Reasons", "reason");
    let name = |reason: Reason| serde_json::to_value(reason).unwrap().as_str().unwrap().to_owned();
    let served: BTreeMap<String, String> = Reason::ALL
        .iter()
        .map(|reason| (name(*reason), if reason.is_failure() { "failed" } else { "released" }.to_owned()))
        .collect();
    let pairs = written.rows.iter().map(|row| (codes(&row[0]).remove(0), codes(&row[1]).remove(0))).collect();
    assert_eq!(served, pairs);
}

/// A close code and its text, as in `(1009, "a message was too big")`.
fn closes_in(source: &str) -> BTreeSet<(String, String)> {
    let starts = source.match_indices('(').map(|(at, _)| &source[at + 1..]);
    let read = |text: &str| {
        let (code, rest) = text.split_once(", \"")?;
        let is_code = code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then(|| (code.to_owned(), rest.split('"').next().unwrap_or_default().to_owned()))
    };
    starts.filter_map(read).filter(|(_, text)| !text.is_empty() && text != "done").collect()
}

#[test]
fn each_close_has_its_code_and_text() {
    let written = page().table("Close codes", "code");
    let pairs: BTreeSet<(String, String)> =
        written.rows.iter().map(|row| (row[0].clone(), codes(&row[1]).remove(0))).collect();
    assert_eq!(pairs.len(), written.rows.len());
    assert_eq!(pairs, closes_in(&rust_below("src")));
    for reason in Reason::ALL.iter().map(|reason| Some(*reason)).chain([None]) {
        let (code, text) = close_code(reason);
        assert!(pairs.contains(&(code.to_string(), text.to_owned())), "{reason:?}");
    }
}
