//! How far files have come: what is told, and how often.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::events::EventSender;
use crate::limits;
use crate::view::{EngineEvent, ErrorView, TransferDirection, TransferState, TransferView};

/// What names a transfer.
type Key = (TransferDirection, String, String);

struct Shown {
    view: TransferView,
    told: Instant,
}

/// All transfers that are under way, wait or are stopped.
#[derive(Clone)]
pub(crate) struct Transfers {
    shown: Arc<Mutex<BTreeMap<Key, Shown>>>,
    events: EventSender,
}

fn key(view: &TransferView) -> Key {
    let name = match view.direction {
        TransferDirection::Up => &view.client_id,
        TransferDirection::Down => &view.file_id,
    };
    (view.direction, view.conversation_id.clone(), name.clone())
}

impl Transfers {
    pub(crate) fn new(events: EventSender) -> Self {
        Self {
            shown: Arc::default(),
            events,
        }
    }

    /// It stands like this now. A new state is told at once, more bytes about ten times a second.
    pub(crate) fn show(&self, view: TransferView) {
        let now = Instant::now();
        let mut shown = self.shown.lock();
        let key = key(&view);
        let is_over = matches!(view.state, TransferState::Done | TransferState::Failed);
        let is_news = match shown.get(&key) {
            None => true,
            Some(before) if before.view == view => false,
            Some(before) => {
                before.view.state != view.state
                    || now.duration_since(before.told) >= Duration::from_millis(limits::PROGRESS_MS)
            }
        };
        if is_over {
            shown.remove(&key);
        } else {
            let told = match shown.get(&key) {
                Some(before) if !is_news => before.told,
                _ => now,
            };
            shown.insert(
                key,
                Shown {
                    view: view.clone(),
                    told,
                },
            );
        }
        if is_news {
            // While the lock is held: two words about one transfer keep their order.
            self.events.send(EngineEvent::TransferProgress(view));
        }
    }

    /// What became of a transfer is told otherwise, or nobody wants to know.
    pub(crate) fn forget(&self, direction: TransferDirection, conversation: &str, name: &str) {
        self.shown
            .lock()
            .remove(&(direction, conversation.to_owned(), name.to_owned()));
    }

    /// All of one direction are over without a word: somebody else is signed in.
    pub(crate) fn forget_all(&self) {
        self.shown.lock().clear();
    }

    /// As they stand.
    pub(crate) fn all(&self) -> Vec<TransferView> {
        self.shown
            .lock()
            .values()
            .map(|shown| shown.view.clone())
            .collect()
    }
}

/// One transfer.
#[derive(Clone)]
pub(crate) struct Meter {
    transfers: Transfers,
    view: TransferView,
}

impl Meter {
    pub(crate) fn new(transfers: &Transfers, view: TransferView) -> Self {
        Self {
            transfers: transfers.clone(),
            view,
        }
    }

    /// So many bytes are there.
    pub(crate) fn done(&mut self, done: u64) {
        self.view.done = done.min(self.view.total);
        self.view.state = TransferState::Running;
        self.transfers.show(self.view.clone());
    }

    /// It is known how many there are.
    pub(crate) fn of(&mut self, total: u64) {
        self.view.total = total;
    }

    /// It stands like this.
    pub(crate) fn state(&mut self, state: TransferState, error: Option<ErrorView>) {
        self.view.state = state;
        self.view.error = error;
        if state == TransferState::Done {
            self.view.done = self.view.total;
        }
        self.transfers.show(self.view.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events;

    fn view(done: u64, state: TransferState) -> TransferView {
        TransferView {
            conversation_id: "C2Cbob".into(),
            client_id: "m".into(),
            file_id: "f".into(),
            direction: TransferDirection::Up,
            done,
            total: 1_000,
            state,
            error: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_are_told_ten_times_a_second_and_states_at_once() {
        let (sender, mut receiver) = events::channel();
        let transfers = Transfers::new(sender);
        let mut told = || {
            let mut told = Vec::new();
            while let Some(EngineEvent::TransferProgress(view)) = receiver.try_next() {
                told.push((view.done, view.state));
            }
            told
        };
        transfers.show(view(0, TransferState::Waiting));
        for done in 0..100 {
            transfers.show(view(done, TransferState::Running));
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        let running = told();
        assert_eq!(running[0], (0, TransferState::Waiting));
        assert!((10..=11).contains(&(running.len() - 1)), "{running:?}");
        transfers.show(view(100, TransferState::Paused));
        assert_eq!(transfers.all().len(), 1);
        transfers.show(view(100, TransferState::Done));
        assert_eq!(told(), [(100, TransferState::Paused), (100, TransferState::Done)]);
        assert!(transfers.all().is_empty());
    }
}
