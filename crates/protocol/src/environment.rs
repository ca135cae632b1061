//! Time and chance as parameters.
//!
//! The engine and the server's core take a [`Clock`] and a [`Chance`] and never ask the machine, so that a
//! whole system can run under a seed. These two system implementations are the only places that ask.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::ClientId;

/// What time it is, twice: for people and for measuring.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970-01-01 UTC. May jump in both directions; never used for ordering.
    fn now_ms(&self) -> i64;
    /// Time since some fixed moment; never goes backwards.
    fn monotonic(&self) -> Duration;
}

/// Where randomness comes from.
pub trait Chance: Send + Sync + 'static {
    /// Fills `bytes` with randomness good enough for tokens.
    fn fill(&self, bytes: &mut [u8]);

    /// A random 32-bit number (TIM's `random`, R-C7).
    fn next_u32(&self) -> u32 {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    /// A random number in `0.0..1.0`, for jitter.
    fn fraction(&self) -> f64 {
        f64::from(self.next_u32()) / (f64::from(u32::MAX) + 1.0)
    }
}

/// The machine's clock.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn default() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn now_ms(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The machine's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::RngCore::fill_bytes(&mut rand::rng(), bytes);
    }
}

/// A new client id: a UUID of version 7, so that ids made one after the other also sort so.
pub fn new_client_id(clock: &dyn Clock, chance: &dyn Chance) -> ClientId {
    let mut random = [0; 10];
    chance.fill(&mut random);
    let millis = u64::try_from(clock.now_ms()).unwrap_or(0);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    ClientId::from_uuid(id)
}
