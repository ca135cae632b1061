//! `cache-page`: the newest 15 messages, and 15 from deep in the past, of any of 1,000 conversations.

use serde_json::Value;
use tidings_engine::seeding::{CacheProbe, conversation_name};
use tidings_protocol::SystemClock;

use crate::cache_seeded::{self, CONVERSATIONS, Draw, MESSAGES_EACH, USER};
use crate::report::{Aim, Figures, median, quantile};

/// Pages of each kind.
const ROUNDS: u32 = 20_000;
/// Messages in a page (R-H1).
const COUNT: u32 = 15;
/// The aim: p99, microseconds.
const AIM: f64 = 200.0;

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
    let questions = |deep: bool| {
        let mut draw = Draw::new();
        (0..ROUNDS)
            .map(|_| {
                let name = conversation_name(draw.below(CONVERSATIONS));
                let before = deep.then(|| u64::from(COUNT + 1 + draw.below(MESSAGES_EACH - COUNT - 1)));
                (name, before)
            })
            .collect::<Vec<_>>()
    };
    for (kind, deep) in [("newest 15", false), ("a deep page", true)] {
        let probe = CacheProbe::open(&dir, USER)?;
        let mut took = Vec::new();
        for (name, before) in questions(deep) {
            took.push(cache_seeded::micros(&clock, || {
                let page = probe.page(&name, before, COUNT)?;
                anyhow::ensure!(
                    page.messages.len() == COUNT as usize,
                    "a page of {}",
                    page.messages.len()
                );
                Ok(())
            })?);
        }
        add(&format!("{kind}, the cache alone"), &took);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (engine, _events) = cache_seeded::engine(&dir).await?;
        for (kind, deep) in [("newest 15", false), ("a deep page", true)] {
            let mut took = Vec::new();
            for (name, before) in questions(deep) {
                let began = tokio::time::Instant::now();
                let page = engine.message_page(&name, before, COUNT).await?;
                took.push(began.elapsed().as_secs_f64() * 1e6);
                anyhow::ensure!(
                    page.messages.len() == COUNT as usize && !page.is_cut_off,
                    "a whole page"
                );
            }
            add(&format!("{kind}, through the engine"), &took);
        }
        engine.close().await;
        anyhow::Ok(())
    })?;
    Ok(figures.json())
}
