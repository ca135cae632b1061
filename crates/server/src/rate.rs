//! Bounded tables of token buckets.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use parking_lot::Mutex;
use tidings_protocol::{ErrorKind, WireError, code};

use crate::config::Allowance;
use crate::limits;

/// One table: who may do something how often.
pub(crate) struct Rate<K> {
    allowance: Allowance,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

impl<K: Eq + Hash> Rate<K> {
    pub(crate) fn new(allowance: Allowance) -> Self {
        Self {
            allowance,
            buckets: Mutex::default(),
        }
    }

    fn filled(&self, bucket: Bucket, now: Duration) -> Bucket {
        let gained =
            now.saturating_sub(bucket.at).as_secs_f64() * f64::from(self.allowance.per_minute) / 60.0;
        Bucket {
            tokens: (bucket.tokens + gained).min(f64::from(self.allowance.burst)),
            at: now,
        }
    }

    /// Takes one token of `key`, or says when there will be one.
    pub(crate) fn take(&self, key: K, now: Duration) -> Result<(), WireError> {
        self.charge(key, 1, now)
    }

    /// Takes `cost` tokens of `key`, of which one must be there; the others may be owed. Or says when there will be one.
    pub(crate) fn charge(&self, key: K, cost: u32, now: Duration) -> Result<(), WireError> {
        let full = Bucket {
            tokens: f64::from(self.allowance.burst),
            at: now,
        };
        let mut buckets = self.buckets.lock();
        if buckets.len() >= limits::RATE_ENTRIES && !buckets.contains_key(&key) {
            // Whoever is whole again needs no entry. If that is not enough, an attacker has filled the table: then the fuller half goes.
            buckets.retain(|_, bucket| self.filled(*bucket, now).tokens < f64::from(self.allowance.burst));
            if buckets.len() >= limits::RATE_ENTRIES {
                let mut tokens: Vec<f64> = buckets
                    .values()
                    .map(|bucket| self.filled(*bucket, now).tokens)
                    .collect();
                tokens.sort_unstable_by(f64::total_cmp);
                let median = tokens.get(tokens.len() / 2).copied().unwrap_or_default();
                buckets.retain(|_, bucket| self.filled(*bucket, now).tokens < median);
            }
            if buckets.len() >= limits::RATE_ENTRIES {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(full);
        *bucket = self.filled(*bucket, now);
        if bucket.tokens >= 1.0 {
            bucket.tokens -= f64::from(cost);
            return Ok(());
        }
        let missing = (1.0 - bucket.tokens) * 60_000.0 / f64::from(self.allowance.per_minute.max(1));
        Err(WireError {
            // From a finite, positive number: nothing is lost but the fraction.
            retry_after_ms: Some(missing.ceil() as u64),
            ..WireError::new(code::TOO_FREQUENT, ErrorKind::RateLimited, "too many attempts")
        })
    }

    /// Gives tokens back: so many attempts were good ones.
    pub(crate) fn give_back(&self, key: &K, count: u32) {
        if let Some(bucket) = self.buckets.lock().get_mut(key) {
            bucket.tokens = (bucket.tokens + f64::from(count)).min(f64::from(self.allowance.burst));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let rate = Rate::new(Allowance {
            burst: 2,
            per_minute: 60,
        });
        assert!(rate.take("a", SECOND).is_ok());
        assert!(rate.take("a", SECOND).is_ok());
        let refused = rate.take("a", SECOND).unwrap_err();
        assert_eq!(
            (refused.code, refused.retry_after_ms),
            (code::TOO_FREQUENT, Some(1000))
        );
        assert!(rate.take("b", SECOND).is_ok());
        assert!(rate.take("a", SECOND * 2).is_ok());
        assert!(rate.take("a", SECOND * 2).is_err());
        rate.give_back(&"a", 1);
        assert!(rate.take("a", SECOND * 2).is_ok());
    }

    #[test]
    fn what_costs_more_than_is_there_is_owed() {
        let rate = Rate::new(Allowance {
            burst: 2,
            per_minute: 60,
        });
        assert!(rate.charge("a", 5, SECOND).is_ok());
        let refused = rate.take("a", SECOND).unwrap_err();
        assert_eq!(refused.retry_after_ms, Some(4000));
        rate.give_back(&"a", 4);
        assert!(rate.take("a", SECOND).is_ok());
    }

    #[test]
    fn the_table_stays_bounded_under_an_attack_and_remembers_the_worst() {
        let rate = Rate::new(Allowance {
            burst: 3,
            per_minute: 1,
        });
        while rate.take(usize::MAX, SECOND).is_ok() {}
        for attacker in 0..limits::RATE_ENTRIES * 2 {
            let _ = rate.take(attacker, SECOND);
            let _ = rate.take(attacker % 7, SECOND);
            assert!(rate.buckets.lock().len() <= limits::RATE_ENTRIES);
        }
    }
}
