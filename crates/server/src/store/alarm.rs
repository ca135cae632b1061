//! What happens when the writer's thread panics.
//!
//! Its memory may be ahead of the disk then, in ways that nobody foresaw, so it does not go on. Everything that waits and
//! everything that comes is answered with an error, and whoever runs the server learns of it and starts it again.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::watch;

use super::queue::Queue;

/// Whether the writer is gone by a fault.
#[derive(Clone)]
pub(super) struct Failed(Arc<watch::Sender<bool>>);

impl Default for Failed {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Failed {
    /// Waits until it is.
    pub(super) async fn wait(&self) {
        // It fails without a sender only, and that is `self`.
        let _ = self.0.subscribe().wait_for(|failed| *failed).await;
    }
}

/// Held by a thread that takes from `queue`; it goes off when that thread panics.
pub(super) struct Alarm<T> {
    pub(super) queue: Arc<Queue<T>>,
    pub(super) failed: Failed,
}

impl<T> Drop for Alarm<T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the writer's thread panicked; nothing is stored until the server starts again");
            self.queue.shut();
            let mut waiting = VecDeque::new();
            self.queue.take_all(&mut waiting);
            // Each job that is dropped undone tells whoever waits for it.
            drop(waiting);
            self.failed.0.send_replace(true);
        }
    }
}
