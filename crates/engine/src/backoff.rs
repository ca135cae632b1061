//! How long to wait before a new try.

use std::time::Duration;

use tidings_protocol::Chance;

use crate::limits;

/// Waits that double from try to try, each drawn anew, so that many clients do not come back in one moment (B11, B12).
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The wait before the next try: between half of the first wait and the wait that this try has come to.
    pub(crate) fn next(&mut self, chance: &dyn Chance) -> Duration {
        let most = limits::BACKOFF_FIRST_MS
            .saturating_mul(1 << self.tries.min(16))
            .min(limits::BACKOFF_MOST_MS);
        self.tries = self.tries.saturating_add(1);
        let least = limits::BACKOFF_FIRST_MS / 2;
        let spread = Duration::from_millis(most - least).mul_f64(chance.fraction());
        Duration::from_millis(least) + spread
    }

    /// It went well.
    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);
    impl Chance for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn b11_waits_grow_to_their_limit_and_begin_anew() {
        let mut longest = Backoff::default();
        let waits: Vec<u128> = (0..12).map(|_| longest.next(&Always(255)).as_millis()).collect();
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(waits[0] <= u128::from(limits::BACKOFF_FIRST_MS));
        assert!(waits[11] >= 29_000 && waits[11] <= u128::from(limits::BACKOFF_MOST_MS));
        longest.reset();
        assert!(longest.next(&Always(255)).as_millis() <= u128::from(limits::BACKOFF_FIRST_MS));
        assert!(Backoff::default().next(&Always(0)).as_millis() >= 250);
    }
}
