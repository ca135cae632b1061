//! What can go wrong while driving.

use std::io;
use std::path::PathBuf;

/// Why a verb could not be done.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// A program of the desk or the app did not start.
    #[error("{what} did not start: {source}")]
    Start {
        /// Which program.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// A program started and then did not say what it must.
    #[error("{0} did not become ready")]
    NotReady(String),
    /// The driver could not be reached, or the app behind it is gone.
    #[error("the driver does not answer: {0}")]
    Gone(#[from] io::Error),
    /// The driver answered something that is not the WebDriver protocol.
    #[error("the driver's answer makes no sense: {0}")]
    Answer(String),
    /// The driver refused, in WebDriver's words.
    #[error("{error}: {message}")]
    Refused {
        /// WebDriver's error code, for example `stale element reference`.
        error: String,
        /// Its explanation.
        message: String,
    },
    /// What was looked for did not come in time.
    #[error("{sought} did not come. On the screen (picture: {}):\n{outline}", picture.display())]
    NotFound {
        /// What was looked for.
        sought: String,
        /// What was there instead: one line for each thing with a role.
        outline: String,
        /// A screenshot.
        picture: PathBuf,
    },
}
