//! What an export is made of: `docs/export.md` says it for other programs.

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    ConversationId, FileId, GroupId, GroupProfile, Membership, Message, RemindType, UserId,
};

/// What `about.json` calls the format.
pub(crate) const FORMAT: &str = "tidings-export";
/// The version that this program writes, and the newest that it reads.
pub(crate) const VERSION: u32 = 1;

/// Written last: a folder without it is no whole export.
pub(crate) const ABOUT: &str = "about.json";
pub(crate) const PROFILE: &str = "profile.json";
pub(crate) const PEOPLE: &str = "people.jsonl";
pub(crate) const CONVERSATIONS: &str = "conversations.jsonl";
pub(crate) const GROUPS: &str = "groups.jsonl";
pub(crate) const MEMBERS: &str = "members.jsonl";
pub(crate) const MESSAGES: &str = "messages.jsonl";
pub(crate) const UNSENT: &str = "unsent.jsonl";
pub(crate) const MEDIA_LIST: &str = "media.jsonl";
pub(crate) const MEDIA: &str = "media";

/// Whether this is an export at all, and which version: read before the rest of `about.json`, which a newer version may have changed.
#[derive(Debug, Deserialize)]
pub(crate) struct Kind {
    pub(crate) format: String,
    pub(crate) version: u32,
}

/// `about.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) format: String,
    pub(crate) version: u32,
    /// Which program wrote it.
    pub(crate) made_by: String,
    /// When, milliseconds since 1970.
    pub(crate) made: i64,
    /// Whose it is.
    pub(crate) user_id: UserId,
    /// The space's name.
    pub(crate) space: String,
    /// The space's server as people write it; empty when this user's own computer hosted the space.
    pub(crate) server: String,
    pub(crate) counts: Counts,
    pub(crate) missing: Missing,
}

/// What is in the export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) conversations: u64,
    pub(crate) messages: u64,
    pub(crate) files: u64,
    /// Bytes of the files.
    pub(crate) file_bytes: u64,
}

/// What belongs into the export and could not be had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missing {
    pub(crate) messages: u64,
    pub(crate) files: u64,
}

/// A line of `conversations.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConversationLine {
    pub(crate) conversation: ConversationId,
    /// The newest message known of.
    pub(crate) seq: u64,
    /// Up to here every change of the exported messages is in them ...
    pub(crate) revision: u64,
    /// ... when the newest message was this one.
    pub(crate) revision_seq: u64,
    /// The oldest message that the server kept; 0: not known.
    #[serde(default)]
    pub(crate) floor: u64,
    #[serde(default)]
    pub(crate) read_seq: u64,
    #[serde(default)]
    pub(crate) peer_read_seq: u64,
    #[serde(default)]
    pub(crate) unread: u64,
    #[serde(default)]
    pub(crate) mention_seq: u64,
    #[serde(default)]
    pub(crate) everybody_seq: u64,
    /// Messages up to here were cleared by this user.
    #[serde(default)]
    pub(crate) cleared_seq: u64,
    /// It stands on the list.
    #[serde(default)]
    pub(crate) listed: bool,
    #[serde(default)]
    pub(crate) pinned: bool,
    #[serde(default)]
    pub(crate) marked_unread: bool,
    #[serde(default)]
    pub(crate) remind: RemindType,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) draft: String,
    #[serde(default)]
    pub(crate) draft_time: i64,
}

/// A line of `groups.jsonl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GroupLine {
    pub(crate) profile: GroupProfile,
    /// What this user is in it; nothing: they left it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) me: Option<Membership>,
}

/// A line of `members.jsonl`: how somebody is called in a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MemberLine {
    pub(crate) group: GroupId,
    pub(crate) user_id: UserId,
    pub(crate) name_card: String,
}

/// A line of `messages.jsonl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MessageLine {
    pub(crate) conversation: ConversationId,
    /// This user has deleted it for themselves: its place is kept, and nothing of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) deleted: bool,
    /// As `protocol.md` says.
    pub(crate) message: Message,
}

/// A line of `unsent.jsonl`: for whoever reads the export; nothing sends it from there.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct UnsentLine<'a> {
    pub(crate) conversation: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) time: i64,
    pub(crate) failed: bool,
    #[serde(rename = "type")]
    pub(crate) message_type: &'a str,
    pub(crate) payload: Box<serde_json::value::RawValue>,
}

/// A line of `media.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MediaLine {
    /// What messages call it.
    pub(crate) file: FileId,
    /// What it is called in `media/`.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) size: u64,
    /// Of its content, 64 hexadecimal digits.
    pub(crate) blake3: String,
}
