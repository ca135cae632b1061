//! Groups.

use serde::Deserialize;
use tidings_engine::view::{
    AddedMembers, GroupChange, GroupMemberView, GroupProfileView, JoinedGroup, MemberPage, NewGroup,
    OwnGroupView, ReadByView, Role,
};

use super::Shared;
use crate::refusal::{Answer, engine};

#[derive(Deserialize)]
pub(crate) struct Group {
    #[serde(rename = "groupID")]
    group_id: String,
}

#[derive(Deserialize)]
pub(crate) struct Join {
    #[serde(rename = "groupID")]
    group_id: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
pub(crate) struct Application {
    #[serde(rename = "groupID")]
    group_id: String,
    #[serde(rename = "userID")]
    user_id: String,
    accept: bool,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
pub(crate) struct Member {
    #[serde(rename = "groupID")]
    group_id: String,
    #[serde(rename = "userID")]
    user_id: String,
}

#[derive(Deserialize)]
pub(crate) struct MembersRequest {
    #[serde(rename = "groupID")]
    group_id: String,
    after: Option<u64>,
    count: u32,
}

#[derive(Deserialize)]
pub(crate) struct Ids {
    #[serde(rename = "groupID")]
    group_id: String,
    #[serde(rename = "userIDs")]
    user_ids: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Removal {
    #[serde(rename = "groupID")]
    group_id: String,
    #[serde(rename = "userIDs")]
    user_ids: Vec<String>,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
pub(crate) struct RoleRequest {
    #[serde(rename = "groupID")]
    group_id: String,
    #[serde(rename = "userID")]
    user_id: String,
    role: Role,
}

#[derive(Deserialize)]
pub(crate) struct Mute {
    #[serde(rename = "groupID")]
    group_id: String,
    #[serde(rename = "userID")]
    user_id: String,
    seconds: u32,
}

#[derive(Deserialize)]
pub(crate) struct NameCard {
    #[serde(rename = "groupID")]
    group_id: String,
    #[serde(rename = "userID")]
    user_id: Option<String>,
    #[serde(rename = "nameCard")]
    name_card: String,
}

#[derive(Deserialize)]
pub(crate) struct Message {
    #[serde(rename = "groupID")]
    group_id: String,
    seq: u64,
}

#[tauri::command]
pub(crate) async fn create_group(shell: Shared<'_>, request: NewGroup) -> Answer<GroupProfileView> {
    shell.engine().await?.create_group(request).await.map_err(engine)
}

#[tauri::command]
pub(crate) async fn dismiss_group(shell: Shared<'_>, request: Group) -> Answer<()> {
    shell
        .engine()
        .await?
        .dismiss_group(&request.group_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn join_group(shell: Shared<'_>, request: Join) -> Answer<JoinedGroup> {
    shell
        .engine()
        .await?
        .join_group(&request.group_id, &request.message)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn quit_group(shell: Shared<'_>, request: Group) -> Answer<()> {
    shell
        .engine()
        .await?
        .quit_group(&request.group_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn answer_application(shell: Shared<'_>, request: Application) -> Answer<()> {
    shell
        .engine()
        .await?
        .answer_application(
            &request.group_id,
            &request.user_id,
            request.accept,
            &request.message,
        )
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn change_group_owner(shell: Shared<'_>, request: Member) -> Answer<()> {
    shell
        .engine()
        .await?
        .change_group_owner(&request.group_id, &request.user_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn group_list(shell: Shared<'_>) -> Answer<Vec<OwnGroupView>> {
    shell.engine().await?.group_list().await.map_err(engine)
}

#[tauri::command]
pub(crate) async fn group_profile(shell: Shared<'_>, request: Group) -> Answer<GroupProfileView> {
    shell
        .engine()
        .await?
        .group_profile(&request.group_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn update_group(shell: Shared<'_>, request: GroupChange) -> Answer<GroupProfileView> {
    shell.engine().await?.update_group(request).await.map_err(engine)
}

#[tauri::command]
pub(crate) async fn search_group(shell: Shared<'_>, request: Group) -> Answer<GroupProfileView> {
    shell
        .engine()
        .await?
        .search_group(&request.group_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn group_members(shell: Shared<'_>, request: MembersRequest) -> Answer<MemberPage> {
    shell
        .engine()
        .await?
        .group_members(&request.group_id, request.after, request.count)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn group_member_profiles(shell: Shared<'_>, request: Ids) -> Answer<Vec<GroupMemberView>> {
    shell
        .engine()
        .await?
        .group_member_profiles(&request.group_id, &request.user_ids)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn add_group_members(shell: Shared<'_>, request: Ids) -> Answer<AddedMembers> {
    shell
        .engine()
        .await?
        .add_group_members(&request.group_id, &request.user_ids)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn remove_group_members(shell: Shared<'_>, request: Removal) -> Answer<()> {
    shell
        .engine()
        .await?
        .remove_group_members(&request.group_id, &request.user_ids, &request.reason)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn set_group_member_role(shell: Shared<'_>, request: RoleRequest) -> Answer<()> {
    shell
        .engine()
        .await?
        .set_group_member_role(&request.group_id, &request.user_id, request.role)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn mute_group_member(shell: Shared<'_>, request: Mute) -> Answer<()> {
    shell
        .engine()
        .await?
        .mute_group_member(&request.group_id, &request.user_id, request.seconds)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn set_name_card(shell: Shared<'_>, request: NameCard) -> Answer<()> {
    shell
        .engine()
        .await?
        .set_name_card(&request.group_id, request.user_id.as_deref(), &request.name_card)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn message_read_by(shell: Shared<'_>, request: Message) -> Answer<ReadByView> {
    shell
        .engine()
        .await?
        .message_read_by(&request.group_id, request.seq)
        .await
        .map_err(engine)
}
