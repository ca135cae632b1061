//! Node.js and npm, new enough for the UI's tools.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{packages, process};

/// What the UI's tools run on: 20.19 and above of 20, 22.12 and above of 22, and whatever is newer.
fn fits(version: &str) -> bool {
    let mut parts = version
        .trim_start_matches('v')
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    match (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) {
        (20, minor) => minor >= 19,
        (22, minor) => minor >= 12,
        (major, _) => major > 22,
    }
}

/// Where a Node.js of our own would be.
fn own() -> PathBuf {
    process::target().join("node")
}

fn own_bin() -> PathBuf {
    own().join("node_modules/node/bin")
}

fn version_of(node: &Path) -> Option<String> {
    process::ask(node, &["--version"])
}

/// A Node.js that is new enough, and npm. Installs both where they are missing.
pub(crate) fn ensure() -> Result<()> {
    let found = process::find("node").and_then(|node| version_of(&node));
    let is_fit = found.as_deref().is_some_and(fits);
    if is_fit && process::find("npm").is_some() {
        return Ok(());
    }
    if process::find("npm").is_none() {
        packages::ensure(packages::NODE)?;
    }
    if process::find("node")
        .and_then(|node| version_of(&node))
        .as_deref()
        .is_some_and(fits)
    {
        return Ok(());
    }
    if !version_of(&own_bin().join("node")).as_deref().is_some_and(fits) {
        println!(
            "The UI's tools need Node.js 20.19 or newer; here is {}. Fetching one from the npm registry into {}.",
            found.as_deref().unwrap_or("none"),
            own().display()
        );
        let mut install = Command::new("npm");
        install
            .args(["install", "--no-audit", "--no-fund", "--no-save", "--prefix"])
            .arg(own())
            .arg("node@22");
        process::run(&mut install)?;
        if !version_of(&own_bin().join("node")).as_deref().is_some_and(fits) {
            bail!("The Node.js that npm fetched does not run here. Install Node.js 20.19 or newer by hand.");
        }
    }
    Ok(())
}

/// An npm command in `ui/`, on the Node.js that fits.
pub(crate) fn npm(arguments: &[&str]) -> Result<Command> {
    let mut npm = Command::new("npm");
    npm.args(arguments)
        .current_dir(process::root().join("ui"))
        .env("PATH", path()?);
    Ok(npm)
}

/// The path on which the Node.js that fits comes first.
pub(crate) fn path() -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    if !own_bin().join("node").is_file() {
        return Ok(path);
    }
    env::join_paths(std::iter::once(own_bin()).chain(env::split_paths(&path)))
        .context("PATH cannot be extended")
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn an_old_node_does_not_fit() {
        for good in ["v20.19.0", "v20.20.2", "v22.12.0", "v24.0.0"] {
            assert!(fits(good), "{good}");
        }
        for bad in ["v18.20.4", "v20.18.9", "v21.7.0", "v22.11.0", "", "v"] {
            assert!(!fits(bad), "{bad}");
        }
    }
}
