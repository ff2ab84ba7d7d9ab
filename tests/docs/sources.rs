//! Reads the sources as text, for facts that no type has.

use std::fs;
use std::path::{Path, PathBuf};

use crate::markdown::root;

/// The files below a folder with this ending, sorted by name.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The text of all Rust files below a folder, without their tests.
pub fn rust_below(folder: &str) -> String {
    let text = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
    };
    files(&root().join(folder), ".rs").iter().map(text).collect::<Vec<_>>().join("\n")
}

/// The text of the only Rust file with this name below a folder, without its tests.
pub fn rust_file(folder: &str, name: &str) -> String {
    let ending = format!("/{name}");
    let found = files(&root().join(folder), &ending);
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    fs::read_to_string(&found[0]).unwrap().split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// The texts in double quotes, outside of comments.
pub fn quoted(text: &str) -> Vec<String> {
    let without_comment = |line: &str| !line.trim_start().starts_with("//");
    let code: Vec<&str> = text.lines().filter(|line| without_comment(line)).collect();
    code.iter().flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}
