//! `server-latency`: from the write at the sender's socket to the delivery at the receiver's, one message at a time, durable and
//! with `synchronous=NORMAL`; and the floor's in the same run.

use serde_json::Value;
use tidings_server::Synchronous;

use crate::load;
use crate::process::{Measured, What, pragma};
use crate::report::{Aim, Figures, quantile};
use crate::seed;

const ROUNDS: u16 = 8;
const MESSAGES: usize = 500;
const WARM_UP: usize = 50;
const COUNTED: usize = 500;

/// Measures.
pub(crate) fn run() -> anyhow::Result<Value> {
    let mut figures = Figures::default();
    for synchronous in [Synchronous::Full, Synchronous::Normal] {
        let dir = tempfile::tempdir()?;
        let data = dir.path().join("server");
        seed::people(&data, 2, false)?;
        let server = Measured::start(&What::Server, &data, synchronous, 0, false)?;
        let floor = Measured::start(&What::Floor, &dir.path().join("floor"), synchronous, 0, false)?;
        let (mut times, mut floor_times) = (Vec::new(), Vec::new());
        // In turn, so that whatever else the machine and its disk do meets both alike.
        for round in 0..ROUNDS {
            for (process, times) in [(&server, &mut times), (&floor, &mut floor_times)] {
                load::one_at_a_time(process.addr, WARM_UP, round * 2)?;
                times.extend(load::one_at_a_time(process.addr, MESSAGES, round * 2 + 1)?);
            }
        }
        let name = |what: &str| format!("{}: {what}", pragma(synchronous));
        let (p50, floor_p50) = (quantile(&times, 0.5), quantile(&floor_times, 0.5));
        let p99 = quantile(&times, 0.99);
        figures.add(&name("send to delivery, p50"), p50, "us", Aim::None);
        figures.add(&name("the floor's p50"), floor_p50, "us", Aim::None);
        figures.add(&name("p50 by the floor's"), p50 / floor_p50, "", Aim::Most(1.15));
        figures.add(&name("send to delivery, p99"), p99, "us", Aim::None);
        figures.add(
            &name("the floor's p99"),
            quantile(&floor_times, 0.99),
            "us",
            Aim::None,
        );
        figures.add(&name("p99 by p50"), p99 / p50, "", Aim::Most(2.0));
    }
    figures.add(
        "fsyncs a message when idle",
        fsyncs_when_idle()?,
        "",
        Aim::Most(1.0),
    );
    Ok(figures.json())
}

fn fsyncs_when_idle() -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    seed::people(&data, 2, false)?;
    let process = Measured::start(&What::Server, &data, Synchronous::Full, 0, true)?;
    load::one_at_a_time(process.addr, WARM_UP, 0)?;
    let before = process.fsyncs()?;
    load::one_at_a_time(process.addr, COUNTED, 1)?;
    Ok((process.fsyncs()? - before) as f64 / COUNTED as f64)
}
