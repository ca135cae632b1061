//! A listener's book: how many connections there are, in all and from one address, and whether it is still open.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::address::Source;

/// Counts the connections of one listener.
pub(super) struct Admission {
    door: u32,
    most: usize,
    most_per_source: usize,
    inside: Mutex<Inside>,
    phase: watch::Sender<Phase>,
}

#[derive(Default)]
struct Inside {
    all: usize,
    by_source: HashMap<Source, usize>,
}

/// How far a listener is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Open,
    /// Nobody new; what was begun may be finished.
    Closing,
    /// Nothing more.
    Over,
}

/// A connection's right to be; given back when it is dropped.
pub(super) struct Ticket {
    admission: Arc<Admission>,
    counted: Option<Source>,
}

impl Admission {
    pub(super) fn new(door: u32, most: usize, most_per_source: usize) -> Arc<Self> {
        Arc::new(Self {
            door,
            most,
            most_per_source,
            inside: Mutex::default(),
            phase: watch::Sender::new(Phase::Open),
        })
    }

    /// The listener's number on the bus.
    pub(super) fn door(&self) -> u32 {
        self.door
    }

    /// Lets a connection in, or not. Without a source, who speaks is known later: see [`Ticket::count`].
    pub(super) fn enter(self: &Arc<Self>, source: Option<Source>) -> Option<Ticket> {
        {
            let mut inside = self.inside.lock();
            if inside.all >= self.most {
                return None;
            }
            inside.all += 1;
        }
        let mut ticket = Ticket {
            admission: Arc::clone(self),
            counted: None,
        };
        source.is_none_or(|source| ticket.count(source)).then_some(ticket)
    }

    /// Nobody new from now on.
    pub(super) fn close(&self) {
        self.phase.send_replace(Phase::Closing);
    }

    /// What is not finished ends unfinished.
    pub(super) fn end(&self) {
        self.phase.send_replace(Phase::Over);
    }

    /// Waits for [`Admission::close`].
    pub(super) async fn closing(&self) {
        self.reaches(Phase::Closing).await;
    }

    async fn reaches(&self, wanted: Phase) {
        // It fails without a sender only, and that is `self`.
        let _ = self.phase.subscribe().wait_for(|phase| *phase >= wanted).await;
    }

    /// Whether nobody is inside.
    pub(super) fn is_empty(&self) -> bool {
        self.inside.lock().all == 0
    }
}

impl Ticket {
    /// Counts the connection as one of `source`. `false`: that has too many.
    pub(super) fn count(&mut self, source: Source) -> bool {
        // This computer itself is not counted: it could do worse than connect, and a proxy that the host forgot to name would
        // let in a few hundred people and then nobody.
        if source.is_loopback() || self.counted.is_some() {
            return true;
        }
        let mut inside = self.admission.inside.lock();
        let count = inside.by_source.entry(source).or_default();
        if *count >= self.admission.most_per_source {
            return false;
        }
        *count += 1;
        self.counted = Some(source);
        true
    }

    /// The number of the listener.
    pub(super) fn door(&self) -> u32 {
        self.admission.door
    }

    /// Whether the listener goes on.
    pub(super) fn is_open(&self) -> bool {
        *self.admission.phase.borrow() == Phase::Open
    }

    /// Waits until the listener takes nobody new.
    pub(super) async fn closing(&self) {
        self.admission.closing().await;
    }

    /// Waits until the listener is over.
    pub(super) async fn over(&self) {
        self.admission.reaches(Phase::Over).await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inside = self.admission.inside.lock();
        inside.all -= 1;
        if let Some(source) = self.counted
            && let Some(count) = inside.by_source.get_mut(&source)
        {
            *count -= 1;
            if *count == 0 {
                inside.by_source.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::of(text.parse().unwrap())
    }

    #[test]
    fn places_are_counted_and_given_back() {
        let admission = Admission::new(0, 3, 2);
        let far = source("192.0.2.1");
        let near = source("127.0.0.1");
        let first = admission.enter(Some(far)).unwrap();
        let _second = admission.enter(Some(source("::ffff:192.0.2.1"))).unwrap();
        assert!(admission.enter(Some(far)).is_none(), "two of one address");
        let third = admission.enter(Some(near)).unwrap();
        assert!(admission.enter(Some(near)).is_none(), "three in all");
        drop(first);
        drop(third);
        let _fourth = admission.enter(Some(far)).unwrap();
        assert_eq!(admission.inside.lock().by_source.len(), 1);
        assert_eq!(admission.inside.lock().all, 2);
    }

    #[test]
    fn who_comes_through_a_proxy_is_counted_once_it_is_known_who() {
        let admission = Admission::new(0, 9, 1);
        let far = source("2001:db8::1");
        let mut first = admission.enter(None).unwrap();
        assert!(first.count(far));
        let mut second = admission.enter(None).unwrap();
        assert!(!second.count(source("2001:db8::2")), "the same household");
        assert!(second.count(source("192.0.2.1")), "another one");
        drop((first, second));
        assert!(admission.is_empty() && admission.inside.lock().by_source.is_empty());
    }
}
