//! `docs/api.md`: its calls, codes and endings against the types that the service decides with.

use std::collections::{BTreeMap, BTreeSet};

use tidewatch::cdp::close_code;
use tidewatch::session::Reason;
use tidewatch::wire::auth::Right;
use tidewatch::wire::http::{Access, Code, Method, ROUTES, Route, RouteRow};

use crate::markdown::{Page, codes};
use crate::sources::rust_below;

const ID: &str = "0192f0c1-7b3c-7000-8000-00000000000a";
const TARGET: &str = "ABC123";

pub fn page() -> Page {
    Page::open("docs/api.md")
}

/// The calls of the service: method, path, and who may make them, as the page writes it.
fn served() -> Vec<(Method, &'static str, &'static str)> {
    let access = |row: &RouteRow| {
        let path = row.path.replace("{id}", ID).replace("{target}", TARGET);
        match Route::parse(row.method, &path).unwrap().access() {
            Access::Public => "none",
            Access::Project | Access::Subscriber => "key",
            Access::Session(_, Right::Connect) => "token `connect`, or key",
            Access::Session(_, Right::Interact) => "token `interact`, or key",
            Access::Session(_, Right::View) => "token `view`, or key",
        }
    };
    ROUTES.iter().map(|row| (row.method, row.path, access(row))).collect()
}

#[test]
fn the_calls_are_those_of_the_service() {
    let mut served = served();
    for row in &page().table("Calls", "call").rows {
        let call = codes(&row[0]).remove(0);
        let (method, path) = call.split_once(' ').unwrap();
        let method = Method::parse(if method == "WS" { "GET" } else { method });
        let place = served.iter().position(|(m, p, _)| (*m, *p) == (method, path));
        let place = place.unwrap_or_else(|| panic!("docs/api.md lists {call}, and the service has no such call"));
        assert_eq!(row[1], served.remove(place).2, "{call}");
    }
    assert!(served.is_empty(), "docs/api.md does not list {served:?}");
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
