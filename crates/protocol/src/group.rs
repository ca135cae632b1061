//! Groups: what they are, who may do what in them, and what can be asked about them (TIM's group verbs).

use serde::{Deserialize, Serialize};

use crate::{GroupId, Profile, UserId, cut_text, limits};

/// The type of a group, by TIM's names (R-M2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GroupType {
    /// TIM's Work: members bring members in, nobody can ask to join.
    Private,
    /// Found by its id; joining needs an administrator's yes.
    Public,
    /// TIM's Meeting: free to join, and nobody counts unread messages.
    ChatRoom,
    /// An audience: free to join, nothing unread, no history.
    AVChatRoom,
}

impl GroupType {
    /// All of them, in the order of their numbers in the store.
    pub const ALL: [Self; 4] = [Self::Private, Self::Public, Self::ChatRoom, Self::AVChatRoom];

    /// Whether its messages count as unread (R-H9).
    pub fn counts_unread(self) -> bool {
        matches!(self, Self::Private | Self::Public)
    }

    /// Whether its messages are kept and can be fetched.
    pub fn roams(self) -> bool {
        self != Self::AVChatRoom
    }

    /// Whether a member sees what was said before they came.
    pub fn shows_earlier(self) -> bool {
        matches!(self, Self::Public | Self::ChatRoom)
    }

    /// Whether a member without a role may bring others in.
    pub fn members_invite(self) -> bool {
        self == Self::Private
    }

    /// Whether people can be brought in at all.
    pub fn takes_invited(self) -> bool {
        self != Self::AVChatRoom
    }

    /// Whether it can be found by its id by somebody who is not in it.
    pub fn can_be_found(self) -> bool {
        self != Self::Private
    }

    /// Whether there are administrators beside the owner.
    pub fn has_admins(self) -> bool {
        self != Self::Private
    }

    /// How people come in when its maker said nothing.
    pub fn usual_join_option(self) -> JoinOption {
        match self {
            Self::Private => JoinOption::DisableApply,
            Self::Public => JoinOption::NeedPermission,
            Self::ChatRoom | Self::AVChatRoom => JoinOption::FreeAccess,
        }
    }

    /// How many members it takes (R 1.16).
    pub fn most_members(self) -> u32 {
        match self {
            Self::Private => limits::PRIVATE_MEMBERS,
            Self::Public => limits::PUBLIC_MEMBERS,
            Self::ChatRoom => limits::CHAT_ROOM_MEMBERS,
            Self::AVChatRoom => limits::AUDIENCE_MEMBERS,
        }
    }
}

/// What somebody is in a group (R-M2); a greater one may do more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// Speaks and reads.
    Member,
    /// Also lets in, removes and mutes members, and changes the profile.
    Admin,
    /// Also names administrators, hands over, and ends the group.
    Owner,
}

/// How one comes into a group (R-M2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JoinOption {
    /// By asking, at once.
    FreeAccess,
    /// By asking, when an administrator says yes.
    NeedPermission,
    /// Not by asking.
    DisableApply,
}

/// Whether a conversation's messages are told of (R-M2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum RemindType {
    /// Received, and notified.
    #[default]
    AcceptAndNotify,
    /// Received, and not notified.
    AcceptNotNotify,
    /// Neither counted nor notified.
    Discard,
}

impl RemindType {
    /// Whether this is the default, which the wire leaves out.
    pub fn is_usual(&self) -> bool {
        *self == Self::AcceptAndNotify
    }
}

/// What people see of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupProfile {
    /// Which group.
    pub group: GroupId,
    /// Its type, for ever.
    #[serde(rename = "type")]
    pub group_type: GroupType,
    /// At most [`limits::GROUP_NAME_BYTES`].
    pub name: String,
    /// At most [`limits::GROUP_INTRODUCTION_BYTES`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub introduction: String,
    /// At most [`limits::GROUP_NOTIFICATION_BYTES`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notification: String,
    /// Which of the app's avatar colours, 0 to 11; `None` means: made from the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_colour: Option<u8>,
    /// Whose it is.
    pub owner: UserId,
    /// How one comes in.
    pub join_option: JoinOption,
    /// How many are in it.
    pub member_count: u32,
    /// How many it takes.
    pub max_members: u32,
    /// When it was made, milliseconds since 1970.
    pub created: i64,
    /// Only administrators may speak.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mute_all: bool,
}

impl GroupProfile {
    /// The profile with everything cut to its limits: what came from a hostile server becomes harmless.
    #[must_use]
    pub fn within_limits(mut self) -> Self {
        for (text, most) in [
            (&mut self.name, limits::GROUP_NAME_BYTES),
            (&mut self.introduction, limits::GROUP_INTRODUCTION_BYTES),
            (&mut self.notification, limits::GROUP_NOTIFICATION_BYTES),
        ] {
            let cut = cut_text(text, most).len();
            text.truncate(cut);
        }
        self.avatar_colour = self.avatar_colour.filter(|colour| *colour < 12);
        self
    }
}

/// What a user is in a group, as their own heads tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The role.
    pub role: Role,
    /// How they are called in this group; empty: by their nick.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name_card: String,
    /// May not speak before this moment, milliseconds since 1970; 0: may speak.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mute_until: i64,
    /// Since when, milliseconds since 1970.
    pub joined: i64,
}

/// A member, as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMember {
    /// Who.
    #[serde(flatten)]
    pub profile: Profile,
    /// What they are.
    #[serde(flatten)]
    pub membership: Membership,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// What can be asked about groups: `{"do": {"group": {"join": …}}}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupRequest {
    /// createGroup. Answered with [`GroupProfile`].
    Create(CreateGroup),
    /// dismissGroup. Answered with `{}`.
    Dismiss(OfGroup),
    /// joinGroup. Answered with [`Joined`].
    Join(JoinGroup),
    /// quitGroup. Answered with `{}`.
    Quit(OfGroup),
    /// handleGroupApplication. The first answer counts; a later one gets 10024. Answered with `{}`.
    Answer(AnswerApplication),
    /// changeGroupOwner. Answered with `{}`.
    ChangeOwner(OfMember),
    /// getGroupList: the groups that one is in. Answered with [`Groups`].
    List {},
    /// getGroupProfile. Answered with [`GroupProfile`].
    Profile(OfGroup),
    /// updateGroupProfile. Answered with [`GroupProfile`].
    Update(UpdateGroup),
    /// searchGroupByID. Answered with [`GroupProfile`].
    Search(OfGroup),
    /// getGroupMemberList. Answered with [`Members`].
    Members(ListMembers),
    /// getGroupMemberProfile. Answered with [`Members`]; who is not in the group is left out.
    MemberProfiles(OfMembers),
    /// addGroupMember. Answered with [`Added`].
    Add(OfMembers),
    /// deleteGroupMember. Answered with `{}`.
    Remove(RemoveMembers),
    /// setGroupMemberRole. Answered with `{}`.
    SetRole(SetRole),
    /// setGroupMemberMuteTime. Answered with `{}`.
    Mute(MuteMember),
    /// setGroupMemberNameCard. Answered with `{}`.
    NameCard(SetNameCard),
    /// How many of a small group have read a message. Answered with [`ReadBy`].
    ReadBy(AskReadBy),
}

/// See [`GroupRequest::Create`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreateGroup {
    /// Its type.
    #[serde(rename = "type")]
    pub group_type: GroupType,
    /// Its name.
    pub name: String,
    /// Its id; without one, the server makes `@TGS#…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// See [`GroupProfile::introduction`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub introduction: String,
    /// See [`GroupProfile::notification`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notification: String,
    /// See [`GroupProfile::avatar_colour`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_colour: Option<u8>,
    /// Without one, [`GroupType::usual_join_option`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_option: Option<JoinOption>,
    /// Who else is in it from the start, at most [`limits::MEMBERS_AT_ONCE`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<UserId>,
}

/// A group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfGroup {
    /// Which.
    pub group: GroupId,
}

/// A member of a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfMember {
    /// Which group.
    pub group: GroupId,
    /// Who.
    pub user: UserId,
}

/// Users and a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfMembers {
    /// Which group.
    pub group: GroupId,
    /// Who, at most [`limits::MEMBERS_AT_ONCE`].
    pub users: Vec<UserId>,
}

/// See [`GroupRequest::Join`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JoinGroup {
    /// Which group.
    pub group: GroupId,
    /// What the administrators read, at most [`limits::APPLICATION_BYTES`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// What became of a wish to join (R-M2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinStatus {
    /// One is in.
    JoinedSuccess,
    /// One was in already.
    AlreadyInGroup,
    /// An administrator is to say yes.
    WaitAdminApproval,
}

/// See [`GroupRequest::Join`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Joined {
    /// What became of it.
    pub status: JoinStatus,
    /// The group.
    pub group: GroupProfile,
}

/// See [`GroupRequest::Answer`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerApplication {
    /// Which group.
    pub group: GroupId,
    /// Who asked to join.
    pub user: UserId,
    /// Yes or no.
    pub accept: bool,
    /// A word with it, at most [`limits::APPLICATION_BYTES`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// See [`GroupRequest::List`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Groups {
    /// The groups, each with what one is in it.
    pub groups: Vec<OwnGroup>,
}

/// A group that one is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnGroup {
    /// The group.
    pub profile: GroupProfile,
    /// What one is in it.
    pub me: Membership,
}

/// See [`GroupRequest::Update`]. What is left out stays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UpdateGroup {
    /// Which group.
    pub group: GroupId,
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new introduction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduction: Option<String>,
    /// The new notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<String>,
    /// The new colour, 0 to 11.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_colour: Option<u8>,
    /// How one comes in from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_option: Option<JoinOption>,
    /// Whether only administrators may speak from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute_all: Option<bool>,
}

/// See [`GroupRequest::Members`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListMembers {
    /// Which group.
    pub group: GroupId,
    /// [`Members::next`] of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// At most [`limits::MEMBERS_PAGE`].
    pub count: u32,
}

/// A page of members, those who came first first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Members {
    /// The members.
    pub members: Vec<GroupMember>,
    /// Where the next page begins; none: this was the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// What became of those to be added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// In now.
    #[serde(default)]
    pub added: Vec<UserId>,
    /// In before.
    #[serde(default)]
    pub existed: Vec<UserId>,
    /// Unknown to this space.
    #[serde(default)]
    pub failed: Vec<UserId>,
}

/// See [`GroupRequest::Remove`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemoveMembers {
    /// Which group.
    pub group: GroupId,
    /// Who, at most [`limits::MEMBERS_AT_ONCE`].
    pub users: Vec<UserId>,
    /// Why, at most [`limits::APPLICATION_BYTES`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// See [`GroupRequest::SetRole`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetRole {
    /// Which group.
    pub group: GroupId,
    /// Who.
    pub user: UserId,
    /// Admin or Member; an owner is made by [`GroupRequest::ChangeOwner`].
    pub role: Role,
}

/// See [`GroupRequest::Mute`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MuteMember {
    /// Which group.
    pub group: GroupId,
    /// Who.
    pub user: UserId,
    /// For how long from now; 0 lets them speak again.
    pub seconds: u32,
}

/// See [`GroupRequest::NameCard`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetNameCard {
    /// Which group.
    pub group: GroupId,
    /// Whose; without one, one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// At most [`limits::NAME_CARD_BYTES`]; empty removes it.
    pub name_card: String,
}

/// See [`GroupRequest::ReadBy`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AskReadBy {
    /// Which group.
    pub group: GroupId,
    /// Which message.
    pub seq: u64,
}

/// How many have read a message, its sender not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBy {
    /// So many have.
    pub read: u32,
    /// Of so many.
    pub of: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_about_a_group_reads_as_docs_protocol_says() {
        let text = r#"{"join":{"group":"@TGS#1","message":"please"}}"#;
        let request: GroupRequest = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&request).unwrap(), text);
    }

    #[test]
    fn a_member_is_one_flat_object() {
        let text = r#"{"user_id":"ann","nick":"Ann","role":"Admin","joined":7}"#;
        let member: GroupMember = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&member).unwrap(), text);
    }

    #[test]
    fn an_owner_may_do_what_an_admin_may() {
        assert!(Role::Owner > Role::Admin && Role::Admin > Role::Member);
    }
}
