//! The tray: an icon with what is unread, and a menu that works without the window.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
mod icon;
#[cfg(target_os = "linux")]
mod notifier_item;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::Tray;
#[cfg(target_os = "linux")]
pub(crate) use notifier_item::Tray;

use tidings_engine::notify::Language;

/// Unread conversations in the menu.
pub(crate) const CONVERSATIONS: usize = 5;

/// What the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    /// The profile's name where it is not the usual one, else the app's.
    pub(crate) title: String,
    /// Unread messages.
    pub(crate) unread: u64,
    /// The latest unread conversations: id, name, unread messages.
    pub(crate) conversations: Vec<(String, String, u64)>,
    /// Nothing disturbs.
    pub(crate) do_not_disturb: bool,
    /// The language of the menu.
    pub(crate) language: Language,
}

/// What was chosen in the tray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The window.
    Open,
    /// A conversation.
    Conversation(String),
    /// The other way round.
    DoNotDisturb,
    /// The settings.
    Settings,
    /// The end.
    Quit,
}
