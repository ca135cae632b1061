//! `docs/limits.md`, made from the constants in each crate's `limits.rs`: the code is what holds, so the table comes from it.

use std::{fmt::Write as _, fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::process;

/// Where limits live, and what to call them on the page.
const PLACES: [(&str, &str, &str); 5] = [
    (
        "The wire",
        "crates/protocol/src/limits.rs",
        "Both ends hold these. What is over one is refused with an error, never cut silently, but for what a hostile server sends.",
    ),
    (
        "The server",
        "crates/server/src/limits.rs",
        "Settings of the configuration file are named as such.",
    ),
    (
        "The engine",
        "crates/engine/src/limits.rs",
        "What one app holds and how long it waits.",
    ),
    (
        "Media",
        "crates/media/src/limits.rs",
        "What a file may ask of this computer, and what is made of it.",
    ),
    (
        "The desktop shell",
        "src-tauri/src/limits.rs",
        "What comes from the desktop and from the page, and what goes to them.",
    ),
];

struct Limit {
    name: String,
    value: String,
    what: String,
}

/// The page's file.
pub(crate) fn file() -> PathBuf {
    process::root().join("docs/limits.md")
}

/// The page as the code has it now.
pub(crate) fn page() -> Result<String> {
    let mut page = String::from(
        "# Limits\n\nEverything that can grow has a limit. This page is made from the code by `cargo xtask codegen`, and a test \
         holds it current.\n",
    );
    for (title, place, words) in PLACES {
        let source = fs::read_to_string(process::root().join(place)).with_context(|| place.to_owned())?;
        write!(
            page,
            "\n## {title}\n\n{words}\n\n| limit | value | what it bounds |\n|---|---|---|\n"
        )?;
        for limit in limits(&source) {
            writeln!(page, "| `{}` | {} | {} |", limit.name, limit.value, limit.what)?;
        }
    }
    Ok(page)
}

/// The public constants of a source, with the words above each.
fn limits(source: &str) -> Vec<Limit> {
    let mut found = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    for line in source.lines() {
        if let Some(word) = line.strip_prefix("///") {
            words.push(word.trim());
        } else if let Some((name, value)) = constant(line) {
            let what = std::mem::take(&mut words).join(" ").replace('|', "\\|");
            found.push(Limit {
                name,
                value,
                what: without_links(&what),
            });
        } else {
            words.clear();
        }
    }
    found
}

fn constant(line: &str) -> Option<(String, String)> {
    let (name, rest) = line
        .strip_prefix("pub const ")
        .or_else(|| line.strip_prefix("pub(crate) const "))?
        .split_once(':')?;
    let (_, value) = rest.split_once('=')?;
    Some((name.trim().to_owned(), worded(value.trim().trim_end_matches(';'))))
}

/// `Duration::from_secs(10)` as `10 s`, `65_536` as `65,536`.
fn worded(value: &str) -> String {
    for (call, unit) in [("Duration::from_secs(", "s"), ("Duration::from_millis(", "ms")] {
        if let Some(number) = value.strip_prefix(call) {
            return format!("{} {unit}", number.trim_end_matches(')').replace('_', ","));
        }
    }
    value
        .replace('_', ",")
        .replace(" as u64", "")
        .split(' ')
        .map(named)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A word of an expression: another limit's name keeps its underscores.
fn named(word: &str) -> String {
    if word.starts_with(|first: char| first.is_ascii_uppercase()) {
        format!("`{}`", word.replace(',', "_"))
    } else {
        word.to_owned()
    }
}

/// Rust's links in docs, as plain code.
fn without_links(words: &str) -> String {
    words
        .replace("[`", "`")
        .replace("`]", "`")
        .replace("tidings_protocol::limits::", "")
        .replace("crate::", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_limits_is_what_the_code_says() {
        let page = page().unwrap();
        let there = fs::read_to_string(file()).unwrap_or_default();
        assert!(page == there, "run `cargo xtask codegen`");
    }

    #[test]
    fn a_constant_becomes_a_row_with_its_unit() {
        let found = limits(
            "/// Waiting.\npub const A: Duration = Duration::from_secs(10);\n/// Bytes of [`B`].\npub const B: usize = 6 * A_B + 65_536;\n",
        );
        let rows: Vec<_> = found
            .iter()
            .map(|limit| (limit.name.as_str(), limit.value.as_str(), limit.what.as_str()))
            .collect();
        assert_eq!(
            rows,
            [
                ("A", "10 s", "Waiting."),
                ("B", "6 * `A_B` + 65,536", "Bytes of `B`.")
            ]
        );
    }
}
