//! The one way out: [`EngineEvent`]s, in a bounded queue for each listener.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

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

impl Queue {
    /// When the queue is full, everything in it is forgotten for one `Overflow`, except the few words that no question
    /// brings back (who is signed in, what was set aside).
    fn push(&self, event: EngineEvent) {
        {
            let mut waiting = self.waiting.lock();
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
        self.arrived.notify_one();
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.arrived.notify_one();
    }
}

/// Everyone who listens, and whether more will come.
#[derive(Default)]
struct Ears {
    queues: Vec<Weak<Queue>>,
    closed: bool,
}

/// The engine's end. Never waits: whoever commits to the cache must not depend on how fast a window draws.
#[derive(Clone, Default)]
pub(crate) struct EventSender(Arc<Mutex<Ears>>);

/// The listener's end.
pub struct EventReceiver(Arc<Queue>);

/// A sender and its first listener.
pub(crate) fn channel() -> (EventSender, EventReceiver) {
    let sender = EventSender::default();
    let receiver = sender.listen();
    (sender, receiver)
}

impl EventSender {
    /// One more listener, who hears what happens from now on.
    pub(crate) fn listen(&self) -> EventReceiver {
        let queue = Arc::new(Queue::default());
        let mut ears = self.0.lock();
        if ears.closed {
            queue.close();
        }
        ears.queues.push(Arc::downgrade(&queue));
        EventReceiver(queue)
    }

    /// Queues `event` for everyone; who has stopped listening is forgotten.
    pub(crate) fn send(&self, event: EngineEvent) {
        let mut ears = self.0.lock();
        ears.queues.retain(|queue| match queue.upgrade() {
            Some(queue) => {
                queue.push(event.clone());
                true
            }
            None => false,
        });
    }

    /// Queues several events in order.
    pub(crate) fn send_all(&self, events: impl IntoIterator<Item = EngineEvent>) {
        for event in events {
            self.send(event);
        }
    }

    /// No more events will come.
    pub(crate) fn close(&self) {
        let mut ears = self.0.lock();
        ears.closed = true;
        for queue in ears.queues.iter().filter_map(Weak::upgrade) {
            queue.close();
        }
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
    async fn each_listener_hears_everything_however_slow_the_other_is() {
        let (sender, mut slow) = channel();
        let mut quick = sender.listen();
        for seq in 0..limits::EVENTS_WAITING as u64 + 5 {
            sender.send(peer_read(seq));
            assert!(matches!(quick.try_next(), Some(EngineEvent::PeerRead { .. })));
        }
        assert!(matches!(slow.try_next(), Some(EngineEvent::Overflow {})));
        drop(slow);
        sender.close();
        assert!(quick.next().await.is_none());
        assert!(sender.listen().next().await.is_none());
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
