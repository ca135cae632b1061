//! The verbs of groups, by TIM's names where TIM has one. All need a connection unless they say otherwise.

use super::Engine;
use crate::view::{
    AddedMembers, GroupChange, GroupMemberView, GroupProfileView, JoinedGroup, MemberPage, NewGroup,
    OwnGroupView, ReadByView, Role,
};
use crate::{EngineError, grouping};

impl Engine {
    /// createGroup. The one who makes it owns it.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn create_group(&self, new: NewGroup) -> Result<GroupProfileView, EngineError> {
        grouping::create(&self.core, new).await
    }

    /// dismissGroup.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn dismiss_group(&self, group: &str) -> Result<(), EngineError> {
        grouping::dismiss(&self.core, group).await
    }

    /// joinGroup; `message` is for the administrators.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn join_group(&self, group: &str, message: &str) -> Result<JoinedGroup, EngineError> {
        grouping::join(&self.core, group, message).await
    }

    /// quitGroup.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn quit_group(&self, group: &str) -> Result<(), EngineError> {
        grouping::quit(&self.core, group).await
    }

    /// handleGroupApplication. The first answer counts; a later one gets 10024.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn answer_application(
        &self,
        group: &str,
        user: &str,
        accept: bool,
        message: &str,
    ) -> Result<(), EngineError> {
        grouping::answer(&self.core, group, user, accept, message).await
    }

    /// changeGroupOwner.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn change_group_owner(&self, group: &str, user: &str) -> Result<(), EngineError> {
        grouping::change_owner(&self.core, group, user).await
    }

    /// getGroupList: the groups that this user is in. Works without a connection.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn group_list(&self) -> Result<Vec<OwnGroupView>, EngineError> {
        grouping::list(&self.core).await
    }

    /// getGroupProfile. Without a connection, as last known.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn group_profile(&self, group: &str) -> Result<GroupProfileView, EngineError> {
        grouping::profile(&self.core, group).await
    }

    /// updateGroupProfile.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn update_group(&self, change: GroupChange) -> Result<GroupProfileView, EngineError> {
        grouping::update(&self.core, change).await
    }

    /// searchGroupByID.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn search_group(&self, group: &str) -> Result<GroupProfileView, EngineError> {
        grouping::search(&self.core, group).await
    }

    /// getGroupMemberList: `count` is at most [`tidings_protocol::limits::MEMBERS_PAGE`], `after` the page before's `next`.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn group_members(
        &self,
        group: &str,
        after: Option<u64>,
        count: u32,
    ) -> Result<MemberPage, EngineError> {
        grouping::members(&self.core, group, after, count).await
    }

    /// getGroupMemberProfile; who is not in the group is left out.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn group_member_profiles(
        &self,
        group: &str,
        users: &[String],
    ) -> Result<Vec<GroupMemberView>, EngineError> {
        grouping::member_profiles(&self.core, group, users).await
    }

    /// addGroupMember.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn add_group_members(
        &self,
        group: &str,
        users: &[String],
    ) -> Result<AddedMembers, EngineError> {
        grouping::add(&self.core, group, users).await
    }

    /// deleteGroupMember.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn remove_group_members(
        &self,
        group: &str,
        users: &[String],
        reason: &str,
    ) -> Result<(), EngineError> {
        grouping::remove(&self.core, group, users, reason).await
    }

    /// setGroupMemberRole.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn set_group_member_role(
        &self,
        group: &str,
        user: &str,
        role: Role,
    ) -> Result<(), EngineError> {
        grouping::set_role(&self.core, group, user, role).await
    }

    /// setGroupMemberMuteTime; 0 lets them speak again.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn mute_group_member(&self, group: &str, user: &str, seconds: u32) -> Result<(), EngineError> {
        grouping::mute(&self.core, group, user, seconds).await
    }

    /// setGroupMemberNameCard; without `user`, one's own.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn set_name_card(
        &self,
        group: &str,
        user: Option<&str>,
        card: &str,
    ) -> Result<(), EngineError> {
        grouping::set_name_card(&self.core, group, user, card).await
    }

    /// How many of a small group have read a message.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn message_read_by(&self, group: &str, seq: u64) -> Result<ReadByView, EngineError> {
        grouping::read_by(&self.core, group, seq).await
    }
}
