//! What a person is looking at: the policy of notifications asks, the page and the window tell.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    is_focused: AtomicBool,
    /// The web view of the hidden window is gone or going, and that is no end of the app.
    is_resting: AtomicBool,
    shown: Mutex<Shown>,
}

/// What the page shows.
#[derive(Debug, Default)]
struct Shown {
    conversation: String,
    is_busy: bool,
}

impl Presence {
    /// The page shows this conversation (empty: none). `is_busy`: it has something that would be lost without it.
    pub(crate) fn set_shown(&self, conversation: String, is_busy: bool) {
        *self.shown.lock() = Shown {
            conversation,
            is_busy,
        };
    }

    /// The window has the focus, or not.
    pub(crate) fn set_focused(&self, focused: bool) {
        self.is_focused.store(focused, Ordering::Relaxed);
    }

    /// Whether the window has the focus.
    pub(crate) fn is_focused(&self) -> bool {
        self.is_focused.load(Ordering::Relaxed)
    }

    /// The conversation that is being looked at.
    pub(crate) fn looked_at(&self) -> Option<String> {
        let shown = self.shown.lock();
        (self.is_focused() && !shown.conversation.is_empty()).then(|| shown.conversation.clone())
    }

    /// Whether the page has something that would be lost without it.
    pub(crate) fn is_busy(&self) -> bool {
        self.shown.lock().is_busy
    }

    /// The page goes, the app stays.
    pub(crate) fn rest(&self) {
        self.set_shown(String::new(), false);
        self.set_focused(false);
        self.is_resting.store(true, Ordering::Relaxed);
    }

    /// A page is there again.
    pub(crate) fn wake(&self) {
        self.is_resting.store(false, Ordering::Relaxed);
    }

    /// Whether the app goes on without a window.
    pub(crate) fn is_resting(&self) -> bool {
        self.is_resting.load(Ordering::Relaxed)
    }
}
