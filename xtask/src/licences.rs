//! The licences of what Tidings ships with: for the page *About*, and for the packages.
//!
//! Asked of Cargo and npm, whose packages bring their texts. Where one brings none, the licence's own words stand for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{cargo, process};

/// Which programs are shipped: what they stand on is listed.
const SHIPPED: [&str; 2] = ["tidings", "tidings-server"];

/// A package and what it says of its licence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    /// As SPDX has it.
    licence: String,
    authors: Vec<String>,
    folder: PathBuf,
}

/// The list, where the page takes it from.
pub(crate) fn file() -> PathBuf {
    process::root().join("ui/src/settings/generated/licences.json")
}

/// Writes the list, where it is not there as it should be.
pub(crate) fn write() -> Result<()> {
    let mut packages = of_cargo()?;
    packages.append(&mut of_npm()?);
    let text = format!("{:#}\n", list(&packages)?);
    if fs::read_to_string(file()).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = file().parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file(), text).context("the list of licences")
}

/// Groups of packages that share their text, in the order of the first one's name.
fn list(packages: &BTreeSet<Package>) -> Result<Value> {
    let mut groups: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for package in packages {
        let text = text(package)?;
        let named = format!("{} {}", package.name, package.version);
        groups
            .entry((package.licence.clone(), text))
            .or_default()
            .push(named);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(_, a), (_, b)| a.cmp(b));
    let groups = groups
        .into_iter()
        .map(|((licence, text), packages)| json!({"packages": packages, "licence": licence, "text": text}));
    Ok(groups.collect())
}

fn of_cargo() -> Result<BTreeSet<Package>> {
    let output = cargo::cargo(&["metadata", "--format-version=1", "--filter-platform", &triple()?])
        .output()
        .context("Cargo cannot be asked")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(reached(&serde_json::from_slice(&output.stdout)?))
}

fn triple() -> Result<String> {
    let words = process::ask("rustc", &["-vV"]).context("rustc does not answer")?;
    let triple = words.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(triple
        .context("rustc does not say for what it compiles")?
        .to_owned())
}

/// The packages that shipped programs are made of: neither ours, nor what is for tests and builds only.
fn reached(metadata: &Value) -> BTreeSet<Package> {
    let each = |pointer: &str| {
        metadata
            .pointer(pointer)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let packages: BTreeMap<String, &Value> = each("/packages")
        .map(|package| (text(package, "id"), package))
        .collect();
    let nodes: BTreeMap<String, &Value> = each("/resolve/nodes")
        .map(|node| (text(node, "id"), node))
        .collect();
    let mut waiting: Vec<String> = packages
        .iter()
        .filter(|(_, package)| SHIPPED.contains(&text(package, "name").as_str()))
        .map(|(id, _)| id.clone())
        .collect();
    let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
    while let Some(id) = waiting.pop() {
        let dependencies = nodes
            .get(&id)
            .and_then(|node| node.get("deps"))
            .and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten() {
            let kinds = dependency.get("dep_kinds").and_then(Value::as_array);
            let is_shipped = kinds.is_none_or(|kinds| {
                kinds
                    .iter()
                    .any(|each| each.get("kind").is_none_or(Value::is_null))
            });
            let id = text(dependency, "pkg");
            if is_shipped && seen.insert(id.clone()) {
                waiting.push(id);
            }
        }
    }
    seen.iter()
        .filter_map(|id| packages.get(id))
        // Ours come from no registry.
        .filter(|package| package.get("source").is_some_and(Value::is_string))
        .map(|package| Package {
            name: text(package, "name"),
            version: text(package, "version"),
            licence: text(package, "license").replace('/', " OR "),
            authors: package
                .get("authors")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|author| Some(author.as_str()?.to_owned()))
                .collect(),
            folder: Path::new(&text(package, "manifest_path"))
                .parent()
                .unwrap_or(Path::new(""))
                .to_owned(),
        })
        .collect()
}

/// The npm packages of which code is in the page. `ui/vite.config.ts` fails the build where this list is not complete.
fn of_npm() -> Result<BTreeSet<Package>> {
    let ui = process::root().join("ui");
    let names: Vec<String> = serde_json::from_str(&fs::read_to_string(ui.join("shipped-packages.json"))?)?;
    let mut packages = BTreeSet::new();
    for name in names {
        let folder = ui.join("node_modules").join(&name);
        let package =
            fs::read_to_string(folder.join("package.json")).with_context(|| format!("npm's {name}"))?;
        let package: Value = serde_json::from_str(&package)?;
        let text = |key: &str| {
            package
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        packages.insert(Package {
            name,
            version: text("version"),
            licence: text("license"),
            authors: Vec::new(),
            folder,
        });
    }
    // Its data is in the repository, and so are its licences.
    packages.insert(Package {
        name: "emojibase-data".to_owned(),
        version: "17.0.0".to_owned(),
        licence: "MIT AND Unicode-3.0".to_owned(),
        authors: Vec::new(),
        folder: ui.join("src/emoji/data"),
    });
    Ok(packages)
}

/// The licence's text as the package brings it. Where one may choose and MIT is among the choices, that one: it is the shortest.
fn text(package: &Package) -> Result<String> {
    let mut files = licence_files(&package.folder, Path::new("")).with_context(|| package.name.clone())?;
    let is_choice = package.licence.contains(" OR ") && !package.licence.contains(" AND ");
    let is_of_mit = |file: &PathBuf| file.to_string_lossy().to_lowercase().contains("mit");
    let is_notice = |file: &PathBuf| file.to_string_lossy().to_lowercase().starts_with("notice");
    if is_choice && files.iter().any(is_of_mit) {
        files.retain(|file| is_of_mit(file) || is_notice(file));
    }
    let mut texts = Vec::new();
    if files.is_empty() {
        texts.push(own_words(package)?);
    }
    // What a package has of others' C has its licence in a folder further in.
    if package.name.ends_with("-sys") {
        for entry in fs::read_dir(&package.folder)?.filter_map(Result::ok) {
            if entry.path().is_dir() {
                files.extend(licence_files(&package.folder, Path::new(&entry.file_name()))?);
            }
        }
    }
    for file in &files {
        texts.push(tidy(&String::from_utf8_lossy(&fs::read(
            package.folder.join(file),
        )?)));
    }
    Ok(texts.join("\n\n"))
}

/// The licences in a folder of a package, by name.
fn licence_files(package: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(package.join(folder))?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| is_licence(name) && package.join(folder).join(name).is_file())
        .map(|name| folder.join(name))
        .collect();
    files.sort();
    Ok(files)
}

fn is_licence(name: &str) -> bool {
    let name = name.to_lowercase();
    let starts = [
        "license",
        "licence",
        "copying",
        "unlicense",
        "notice",
        "copyright",
    ];
    starts.iter().any(|start| name.starts_with(start)) && !name.ends_with(".rs") && !name.ends_with(".html")
}

/// Without trailing blanks and the differences between systems.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// What stands in for a text that a package does not bring.
fn own_words(package: &Package) -> Result<String> {
    let root = process::root();
    let has = |id: &str| package.licence.split([' ', '(', ')']).any(|each| each == id);
    let who = if package.authors.is_empty() {
        format!("the authors of {}", package.name)
    } else {
        package.authors.join(", ")
    };
    let standard = |file: &str| -> Result<String> {
        Ok(tidy(&fs::read_to_string(root.join(file)).with_context(|| {
            format!(
                "{} brings no text of its licence, and there is no {file}",
                package.name
            )
        })?))
    };
    if has("MIT") {
        let ours = standard("LICENSE-MIT")?;
        let rest = ours
            .split_once("\n\n")
            .and_then(|(_, rest)| rest.split_once("\n\n"));
        let (_, rest) = rest.context("LICENSE-MIT has another form")?;
        return Ok(format!("MIT License\n\nCopyright (c) {who}\n\n{rest}"));
    }
    if has("Apache-2.0") {
        return standard("LICENSE-APACHE");
    }
    let other = ["MPL-2.0", "BSD-3-Clause"];
    let Some(id) = other.into_iter().find(|id| has(id)) else {
        bail!(
            "{} {} ({}) brings no text of its licence",
            package.name,
            package.version,
            package.licence
        );
    };
    Ok(standard(&format!("packaging/licences/{id}.txt"))?.replace("<copyright holders>", &who))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_tests_and_builds_only_is_not_shipped() {
        let package = |name: &str, source: Option<&str>| {
            json!({"id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0", "authors": [],
                   "source": source, "manifest_path": format!("/r/{name}/Cargo.toml")})
        };
        let on = |name: &str, kind: Option<&str>| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let metadata = json!({
            "packages": [package("tidings", None), package("a", Some("r")), package("b", Some("r")), package("c", Some("r")), package("d", Some("r"))],
            "resolve": {"nodes": [
                {"id": "tidings", "deps": [on("a", None), on("b", Some("dev")), on("c", Some("build"))]},
                {"id": "a", "deps": [on("d", None)]},
            ]},
        });
        let names: Vec<String> = reached(&metadata).into_iter().map(|each| each.name).collect();
        assert_eq!(names, ["a", "d"]);
        assert!(
            reached(&metadata)
                .iter()
                .all(|each| each.licence == "MIT OR Apache-2.0")
        );
    }

    #[test]
    fn a_choice_is_shown_by_its_shortest_text_and_a_missing_one_by_the_licences_own_words() {
        let folder = tempfile::tempdir().unwrap();
        let mut package = Package {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT OR Apache-2.0".to_owned(),
            authors: vec!["Ann".to_owned()],
            folder: folder.path().to_owned(),
        };
        let words = text(&package).unwrap();
        assert!(words.contains("Copyright (c) Ann") && words.contains("Permission is hereby granted"));
        fs::write(folder.path().join("LICENSE-APACHE"), "long").unwrap();
        fs::write(folder.path().join("LICENSE-MIT"), "short \r\n").unwrap();
        assert_eq!(text(&package).unwrap(), "short");
        package.licence = "MIT AND Apache-2.0".to_owned();
        assert_eq!(text(&package).unwrap(), "long\n\nshort");
    }
}
