//! Packs what was built: `cargo xtask bundle` and `cargo xtask icons` run this.
//!
//! Packages are written without the tools of a distribution, so that every Linux makes all of them, and twice the same from the
//! same programs.

// What this program has to say belongs on stdout.
#![allow(clippy::print_stdout)]

mod app;
mod deb;
mod debian;
mod elf;
mod icons;
mod package;
mod rpm_file;
mod server;

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use sha2::{Digest, Sha256};

use package::{Package, Source};

#[derive(Parser)]
struct Arguments {
    /// The repository.
    #[arg(long)]
    root: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Draws every icon of the SVG sources.
    Icons,
    /// Writes packages.
    Pack(Pack),
}

#[derive(clap::Args)]
struct Pack {
    /// The folder with the programs.
    #[arg(long)]
    programs: PathBuf,
    /// The licences of what they are made of.
    #[arg(long)]
    licences: PathBuf,
    /// Where the packages go.
    #[arg(long)]
    out: PathBuf,
    /// The version that the packages say.
    #[arg(long)]
    version: String,
    /// The time that the files in the packages say, seconds since 1970.
    #[arg(long)]
    time: u32,
    /// The app as deb.
    #[arg(long)]
    deb: bool,
    /// The app as rpm.
    #[arg(long)]
    rpm: bool,
    /// The server as deb.
    #[arg(long)]
    server: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Command::Icons => icons::draw(&arguments.root),
        Command::Pack(pack) => pack.run(&arguments.root),
    }
}

impl Pack {
    fn run(&self, root: &std::path::Path) -> Result<()> {
        fs::create_dir_all(&self.out).with_context(|| format!("{}", self.out.display()))?;
        let source = Source {
            root,
            programs: &self.programs,
            licences: &self.licences,
            version: &self.version,
            time: self.time,
        };
        if self.deb || self.rpm {
            let app = app::package(&source)?;
            if self.deb {
                self.keep(&app, &app.deb_name(), &deb::write(&app)?)?;
            }
            if self.rpm {
                self.keep(&app, &app.rpm_name(), &rpm_file::write(&app)?)?;
            }
        }
        if self.server {
            let server = server::package(&source)?;
            self.keep(&server, &server.deb_name(), &deb::write(&server)?)?;
        }
        Ok(())
    }

    /// Writes a package and says what came out.
    fn keep(&self, package: &Package, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.out.join(name);
        fs::write(&path, bytes).with_context(|| format!("{}", path.display()))?;
        let hash: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        println!(
            "{}\n  {:.1} MB, installed {:.1} MB\n  sha256 {hash}",
            path.display(),
            bytes.len() as f64 / 1e6,
            package.installed_bytes() as f64 / 1e6
        );
        Ok(())
    }
}
