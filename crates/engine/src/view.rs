//! What the engine shows: the types that cross the bridge to the UI, in TIM's words where TIM has one.
//!
//! `cargo xtask codegen` writes them as TypeScript to `ui/src/bridge/generated/`. Numbers stay below 2^53.

mod account;
mod events;
mod exports;
mod groups;
mod media;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use account::{AccountView, CacheSetAside, ConnectionState, ErrorView};
pub use events::EngineEvent;
pub use exports::{ExportDirection, ExportProgressView, Exported, ImportReport};
pub use groups::{
    AddedMembers, GroupChange, GroupMemberView, GroupProfileView, JoinedGroup, MemberPage, MembershipView,
    NewGroup, OwnGroupView, ReadByView,
};
pub use media::{
    AsPictureView, AttachmentKind, AttachmentUse, DraftAttachmentView, LocalFile, MediaSection,
    MediaSettings, MediaStorageView, TransferDirection, TransferState, TransferView, WhyFile,
};
pub use tidings_protocol::{ErrorKind, GroupType, JoinOption, JoinStatus, RemindType, Role};

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
    /// Recalled: the payload is empty, and nothing else of it is kept.
    pub is_revoked: bool,
    /// Who recalled it; empty while nobody has.
    pub revoker: String,
    /// Its sender has changed it.
    pub is_modified: bool,
    /// The reactions, those that came first first.
    pub reactions: Vec<ReactionView>,
    /// TIM's cloudCustomData; empty when there is none.
    pub cloud_custom_data: String,
    /// Whom it mentions: user ids, or `__kImSDK_MesssageAtALL__`.
    pub at_user_list: Vec<String>,
    /// TIM's offlinePushInfo.
    pub push_info: Option<PushInfoView>,
    /// It is kept nowhere (R-S4) and has no seq.
    pub is_online_only: bool,
    /// It was sent again after a failure (R-S9).
    pub is_resend: bool,
    /// The sender's name, empty when they have none.
    pub nick: String,
    /// How the sender is called in this group; empty: by the nick.
    pub name_card: String,
}

/// TIM's offlinePushInfo (R-S5), by its names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct PushInfoView {
    /// The notification's title; empty: the usual one.
    pub title: String,
    /// The notification's text; empty: the usual one.
    pub description: String,
    /// Handed back on a click.
    pub extension: String,
    /// No notification.
    pub disable_push: bool,
    /// The badge does not count it.
    #[serde(rename = "ignoreIOSBadge")]
    pub ignore_ios_badge: bool,
    /// Kept for phones.
    #[serde(rename = "androidOPPOChannelID")]
    pub android_oppo_channel_id: String,
}

/// One kind of reaction to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ReactionView {
    /// Which.
    pub emoji: String,
    /// User ids, those who came first first.
    pub users: Vec<String>,
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
    /// The sender's name card or name; empty when they have none.
    pub nick: String,
    /// The words to show: the start of a text, one line, at most 512 bytes; empty for types that the UI words itself.
    pub message_for_show: String,
    /// TIM's element type.
    #[serde(rename = "type")]
    pub message_type: String,
    /// What the UI words types with that are no text: the payload with its texts cut, `null` for a text.
    #[ts(type = "unknown")]
    pub payload: serde_json::Value,
    /// Recalled.
    pub is_revoked: bool,
    /// Who recalled it; empty while nobody has.
    pub revoker: String,
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
    /// The group's profile (GROUP), when it is known.
    pub group_profile: Option<GroupProfileView>,
    /// What this user is in the group; `null` in a group: not in it any more.
    pub membership: Option<MembershipView>,
    /// `AcceptAndNotify`, `AcceptNotNotify`, `Discard`.
    #[ts(type = "'AcceptAndNotify' | 'AcceptNotNotify' | 'Discard'")]
    pub remind_type: RemindType,
    /// At the top of the list.
    pub is_pinned: bool,
    /// Shown as unread until it is opened.
    pub is_marked_unread: bool,
    /// Who is mentioned in what is unread.
    pub mentioned: Mentioned,
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
    /// What the list is sorted by, falling, after the pinned ones: the newest message's or draft's time, milliseconds since 1970.
    #[ts(type = "number")]
    pub sort_time: i64,
}

/// What is to change of what a conversation is for this user alone; what is left out stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingsChange {
    /// Whether its messages are told of.
    #[serde(default)]
    pub remind_type: Option<RemindType>,
    /// Whether it is at the top of the list.
    #[serde(default)]
    pub is_pinned: Option<bool>,
    /// Whether it is shown as unread until it is opened.
    #[serde(default)]
    pub is_marked_unread: Option<bool>,
}

/// Who is mentioned in what is unread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum Mentioned {
    /// Nobody who concerns this user.
    #[default]
    None,
    /// This user.
    Me,
    /// Everybody.
    All,
    /// This user, and everybody.
    Both,
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
    /// TIM's offlinePushInfo.
    #[serde(default)]
    pub push_info: Option<PushInfoView>,
    /// TIM's cloudCustomData.
    #[serde(default)]
    pub cloud_custom_data: String,
    /// Whom it mentions: user ids, or `__kImSDK_MesssageAtALL__`.
    #[serde(default)]
    pub at_user_list: Vec<String>,
    /// R-S4: sent now or not at all, kept nowhere.
    #[serde(default)]
    pub online_user_only: bool,
    /// The file that it carries. The engine makes `type` and `payload` of it then, and what is said here counts for nothing.
    #[serde(default)]
    #[ts(optional)]
    pub attachment: Option<AttachmentUse>,
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
