//! Compares each number of `docs/limits.md` with its constant.

use std::collections::BTreeMap;
use std::fs;

use crate::markdown::{Page, codes, root};
use crate::sources::{files, rust_below};

const SECOND: u64 = 1_000;
const DAY: u64 = 86_400 * SECOND;

/// Parses a number. Times become milliseconds, sizes become bytes.
fn number(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_once(' ').unwrap_or((text, ""));
    let plain: u64 = digits.replace(',', "").parse().ok()?;
    let unit = match unit {
        "" | "ms" => 1,
        "s" => SECOND,
        "min" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "days" => DAY,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    Some(plain * unit)
}

/// The value of a constant's expression: a product, a shift or a duration.
fn value(name: &str, expression: &str) -> Option<u64> {
    let inside = |start: &str| expression.strip_prefix(start)?.strip_suffix(')');
    if let Some(seconds) = inside("Millis::from_secs(").or_else(|| inside("Duration::from_secs(")) {
        return value("", seconds).map(|seconds| seconds * SECOND);
    }
    if let Some(millis) = inside("Millis::new(") {
        return value("", millis);
    }
    let factor = |text: &str| -> Option<u64> {
        let text = text.trim().replace('_', "");
        match text.split_once("<<") {
            Some((base, bits)) => Some(base.trim().parse::<u64>().ok()? << bits.trim().parse::<u32>().ok()?),
            None => text.parse().ok(),
        }
    };
    let product = expression.split('*').map(factor).product::<Option<u64>>()?;
    Some(match name {
        _ if name.contains("DAYS") => product * DAY,
        _ if name.contains("SECS") => product * SECOND,
        _ => product,
    })
}

/// Every constant of the sources with its values. Several files may define the same name.
fn constants() -> BTreeMap<String, Vec<u64>> {
    let pages = files(&root().join("www"), ".js").into_iter().map(|path| fs::read_to_string(path).unwrap());
    let text: String = pages.chain([rust_below("src")]).collect::<Vec<_>>().join("\n");
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for line in text.lines() {
        let Some((_, rest)) = line.split_once("const ") else { continue };
        let Some((declared, expression)) = rest.split_once(" = ") else { continue };
        let name = declared.split(':').next().unwrap_or_default().trim();
        if let Some(value) = expression.trim().strip_suffix(';').and_then(|text| value(name, text)) {
            found.entry(name.to_owned()).or_default().push(value);
        }
    }
    found
}

#[test]
fn each_number_equals_its_constant() {
    let constants = constants();
    let mut compared = 0;
    let page = Page::open("docs/limits.md");
    for row in page.tables().iter().flat_map(|table| &table.rows) {
        let [limit, written, constant, ..] = row.as_slice() else { panic!("a row too short: {row:?}") };
        let Some(name) = codes(constant).pop() else { continue };
        let Some(values) = constants.get(&name) else { panic!("{limit}: the sources have no number named {name}") };
        let written_value = number(written).unwrap_or_else(|| panic!("{limit}: {written} is no number"));
        assert!(values.contains(&written_value), "{limit}: {written} is written, {name} is {values:?}");
        compared += 1;
    }
    assert!(compared > 60, "the tables have their constants: {compared}");
}

#[test]
fn a_number_is_parsed_in_every_notation() {
    for (text, expected) in
        [("1,000", 1_000), ("60 s", 60_000), ("5 min", 300_000), ("32 MiB", 1 << 25), ("400 days", 400 * DAY)]
    {
        assert_eq!(number(text), Some(expected), "{text}");
    }
    for (name, expression, expected) in [
        ("A", "Millis::from_secs(24 * 60 * 60)", DAY),
        ("A", "Millis::new(300_000)", 300_000),
        ("A", "12 * 1024 * 1024", 12 << 20),
        ("A", "1 << 25", 1 << 25),
        ("DAYS_MAX", "400", 400 * DAY),
        ("RETRY_AFTER_SECS_MAX", "30", 30_000),
    ] {
        assert_eq!(value(name, expression), Some(expected), "{expression}");
    }
}
