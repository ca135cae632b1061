//! `cargo xtask test`: everything, counted.
//!
//! One Cargo build makes all test harnesses and all programs, in the dev profile: what would be too slow is optimised
//! (`Cargo.toml`), our own crates are not and keep their overflow checks, and nothing is built twice. The app under test is that
//! build; `cargo xtask bench` measures the optimised one. The harnesses are run from here, so that the counts are theirs. A check
//! that has no count of its own (formatting, lints, types) counts as one.

mod counts;
mod harness;

use std::{collections::BTreeMap, ffi::OsString, fs};

use anyhow::{Result, bail};

use crate::{
    bench::variable,
    cargo::{self, Executable},
    codegen, node, packages, process, ui,
};
use counts::Counts;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leave the tests of the real app out (they count as skipped).
    #[arg(long)]
    without_app: bool,
}

/// The test of the real app, in `tests/system`.
const APP_TESTS: &str = "app";

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    packages::ensure(packages::APP)?;
    packages::ensure(packages::TESTS)?;
    ui::install()?;
    let mut report = Report::default();

    report.check(
        "rustfmt",
        process::run(&mut cargo::cargo(&["fmt", "--all", "--check"])),
    );
    report.check("the UI's types", process::run(&mut node::npm(&["run", "check"])?));
    report.check("the UI's lints", process::run(&mut node::npm(&["run", "lint"])?));
    report.count("the UI's tests", ui_tests()?);
    report.check("the UI's build", ui::build());
    let lints = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ];
    report.check("clippy", process::run(&mut cargo::cargo(&lints)));

    match cargo::build(&["--workspace", "--all-targets"]) {
        Err(error) => report.check("the build", Err(error)),
        Ok(built) => {
            let current = codegen::differences(&built).and_then(|differences| codegen::check(&differences));
            report.check("the generated types", current);
            let environment = programs(&built);
            for harness in in_order(&built) {
                if harness.name == APP_TESTS && arguments.without_app {
                    report.count(APP_TESTS, harness::list(harness)?);
                } else {
                    let name = format!("{} ({})", harness.name, harness.folder.display());
                    report.count(&name, harness::run(harness, &environment)?);
                }
            }
        }
    }
    report.end()
}

/// What came of it all so far.
#[derive(Default)]
struct Report {
    counts: Counts,
    failed: Vec<String>,
}

impl Report {
    fn check(&mut self, name: &str, done: Result<()>) {
        if let Err(error) = &done {
            println!("{error:#}");
        }
        self.count(name, Counts::of_check(done.is_ok()));
    }

    fn count(&mut self, name: &str, counts: Counts) {
        self.counts.add(&counts);
        if counts.failed > 0 {
            self.failed.push(name.to_owned());
        }
    }

    /// Says the counts, last of all.
    fn end(self) -> Result<()> {
        if self.failed.is_empty() {
            println!("{}", self.counts);
            return Ok(());
        }
        println!("Failed: {}", self.failed.join("; "));
        bail!("{}", self.counts)
    }
}

/// Where the programs under test are, by the variables that the tests read.
fn programs(built: &[Executable]) -> BTreeMap<String, OsString> {
    let programs = built
        .iter()
        .filter(|executable| executable.kind == "bin" && !executable.is_test);
    programs
        .map(|program| (variable(&program.name), program.path.clone().into_os_string()))
        .collect()
}

/// The harnesses, quick ones first and the real app last.
fn in_order(built: &[Executable]) -> Vec<&Executable> {
    let mut harnesses: Vec<&Executable> = built.iter().filter(|executable| executable.is_test).collect();
    harnesses.sort_by_key(|harness| {
        (
            harness.name == APP_TESTS,
            harness.kind == "test",
            harness.name.clone(),
        )
    });
    harnesses
}

/// The UI's own tests.
fn ui_tests() -> Result<Counts> {
    let report = process::target().join("ui-tests.json");
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let output = format!("--outputFile={}", report.display());
    let done = process::run(&mut node::npm(&[
        "test",
        "--",
        "--reporter=default",
        "--reporter=json",
        &output,
    ])?);
    let counts = fs::read_to_string(&report)
        .ok()
        .and_then(|text| Counts::from_vitest(&text));
    Ok(match (counts, done) {
        (Some(counts), Ok(())) => counts,
        // A runner that fails for another reason than a failed test is a failure all the same.
        (counts, done) => {
            println!(
                "{:#}",
                done.err()
                    .unwrap_or_else(|| anyhow::anyhow!("the UI's tests left no report"))
            );
            counts.unwrap_or_default().at_least_one_failed()
        }
    })
}
