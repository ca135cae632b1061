//! `cargo xtask build`: what `run` runs.

use std::path::PathBuf;

use anyhow::Result;

use crate::{cargo, packages, process, ui};

/// The two programs.
pub(crate) struct Programs {
    pub(crate) app: PathBuf,
    pub(crate) server: PathBuf,
}

/// Installs what is missing and builds app and server, optimised.
pub(crate) fn programs() -> Result<Programs> {
    packages::ensure(packages::APP)?;
    if !process::target().join("release/tidings").exists() {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        // 25 minutes of one core's work, half of it in one piece at a time on large machines.
        let minutes = (25_usize.div_ceil(cores)).max(4);
        println!(
            "The first build takes about {minutes} minutes on this computer's {cores} cores; later ones seconds to a minute or two."
        );
    }
    ui::build()?;
    let built = cargo::build(&[
        "--release",
        "--package",
        "tidings",
        "--package",
        "tidings-server",
        "--bins",
    ])?;
    Ok(Programs {
        app: cargo::program(&built, "tidings")?.to_owned(),
        server: cargo::program(&built, "tidings-server")?.to_owned(),
    })
}

/// Runs the command.
pub(crate) fn run() -> Result<()> {
    let programs = programs()?;
    println!("{}", programs.app.display());
    println!("{}", programs.server.display());
    Ok(())
}
