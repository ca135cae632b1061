//! What the shell takes at once, and how long it waits.

use std::time::Duration;

/// Files of one choice, paste or drop that are attached; the rest is counted.
pub(crate) const ATTACHED_AT_ONCE: usize = 200;
/// Paths of one drop that are kept.
pub(crate) const DROPPED_PATHS: usize = 1000;
/// What a second start may say to the app that runs, bytes: a link and the paths of files. More than any system takes as arguments.
pub(crate) const SUMMONS_BYTES: usize = 8 * 1024 * 1024;
/// Drops that are remembered until the page asks for their files.
pub(crate) const DROPS: usize = 4;
/// How deep a dropped folder is looked into.
pub(crate) const FOLDER_DEPTH: usize = 8;
/// Entries of dropped folders that are looked at.
pub(crate) const FOLDER_ENTRIES: usize = 10_000;
/// How often the page hears where a drag is.
pub(crate) const DRAG_STEP: Duration = Duration::from_millis(30);
/// How long whoever has the clipboard may take to say which files are on it.
pub(crate) const COPIED_FILES_WAIT: Duration = Duration::from_secs(2);
/// The largest image of the clipboard, pixels.
pub(crate) const PASTED_PIXELS: usize = 64_000_000;
/// A video's poster from the page, bytes.
pub(crate) const POSTER_BYTES: usize = 1024 * 1024;
/// A part of a file from the page, bytes.
pub(crate) const CHUNK_BYTES: usize = 1024 * 1024;
/// An id in an address of a picture or a player, bytes.
pub(crate) const MEDIA_ID_BYTES: usize = 64;
/// Pictures that are read for the page at once.
pub(crate) const SHOWN_PICTURES: usize = 8;
/// The largest picture that the page is given, bytes.
pub(crate) const SHOWN_PICTURE_BYTES: u64 = 32 * 1024 * 1024;
/// Players' connections at once; one more waits.
pub(crate) const STREAMS: usize = 32;
/// What a player is given at once, bytes.
pub(crate) const STREAM_STEP_BYTES: u64 = 256 * 1024;
/// How long a player may take to ask.
pub(crate) const STREAM_PATIENCE: Duration = Duration::from_secs(30);
/// The head of a player's request, bytes.
pub(crate) const STREAM_HEAD_BYTES: usize = 16 * 1024;
/// The longest text that is copied, bytes.
pub(crate) const COPIED_TEXT_BYTES: usize = 1024 * 1024;
/// How often the page hears how loud it is, a second.
pub(crate) const RECORDING_LEVELS: u32 = 15;
/// Pieces of sound that wait for the encoder.
pub(crate) const RECORDING_QUEUE: usize = 512;
/// How long a microphone may take to open, or to say something.
pub(crate) const MICROPHONE_PATIENCE: Duration = Duration::from_secs(10);
/// Copies of files that other programs were given; older ones go.
pub(crate) const GIVEN_COPIES: usize = 50;
/// Saved files whose place is remembered, to be shown again.
pub(crate) const SAVED: usize = 1000;
/// What waits for the task of notifications and tray; more is dropped.
pub(crate) const DESKTOP_WAITING: usize = 256;
/// Notifications that may follow each other without a pause.
pub(crate) const NOTIFICATIONS_AT_ONCE: usize = 2;
/// ... and the pause, for each of them; a notification on the screen is not changed more often than this either.
pub(crate) const NOTIFICATION_PAUSE: Duration = Duration::from_millis(500);
/// Conversations that get a notification of their own when several wait; more, and one summary stands for all.
pub(crate) const NOTIFICATIONS_WAITING: usize = 3;
/// Conversations whose notifications wait or are on the screen.
pub(crate) const NOTIFIED_CONVERSATIONS: usize = 1_000;
/// Messages of one conversation that a notification counts one by one, for when one is recalled.
pub(crate) const NOTIFIED_MESSAGES: usize = 20;
/// Conversations that the summary at a start looks through.
pub(crate) const SUMMARISED_CONVERSATIONS: usize = 20;
/// Messages of one conversation that the badge leaves out.
pub(crate) const UNCOUNTED_MESSAGES: usize = 1_000;
/// An answer typed into a notification, bytes.
pub(crate) const REPLY_BYTES: usize = 8 * 1024;
/// How long a program of the desktop may take to answer.
pub(crate) const DESKTOP_PATIENCE: Duration = Duration::from_secs(3);
/// Notifications that are known as this app's own when something is done with one.
pub(crate) const KNOWN_NOTIFICATIONS: usize = 1_000;
/// How long notifications may take to be taken away at the end of the app.
pub(crate) const PARTING: Duration = Duration::from_secs(1);
/// A window that was kept because something in it is not done yet closes when that is asked for again within this.
pub(crate) const CLOSING_AGAIN: Duration = Duration::from_secs(10);
/// Lines of the log that are kept for the page of diagnostics.
pub(crate) const LOG_LINES: usize = 200;
/// A line of them, bytes.
pub(crate) const LOG_LINE_BYTES: usize = 400;
/// Files of the profile that are counted for the page of diagnostics.
pub(crate) const COUNTED_FILES: usize = 100_000;
