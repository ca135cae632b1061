//! `cargo xtask codegen`: the TypeScript types that come from Rust, and the page of limits.
//!
//! The test harnesses of the engine and the shell hold one test for each exported type, which writes it (ts-rs). They write
//! into a folder of ours first, so that types which no longer exist are seen as well.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    cargo::{self, Executable},
    limits, process,
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only say whether the files are current.
    #[arg(long)]
    check: bool,
}

/// The crates that have types for the UI, by the names of their libraries.
const LIBRARIES: [&str; 2] = ["tidings_engine", "tidings_shell"];

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let built = cargo::build(&[
        "--package",
        "tidings-engine",
        "--package",
        "tidings",
        "--lib",
        "--tests",
    ])?;
    let differences = differences(&built)?;
    if arguments.check {
        return check(&differences);
    }
    for (name, text) in &differences {
        let file = folder().join(name);
        match text {
            Some(text) => fs::write(&file, text)?,
            None => fs::remove_file(&file)?,
        }
        println!("{} {name}", if text.is_some() { "wrote" } else { "removed" });
    }
    fs::write(limits::file(), limits::page()?)?;
    println!(
        "{} and {} are current.",
        folder().display(),
        limits::file().display()
    );
    Ok(())
}

/// Fails when the files are not what the Rust types say.
pub(crate) fn check(differences: &BTreeMap<String, Option<String>>) -> Result<()> {
    if differences.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = differences.keys().map(String::as_str).collect();
    bail!(
        "not what the Rust types say, run `cargo xtask codegen`: {}",
        names.join(", ")
    )
}

/// The files that would change, with their new text; without one, the type is gone.
pub(crate) fn differences(built: &[Executable]) -> Result<BTreeMap<String, Option<String>>> {
    let fresh = process::target().join("codegen");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&fresh)?;
    for library in LIBRARIES {
        let harness = built
            .iter()
            .find(|executable| executable.name == library && executable.is_test)
            .with_context(|| format!("Cargo has built no tests of {library}"))?;
        let mut export = Command::new(&harness.path);
        export
            .arg("export_bindings")
            .current_dir(&harness.folder)
            .env("TS_RS_EXPORT_DIR", &fresh)
            .stdout(Stdio::null());
        if !export.status()?.success() {
            bail!("{library} could not write its types");
        }
    }
    let (now, then) = (read(&fresh)?, read(&folder())?);
    let gone = then
        .keys()
        .filter(|name| !now.contains_key(*name))
        .map(|name| (name.clone(), None));
    let changed = now.iter().filter(|(name, text)| then.get(*name) != Some(text));
    Ok(changed
        .map(|(name, text)| (name.clone(), Some(text.clone())))
        .chain(gone)
        .collect())
}

fn folder() -> PathBuf {
    process::root().join("ui/src/bridge/generated")
}

fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "ts")
        {
            files.insert(
                entry.file_name().to_string_lossy().into_owned(),
                fs::read_to_string(entry.path())?,
            );
        }
    }
    Ok(files)
}
