//! The glossary has each term once, and the docs use no name that was given up.

use std::collections::BTreeMap;

use crate::markdown::{Page, codes};

/// The terms that stand in bold, each with how often it is defined.
fn terms() -> BTreeMap<String, usize> {
    let page = Page::open("docs/glossary.md");
    let (definitions, _) = page.text.split_once("## Names that were given up").unwrap();
    let mut found = BTreeMap::new();
    for term in definitions.split("**").skip(1).step_by(2) {
        *found.entry(term.to_lowercase()).or_insert(0) += 1;
    }
    found
}

#[test]
fn each_term_is_explained_once() {
    let terms = terms();
    assert!(terms.len() > 60, "{}", terms.len());
    let twice: Vec<&String> = terms.iter().filter(|(_, times)| **times > 1).map(|(term, _)| term).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn the_terms_of_the_engine_are_explained() {
    let terms = terms();
    for term in [
        "session",
        "lease",
        "deadline",
        "queue",
        "sweep",
        "subscriber",
        "segment",
        "epoch",
        "fence",
        "project",
        "owner",
        "provider",
        "relay",
        "recorder",
        "viewer",
        "watched",
        "grace",
        "run",
        "cursor",
        "settle",
        "turn",
        "effect",
        "slot",
        "reason",
        "platform",
        "host",
    ] {
        assert!(terms.contains_key(term), "{term}");
    }
    assert!(terms.keys().any(|term| term.starts_with("snapshot")), "snapshot");
}

#[test]
fn no_state_or_reason_is_without_an_explanation() {
    let page = Page::open("docs/glossary.md");
    let named = codes(&page.text);
    for word in ["waiting", "starting", "live", "ended", "released", "failed", "connect", "interact", "view"] {
        assert!(named.contains(&word.to_owned()), "{word}");
    }
}
