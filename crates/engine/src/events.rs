//! The one way out: a bounded queue of [`EngineEvent`]s.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::limits;
use crate::view::EngineEvent;

#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<EngineEvent>>,
    arrived: Notify,
    closed: AtomicBool,
}

/// The engine's end. Never waits: whoever commits to the cache must not depend on how fast a window draws.
#[derive(Clone)]
pub(crate) struct EventSender(Arc<Queue>);

/// The listener's end.
pub struct EventReceiver(Arc<Queue>);

/// A queue of events.
pub(crate) fn channel() -> (EventSender, EventReceiver) {
    let queue = Arc::new(Queue::default());
    (EventSender(Arc::clone(&queue)), EventReceiver(queue))
}

impl EventSender {
    /// Queues `event`. When the queue is full, everything in it is forgotten for one `Overflow`, except the few words
    /// that no question brings back (who is signed in, what was set aside).
    pub(crate) fn send(&self, event: EngineEvent) {
        {
            let mut waiting = self.0.waiting.lock();
            if waiting.len() >= limits::EVENTS_WAITING {
                waiting.retain(|event| {
                    matches!(
                        event,
                        EngineEvent::Ready { .. }
                            | EngineEvent::NotReady {}
                            | EngineEvent::KickedOut { .. }
                            | EngineEvent::CacheSetAside { .. }
                    )
                });
                waiting.truncate(limits::EVENTS_WAITING / 2);
                waiting.push_back(EngineEvent::Overflow {});
            }
            waiting.push_back(event);
        }
        self.0.arrived.notify_one();
    }

    /// Queues several events in order.
    pub(crate) fn send_all(&self, events: impl IntoIterator<Item = EngineEvent>) {
        for event in events {
            self.send(event);
        }
    }

    /// No more events will come.
    pub(crate) fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        self.0.arrived.notify_one();
    }
}

impl EventReceiver {
    /// The next event; `None` after the engine was closed and everything was heard.
    pub async fn next(&mut self) -> Option<EngineEvent> {
        loop {
            if let Some(event) = self.try_next() {
                return Some(event);
            }
            if self.0.closed.load(Ordering::Acquire) {
                return self.try_next();
            }
            self.0.arrived.notified().await;
        }
    }

    /// The next event that is here already.
    pub fn try_next(&mut self) -> Option<EngineEvent> {
        self.0.waiting.lock().pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer_read(seq: u64) -> EngineEvent {
        EngineEvent::PeerRead {
            conversation_id: "C2Cbob".into(),
            seq,
        }
    }

    #[tokio::test]
    async fn a_slow_listener_hears_overflow_once_and_what_came_after() {
        let (sender, mut receiver) = channel();
        sender.send(EngineEvent::NotReady {});
        sender.send_all((0..limits::EVENTS_WAITING as u64 + 5).map(peer_read));
        assert!(matches!(receiver.next().await, Some(EngineEvent::NotReady {})));
        assert!(matches!(receiver.next().await, Some(EngineEvent::Overflow {})));
        let mut rest = 0;
        while let Some(event) = receiver.try_next() {
            assert!(matches!(event, EngineEvent::PeerRead { .. }));
            rest += 1;
        }
        assert!(rest < 10, "{rest}");
    }

    #[tokio::test]
    async fn a_closed_queue_is_heard_to_its_end() {
        let (sender, mut receiver) = channel();
        sender.send(peer_read(1));
        sender.close();
        assert!(receiver.next().await.is_some());
        assert!(receiver.next().await.is_none());
    }
}
