//! A file imports only from the floors below its own (the table in `src/lib.rs`).

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a source that can't be read is a test that has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// A module, and the modules of this crate that it may import from beside itself.
const FLOORS: &[(&str, &[&str])] = &[
    ("session", &[]),
    ("wire", &["session"]),
    ("cdp", &["session", "wire"]),
    ("recording", &["session"]),
    ("fleet", &["session", "wire"]),
    ("host", &["session", "wire", "cdp", "recording", "fleet"]),
    ("edge", &["session", "wire", "cdp", "recording", "fleet", "host"]),
    ("client", &["session", "wire"]),
];
/// Crates that know the platform: for the top floor only.
const PLATFORM: &[&str] = &["worker", "wasm_bindgen", "wasm_bindgen_futures", "js_sys", "web_sys"];
const TOP_FLOOR: &[&str] = &["edge", "client"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text without comments and without what stands in quotes, in which a name would mean nothing.
fn code(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['/', '"', '\'']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with('"') {
            let hashes = plain.len() - plain.trim_end_matches('#').len();
            let is_raw = plain.trim_end_matches('#').ends_with('r');
            if is_raw { end_of_raw(rest, hashes) } else { end_of_text(rest) }
        } else if rest.starts_with("'\"'") || rest.starts_with("'/'") {
            3
        } else {
            plain.push_str(&rest[..1]);
            1
        };
        rest = &rest[end..];
    }
    plain.push_str(rest);
    plain
}

fn end_of_text(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

fn end_of_raw(rest: &str, hashes: usize) -> usize {
    let end = format!("\"{}", "#".repeat(hashes));
    rest[1..].find(&end).map_or(rest.len(), |at| at + 1 + end.len())
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The names that stand directly behind `prefix`, those of a group in braces among them.
fn named_behind(code: &str, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(is_name) {
            continue;
        }
        let rest = code[at + prefix.len()..].trim_start();
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            for part in group.split_inclusive(['{', '}', ',']) {
                if depth == 0 {
                    found.push(part.trim().chars().take_while(|c| is_name(*c)).collect());
                }
                match part.chars().last() {
                    Some('{') => depth += 1,
                    Some('}') if depth == 0 => break,
                    Some('}') => depth -= 1,
                    _ => {}
                }
            }
        } else {
            found.push(rest.chars().take_while(|c| is_name(*c)).collect());
        }
    }
    found.retain(|name: &String| !name.is_empty());
    found
}

/// The crates whose names stand in front of `::`.
fn uses_crate(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let in_a_path = code.match_indices(&path).any(|(at, _)| !code[..at].ends_with(|c| is_name(c) || c == ':'));
    let attribute = format!("#[{name}");
    in_a_path || code.contains(&attribute) || code.contains(&format!("use {name};"))
}

/// What a file of this module does that its floor forbids.
fn breaches(module: &str, depth: usize, text: &str) -> Vec<String> {
    let Some((_, below)) = FLOORS.iter().find(|(name, _)| *name == module) else {
        return vec![format!("{module} has no floor: give it one in tests/floors.rs")];
    };
    let code = code(text);
    // From `src/fleet/list.rs`, `super::super::` is the crate, too.
    let mut imported = named_behind(&code, "crate::");
    imported.extend(named_behind(&code, "tidewatch::"));
    imported.extend(named_behind(&code, &"super::".repeat(depth)));
    let mut found: Vec<String> = imported
        .into_iter()
        .filter(|name| {
            name != module && FLOORS.iter().any(|(floor, _)| floor == name) && !below.contains(&name.as_str())
        })
        .map(|name| format!("{module} imports {name}"))
        .collect();
    if !TOP_FLOOR.contains(&module) {
        found.extend(
            PLATFORM
                .iter()
                .filter(|name| uses_crate(&code, name))
                .map(|name| format!("{module} uses the crate {name}")),
        );
    }
    found
}

#[test]
fn every_file_imports_only_from_the_floors_below() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&src);
    assert!(files.len() > 25, "the sources are where they were: {files:?}");
    let mut found = Vec::new();
    for path in files {
        let inside = path.strip_prefix(&src).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = first.trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        // `src/cdp.rs` and `src/fleet/mod.rs` are one step below the crate, `src/fleet/list.rs` two.
        let steps = inside.components().count() - usize::from(inside.ends_with("mod.rs"));
        let text = fs::read_to_string(&path).unwrap();
        found
            .extend(breaches(module, steps, &text).into_iter().map(|breach| format!("{}: {breach}", inside.display())));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_import_from_a_floor_above_is_seen_however_it_is_written() {
    for (module, depth, text) in [
        ("session", 2, "use crate::wire::Route;"),
        ("session", 2, "use crate::{session::Millis, fleet::Fleet};"),
        ("session", 2, "use crate::{\n    session::{Millis, Timestamp},\n    cdp,\n};"),
        ("session", 2, "fn f() -> crate::edge::Thing { todo!() }"),
        ("session", 2, "use super::super::wire::Route;"),
        ("session", 1, "use super::wire::Route;"),
        ("session", 2, "pub(crate) use crate::client::Client;"),
        ("wire", 2, "use crate::fleet::Fleet;"),
        ("wire", 2, "use crate::cdp::PageView;"),
        ("cdp", 1, "use crate::fleet::Fleet;"),
        ("fleet", 2, "use crate::cdp::PageView;"),
        ("fleet", 2, "use crate::edge::Thing;"),
        ("fleet", 2, "use crate::host::Platform;"),
        ("host", 2, "use crate::edge::Thing;"),
        ("host", 2, "use worker::Env;"),
        ("client", 2, "use crate::host::Platform;"),
        ("edge", 2, "use crate::client::Client;"),
        ("client", 2, "use crate::edge::Thing;"),
        ("client", 2, "use crate::fleet::Fleet;"),
        ("client", 2, "use crate::cdp::pages;"),
        ("fleet", 2, "use worker::Env;"),
        ("session", 2, "#[wasm_bindgen] pub fn f() {}"),
        ("wire", 2, "let now = js_sys::Date::now();"),
        ("wire", 2, "let text = \"//\"; use crate::fleet::Fleet;"),
        ("wire", 2, "let quote = '\"'; use crate::fleet::Fleet; let other = '\"';"),
        ("wire", 2, "let raw = r#\"a \" b\"#; use crate::fleet::Fleet;"),
        ("wire", 2, "fn f<'a>(x: &'a str) -> crate::fleet::Fleet { x }"),
        ("novelty", 1, ""),
    ] {
        assert_eq!(breaches(module, depth, text).len(), 1, "{module}: {text}");
    }
}

#[test]
fn what_is_no_import_from_above_is_left_alone() {
    for (module, depth, text) in [
        ("session", 2, "use super::Millis; use crate::session::Timestamp;"),
        ("session", 2, "use super::id::SessionId;"),
        ("session", 2, "//! See [`crate::fleet::Fleet`].\n/* crate::edge */"),
        ("session", 2, "let text = \"use crate::fleet::Fleet\";"),
        ("session", 2, "let text = \"\\\" use crate::fleet::Fleet\";"),
        ("session", 2, "let text = r#\"{\"a\": \"crate::fleet\"}\"#;"),
        ("wire", 2, "use crate::session::{BrowserId, SessionId};"),
        ("cdp", 1, "use crate::wire::SessionUrls;"),
        ("fleet", 2, "use super::store::Store; use crate::wire::Holder;"),
        ("host", 2, "use crate::{cdp, fleet::Fleet, session::Millis}; use super::Platform;"),
        ("edge", 2, "use crate::{cdp, fleet::Fleet, host::Platform, session::Millis}; use worker::Env;"),
        ("client", 2, "use crate::wire::SessionView; use wasm_bindgen::JsValue;"),
        ("wire", 2, "mod co_worker; use co_worker::Thing; my_crate::fleet::f();"),
    ] {
        assert_eq!(breaches(module, depth, text), [""; 0], "{module}: {text}");
    }
}
