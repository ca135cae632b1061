//! The cache of 1,000,000 messages in 1,000 conversations that the cache's and the app's benches read, made once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use tidings_engine::seeding::{self, Seed};
use tidings_engine::{Connector, Engine, EngineConfig, EngineError, EventReceiver, FileWire, Wire};
use tidings_protocol::{
    Clock, Registered, Registration, ServerAddress, SignIn, SpaceInfo, SystemChance, SystemClock,
};

/// Conversations in the cache.
pub(crate) const CONVERSATIONS: u32 = 1_000;
/// Messages in each.
pub(crate) const MESSAGES_EACH: u32 = 1_000;
/// Who is signed in.
pub(crate) const USER: &str = "ann";

/// The profile's folder: made when it is not there, or when an earlier run did not finish it.
pub(crate) fn profile() -> anyhow::Result<PathBuf> {
    let dir = PathBuf::from("target/bench/seeded-profile-1");
    let finished = dir.join("finished");
    if !finished.exists() {
        crate::report::say("  making a cache of 1,000,000 messages ...");
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        std::fs::create_dir_all(&dir)?;
        let server = ServerAddress {
            host: "127.0.0.1".into(),
            port: 1,
            tls: false,
            pin: None,
        };
        let seed = Seed {
            user_id: USER.into(),
            server,
            conversations: CONVERSATIONS,
            messages_each: MESSAGES_EACH,
            now_ms: SystemClock::default().now_ms(),
        };
        seeding::write_profile(&dir, &seed).context("the cache cannot be made")?;
        std::fs::write(&finished, "")?;
    }
    Ok(dir)
}

/// An engine on the profile, whose server is away.
pub(crate) async fn engine(dir: &Path) -> anyhow::Result<(Engine, EventReceiver)> {
    let config = EngineConfig {
        dir: dir.to_owned(),
        clock: Arc::new(SystemClock::default()),
        chance: Arc::new(SystemChance),
        connector: Arc::new(Nowhere),
        device_name: "bench".into(),
        decoders: Arc::new(tidings_engine::Decoders::in_process(1)),
    };
    Ok(Engine::open(config).await?)
}

/// Draws numbers below `below`, the same ones in every run.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new() -> Self {
        Self(1)
    }

    pub(crate) fn below(&mut self, below: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(below)).unwrap_or(0)
    }
}

/// Microseconds that `work` takes.
pub(crate) fn micros(clock: &SystemClock, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let before = clock.monotonic();
    work()?;
    Ok((clock.monotonic() - before).as_secs_f64() * 1e6)
}

/// A network without anybody in it.
struct Nowhere;

fn nobody<T>() -> Result<T, EngineError> {
    Err(EngineError::Network("nobody is there".into()))
}

#[async_trait]
impl Connector for Nowhere {
    async fn space_info(&self, _: &ServerAddress) -> Result<SpaceInfo, EngineError> {
        nobody()
    }
    async fn register(&self, _: &ServerAddress, _: &Registration) -> Result<Registered, EngineError> {
        nobody()
    }
    async fn sign_in(&self, _: &ServerAddress, _: &SignIn) -> Result<Registered, EngineError> {
        nobody()
    }
    async fn open(&self, _: &ServerAddress) -> Result<Wire, EngineError> {
        nobody()
    }
    async fn files(&self, _: &ServerAddress, _: &str) -> Result<Box<dyn FileWire>, EngineError> {
        nobody()
    }
}
