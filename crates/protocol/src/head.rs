//! Heads: what the conversation list shows.

use serde::{Deserialize, Serialize};

use crate::{ConversationId, Message, Profile};

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
}

/// What marking as read led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedRead {
    /// How far this user has read now; never less than before.
    pub read_seq: u64,
    /// What is left.
    pub unread: u64,
}
