//! A clock that a test can move.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tidings_protocol::{Clock, SystemClock};

/// The machine's clock, set forward or back: a laptop that slept, a clock that is wrong by years (B17, B20).
#[derive(Debug, Default)]
pub struct MovableClock {
    system: SystemClock,
    moved_ms: AtomicI64,
}

impl MovableClock {
    /// People's time is set by this much; what is measured goes on.
    pub fn is_set(&self, by_ms: i64) {
        self.moved_ms.fetch_add(by_ms, Ordering::Relaxed);
    }

    /// The computer has slept this long: what is measured stood still meanwhile, as it does on Linux.
    pub fn has_slept(&self, ms: i64) {
        self.is_set(ms);
    }
}

impl Clock for MovableClock {
    fn now_ms(&self) -> i64 {
        self.system.now_ms() + self.moved_ms.load(Ordering::Relaxed)
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic()
    }
}
