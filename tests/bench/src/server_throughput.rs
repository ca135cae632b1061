//! `server-throughput`: 50 pairs of signed-in connections, 32 in flight, 100-byte texts, stored durably, delivered and acknowledged,
//! and the floor in the same run.

use std::time::Duration;

use serde_json::Value;
use tidings_server::Synchronous;

use crate::load::Load;
use crate::process::{Measured, What};
use crate::report::{Aim, Figures, median, quantile};
use crate::seed;

const PAIRS: usize = 50;
const IN_FLIGHT: usize = 32;
const ROUNDS: u16 = 5;
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(4);

/// Measures.
pub(crate) fn run() -> anyhow::Result<Value> {
    let (mut rates, mut costs) = (Vec::new(), Vec::new());
    let (mut floor_rates, mut floor_costs) = (Vec::new(), Vec::new());
    // In turn, so that whatever else the machine does meets both alike.
    for round in 0..ROUNDS {
        let (rate, cost) = measure(&What::Server, round)?;
        rates.push(rate);
        costs.push(cost);
        let (rate, cost) = measure(&What::Floor, round)?;
        floor_rates.push(rate);
        floor_costs.push(cost);
    }
    let fsyncs = fsyncs_under_load()?;
    let mut figures = Figures::default();
    let rate = median(&rates);
    figures.add(
        "messages delivered and acknowledged",
        rate,
        "/s",
        Aim::Least(58_000.0),
    );
    figures.add("... worst round", quantile(&rates, 0.0), "/s", Aim::None);
    figures.add("... best round", quantile(&rates, 1.0), "/s", Aim::None);
    figures.add("the floor's", median(&floor_rates), "/s", Aim::None);
    figures.add(
        "share of the floor",
        rate / median(&floor_rates),
        "",
        Aim::Least(0.5),
    );
    figures.add("server CPU a message", median(&costs), "us", Aim::Most(16.0));
    figures.add("the floor's CPU a message", median(&floor_costs), "us", Aim::None);
    figures.add("fsyncs a message under this load", fsyncs, "", Aim::Most(0.02));
    Ok(figures.json())
}

/// Messages a second, and microseconds of CPU of the measured process for each.
fn measure(what: &What, round: u16) -> anyhow::Result<(f64, f64)> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    if let What::Server = what {
        seed::people(&data, PAIRS * 2, false)?;
    }
    let process = Measured::start(what, &data, Synchronous::Full, 0, false)?;
    let mut load = Load::new(process.addr, PAIRS, IN_FLIGHT, round)?;
    load.run(WARM_UP)?;
    let before = process.cpu()?;
    let run = load.run(MEASURED)?;
    let cpu = process.cpu()? - before;
    load.drain()?;
    let messages = run.messages as f64;
    Ok((
        messages / run.took.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / messages,
    ))
}

fn fsyncs_under_load() -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    seed::people(&data, PAIRS * 2, false)?;
    let process = Measured::start(&What::Server, &data, Synchronous::Full, 0, true)?;
    let mut load = Load::new(process.addr, PAIRS, IN_FLIGHT, 0)?;
    load.run(WARM_UP)?;
    let before = process.fsyncs()?;
    let run = load.run(MEASURED)?;
    let fsyncs = process.fsyncs()? - before;
    Ok(fsyncs as f64 / run.messages as f64)
}
