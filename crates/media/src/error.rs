//! What can go wrong with a file.

use std::io;

/// Why nothing could be made of a file. None of these says anything about the file's path.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The file could not be read or written: it is gone, its drive is, or the disk is full.
    #[error("the file could not be read or written: {0}")]
    Io(#[from] io::Error),
    /// It is a folder, a device or a pipe.
    #[error("not an ordinary file")]
    NotAFile,
    /// It is damaged, cut off, or not what its first bytes say.
    #[error("the file is damaged: {0}")]
    Broken(&'static str),
    /// It is of a kind that nothing here decodes.
    #[error("nothing here decodes this")]
    Unsupported,
    /// It asks for more than [`crate::Limits`] give (H22).
    #[error("too large to decode")]
    TooLarge,
    /// It took too long or too much memory, or the decoder fell over (H22, H23).
    #[error("too hard to decode")]
    TooHard,
}

impl From<crate::source::Broken> for MediaError {
    fn from(broken: crate::source::Broken) -> Self {
        match broken {
            crate::source::Broken::Io(error) => Self::Io(error),
            crate::source::Broken::End => Self::Broken("it ends too early"),
            crate::source::Broken::Nonsense => Self::Broken("its structure makes no sense"),
            crate::source::Broken::TooMuch => Self::TooLarge,
        }
    }
}

/// Runs a decoder; what it panics with is [`MediaError::TooHard`] (H23).
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, MediaError>) -> Result<T, MediaError> {
    // What the closure touches is dropped with it; nothing half-made is seen afterwards.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(Err(MediaError::TooHard))
}
