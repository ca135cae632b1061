//! `cache-heads`: the list of the latest 100 conversations of 1,000.

use serde_json::Value;
use tidings_engine::seeding::CacheProbe;
use tidings_protocol::SystemClock;

use crate::cache_seeded::{self, USER};
use crate::report::{Aim, Figures, median, quantile};

/// Lists asked for.
const ROUNDS: u32 = 10_000;
/// Heads in a list (R-H6).
const COUNT: u32 = 100;
/// The aim: p99, microseconds.
const AIM: f64 = 300.0;

/// Measures the cache alone, then through the engine as the app asks.
pub(crate) fn run() -> anyhow::Result<Value> {
    let dir = cache_seeded::profile()?;
    let clock = SystemClock::default();
    let mut figures = Figures::default();
    let mut add = |name: &str, took: &[f64]| {
        figures.add(&format!("{name}, p50"), median(took), "us", Aim::None);
        figures.add(
            &format!("{name}, p99"),
            quantile(took, 0.99),
            "us",
            Aim::Most(AIM),
        );
    };
    let probe = CacheProbe::open(&dir, USER)?;
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        took.push(cache_seeded::micros(&clock, || {
            let list = probe.list(COUNT)?;
            anyhow::ensure!(list.len() == COUNT as usize, "a list of {}", list.len());
            Ok(())
        })?);
    }
    drop(probe);
    add("100 heads, the cache alone", &took);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (engine, _events) = cache_seeded::engine(&dir).await?;
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            let began = tokio::time::Instant::now();
            let list = engine.conversation_list(COUNT).await?;
            took.push(began.elapsed().as_secs_f64() * 1e6);
            anyhow::ensure!(list.len() == COUNT as usize, "a list of {}", list.len());
        }
        engine.close().await;
        add("100 heads, through the engine", &took);
        anyhow::Ok(())
    })?;
    Ok(figures.json())
}
