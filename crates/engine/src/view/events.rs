//! What the engine tells.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    AccountView, CacheSetAside, ConnectionState, ConversationView, DraftAttachmentView, ErrorView,
    ExportProgressView, MessageView, OwnGroupView, ProfileView, TransferView,
};

/// What the engine tells. One bounded channel carries these in order; a listener that is too slow gets `Overflow`,
/// which means: forget what you hold and ask again.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "event")]
#[ts(export)]
pub enum EngineEvent {
    /// Signed in and able to answer from the cache (R-L2); again when what is known of the account is another.
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
    /// New messages of others, or of one's own other devices (R-M1, R-S2), by rising seq within a conversation; and those
    /// that are kept nowhere (`isOnlineOnly`, without a seq).
    MessagesReceived {
        /// The messages.
        messages: Vec<MessageView>,
    },
    /// Messages that were shown before look different now: sent, failed, or replaced by what the server really has.
    MessagesChanged {
        /// The messages, whole.
        messages: Vec<MessageView>,
    },
    /// Messages were recalled (R-K4): their payload is empty. What was shown of them, also in a notification, has to go.
    MessagesRevoked {
        /// The messages, whole.
        messages: Vec<MessageView>,
    },
    /// Messages were edited, or reactions were put to them or taken back.
    MessagesModified {
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
    /// These groups look like this now, or this user is not in them any more (GROUP_LIST_UPDATED).
    GroupsChanged {
        /// The groups.
        groups: Vec<OwnGroupView>,
    },
    /// Whom this user has blocked now (BLACKLIST_UPDATED).
    BlockedChanged {
        /// All of them.
        #[serde(rename = "userIDs")]
        user_ids: Vec<String>,
    },
    /// So many messages are unread, conversations that are not told of left out.
    TotalUnreadChanged {
        /// How many.
        #[ts(type = "number")]
        count: u64,
    },
    /// Profiles changed.
    ProfilesChanged {
        /// The profiles.
        profiles: Vec<ProfileView>,
    },
    /// A file that waits in the composer looks like this now: its picture is there, it is ready, or it cannot be sent.
    AttachmentChanged {
        /// The attachment, whole.
        attachment: DraftAttachmentView,
    },
    /// How far a file has come, about ten times a second at most; each change of its state is told.
    TransferProgress(TransferView),
    /// How far an export or import is, about ten times a second at most.
    ExportProgress(ExportProgressView),
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
