//! `group-fanout`: one group with 500 members online, two senders, 100-byte texts, stored durably and delivered to everybody, and the floor
//! in the same run; then one message at a time until the last member has it, without and with a reader who does not read.

use std::time::Duration;

use serde_json::Value;
use tidings_server::Synchronous;

use crate::load::{Load, sign_in};
use crate::process::{Measured, What};
use crate::report::{Aim, Figures, median, quantile};
use crate::seed;

const MEMBERS: usize = 500;
const SENDERS: usize = 2;
const IN_FLIGHT: usize = 8;
const ROUNDS: u16 = 3;
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(4);
const ONE_BY_ONE: usize = 300;

/// Measures.
pub(crate) fn run() -> anyhow::Result<Value> {
    let (mut rates, mut costs, mut floor_rates) = (Vec::new(), Vec::new(), Vec::new());
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (rate, cost) = throughput(&What::Server, round)?;
        rates.push(rate);
        costs.push(cost);
        floor_rates.push(throughput(&What::FloorForAll, round)?.0);
        alone.push(quantile(&last_member(round, false)?, 0.99) / 1000.0);
        beside.push(quantile(&last_member(round, true)?, 0.99) / 1000.0);
    }
    let (rate, floor) = (median(&rates), median(&floor_rates));
    let mut figures = Figures::default();
    figures.add("deliveries", rate, "/s", Aim::Least((0.7 * floor).min(150_000.0)));
    figures.add("the floor's", floor, "/s", Aim::None);
    figures.add("share of the floor", rate / floor, "", Aim::None);
    figures.add("server CPU a delivery", median(&costs), "us", Aim::None);
    figures.add(
        "one message until the last member has it, p99",
        median(&alone),
        "ms",
        Aim::Most(15.0),
    );
    figures.add(
        "... beside one who does not read, share",
        median(&beside) / median(&alone),
        "",
        Aim::Most(1.2),
    );
    Ok(figures.json())
}

/// Deliveries a second, and microseconds of CPU of the measured process for each.
fn throughput(what: &What, round: u16) -> anyhow::Result<(f64, f64)> {
    let dir = tempfile::tempdir()?;
    let process = start(what, &dir.path().join("data"), MEMBERS)?;
    let mut load = Load::in_group(process.addr, MEMBERS, SENDERS, IN_FLIGHT, round)?;
    load.run(WARM_UP)?;
    let (before, cpu) = (load.deliveries(), process.cpu()?);
    let run = load.run(MEASURED)?;
    let (deliveries, cpu) = ((load.deliveries() - before) as f64, process.cpu()? - cpu);
    load.drain()?;
    Ok((
        deliveries / run.took.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / deliveries,
    ))
}

/// Microseconds from the write of a message until the last member has it; with `slow`, beside a member more who has read nothing of what was
/// said before.
fn last_member(round: u16, slow: bool) -> anyhow::Result<Vec<f64>> {
    let dir = tempfile::tempdir()?;
    let process = start(&What::Server, &dir.path().join("data"), MEMBERS + 1)?;
    let _reads_nothing = slow.then(|| sign_in(process.addr, MEMBERS)).transpose()?;
    let mut load = Load::in_group(process.addr, MEMBERS, 1, IN_FLIGHT, round)?;
    load.run(WARM_UP)?;
    load.drain()?;
    load.one_to_all(ONE_BY_ONE)
}

fn start(what: &What, data: &std::path::Path, members: usize) -> anyhow::Result<Measured> {
    if let What::Server = what {
        seed::people(data, members, false)?;
        seed::group(data, members)?;
    }
    Measured::start(what, data, Synchronous::Full, 0, false)
}
