//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

/// Counts connections.
pub(super) struct Admission {
    most: usize,
    most_per_address: usize,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's right to be; given back when it is dropped.
pub(super) struct Ticket {
    admission: Arc<Admission>,
    counted: Option<IpAddr>,
}

impl Admission {
    pub(super) fn new(most: usize, most_per_address: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_per_address,
            inside: Mutex::default(),
        })
    }

    /// Lets a connection in, or not.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Ticket> {
        // This computer's own addresses stand for a proxy, or for whoever could do worse anyway.
        let counted = Some(address.to_canonical()).filter(|address| !address.is_loopback());
        let mut inside = self.inside.lock();
        if inside.all >= self.most {
            return None;
        }
        if let Some(address) = counted {
            let count = inside.by_address.entry(address).or_default();
            if *count >= self.most_per_address {
                return None;
            }
            *count += 1;
        }
        inside.all += 1;
        Some(Ticket {
            admission: Arc::clone(self),
            counted,
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inside = self.admission.inside.lock();
        inside.all -= 1;
        if let Some(address) = self.counted
            && let Some(count) = inside.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                inside.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_given_back() {
        let admission = Admission::new(3, 2);
        let far: IpAddr = "192.0.2.1".parse().unwrap();
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        let near: IpAddr = "127.0.0.1".parse().unwrap();
        let first = admission.enter(far).unwrap();
        let _second = admission.enter(mapped).unwrap();
        assert!(admission.enter(far).is_none(), "two of one address");
        let third = admission.enter(near).unwrap();
        assert!(admission.enter(near).is_none(), "three in all");
        drop(first);
        drop(third);
        let _fourth = admission.enter(far).unwrap();
        assert_eq!(admission.inside.lock().by_address.len(), 1);
    }
}
