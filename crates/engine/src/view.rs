//! What the engine shows: the types that cross the bridge to the UI, in TIM's words where TIM has one.
//!
//! `cargo xtask codegen` writes them as TypeScript to `ui/src/bridge/generated/`. Numbers stay below 2^53.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use tidings_protocol::ErrorKind;

/// What became of a message (R-C9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum MessageStatus {
    /// Waits in the outbox, or is on its way.
    UnSend,
    /// The server has it on disk.
    Success,
    /// The server refused it; `code` says why.
    Fail,
}

/// A message as the UI and the SDK see it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MessageView {
    /// `C2Cbob`, `GROUPx`, `@TIM#SYSTEM`.
    #[serde(rename = "conversationID")]
    pub conversation_id: String,
    /// What the sender's device calls it; with `from` and `conversationID` this names a message for ever.
    pub client_id: String,
    /// The place in the log; `null` while it waits in the outbox or has failed.
    #[ts(type = "number | null")]
    pub seq: Option<u64>,
    /// The sender.
    pub from: String,
    /// The other user or the group.
    pub to: String,
    /// `in` or `out`.
    pub flow: Flow,
    /// Milliseconds since 1970: the server's when it has one, else this computer's.
    #[ts(type = "number")]
    pub time: i64,
    /// TIM's random (R-C7).
    pub random: u32,
    /// TIM's client sequence (R-C7).
    pub client_sequence: u32,
    /// TIM's element type, for example `TIMTextElem`.
    #[serde(rename = "type")]
    pub message_type: String,
    /// The payload, as it came.
    #[ts(type = "unknown")]
    pub payload: serde_json::Value,
    /// `High`, `Normal`, `Low`, `Lowest`.
    pub priority: String,
    /// What became of it.
    pub status: MessageStatus,
    /// Why it failed; 0 otherwise.
    pub code: i32,
    /// This user has read it (own messages count as read).
    pub is_read: bool,
    /// The other has read it (C2C, own messages).
    pub is_peer_read: bool,
    /// Recalled: the payload is empty.
    pub is_revoked: bool,
    /// It was sent again after a failure (R-S9).
    pub is_resend: bool,
    /// The sender's name, empty when they have none.
    pub nick: String,
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Flow {
    /// Somebody else's.
    In,
    /// One's own, from whichever device.
    Out,
}

/// A user's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ProfileView {
    /// Whose.
    #[serde(rename = "userID")]
    pub user_id: String,
    /// The name to show; empty: show the id.
    pub nick: String,
    /// Which avatar colour, 0 to 11; always set (made from the id where the user chose none).
    pub avatar_colour: u8,
}

/// The newest message of a conversation, as the list shows it (R-H9).
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LastMessageView {
    /// Milliseconds since 1970.
    #[ts(type = "number")]
    pub last_time: i64,
    /// Its seq; `null` while unsent.
    #[ts(type = "number | null")]
    pub last_sequence: Option<u64>,
    /// Who sent it.
    pub from_account: String,
    /// The words to show: the start of a text, one line, at most 512 bytes; empty for types that the UI words itself.
    pub message_for_show: String,
    /// TIM's element type.
    #[serde(rename = "type")]
    pub message_type: String,
    /// Recalled.
    pub is_revoked: bool,
    /// What became of it, for one's own.
    pub status: MessageStatus,
    /// The other has read it (one's own, C2C).
    pub is_peer_read: bool,
}

/// A conversation as the list and the SDK see it (R-H9).
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ConversationView {
    /// `C2Cbob`, `GROUPx`, `@TIM#SYSTEM`.
    #[serde(rename = "conversationID")]
    pub conversation_id: String,
    /// `C2C`, `GROUP`, `@TIM#SYSTEM`.
    #[serde(rename = "type")]
    pub conversation_type: String,
    /// Messages of others above `readSeq`.
    #[ts(type = "number")]
    pub unread_count: u64,
    /// The newest message, or the newest unsent one when that is newer; `null` in an empty conversation.
    pub last_message: Option<LastMessageView>,
    /// The other's profile (C2C).
    pub user_profile: Option<ProfileView>,
    /// How far this user has read: where the line "New messages" belongs.
    #[ts(type = "number")]
    pub read_seq: u64,
    /// How far the other has read.
    #[ts(type = "number")]
    pub peer_read_seq: u64,
    /// The newest message's seq.
    #[ts(type = "number")]
    pub seq: u64,
    /// The text that waits in the composer; empty when there is none.
    pub draft: String,
    /// Messages of one's own that failed.
    pub failed_count: u32,
    /// Messages of one's own that wait.
    pub unsent_count: u32,
    /// What the list is sorted by, falling: the newest message's or draft's time, milliseconds since 1970.
    #[ts(type = "number")]
    pub sort_time: i64,
}

/// A message that the UI wants sent.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct OutgoingMessage {
    /// Where to.
    #[serde(rename = "conversationID")]
    pub conversation_id: String,
    /// A UUID of version 7, made with the message.
    pub client_id: String,
    /// TIM's random.
    pub random: u32,
    /// TIM's client sequence.
    pub client_sequence: u32,
    /// TIM's element type.
    #[serde(rename = "type")]
    pub message_type: String,
    /// The payload.
    #[ts(type = "unknown")]
    pub payload: serde_json::Value,
    /// `High`, `Normal`, `Low`, `Lowest`.
    pub priority: String,
}

/// A page of history (R-H3).
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MessagePage {
    /// Oldest first. The newest page ends with the messages that wait or failed, in the order they were written.
    pub messages: Vec<MessageView>,
    /// Ask for the next page with this; `null` when there is none.
    #[ts(type = "number | null")]
    pub next_before: Option<u64>,
    /// Everything that is kept has been seen.
    pub is_completed: bool,
    /// Older messages exist but cannot be had just now (offline): ask again when connected.
    pub is_cut_off: bool,
}

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

/// What the engine tells. One bounded channel carries these in order; a listener that is too slow gets `Overflow`,
/// which means: forget what you hold and ask again.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "event")]
#[ts(export)]
pub enum EngineEvent {
    /// Signed in and able to answer from the cache (R-L2).
    Ready {
        /// Who.
        account: AccountView,
    },
    /// Signed out (R-L7), or kicked out.
    NotReady {},
    /// R-L9.
    Connection {
        /// How it stands now.
        state: ConnectionState,
        /// Milliseconds until the next try, where one is planned.
        #[ts(type = "number | null")]
        retry_in_ms: Option<u64>,
        /// What stands in the way, when it is more than a lost network (a certificate that changed, another version).
        error: Option<ErrorView>,
    },
    /// New messages of others, or of one's own other devices (R-M1, R-S2), by rising seq within a conversation.
    MessagesReceived {
        /// The messages.
        messages: Vec<MessageView>,
    },
    /// Messages that were shown before look different now: sent, failed, read, changed.
    MessagesChanged {
        /// The messages, whole.
        messages: Vec<MessageView>,
    },
    /// The other has read up to here (C2C): own messages up to `seq` are `isPeerRead`.
    PeerRead {
        /// Which conversation.
        #[serde(rename = "conversationID")]
        conversation_id: String,
        /// Up to where.
        #[ts(type = "number")]
        seq: u64,
    },
    /// History of this conversation came in from the server beside what was shown: ask for its pages again.
    HistoryFilled {
        /// Which conversation.
        #[serde(rename = "conversationID")]
        conversation_id: String,
    },
    /// These conversations look like this now.
    ConversationsChanged {
        /// The conversations, whole.
        conversations: Vec<ConversationView>,
        /// Those that left the list.
        #[serde(rename = "removedIDs")]
        removed_ids: Vec<String>,
    },
    /// Profiles changed.
    ProfilesChanged {
        /// The profiles.
        profiles: Vec<ProfileView>,
    },
    /// R-L8. The engine has signed out; the cache is kept until somebody else signs in.
    KickedOut {
        /// `multipleAccount`, `multipleDevice` or `userSigExpired`.
        #[serde(rename = "type")]
        reason: String,
    },
    /// Something went wrong that no command can report.
    Error {
        /// What.
        error: ErrorView,
    },
    /// The cache could not be used and was begun anew.
    CacheSetAside {
        /// What could be kept.
        report: CacheSetAside,
    },
    /// Events were lost: ask for everything again.
    Overflow {},
}
