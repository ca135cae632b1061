//! Runs one of Rust's test harnesses and counts.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

use super::counts::Counts;
use crate::{cargo::Executable, process};

/// One harness may take this long; one that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

fn command(harness: &Executable) -> Command {
    let mut command = Command::new(&harness.path);
    command
        .current_dir(&harness.folder)
        .env("CARGO_MANIFEST_DIR", &harness.folder)
        // The tests that write types must not mend what the check of the generated types has just found.
        .env("TS_RS_EXPORT_DIR", process::target().join("codegen"));
    command
}

/// Runs a harness and shows what it says.
pub(super) fn run(harness: &Executable, environment: &BTreeMap<String, OsString>) -> Result<Counts> {
    println!("$ {}", harness.path.display());
    let mut child = command(harness)
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} cannot be started", harness.path.display()))?;
    let lines = lines_of(&mut child);
    let mut counts = None;
    let mut hangs = false;
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                println!("{line}");
                counts = Counts::from_harness(&line).or(counts);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                println!(
                    "{} has said nothing for {} minutes: ended",
                    harness.name,
                    PATIENCE.as_secs() / 60
                );
                hangs = true;
                child.kill()?;
                break;
            }
        }
    }
    let ended_well = child.wait()?.success() && !hangs;
    let counts = counts.unwrap_or_default();
    Ok(if ended_well {
        counts
    } else {
        counts.at_least_one_failed()
    })
}

/// How many tests a harness has, as skipped.
pub(super) fn list(harness: &Executable) -> Result<Counts> {
    let output = command(harness).arg("--list").output()?;
    let tests = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.ends_with(": test"))
        .count();
    Ok(Counts {
        skipped: tests as u64,
        ..Counts::default()
    })
}

/// The lines of its output, read beside, so that waiting for them can end.
fn lines_of(child: &mut Child) -> mpsc::Receiver<String> {
    let (said, hears) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    break;
                }
            }
        });
    }
    hears
}
