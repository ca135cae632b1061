//! Who may know whom (DESIGN section 1), held against what Cargo says. An arrow the other way is a design fault.

#![cfg(test)]

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

/// Each crate of ours, and which of ours it may use in what it ships.
const MAY_KNOW: [(&str, &[&str]); 5] = [
    ("tidings-protocol", &[]),
    ("tidings-media", &["tidings-protocol"]),
    ("tidings-engine", &["tidings-protocol", "tidings-media"]),
    ("tidings-server", &["tidings-protocol", "tidings-media"]),
    (
        "tidings",
        &[
            "tidings-protocol",
            "tidings-media",
            "tidings-engine",
            "tidings-server",
        ],
    ),
];

fn packages() -> Vec<Value> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(crate::process::root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// What a package ships with: its dependencies without those for tests and builds.
fn shipped(package: &Value) -> BTreeSet<&str> {
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    dependencies
        .filter(|each| each["kind"].is_null())
        .map(|each| each["name"].as_str().unwrap())
        .collect()
}

#[test]
fn no_arrow_points_the_other_way() {
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(of, _)| *of == name) else {
            continue;
        };
        for known in shipped(&package)
            .into_iter()
            .filter(|known| known.starts_with("tidings"))
        {
            assert!(allowed.contains(&known), "{name} knows {known}");
        }
    }
}

#[test]
fn only_the_shell_knows_tauri_and_nothing_below_it_a_window() {
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        if MAY_KNOW.iter().any(|(of, _)| *of == name && name != "tidings") {
            let windows: Vec<&str> = shipped(&package)
                .into_iter()
                .filter(|known| {
                    ["tauri", "wry", "tao", "gtk", "webkit2gtk"]
                        .iter()
                        .any(|window| known.starts_with(window))
                })
                .collect();
            assert!(windows.is_empty(), "{name} knows {windows:?}");
        }
    }
}

#[test]
fn in_the_shell_only_the_host_knows_the_server() {
    let mut folders = vec![crate::process::root().join("src-tauri/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != "host.rs" || path.parent().unwrap().ends_with("commands") {
                let source = std::fs::read_to_string(&path).unwrap();
                assert!(
                    !source.contains("tidings_server"),
                    "{} knows the server",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn each_dependency_earns_its_place_in_a_line_of_the_architecture() {
    let architecture = std::fs::read_to_string(crate::process::root().join("docs/architecture.md")).unwrap();
    let named: BTreeSet<&str> = architecture
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .flat_map(|names| names.split([' ', ',', '(', ')']))
        .collect();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        if MAY_KNOW.iter().any(|(of, _)| *of == name) {
            let unnamed: Vec<&str> = shipped(&package)
                .into_iter()
                .filter(|known| !known.starts_with("tidings") && !named.contains(known))
                .collect();
            assert!(unnamed.is_empty(), "{name} uses {unnamed:?} without a word why");
        }
    }
}
