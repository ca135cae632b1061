//! The account, the connection, errors.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ProfileView;
use tidings_protocol::ErrorKind;

/// How it stands with the server (R-L9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum ConnectionState {
    /// Signed in and heads checked.
    Connected,
    /// Trying.
    Connecting,
    /// Not trying until there is a reason (signed out, or kicked out), or waiting for the next try.
    Disconnected,
}

/// Who is signed in on this profile, if anybody.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AccountView {
    /// Whose account this is.
    pub profile: ProfileView,
    /// The space's name.
    pub space: String,
    /// The server, as people write it: `chat.example.org:443`.
    pub server: String,
    /// This app hosts the space itself.
    pub is_host: bool,
    /// What is here came out of an export, and nobody has signed in since: all can be read, nothing goes out or comes in.
    pub is_imported: bool,
    /// How long a message of one's own can be recalled, seconds; 0: as long as it is kept. `null`: the server has not said it in this run
    /// (R-K2).
    pub recall_seconds: Option<u32>,
    /// By how much the server's clock is ahead of this computer's, milliseconds; 0 until it is known.
    #[ts(type = "number")]
    pub server_ahead_ms: i64,
}

/// An error for the UI: it words it by `code` and `kind`; `message` is for logs and developers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{code} {message}")]
#[ts(export)]
pub struct ErrorView {
    /// Stable (`tidings_protocol::code`).
    pub code: i32,
    /// What a person can do.
    #[ts(
        type = "'bad_request' | 'unauthorised' | 'forbidden' | 'not_found' | 'conflict' | 'too_large' | 'rate_limited' | 'unavailable' | 'network' | 'internal' | 'unknown'"
    )]
    pub kind: ErrorKind,
    /// English, for developers. Never a secret, a path or a message's text.
    pub message: String,
    /// When trying again makes sense, milliseconds.
    #[ts(type = "number | null")]
    pub retry_after_ms: Option<u64>,
}

/// What was set aside at opening, and what could be kept.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CacheSetAside {
    /// `damaged`, or `newer` (written by a newer version of Tidings).
    pub reason: String,
    /// Drafts that were rescued.
    pub drafts: u32,
    /// Unsent messages that were rescued.
    pub unsent: u32,
}
