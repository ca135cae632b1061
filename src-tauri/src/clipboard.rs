//! Text to the clipboard.

use parking_lot::Mutex;

/// The longest text that is copied, bytes.
const COPY_BYTES: usize = 1024 * 1024;

/// Why a text is not on the clipboard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClipboardError {
    /// Too long.
    #[error("the text is too long to copy")]
    TooLong,
    /// The desktop has none, or does not let us.
    #[error(transparent)]
    System(#[from] arboard::Error),
}

/// The desktop's clipboard. On X11 and Wayland a text lives only as long as its owner, so the handle is kept.
#[derive(Default)]
pub(crate) struct Clipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard {
    /// Copies plain text (H54). Blocks: not for the main thread.
    pub(crate) fn copy(&self, text: String) -> Result<(), ClipboardError> {
        if text.len() > COPY_BYTES {
            return Err(ClipboardError::TooLong);
        }
        let mut kept = self.0.lock();
        let mut clipboard = match kept.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new()?,
        };
        clipboard.set_text(text)?;
        *kept = Some(clipboard);
        Ok(())
    }

    /// Leaves the text to the desktop's clipboard manager, where there is one, before the app ends.
    pub(crate) fn hand_over(&self) {
        self.0.lock().take();
    }
}
