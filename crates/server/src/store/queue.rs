//! A bounded queue into a thread of the store.
//!
//! Not a channel: whoever takes, takes everything at once under one lock, and whoever puts wakes a thread only when
//! it sleeps. At full load that is one lock a message and no system call.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::limits;

struct Inner<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    asleep: usize,
    /// Whoever sleeps wants so many items, or bytes of a whole group, before being woken.
    wanted: usize,
    shut: bool,
}

pub(super) struct Queue<T> {
    inner: Mutex<Inner<T>>,
    filled: Condvar,
    most_items: usize,
    most_bytes: usize,
    /// So much content is a whole group: nobody waits for more.
    lingering_bytes: usize,
}

impl<T> Queue<T> {
    pub(super) fn new(most_items: usize, most_bytes: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                items: VecDeque::new(),
                bytes: 0,
                asleep: 0,
                wanted: 0,
                shut: false,
            }),
            filled: Condvar::new(),
            most_items,
            most_bytes,
            lingering_bytes: limits::BATCH_BYTES,
        }
    }

    /// Puts `item`, which holds `bytes` of content, at the end; gives it back when the queue is full or shut.
    pub(super) fn put(&self, item: T, bytes: usize) -> Result<(), T> {
        let mut inner = self.inner.lock();
        if inner.shut || inner.items.len() >= self.most_items || inner.bytes + bytes > self.most_bytes {
            return Err(item);
        }
        inner.bytes += bytes;
        inner.items.push_back((item, bytes));
        let wake =
            inner.asleep > 0 && (inner.items.len() >= inner.wanted || inner.bytes >= self.lingering_bytes);
        drop(inner);
        if wake {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits until `items` wait, or for `at_most`, for whoever would rather take many at once. Returns how many wait then.
    pub(super) fn linger(&self, items: usize, at_most: Duration) -> usize {
        let mut inner = self.inner.lock();
        if inner.items.len() < items && inner.bytes < self.lingering_bytes && !inner.shut {
            inner.wanted = items;
            inner.asleep += 1;
            self.filled.wait_for(&mut inner, at_most);
            inner.asleep -= 1;
            inner.wanted = 0;
        }
        inner.items.len()
    }

    /// Moves everything that waits to the end of `into`, sleeping while there is nothing in either. `false`: shut and empty.
    pub(super) fn take_all(&self, into: &mut VecDeque<(T, usize)>) -> bool {
        let mut inner = self.inner.lock();
        while into.is_empty() && inner.items.is_empty() {
            if inner.shut {
                return false;
            }
            inner.asleep += 1;
            self.filled.wait(&mut inner);
            inner.asleep -= 1;
        }
        inner.bytes = 0;
        if into.is_empty() {
            std::mem::swap(into, &mut inner.items);
        } else {
            into.append(&mut inner.items);
        }
        true
    }

    /// Takes the first item, sleeping while there is none. `None`: shut and empty.
    pub(super) fn take_one(&self) -> Option<T> {
        let mut inner = self.inner.lock();
        loop {
            if let Some((item, bytes)) = inner.items.pop_front() {
                inner.bytes -= bytes;
                return Some(item);
            }
            if inner.shut {
                return None;
            }
            inner.asleep += 1;
            self.filled.wait(&mut inner);
            inner.asleep -= 1;
        }
    }

    /// Takes nothing more in; what waits is still given out.
    pub(super) fn shut(&self) {
        self.inner.lock().shut = true;
        self.filled.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_comes_back_and_what_waits_is_given_out_after_the_end() {
        let queue = Queue::new(2, 10);
        assert!(queue.put('a', 4).is_ok());
        assert_eq!(queue.put('b', 7), Err('b'), "bytes");
        assert!(queue.put('c', 6).is_ok());
        assert_eq!(queue.put('d', 0), Err('d'), "items");
        queue.shut();
        assert_eq!(queue.put('e', 0), Err('e'));
        let mut taken = VecDeque::new();
        assert!(queue.take_all(&mut taken));
        assert_eq!(taken, [('a', 4), ('c', 6)]);
        taken.clear();
        assert!(!queue.take_all(&mut taken));
        assert_eq!(queue.take_one(), None);
    }
}
