//! The commands of this repository: `cargo xtask run | build | test | bench | bundle | icons | codegen`.

// What these commands have to say belongs on stdout.
#![allow(clippy::print_stdout)]

mod arrows;
mod bench;
mod build;
mod bundle;
mod cargo;
mod codegen;
mod licences;
mod limits;
mod node;
mod packages;
mod process;
mod requirements;
mod run;
mod test;
mod ui;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The commands of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Installs what is missing, builds, opens the app.
    Run(run::Arguments),
    /// Builds what `run` runs; the last two lines are the paths of `tidings` and `tidings-server`.
    Build,
    /// Tests everything: Rust, UI, whole system, the real app.
    Test(test::Arguments),
    /// Measures, and prints what came out.
    Bench(bench::Arguments),
    /// Packs the optimised build into `target/bundle`: deb, rpm.
    Bundle(bundle::Arguments),
    /// Draws the icons of their SVG sources.
    Icons,
    /// Writes the TypeScript types that come from Rust.
    Codegen(codegen::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Build => build::run(),
        Command::Test(arguments) => test::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Bundle(arguments) => bundle::run(&arguments),
        Command::Icons => bundle::icons(),
        Command::Codegen(arguments) => codegen::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
