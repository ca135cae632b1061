//! The frames of the WebSocket: JSON text, one object each.
//!
//! A client's first frame is a [`Hello`]; the server answers [`Welcome`] or an error and closes. After that the client sends
//! [`ClientFrame`]s and the server [`ServerFrame`]s. A push is a hint: the store is the truth, and the next heads
//! check finds whatever a lost push would have said.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    ClientId, ConversationId, ConversationKind, Extras, GroupId, GroupProfile, GroupRequest, Head,
    MarkedRead, MediaLimits, Message, MessageType, Priority, Profile, RemindType, UserId, WireError,
};

/// A client's first frame.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// [`crate::PROTOCOL_VERSION`].
    pub protocol: u32,
    /// The device's token.
    pub token: String,
    /// As [`GetHeads::since`]: the answer brings the heads that differ in the same round trip.
    pub since: u64,
}

/// The answer to a [`Hello`]: `{"welcome": …}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Welcome {
    /// Who signed in, as others see them.
    pub me: Profile,
    /// The server's clock, milliseconds since 1970.
    pub time: i64,
    /// What differs from what the device knew.
    pub heads: Heads,
    /// How large files may be in this space.
    #[serde(default)]
    pub media: MediaLimits,
    /// How long the sender may recall a message, seconds; 0: as long as it is kept. Older servers do not say it (R-K2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall_seconds: Option<u32>,
}

/// One request: `{"id": 7, "do": {"send": …}}`. `id` comes back as `re`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClientFrame {
    /// Chosen by the client; unique among its unanswered requests.
    pub id: u32,
    /// What to do.
    #[serde(rename = "do")]
    pub request: Request,
}

/// What a client can ask for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Stores a message and delivers it; answered with [`Sent`] when it is on disk.
    Send(SendMessage),
    /// The heads that differ; also the heartbeat. Answered with [`Heads`].
    Heads(GetHeads),
    /// A page of history. Answered with [`Page`].
    History(HistoryRequest),
    /// What changed in messages that the device may hold. Answered with [`Changes`].
    Changes(ChangesRequest),
    /// Recalls a message of one's own (R-K1). Answered with [`Sent`] of the new revision.
    Recall(OfMessage),
    /// Changes the text of a message of one's own. Answered with [`Sent`] of the new revision.
    Edit(EditMessage),
    /// Puts a reaction to a message, or takes it back. Answered with [`Sent`] of the new revision.
    React(ReactTo),
    /// Groups. Answered as [`GroupRequest`] says.
    Group(Box<GroupRequest>),
    /// What a conversation is for this user alone. Answered with `{}`.
    Settings(ChangeSettings),
    /// addToBlacklist. Answered with [`Blocked`].
    Block(Users),
    /// removeFromBlacklist. Answered with [`Blocked`].
    Unblock(Users),
    /// getBlacklist. Answered with [`Blocked`].
    Blocked {},
    /// Marks as read. Answered with [`MarkedRead`].
    Read(MarkRead),
    /// Takes a conversation off the list (R-H8). Answered with `{}`.
    Delete(Removed),
    /// Profiles by id. Answered with [`People`]; unknown ids are left out.
    Profiles(ProfilesRequest),
    /// People of this space by the start of their id or a part of their name. Answered with [`People`].
    Find(FindPeople),
    /// Changes one's own profile. Answered with the new [`Profile`].
    UpdateProfile(ProfileUpdate),
    /// Revokes this device's token and ends the session. Answered with `{}`.
    SignOut {},
}

/// See [`Request::Send`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendMessage {
    /// Where to.
    pub conversation: ConversationId,
    /// Unique in (conversation, sender): a second send of the same id changes nothing and gets the same answer.
    pub client_id: ClientId,
    /// TIM's random.
    pub random: u32,
    /// TIM's client sequence.
    pub client_seq: u32,
    /// TIM's element type.
    #[serde(rename = "type")]
    pub message_type: MessageType,
    /// Opaque to the store; checked by [`crate::check_payload`].
    pub payload: Box<RawValue>,
    /// R-C3.
    #[serde(default, skip_serializing_if = "Priority::is_normal")]
    pub priority: Priority,
    /// What goes along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extras: Option<Box<Extras>>,
    /// R-S4: pushed to who is here and not stored. The answer's seq and revision are 0.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub online_only: bool,
}

/// A stored message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfMessage {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Its place.
    pub seq: u64,
}

/// See [`Request::Edit`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EditMessage {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Its place.
    pub seq: u64,
    /// The new payload, of the same type.
    pub payload: Box<RawValue>,
}

/// See [`Request::React`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReactTo {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Its place.
    pub seq: u64,
    /// At most [`crate::limits::REACTION_BYTES`].
    pub emoji: String,
    /// `false` takes it back.
    pub on: bool,
}

/// See [`Request::Settings`]. What is left out stays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeSettings {
    /// Which conversation.
    pub conversation: ConversationId,
    /// setMessageRemindType.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind: Option<RemindType>,
    /// At the top of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Shown as unread until it is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked_unread: Option<bool>,
}

/// Users.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Users {
    /// Who.
    pub users: Vec<UserId>,
}

/// Whom one has blocked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Blocked {
    /// Who, those blocked first first.
    pub users: Vec<UserId>,
}

/// A message is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its place.
    pub seq: u64,
    /// The log's revision with it.
    pub revision: u64,
    /// The server's time, milliseconds since 1970.
    pub time: i64,
}

/// See [`Request::Heads`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetHeads {
    /// The heads version up to which the device knows every head; 0 at first.
    pub since: u64,
    /// Only heads with a version below this one: for the pages after the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// Heads that differ, latest change first, at most [`crate::limits::HEADS_PAGE`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Heads {
    /// The user's heads version now. Once all pages down to `since` are taken in, this is what the device knows.
    pub version: u64,
    /// The heads, by falling `version`.
    pub heads: Vec<Head>,
    /// There are more below the last one: ask again with `before` set to its version.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// See [`Request::History`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HistoryRequest {
    /// Which log.
    pub conversation: ConversationId,
    /// Only messages below this seq; without it, the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// At most this many, at most [`crate::limits::HISTORY_PAGE`].
    pub limit: u32,
}

/// A page of history, oldest first, without holes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page {
    /// The messages, by rising seq.
    pub messages: Vec<Message>,
    /// The log's newest seq.
    pub seq: u64,
    /// The log's revision that this page is true for.
    pub revision: u64,
    /// Nothing older is kept.
    pub complete: bool,
}

/// See [`Request::Changes`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangesRequest {
    /// Which log.
    pub conversation: ConversationId,
    /// The revision that the device knows.
    pub since: u64,
    /// The newest seq that the device knows: newer messages come by history.
    pub seq: u64,
}

/// Messages up to the asked seq that changed after the asked revision, by rising revision, at most
/// [`crate::limits::HISTORY_PAGE`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Changes {
    /// The changed messages, whole.
    pub messages: Vec<Message>,
    /// The revision up to which this answer is complete.
    pub revision: u64,
    /// There are more: ask again from `revision`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// See [`Request::Read`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MarkRead {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Read up to this seq. Only grows; above the log's newest seq counts as the newest.
    pub seq: u64,
}

/// See [`Request::Delete`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Removed {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Also clears its history on all devices of this user.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clear: bool,
}

/// See [`Request::Profiles`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProfilesRequest {
    /// At most [`crate::limits::PROFILES_AT_ONCE`].
    pub user_ids: Vec<UserId>,
}

/// See [`Request::Find`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FindPeople {
    /// What was typed; empty finds the first people of the space by name.
    pub query: String,
}

/// Profiles.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct People {
    /// Those found.
    pub people: Vec<Profile>,
}

/// See [`Request::UpdateProfile`]. What is left out stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ProfileUpdate {
    /// The new name, at most [`crate::limits::NICK_BYTES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// The new colour, 0 to 11.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_colour: Option<u8>,
}

/// A server's frame: one of `welcome`, an answer (`re` with `ok` or `error`), a refusal of the whole connection
/// (`error` alone, then it closes), or a push.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ServerFrame {
    /// The answer to [`Hello`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub welcome: Option<Box<Welcome>>,
    /// Which request this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub re: Option<u32>,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<Box<RawValue>>,
    /// The refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<WireError>,
    /// The push, raw: an unknown one is skipped, not an error. Read it with [`Push`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<Box<RawValue>>,
}

/// What a server says unasked: `{"push": {"message": …}}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Push {
    /// A message was stored (or changed: same seq, higher revision).
    Message(Message),
    /// A message that is stored nowhere (R-S4); its seq is 0.
    Online(Message),
    /// A group's profile changed.
    Group(Box<GroupProfile>),
    /// Somebody is called otherwise in a group.
    NameCard(NameCardChange),
    /// Somebody in the conversation has read up to here; also sent to the reader's other devices.
    Receipt(Receipt),
    /// A profile changed.
    Profile(Profile),
    /// The user's heads changed in a way that no other push tells (R-H8 on another device): check heads.
    Heads {},
    /// This session ends, and why; the connection closes next. The token of a `revoked` device is gone.
    KickedOut {
        /// `multiple_device` or `revoked`.
        reason: String,
    },
}

/// See [`Push::NameCard`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameCardChange {
    /// Where.
    pub group: GroupId,
    /// Who.
    pub user: UserId,
    /// How; empty: by the nick.
    pub name_card: String,
}

/// See [`Push::Receipt`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Receipt {
    /// C2C or GROUP.
    pub kind: ConversationKind,
    /// Who read.
    pub from: UserId,
    /// The other user (C2C) or the group.
    pub to: String,
    /// Up to where.
    pub read_seq: u64,
}

impl Receipt {
    /// The receipt of a reader in a C2C conversation.
    pub fn c2c(reader: UserId, other: &UserId, marked: MarkedRead) -> Self {
        Self {
            kind: ConversationKind::C2C,
            from: reader,
            to: other.to_string(),
            read_seq: marked.read_seq,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_as_docs_protocol_says() {
        let text = r#"{"id":7,"do":{"send":{"conversation":"C2Cbob","client_id":"a-1","random":5,"client_seq":9,"type":"TIMTextElem","payload":{"text":"hi"}}}}"#;
        let frame: ClientFrame = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&frame).unwrap(), text);
    }

    #[test]
    fn an_unknown_push_is_a_frame_all_the_same() {
        let frame: ServerFrame = serde_json::from_str(r#"{"push":{"from_the_future":{}}}"#).unwrap();
        assert!(serde_json::from_str::<Push>(frame.push.unwrap().get()).is_err());
    }

    #[test]
    fn h36_depth_ends_in_an_error() {
        let deep = "[".repeat(100_000);
        assert!(serde_json::from_str::<ServerFrame>(&deep).is_err());
        let inside = format!(r#"{{"id":1,"do":{{"send":{{"payload":{deep}"#);
        assert!(serde_json::from_str::<ClientFrame>(&inside).is_err());
    }
}
