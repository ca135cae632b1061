//! Notifications: what the engine's policy says is shown, as the desktop can show it.

pub(crate) mod board;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod face;
#[cfg(target_os = "linux")]
mod freedesktop;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::Server;
#[cfg(target_os = "linux")]
pub(crate) use freedesktop::Server;

use tidings_engine::notify::Face;

/// What a person did with a notification, or the desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A click on it. `token`: what lets a window come to the front, where the desktop wants one.
    Opened {
        /// Which.
        id: u32,
        /// See above.
        token: Option<String>,
    },
    /// "Mark as read".
    MarkedRead {
        /// Which.
        id: u32,
    },
    /// An answer was typed into it.
    Replied {
        /// Which.
        id: u32,
        /// The answer.
        text: String,
    },
    /// It left the screen.
    Closed {
        /// Which.
        id: u32,
        /// Somebody waved it away.
        by_person: bool,
    },
    /// What shows notifications is a new program: it knows nothing of the old ones.
    Restarted,
}

/// What a notification says beside its message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Labels {
    /// The action of a click.
    pub(crate) open: &'static str,
    /// The action that marks as read.
    pub(crate) mark_read: &'static str,
    /// The action that answers.
    pub(crate) reply: &'static str,
}

/// One notification as the desktop gets it.
#[derive(Debug, Clone)]
pub(crate) struct Card<'a> {
    /// The one that it takes the place of.
    pub(crate) replaces: Option<u32>,
    /// Plain text, one line.
    pub(crate) title: &'a str,
    /// Plain text, one line.
    pub(crate) body: &'a str,
    /// With a sound.
    pub(crate) sound: bool,
    /// It can wait.
    pub(crate) is_low: bool,
    /// It stands for one conversation, which can be marked as read and answered.
    pub(crate) is_conversation: bool,
    /// Whom it is from, where that is shown; else it shows the app.
    pub(crate) face: Option<Face>,
    /// The words of its actions.
    pub(crate) labels: Labels,
}
