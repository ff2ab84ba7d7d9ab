//! The files, links, scripts and settings that a page names exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::markdown::{Page, codes, root};
use crate::sources::files;

/// The folders that a path on a page may begin with.
const FOLDERS: &[&str] = &["src/", "tests/", "www/", "scripts/", "docs/", "npm/", "bench/", "examples/", ".github/"];

fn pages() -> Vec<Page> {
    let in_root = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "npm/README.md", "examples/README.md"];
    let in_docs =
        files(&root().join("docs"), ".md").into_iter().map(|path| path.strip_prefix(root()).unwrap().to_owned());
    in_root.iter().map(Page::open).chain(in_docs.map(Page::open)).collect()
}

/// The text outside of code blocks.
fn prose(page: &Page) -> String {
    page.text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
}

fn is_path(text: &str) -> bool {
    FOLDERS.iter().any(|folder| text.starts_with(folder)) && !text.contains(['*', '{', ' ', '…', '<'])
}

#[test]
fn each_path_on_a_page_exists() {
    let mut seen = 0;
    let mut missing = BTreeSet::new();
    for page in pages() {
        let paths: Vec<String> = codes(&prose(&page)).into_iter().filter(|text| is_path(text)).collect();
        seen += paths.len();
        let absent = paths.iter().filter(|path| !root().join(path).exists());
        missing.extend(absent.map(|path| format!("{}: {path}", page.path.display())));
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(seen > 60, "the pages name their files: {seen}");
}

/// A heading's anchor.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

fn has_anchor(path: &Path, wanted: &str) -> bool {
    let text = fs::read_to_string(path).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| anchor(line.trim_start_matches('#')));
    text.contains(&format!("<a id=\"{wanted}\">")) || headings.into_iter().any(|found| found == wanted)
}

#[test]
fn each_link_has_a_target() {
    let mut seen = 0;
    for page in pages() {
        let folder = root().join(&page.path).parent().unwrap().to_owned();
        let text = prose(&page);
        let ends = [")", "\""];
        for (start, end) in ["](", "src=\"", "srcset=\""].into_iter().zip([ends[0], ends[1], ends[1]]) {
            for link in text.split(start).skip(1).map(|rest| rest.split(end).next().unwrap_or_default()) {
                if link.contains("://") || link.contains(' ') {
                    continue;
                }
                let (file, heading) = link.split_once('#').unwrap_or((link, ""));
                let path = if file.is_empty() { root().join(&page.path) } else { folder.join(file) };
                assert!(path.exists(), "{}: the link {link} has no target", page.path.display());
                let is_found = heading.is_empty() || has_anchor(&path, heading);
                assert!(is_found, "{}: the link {link} has no such heading", page.path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "the pages have their links: {seen}");
}

fn scripts() -> BTreeSet<String> {
    let package: Value = serde_json::from_str(&fs::read_to_string(root().join("package.json")).unwrap()).unwrap();
    package["scripts"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn each_script_on_a_page_is_in_package_json() {
    let scripts = scripts();
    for page in pages().iter().filter(|page| !page.path.starts_with("npm")) {
        for rest in page.text.split("npm run ").skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '_' | '-'));
            let name = &rest[..end.unwrap_or(rest.len())];
            assert!(scripts.contains(name), "{}: package.json has no script {name}", page.path.display());
        }
    }
}

#[test]
fn the_parts_of_the_tests_are_those_of_package_json() {
    let written = Page::open("CONTRIBUTING.md").table("Test", "part").names();
    let parts = scripts().into_iter().filter(|name| name.starts_with("test:") || name == "lint");
    assert_eq!(written, parts.map(|name| format!("npm run {name}")).collect());
}

#[test]
fn the_settings_are_those_of_the_deployment() {
    let config = fs::read_to_string(root().join("wrangler.toml")).unwrap();
    let (_, vars) = config.split_once("[vars]").unwrap();
    let vars = vars.split("\n[").next().unwrap();
    let named: BTreeSet<String> =
        vars.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.to_owned()).collect();
    let page = Page::open("docs/deploying.md");
    assert_eq!(page.table("Settings", "setting").names(), named);
    let bindings =
        config.lines().filter_map(|line| line.strip_prefix("binding = \"").or(line.strip_prefix("name = \"")));
    let bindings: BTreeSet<&str> =
        bindings.filter_map(|rest| rest.strip_suffix('"')).filter(|name| *name != "tidewatch").collect();
    let table = page.table("Bindings", "binding");
    let written: Vec<String> = table.rows.iter().flat_map(|row| codes(&row[0])).collect();
    assert_eq!(written.iter().map(String::as_str).collect::<BTreeSet<_>>(), bindings);
}

#[test]
fn the_invariants_are_those_of_the_simulation() {
    let page = Page::open("docs/ARCHITECTURE.md");
    let written: BTreeSet<String> = page.table("Invariants", "#").rows.iter().flat_map(|row| codes(&row[4])).collect();
    let source = fs::read_to_string(root().join("tests/simulation/invariant.rs")).unwrap();
    let named = source.lines().filter_map(|line| line.split_once("=> \"")?.1.strip_suffix("\","));
    assert_eq!(written, named.map(str::to_owned).collect());
}
