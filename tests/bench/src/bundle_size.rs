//! What a person downloads, and what it takes on their disk.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use serde_json::Value;

use crate::report::{Aim, Figures};

/// A million bytes, as shops count them.
const MB: f64 = 1e6;

/// Packs the programs of this build and weighs what comes out.
pub(crate) fn run() -> anyhow::Result<Value> {
    let program = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .with_context(|| format!("{name} is not set; run `cargo xtask bench bundle-size`"))
    };
    let app = program("TIDINGS_APP")?;
    let out = tempfile::tempdir()?;
    let packed = Command::new(program("TIDINGS_PACKAGING")?)
        .args([
            "--root",
            ".",
            "pack",
            "--version",
            env!("CARGO_PKG_VERSION"),
            "--time",
            "0",
        ])
        .args([
            "--deb",
            "--rpm",
            "--server",
            "--licences",
            "ui/src/settings/generated/licences.json",
        ])
        .arg("--programs")
        .arg(app.parent().unwrap_or(Path::new("")))
        .arg("--out")
        .arg(out.path())
        .output()?;
    anyhow::ensure!(
        packed.status.success(),
        "{}",
        String::from_utf8_lossy(&packed.stderr)
    );
    let said = String::from_utf8(packed.stdout)?;
    let mut figures = Figures::default();
    for entry in std::fs::read_dir(out.path())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_app_deb = name.starts_with("tidings_");
        let aim = |most| if is_app_deb { Aim::Most(most) } else { Aim::None };
        let label = name.split(['_', '-']).next().unwrap_or_default();
        let label = match (name.contains("-server"), name.ends_with(".rpm")) {
            (true, _) => format!("{label}-server, deb"),
            (_, true) => format!("{label}, rpm"),
            _ => format!("{label}, deb"),
        };
        figures.add(&label, path.metadata()?.len() as f64 / MB, "MB", aim(12.0));
        figures.add(
            &format!("{label}, installed"),
            installed(&said, &name)?,
            "MB",
            aim(35.0),
        );
    }
    Ok(figures.json())
}

/// What the packer says of a package, two lines: its path; its size, and "installed N MB".
fn installed(said: &str, name: &str) -> anyhow::Result<f64> {
    let mut lines = said.lines().skip_while(|line| !line.ends_with(name)).skip(1);
    let text = lines.next().and_then(|line| line.split("installed ").nth(1));
    let number = text.and_then(|text| text.split(' ').next());
    Ok(number
        .with_context(|| format!("nothing was said of {name}"))?
        .parse()?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_packers_words_are_read() {
        let said = "/o/tidings_1_amd64.deb\n  6.7 MB, installed 26.1 MB\n  sha256 ab\n/o/b.deb\n  1.0 MB, installed 2.0 MB\n";
        assert_eq!(super::installed(said, "tidings_1_amd64.deb").unwrap(), 26.1);
        assert_eq!(super::installed(said, "b.deb").unwrap(), 2.0);
        assert!(super::installed(said, "c.deb").is_err());
    }
}
