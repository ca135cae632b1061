//! `cargo xtask run`: from a fresh machine to the open app.

use std::{
    fs,
    path::Path,
    process::{Child, Command},
};

use anyhow::{Context, Result, bail};

use crate::{build, process};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Two windows side by side: two people in a space that one of them hosts.
    #[arg(long, conflicts_with = "profile")]
    demo: bool,
    /// Open this profile: a whole separate account.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let programs = build::programs()?;
    let has_screen = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    if cfg!(target_os = "linux") && !has_screen {
        bail!(
            "{} is built, but there is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set).",
            programs.app.display()
        );
    }
    if arguments.demo {
        return demo(&programs.app);
    }
    let mut app = Command::new(&programs.app);
    if let Some(profile) = &arguments.profile {
        app.args(["--profile", profile]);
    }
    process::run(&mut app)
}

fn demo(app: &Path) -> Result<()> {
    let stage = process::target().join("demo");
    if stage.exists() {
        fs::remove_dir_all(&stage).context("the last demo cannot be cleared away; is it still open?")?;
    }
    fs::create_dir_all(&stage)?;
    let invitation = stage.join("invitation");
    let open = |role: &str, profile: &str| -> Result<Child> {
        let mut command = Command::new(app);
        command
            .arg("--data-dir")
            .arg(stage.join(profile))
            .args(["--profile", profile, "--demo", role]);
        command.arg("--demo-file").arg(&invitation);
        println!("$ {}", process::words(&command));
        command
            .spawn()
            .with_context(|| format!("{} cannot be started", app.display()))
    };
    println!("Ann hosts a space, Ben joins it. Nothing of this demo is kept: the next one begins anew.");
    let mut host = open("host", "ann")?;
    let mut guest = open("guest", "ben")?;
    let (guest, host) = (guest.wait()?, host.wait()?);
    if !host.success() || !guest.success() {
        bail!("a window of the demo ended with an error");
    }
    Ok(())
}
