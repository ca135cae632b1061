//! The desktop's clipboard: text and pictures out, files and pictures in.

#[cfg(target_os = "linux")]
mod copied_files;

use std::{borrow::Cow, path::PathBuf};

use parking_lot::Mutex;

use crate::limits::{COPIED_TEXT_BYTES, PASTED_PIXELS};

#[cfg(target_os = "linux")]
pub(crate) use copied_files::copied_files;

/// Why something is not on the clipboard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClipboardError {
    /// Too long.
    #[error("the text is too long to copy")]
    TooLong,
    /// More pixels than are taken.
    #[error("the picture is too large")]
    TooLarge,
    /// The desktop has none, or does not let us.
    #[error(transparent)]
    System(#[from] arboard::Error),
}

/// A picture as red, green, blue and alpha of each pixel, row by row.
pub(crate) struct Pixels {
    /// Pixels of a row.
    pub(crate) width: u32,
    /// Rows.
    pub(crate) height: u32,
    /// Four for each pixel.
    pub(crate) bytes: Vec<u8>,
}

/// What there is to paste.
pub(crate) enum Pasted {
    /// Files that were copied in a file manager.
    Files(Vec<PathBuf>),
    /// A picture, of a browser or a screenshot.
    Picture(Pixels),
    /// Neither.
    Nothing,
}

/// The desktop's clipboard. On X11 and Wayland what is on it lives only as long as its owner, so the handle is kept.
#[derive(Default)]
pub(crate) struct Clipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard {
    fn with<T>(
        &self,
        work: impl FnOnce(&mut arboard::Clipboard) -> Result<T, ClipboardError>,
    ) -> Result<T, ClipboardError> {
        let mut kept = self.0.lock();
        let mut clipboard = match kept.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new()?,
        };
        let done = work(&mut clipboard);
        *kept = Some(clipboard);
        done
    }

    /// Copies plain text (H54). Blocks: not for the main thread.
    pub(crate) fn copy(&self, text: String) -> Result<(), ClipboardError> {
        if text.len() > COPIED_TEXT_BYTES {
            return Err(ClipboardError::TooLong);
        }
        self.with(|clipboard| Ok(clipboard.set_text(text)?))
    }

    /// Copies a picture. Blocks: not for the main thread.
    pub(crate) fn copy_picture(&self, pixels: Pixels) -> Result<(), ClipboardError> {
        let picture = arboard::ImageData {
            width: pixels.width as usize,
            height: pixels.height as usize,
            bytes: Cow::Owned(pixels.bytes),
        };
        self.with(|clipboard| Ok(clipboard.set_image(picture)?))
    }

    /// Files before a picture: a file manager puts a picture of its own beside the files that were copied. Blocks: not for
    /// the main thread.
    pub(crate) fn paste(&self) -> Result<Pasted, ClipboardError> {
        self.with(|clipboard| {
            let files: Vec<PathBuf> = clipboard
                .get()
                .file_list()
                .unwrap_or_default()
                .into_iter()
                .filter(|path| path.is_absolute())
                .collect();
            if !files.is_empty() {
                return Ok(Pasted::Files(files));
            }
            match clipboard.get_image() {
                Ok(picture) => pixels(picture).map(Pasted::Picture),
                Err(error @ (arboard::Error::ClipboardNotSupported | arboard::Error::ClipboardOccupied)) => {
                    Err(error.into())
                }
                Err(error) => {
                    // Some programs answer every question with the text that they have.
                    tracing::debug!(%error, "no picture on the clipboard");
                    Ok(Pasted::Nothing)
                }
            }
        })
    }

    /// Leaves what is on it to the desktop's clipboard manager, where there is one, before the app ends.
    pub(crate) fn hand_over(&self) {
        self.0.lock().take();
    }
}

fn pixels(picture: arboard::ImageData<'_>) -> Result<Pixels, ClipboardError> {
    let count = picture.width.checked_mul(picture.height);
    if count.is_none_or(|count| count == 0 || count > PASTED_PIXELS) {
        return Err(ClipboardError::TooLarge);
    }
    match (u32::try_from(picture.width), u32::try_from(picture.height)) {
        (Ok(width), Ok(height)) => Ok(Pixels {
            width,
            height,
            bytes: picture.bytes.into_owned(),
        }),
        _ => Err(ClipboardError::TooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_too_large_or_empty_is_not_taken() {
        let picture = |width, height| arboard::ImageData {
            width,
            height,
            bytes: Cow::Owned(Vec::new()),
        };
        for (width, height) in [
            (0, 0),
            (0, 5),
            (8001, 8001),
            (usize::MAX, 2),
            (PASTED_PIXELS + 1, 1),
        ] {
            assert!(pixels(picture(width, height)).is_err(), "{width} x {height}");
        }
        assert!(pixels(picture(8000, 8000)).is_ok());
    }
}
