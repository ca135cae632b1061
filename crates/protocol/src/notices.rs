//! What the server says in people's conversations: tips in a group's log (R-M5), notices in a user's own system
//! conversation (R-M4). The payloads have TIM's names and are written by the server only.

use serde::{Deserialize, Serialize};

use crate::{GroupId, UserId};

/// TIM's numbers of tips (R-M2).
pub mod tip {
    /// Somebody came in.
    pub const JOIN: u8 = 1;
    /// Somebody left.
    pub const QUIT: u8 = 2;
    /// Somebody was removed.
    pub const KICKED_OUT: u8 = 3;
    /// Somebody became an administrator.
    pub const SET_ADMIN: u8 = 4;
    /// Somebody is no administrator any more.
    pub const CANCELED_ADMIN: u8 = 5;
    /// The group's profile changed.
    pub const GROUP_PROFILE_UPDATED: u8 = 6;
    /// Members were muted or may speak again.
    pub const MEMBER_PROFILE_UPDATED: u8 = 7;
}

/// TIM's numbers of notices (R-M4).
pub mod notice {
    /// To owner and administrators: somebody asks to join.
    pub const APPLIED: u8 = 1;
    /// To who asked: yes.
    pub const ACCEPTED: u8 = 2;
    /// To who asked: no.
    pub const REFUSED: u8 = 3;
    /// To who was removed.
    pub const KICKED_OUT: u8 = 4;
    /// To the members of a group that is no more.
    pub const DISMISSED: u8 = 5;
    /// To who made a group.
    pub const CREATED: u8 = 6;
    /// To who was brought in.
    pub const INVITED: u8 = 7;
    /// To who left.
    pub const QUIT: u8 = 8;
    /// To who became an administrator.
    pub const SET_ADMIN: u8 = 9;
    /// To who is no administrator any more.
    pub const CANCELED_ADMIN: u8 = 10;
    /// Of the space's own making.
    pub const CUSTOM: u8 = 255;

    /// Whether such a notice goes to who did what it tells: it is not unread for them, and nothing notifies of it.
    pub fn tells_own_deed(operation: u8) -> bool {
        matches!(operation, CREATED | QUIT)
    }
}

/// The payload of a `TIMGroupTipElem`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupTip {
    /// One of [`tip`].
    pub operation_type: u8,
    /// Who did it.
    #[serde(rename = "operatorID")]
    pub operator_id: UserId,
    /// To whom.
    #[serde(rename = "userIDList")]
    pub user_id_list: Vec<UserId>,
    /// How many are in the group after it.
    pub member_num: u32,
    /// What changed of the profile.
    #[serde(default, skip_serializing_if = "ChangedProfile::is_empty")]
    pub new_group_profile: ChangedProfile,
    /// Who was muted for how long.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member_list: Vec<MutedMember>,
    /// The group (R-M8).
    pub group_profile: NamedGroup,
}

/// See [`GroupTip::new_group_profile`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedProfile {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new introduction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduction: Option<String>,
    /// The new notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<String>,
    /// The new avatar colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_colour: Option<u8>,
    /// The new owner.
    #[serde(rename = "ownerID", default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    /// Whether everybody but the administrators is muted now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute_all_members: Option<bool>,
}

impl ChangedProfile {
    /// Nothing changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// See [`GroupTip::member_list`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MutedMember {
    /// Who.
    #[serde(rename = "userID")]
    pub user_id: UserId,
    /// For how many seconds; 0: may speak again.
    pub mute_time: u32,
}

/// A group in a tip or a notice. TIM's guide reads `groupName`, its SDK writes `name`: both are here (X7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedGroup {
    /// Which group.
    #[serde(rename = "groupID")]
    pub group_id: GroupId,
    /// Its name.
    pub name: String,
    /// Its name once more.
    pub group_name: String,
}

impl NamedGroup {
    /// The group of this id and name.
    pub fn new(group_id: GroupId, name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            group_id,
            group_name: name.clone(),
            name,
        }
    }
}

/// The payload of a `TIMGroupSystemNoticeElem`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemNotice {
    /// One of [`notice`].
    pub operation_type: u8,
    /// Who did it: for [`notice::APPLIED`], who asks.
    #[serde(rename = "operatorID")]
    pub operator_id: UserId,
    /// The group.
    pub group_profile: NamedGroup,
    /// What they wrote with it.
    #[serde(default)]
    pub handle_message: String,
    /// Free.
    #[serde(default)]
    pub user_defined_field: String,
    /// What became of a request to join; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<Handled>,
}

/// See [`SystemNotice::handled`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Handled {
    /// Somebody said yes.
    Accepted,
    /// Somebody said no.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_m5_a_tip_has_tims_names() {
        let text = r#"{"operationType":1,"operatorID":"ann","userIDList":["bob"],"memberNum":2,"groupProfile":{"groupID":"g","name":"G","groupName":"G"}}"#;
        let tip: GroupTip = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&tip).unwrap(), text);
    }

    #[test]
    fn r_m4_a_notice_has_tims_names() {
        let text = r#"{"operationType":1,"operatorID":"bob","groupProfile":{"groupID":"g","name":"G","groupName":"G"},"handleMessage":"please","userDefinedField":"","handled":"accepted"}"#;
        let notice: SystemNotice = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&notice).unwrap(), text);
    }
}
