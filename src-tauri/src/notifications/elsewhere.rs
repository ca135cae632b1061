//! Notifications on Windows and macOS, by `notify-rust`. What is done with one there is not heard: a click brings nothing to
//! the front yet (`docs/platforms.md`).

use tokio::sync::mpsc;

use super::{Card, Heard};

/// The system's notifications.
pub(crate) struct Server {
    _heard: mpsc::Sender<Heard>,
    last: u32,
    has_complained: bool,
}

impl Server {
    /// Nothing is told to `heard` here.
    pub(crate) fn new(heard: mpsc::Sender<Heard>) -> Self {
        Self {
            _heard: heard,
            last: 0,
            has_complained: false,
        }
    }

    /// There is nothing to prepare here.
    pub(crate) async fn prepare(&mut self) {}

    /// The system shows notifications, or keeps them from being shown without a word.
    pub(crate) async fn is_there(&mut self) -> bool {
        true
    }

    /// Never happens here.
    pub(crate) fn restarted(&mut self) {}

    /// Shows a notification; answers with a number of our own.
    pub(crate) async fn show(&mut self, card: &Card<'_>) -> Option<u32> {
        let mut notification = notify_rust::Notification::new();
        notification
            .appname("Tidings")
            .summary(card.title)
            .body(card.body);
        if card.sound {
            notification.sound_name("Default");
        }
        let shown = tokio::task::spawn_blocking(move || notification.show().map(|_| ())).await;
        match shown {
            Ok(Ok(())) => {
                self.last = self.last.wrapping_add(1);
                Some(card.replaces.unwrap_or(self.last))
            }
            Ok(Err(error)) => {
                if !std::mem::replace(&mut self.has_complained, true) {
                    tracing::info!(%error, "notifications cannot be shown");
                }
                None
            }
            Err(_) => None,
        }
    }

    /// The system takes them away by itself.
    pub(crate) async fn close(&mut self, _id: u32) {}
}
