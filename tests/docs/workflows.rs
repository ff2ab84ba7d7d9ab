//! The workflows call scripts of `package.json`, pin their actions, and have only the right to read.

use std::fs;

use serde_json::Value;

use crate::markdown::root;
use crate::sources::files;

fn workflows() -> Vec<(String, String)> {
    let found = files(&root().join(".github/workflows"), ".yml");
    found.iter().map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn each_workflow_has_only_the_right_to_read_and_pins_each_action_by_commit() {
    let workflows = workflows();
    assert!(workflows.len() >= 2);
    for (path, text) in workflows {
        assert!(text.contains("\npermissions: {}\n"), "{path}");
        let given = text.lines().filter_map(|line| line.strip_prefix("      ")?.split_once(": "));
        for (right, level) in given.filter(|(_, level)| matches!(*level, "read" | "write")) {
            assert_eq!((right, level), ("contents", "read"), "{path}");
        }
        for line in text.lines().filter(|line| line.contains("uses: ")) {
            let (_, action) = line.split_once("uses: ").unwrap();
            let (pinned, version) =
                action.split_once(" # v").unwrap_or_else(|| panic!("{path}: {line} has no version"));
            let (_, commit) = pinned.split_once('@').unwrap();
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit && version.starts_with(char::is_numeric), "{path}: {line}");
        }
    }
}

#[test]
fn each_script_that_a_workflow_calls_is_in_package_json() {
    let package: Value = serde_json::from_str(&fs::read_to_string(root().join("package.json")).unwrap()).unwrap();
    let scripts = package["scripts"].as_object().unwrap();
    let mut called = Vec::new();
    for (_, text) in workflows() {
        let named =
            text.split("npm run ").skip(1).map(|rest| rest.split_whitespace().next().unwrap_or_default().to_owned());
        called.extend(named.filter(|name| name.starts_with(char::is_alphabetic)));
        let listed = text.split("script: ").skip(1).map(|rest| rest.split([' ', '}']).next().unwrap_or_default());
        called.extend(listed.map(|name| name.trim_matches('"').to_owned()));
    }
    for script in &called {
        assert!(scripts.contains_key(script), "package.json has no script {script}");
    }
    for part in scripts.keys().filter(|name| name.starts_with("test:") || *name == "lint") {
        assert!(called.contains(part), "no workflow runs {part}");
    }
}
