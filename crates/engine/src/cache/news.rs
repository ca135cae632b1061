//! What transactions led to that somebody else than a listener is to hear of.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::files;
use crate::limits;
use crate::view::MessageView;

/// What came, and what was erased.
#[derive(Default)]
pub(super) struct News {
    messages: Mutex<VecDeque<MessageView>>,
    pub(super) arrived: Notify,
    pub(super) erased: Notify,
}

impl News {
    /// These were received; those with files are kept, the oldest of too many forgotten.
    pub(super) fn came(&self, messages: &[MessageView]) {
        let mut with_files = messages
            .iter()
            .filter(|message| files::has_files(&message.message_type))
            .peekable();
        if with_files.peek().is_none() {
            return;
        }
        let mut kept = self.messages.lock();
        for message in with_files {
            if kept.len() >= limits::DOWNLOADS_WAITING {
                kept.pop_front();
            }
            kept.push_back(message.clone());
        }
        drop(kept);
        self.arrived.notify_one();
    }

    /// Those that were kept.
    pub(super) fn take(&self) -> Vec<MessageView> {
        self.messages.lock().drain(..).collect()
    }
}
