//! Groups.

use serde::{Deserialize, Serialize};
use tidings_protocol::{GroupType, JoinOption, JoinStatus, Role};
use ts_rs::TS;

/// A group, as its members see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct GroupProfileView {
    /// Which group.
    #[serde(rename = "groupID")]
    pub group_id: String,
    /// Its type, for ever.
    #[serde(rename = "type")]
    #[ts(type = "'Private' | 'Public' | 'ChatRoom' | 'AVChatRoom'")]
    pub group_type: GroupType,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub introduction: String,
    /// What its administrators want everybody to read.
    pub notification: String,
    /// Which avatar colour, 0 to 11; always set (made from the id where nobody chose one).
    pub avatar_colour: u8,
    /// Whose it is.
    #[serde(rename = "ownerID")]
    pub owner_id: String,
    /// How one comes in.
    #[ts(type = "'FreeAccess' | 'NeedPermission' | 'DisableApply'")]
    pub join_option: JoinOption,
    /// How many are in it.
    pub member_count: u32,
    /// How many it takes.
    pub max_members: u32,
    /// When it was made, milliseconds since 1970.
    #[ts(type = "number")]
    pub create_time: i64,
    /// Only administrators may speak.
    pub mute_all: bool,
}

/// A group that the UI wants made; what is left out is as is usual for its type.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewGroup {
    /// Its type.
    #[serde(rename = "type")]
    pub group_type: GroupType,
    /// Its name.
    pub name: String,
    /// Its id.
    #[serde(rename = "groupID", default)]
    pub group_id: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub introduction: Option<String>,
    /// What everybody is to read.
    #[serde(default)]
    pub notification: Option<String>,
    /// Which avatar colour, 0 to 11.
    #[serde(default)]
    pub avatar_colour: Option<u8>,
    /// How one comes in.
    #[serde(default)]
    pub join_option: Option<JoinOption>,
    /// Who else is in it from the start.
    #[serde(rename = "memberIDs", default)]
    pub member_ids: Vec<String>,
}

/// What is to change of a group's profile; what is left out stays.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupChange {
    /// Which group.
    #[serde(rename = "groupID")]
    pub group_id: String,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub introduction: Option<String>,
    /// What everybody is to read.
    #[serde(default)]
    pub notification: Option<String>,
    /// Which avatar colour, 0 to 11.
    #[serde(default)]
    pub avatar_colour: Option<u8>,
    /// How one comes in.
    #[serde(default)]
    pub join_option: Option<JoinOption>,
    /// Whether only administrators may speak.
    #[serde(default)]
    pub mute_all: Option<bool>,
}

/// What this user is in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MembershipView {
    /// The role.
    #[ts(type = "'Owner' | 'Admin' | 'Member'")]
    pub role: Role,
    /// How they are called in this group; empty: by their nick.
    pub name_card: String,
    /// May not speak before this moment, milliseconds since 1970; 0: may speak.
    #[ts(type = "number")]
    pub mute_until: i64,
    /// Since when, milliseconds since 1970.
    #[ts(type = "number")]
    pub join_time: i64,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct GroupMemberView {
    /// Who.
    #[serde(rename = "userID")]
    pub user_id: String,
    /// The name; empty: show the id.
    pub nick: String,
    /// Which avatar colour, 0 to 11.
    pub avatar_colour: u8,
    /// What they are.
    #[ts(type = "'Owner' | 'Admin' | 'Member'")]
    pub role: Role,
    /// How they are called in this group; empty: by their nick.
    pub name_card: String,
    /// May not speak before this moment, milliseconds since 1970; 0: may speak.
    #[ts(type = "number")]
    pub mute_until: i64,
    /// Since when, milliseconds since 1970.
    #[ts(type = "number")]
    pub join_time: i64,
}

/// A page of members, those who came first first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MemberPage {
    /// The members.
    pub members: Vec<GroupMemberView>,
    /// Ask for the next page with this; `null`: this was the last.
    #[ts(type = "number | null")]
    pub next: Option<u64>,
}

/// A group, and what this user is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct OwnGroupView {
    /// The group.
    pub profile: GroupProfileView,
    /// What this user is in it; `null`: not in it any more.
    pub membership: Option<MembershipView>,
}

/// What became of a wish to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct JoinedGroup {
    /// What became of it (R-M2).
    #[ts(type = "'JoinedSuccess' | 'AlreadyInGroup' | 'WaitAdminApproval'")]
    pub status: JoinStatus,
    /// The group.
    pub group: GroupProfileView,
}

/// What became of those who were to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AddedMembers {
    /// In now.
    pub added: Vec<String>,
    /// In before.
    pub existed: Vec<String>,
    /// Unknown to the space.
    pub failed: Vec<String>,
}

/// How many have read a message in a small group, its sender not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ReadByView {
    /// So many have.
    pub read: u32,
    /// Of so many.
    pub of: u32,
}
