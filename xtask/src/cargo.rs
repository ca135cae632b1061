//! Building with Cargo, and where the results are.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;

/// An executable that Cargo has built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Executable {
    /// The target's name: `tidings`, `tidings_engine`, `app`.
    pub(crate) name: String,
    /// `bin`, `lib`, `test`, ...
    pub(crate) kind: String,
    /// It is a test harness.
    pub(crate) is_test: bool,
    /// The folder of its package.
    pub(crate) folder: PathBuf,
    pub(crate) path: PathBuf,
}

/// A Cargo command at the root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).current_dir(process::root());
    cargo
}

/// Builds, shows the compiler's words, and answers with every executable that came out.
pub(crate) fn build(arguments: &[&str]) -> Result<Vec<Executable>> {
    let mut command = cargo(&["build", "--message-format=json-render-diagnostics"]);
    command.args(arguments).stdout(Stdio::piped());
    println!("$ {}", process::words(&command));
    let mut child = command.spawn().context("Cargo cannot be started")?;
    let mut executables = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            executables.extend(executable(&line?));
        }
    }
    if !child.wait()?.success() {
        bail!("the build failed");
    }
    Ok(executables)
}

fn executable(line: &str) -> Option<Executable> {
    let message: Value = serde_json::from_str(line).ok()?;
    let text = |pointer: &str| {
        message
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(ToOwned::to_owned)
    };
    if text("/reason")? != "compiler-artifact" {
        return None;
    }
    Some(Executable {
        name: text("/target/name")?,
        kind: text("/target/kind/0")?,
        is_test: message.pointer("/profile/test")?.as_bool()?,
        folder: Path::new(&text("/manifest_path")?).parent()?.to_owned(),
        path: text("/executable")?.into(),
    })
}

/// The program of this name among what was built.
pub(crate) fn program<'a>(built: &'a [Executable], name: &str) -> Result<&'a Path> {
    built
        .iter()
        .find(|executable| executable.name == name && executable.kind == "bin" && !executable.is_test)
        .map(|executable| executable.path.as_path())
        .with_context(|| format!("Cargo has built no program {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_test_harnesses_are_told_apart() {
        let line = |test: bool, kind: &str| {
            serde_json::json!({
                "reason": "compiler-artifact", "manifest_path": "/r/Cargo.toml", "executable": format!("/t/{kind}{test}"),
                "target": { "name": "tidings", "kind": [kind] }, "profile": { "test": test },
            })
            .to_string()
        };
        let built: Vec<Executable> = [line(true, "bin"), line(true, "lib"), line(false, "bin")]
            .iter()
            .filter_map(|line| executable(line))
            .collect();
        assert_eq!(built.len(), 3);
        assert_eq!(program(&built, "tidings").unwrap(), Path::new("/t/binfalse"));
        assert!(program(&built, "other").is_err());
        assert_eq!(executable("{\"reason\":\"build-finished\"}"), None);
    }
}
