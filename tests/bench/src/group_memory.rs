//! `group-memory`: what 1,000 groups of 200 members cost a server when all the members are here and nobody says anything.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tidings_server::Synchronous;

use crate::load::sign_in;
use crate::process::{Measured, What};
use crate::report::{Aim, Figures};
use crate::seed;

const GROUPS: usize = 1_000;
const MEMBERS: usize = 200;
/// Until what a sign-in needs for a moment is given back.
const SETTLE: Duration = Duration::from_secs(5);
/// A second without work.
const IDLE: Duration = Duration::from_secs(10);

/// Measures.
pub(crate) fn run() -> anyhow::Result<Value> {
    let (alone, _, _) = crowd(0)?;
    let (grouped, threads, cpu) = crowd(GROUPS)?;
    let memberships = (GROUPS * MEMBERS) as f64;
    let mut figures = Figures::default();
    figures.add(
        "memory for 1,000 groups of 200 members who are here",
        (grouped - alone) / 1024.0,
        "MiB",
        Aim::None,
    );
    figures.add(
        "... a membership",
        (grouped - alone) * 1024.0 / memberships,
        "bytes",
        Aim::None,
    );
    figures.add("resident, with them", grouped / 1024.0, "MiB", Aim::None);
    figures.add("threads of the server", threads, "", Aim::None);
    figures.add(
        "CPU while nobody says anything",
        cpu * 100.0,
        "% of core",
        Aim::None,
    );
    Ok(figures.json())
}

/// Resident KiB, threads, and the share of a core that it takes, with everybody in so many groups.
fn crowd(groups: usize) -> anyhow::Result<(f64, f64, f64)> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    seed::people(&data, MEMBERS, false)?;
    seed::groups(&data, groups, MEMBERS)?;
    let server = Measured::start(&What::Server, &data, Synchronous::Normal, 0, false)?;
    let _people: Vec<_> = (0..MEMBERS)
        .map(|number| sign_in(server.addr, number))
        .collect::<anyhow::Result<_>>()?;
    std::thread::sleep(SETTLE);
    let before = server.cpu()?;
    std::thread::sleep(IDLE);
    let cpu = (server.cpu()? - before).as_secs_f64() / IDLE.as_secs_f64();
    Ok((server.resident_kib()?, threads(&server.task_dir())?, cpu))
}

fn threads(tasks: &Path) -> anyhow::Result<f64> {
    Ok(std::fs::read_dir(tasks)?.count() as f64)
}
