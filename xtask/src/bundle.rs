//! `cargo xtask bundle`: packages of what was built. `cargo xtask icons`: the icons that go into them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;

use crate::{build, cargo, licences, process, ui};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The app as deb; without any of the three, all of them.
    #[arg(long)]
    deb: bool,
    /// The app as rpm.
    #[arg(long)]
    rpm: bool,
    /// The server as deb.
    #[arg(long)]
    server: bool,
    /// Pack the programs that are in this folder, instead of building them.
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// The version that the packages say, for example to try an upgrade.
    #[arg(long, default_value = env!("CARGO_PKG_VERSION"))]
    version: String,
    /// Install, start, upgrade, remove and purge the debs in a clean Debian afterwards (as root, with debootstrap).
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let programs = match &arguments.programs {
        Some(folder) => {
            ui::install()?;
            licences::write()?;
            folder.clone()
        }
        None => {
            let built = build::programs()?;
            built.app.parent().unwrap_or(Path::new("")).to_owned()
        }
    };
    let bundle = process::target().join("bundle");
    let all = ["--deb", "--rpm", "--server"];
    let asked = [arguments.deb, arguments.rpm, arguments.server];
    let is_all = asked.iter().all(|is_asked| !is_asked) || arguments.check;
    let formats = all
        .into_iter()
        .zip(asked)
        .filter(|(_, is_asked)| is_all || *is_asked);
    let formats: Vec<&str> = formats.map(|(format, _)| format).collect();
    pack(&programs, &bundle, &arguments.version, &formats)?;
    if arguments.check {
        // Debian sorts what is behind a "+" above what has none.
        let next = bundle.join("next");
        pack(
            &programs,
            &next,
            &format!("{}+next", arguments.version),
            &["--deb", "--server"],
        )?;
        let work = process::target().join("clean");
        let mut check = Command::new(process::root().join("packaging/check.sh"));
        process::run(check.arg(&bundle).arg(&next).arg(&work))?;
    }
    Ok(())
}

fn pack(programs: &Path, out: &Path, version: &str, formats: &[&str]) -> Result<()> {
    // Nothing of an earlier version lies beside what comes now.
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    let mut pack = packaging()?;
    pack.arg("pack")
        .arg("--programs")
        .arg(programs)
        .arg("--licences")
        .arg(licences::file())
        .arg("--out")
        .arg(out)
        .args(["--version", version, "--time", &time()])
        .args(formats);
    process::run(&mut pack)
}

/// Draws the icons.
pub(crate) fn icons() -> Result<()> {
    process::run(packaging()?.arg("icons"))
}

/// The program that packs.
fn packaging() -> Result<Command> {
    let built = cargo::build(&["--package", "tidings-packaging", "--bins"])?;
    let mut command = Command::new(cargo::program(&built, "tidings-packaging")?);
    command.arg("--root").arg(process::root());
    Ok(command)
}

/// When what is packed was made, so that the same commit makes the same package: what `SOURCE_DATE_EPOCH` says, or the commit, or now.
fn time() -> String {
    let commit = || process::ask("git", &["log", "-1", "--format=%ct"]).filter(|time| !time.is_empty());
    std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .or_else(commit)
        .unwrap_or_else(now)
}

#[expect(
    clippy::disallowed_methods,
    reason = "what passes here is not what a test is about"
)]
fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs()).to_string()
}
