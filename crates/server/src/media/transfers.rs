//! How many uploads and downloads there are at the same time. Each has buffers, so their number is what bounds the memory.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tidings_protocol::{ErrorKind, WireError, code};

/// The book of transfers.
pub(crate) struct Transfers {
    inside: Arc<Mutex<Inside>>,
    most: usize,
    most_per_user: u32,
}

#[derive(Default)]
struct Inside {
    all: usize,
    by_user: HashMap<i64, u32>,
}

/// The right to transfer; given back when it is dropped.
pub(crate) struct Transfer {
    inside: Arc<Mutex<Inside>>,
    user: i64,
}

impl Transfers {
    pub(crate) fn new(most: usize, most_per_user: u32) -> Self {
        Self {
            inside: Arc::default(),
            most,
            most_per_user,
        }
    }

    /// Begins a transfer of `user`, or says that it is to be tried later.
    pub(crate) fn begin(&self, user: i64) -> Result<Transfer, WireError> {
        let refuse = |kind, code, words: &str| {
            Err(WireError {
                retry_after_ms: Some(1000),
                ..WireError::new(code, kind, words)
            })
        };
        let mut inside = self.inside.lock();
        if inside.all >= self.most {
            return refuse(
                ErrorKind::Unavailable,
                code::UNAVAILABLE,
                "too many files are moving",
            );
        }
        let own = inside.by_user.entry(user).or_default();
        if *own >= self.most_per_user {
            let words = "too many files of this user are moving";
            return refuse(ErrorKind::RateLimited, code::TOO_FREQUENT, words);
        }
        *own += 1;
        inside.all += 1;
        Ok(Transfer {
            inside: Arc::clone(&self.inside),
            user,
        })
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let mut inside = self.inside.lock();
        inside.all -= 1;
        if let Some(own) = inside.by_user.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                inside.by_user.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_so_many_transfers_and_all_together_so_many() {
        let transfers = Transfers::new(3, 2);
        let first = transfers.begin(1).unwrap();
        let _second = transfers.begin(1).unwrap();
        let refused = transfers.begin(1).map(drop).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::RateLimited);
        let _third = transfers.begin(2).unwrap();
        let refused = transfers.begin(3).map(drop).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Unavailable);
        drop(first);
        let _fourth = transfers.begin(3).unwrap();
        assert_eq!(transfers.inside.lock().by_user.len(), 3);
    }
}
