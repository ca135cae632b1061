//! Heads: what the conversation list shows.

use serde::{Deserialize, Serialize};

use crate::{ConversationId, GroupProfile, Membership, Message, Profile, RemindType};

/// A conversation's head, seen from one user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The user's heads version at the last change of this head. See [`crate::GetHeads::since`].
    pub version: u64,
    /// The newest message's seq; 0 for a log without messages.
    pub seq: u64,
    /// The log's revision.
    pub revision: u64,
    /// How far this user has read.
    pub read_seq: u64,
    /// How far the other has read (C2C).
    pub peer_read_seq: u64,
    /// Messages of others above `read_seq`.
    pub unread: u64,
    /// The newest message, its text cut to [`crate::limits::PREVIEW_BYTES`] (then `cut` is set).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Message>,
    /// The other's profile (C2C).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The user has deleted this conversation from the list (R-H8); its messages stay. The next message brings it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// The group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Box<GroupProfile>>,
    /// What the user is in the group; none: not in it any more, and `seq` is the last that they may know of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<Box<Membership>>,
    /// The newest message that mentions the user; 0: none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mention_seq: u64,
    /// The newest message that mentions everybody; 0: none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub everybody_seq: u64,
    /// The user has cleared the history up to here.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cleared_seq: u64,
    /// What the conversation is for this user alone.
    #[serde(default, skip_serializing_if = "ConversationSettings::is_usual")]
    pub settings: ConversationSettings,
}

/// What a conversation is for one user alone, on all their devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConversationSettings {
    /// Whether its messages are told of.
    #[serde(skip_serializing_if = "RemindType::is_usual")]
    pub remind: RemindType,
    /// At the top of the list.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// Shown as unread until it is opened.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub marked_unread: bool,
}

impl ConversationSettings {
    /// Nothing was set.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What marking as read led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedRead {
    /// How far this user has read now; never less than before.
    pub read_seq: u64,
    /// What is left.
    pub unread: u64,
}
