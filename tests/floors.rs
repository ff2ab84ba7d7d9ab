//! A file imports only from floors below its own (the table in `src/lib.rs`), and imports form no circle. A re-export
//! in
//! `mod.rs` is not an import of its own: it is followed to the file that defines the name.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a source that can't be read is a test that has failed")]

#[path = "support/imports.rs"]
mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use imports::{Import, Sources, Target};

/// Each module, with the other modules of this crate that it may import from.
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
/// Crates that know the platform. Only the top floor may use them.
const PLATFORM: &[&str] = &["worker", "wasm_bindgen", "wasm_bindgen_futures", "js_sys", "web_sys"];
const TOP_FLOOR: &[&str] = &["edge", "client"];

/// The name inside `src/` and the text of each Rust file below a folder.
fn files(src: &Path, folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(src, &path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(src).unwrap().to_str().unwrap().to_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

static SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = files(&src, &src);
    assert!(files.len() > 25, "the sources are where they were: {} files", files.len());
    Sources::read(files)
});

/// The imports of a file in this module that its floor forbids.
fn breaches(module: &str, imports: &[Import], sources: &Sources) -> BTreeSet<String> {
    let Some((_, below)) = FLOORS.iter().find(|(name, _)| *name == module) else {
        return BTreeSet::from([format!("{module} has no floor: give it one in tests/floors.rs")]);
    };
    let breach = |import| match sources.target(import) {
        Target::Inside(path) => {
            let floor =
                FLOORS.iter().map(|(floor, _)| *floor).find(|floor| path.first().is_some_and(|n| n == floor))?;
            (floor != module && !below.contains(&floor)).then(|| format!("{module} imports {floor}"))
        }
        Target::Outside(path) => {
            let name = PLATFORM.iter().find(|name| path.first().is_some_and(|first| first == *name))?;
            (!TOP_FLOOR.contains(&module)).then(|| format!("{module} uses the crate {name}"))
        }
    };
    imports.iter().filter_map(breach).collect()
}

/// For each file, the files that define its imports, each with one import path.
type Arrows<'a> = BTreeMap<&'a str, BTreeMap<&'a str, String>>;

fn arrows(sources: &Sources) -> Arrows<'_> {
    let mut arrows = Arrows::new();
    for (file, imports) in &sources.imports {
        let from = arrows.entry(file).or_default();
        for import in imports {
            let is_forwarded = import.is_reexport && (file.ends_with("mod.rs") || file == "lib.rs");
            if is_forwarded || import.is_test {
                continue;
            }
            if let Some(definer) = sources.defining_file(import).filter(|definer| definer != file) {
                from.entry(definer).or_insert_with(|| import.text());
            }
        }
    }
    arrows
}

/// The files that a file imports, directly or through others.
fn reached_from<'a>(start: &'a str, arrows: &Arrows<'a>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut to_visit = vec![start];
    while let Some(file) = to_visit.pop() {
        to_visit.extend(arrows[file].keys().filter(|next| reached.insert(**next)));
    }
    reached
}

/// Each circle of imports, with all imports between its files.
fn circles(sources: &Sources) -> Vec<String> {
    let arrows = arrows(sources);
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|file| (*file, reached_from(file, &arrows))).collect();
    let mut found = Vec::new();
    for (file, below) in &reached {
        let circle: BTreeSet<&str> = below.iter().copied().filter(|other| reached[other].contains(file)).collect();
        // Every file of a circle finds it. Only the first file reports it.
        if circle.first() != Some(file) {
            continue;
        }
        let mut text = format!("a circle of {} files:", circle.len());
        for from in &circle {
            for (to, path) in arrows[from].iter().filter(|(to, _)| circle.contains(*to)) {
                write!(text, "\n    {from} imports {path} from {to}").unwrap();
            }
        }
        found.push(text);
    }
    found
}

/// Glob imports from this crate. They hide which names a file imports.
fn globs(sources: &Sources) -> Vec<String> {
    let is_inside =
        |import: &&Import| import.is_glob && !import.is_test && matches!(sources.target(import), Target::Inside(_));
    let of_file = |(file, imports): (&String, &Vec<Import>)| {
        imports
            .iter()
            .filter(is_inside)
            .map(|import| format!("{file} imports {}::*", import.text()))
            .collect::<Vec<_>>()
    };
    sources.imports.iter().flat_map(of_file).collect()
}

#[test]
fn every_file_imports_only_from_the_floors_below() {
    let mut found = Vec::new();
    for (file, imports) in &SOURCES.imports {
        let module = file.split('/').next().unwrap().trim_end_matches(".rs");
        if module != "lib" {
            let breaches = breaches(module, imports, &SOURCES);
            found.extend(breaches.iter().map(|breach| format!("{file}: {breach}")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn imports_form_no_circle() {
    let found = [circles(&SOURCES), globs(&SOURCES)].concat();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The breaches of one file, whose text is put into a function. At depth 1 it is the module's own file.
fn breaches_of_text(module: &str, depth: usize, text: &str) -> Vec<String> {
    let name = if depth == 1 { format!("{module}.rs") } else { format!("{module}/example.rs") };
    let sources = Sources::read([(name.clone(), format!("fn example() {{\n{text}\n}}"))]);
    breaches(module, &sources.imports[&name], &sources).into_iter().collect()
}

#[test]
fn an_import_from_a_floor_above_is_found_in_every_syntax() {
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
        ("wire", 2, "let is_live = matches!(session, Some(crate::fleet::Record { .. }));"),
        ("wire", 2, "#[derive(Clone, worker::Thing)] struct Example;"),
        ("session", 2, "use crate as root; fn f(route: root::wire::Route) {}"),
        ("session", 2, "#[cfg(test)] mod tests { use crate::wire::Route; }"),
        ("novelty", 1, ""),
    ] {
        assert_eq!(breaches_of_text(module, depth, text).len(), 1, "{module}: {text}");
    }
}

#[test]
fn text_that_is_no_import_from_above_is_accepted() {
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
        assert_eq!(breaches_of_text(module, depth, text), [""; 0], "{module}: {text}");
    }
}

fn sources(files: &[(&str, &str)]) -> Sources {
    Sources::read(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
}

const MOD_A_B: (&str, &str) = ("x/mod.rs", "mod a; mod b; pub use a::A; pub use b::{B, make as make_b};");

#[test]
fn a_circle_is_found_in_every_import_syntax() {
    for (a, b) in [
        ("use super::b::B;", "use super::a::A;"),
        ("use super::B;", "use crate::x::{c::C, A};"),
        ("use super::{B as Other, c::{self, C}};", "fn f() -> super::A { todo!() }"),
        ("use super::b;", "use super::a::{self};"),
        ("use crate::x; fn f(b: &x::B) {}", "use crate::x::A as Below;"),
        ("impl super::B { fn f() {} }", "fn f() { let a: Vec<super::A> = Vec::new(); }"),
        ("fn f() { super::make_b(); }", "pub(crate) use super::A;"),
        ("fn f() { assert_eq!(vec![super::B::new()], [], \"{}\", 1); }", "#[derive(super::a::A)] struct B;"),
        ("mod inner { use super::super::B; }", "mod inner { fn f() { crate::x::a::inner::g() } }"),
        ("fn f() { use super::B; }", "#[cfg(not(test))] use super::A;"),
        ("impl A { fn f(b: super::B) {} }", "macro_rules! a { () => { super::A } }"),
    ] {
        let found = circles(&sources(&[MOD_A_B, ("x/a.rs", a), ("x/b.rs", b), ("x/c.rs", "")]));
        assert_eq!(found.len(), 1, "{a} / {b}");
        assert!(found[0].starts_with("a circle of 2 files:\n    x/a.rs imports"), "{}", found[0]);
    }
}

#[test]
fn imports_without_a_circle_are_accepted() {
    for (a, b) in [
        ("use super::B;", ""),
        ("use super::B;", "use super::c::A;"),
        ("use super::B;", "#[cfg(test)] mod tests { use super::super::A; }"),
        ("use super::B;", "struct B; impl B { #[cfg(test)] fn a() -> super::A { todo!() } }"),
        ("use super::B;", "//! See [`super::A`].\n/* super::A */ const TEXT: &str = \"super::A\";"),
        ("use super::B;", "pub(in crate::x) struct B;"),
        ("use super::B;", "use other::x::A; fn f() { a::f(); std::a::g(); }"),
        ("use super::B;", "mod inner { use super::B; } use self::inner::C;"),
    ] {
        let found = circles(&sources(&[MOD_A_B, ("x/a.rs", a), ("x/b.rs", b), ("x/c.rs", "")]));
        assert_eq!(found, [""; 0], "{a} / {b}");
    }
}

#[test]
fn a_circle_is_reported_with_its_files_and_imports() {
    let found = circles(&sources(&[
        ("x/mod.rs", "mod a; mod b; mod c; pub use c::C; pub struct X(a::A);"),
        ("x/a.rs", "use super::b::B; use std::fmt;"),
        ("x/b.rs", "use super::C;"),
        ("x/c.rs", "use super::X;"),
        ("y.rs", "use crate::x::X;"),
        ("z.rs", "mod own { pub struct Z; } use own::Z;"),
    ]));
    let expected = "a circle of 4 files:
    x/a.rs imports super::b::B from x/b.rs
    x/b.rs imports super::C from x/c.rs
    x/c.rs imports super::X from x/mod.rs
    x/mod.rs imports a::A from x/a.rs";
    assert_eq!(found, [expected]);
}

#[test]
fn a_glob_import_is_found() {
    let star = |text| globs(&sources(&[("x/mod.rs", "mod a;"), ("x/a.rs", text)]));
    assert_eq!(star("use super::*;"), ["x/a.rs imports super::*"]);
    assert_eq!(star("use crate::y::{Y, z::*};"), ["x/a.rs imports crate::y::z::*"]);
    assert_eq!(star("use wasm_bindgen::prelude::*; #[cfg(test)] mod tests { use super::*; }"), [""; 0]);
}
