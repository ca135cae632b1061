//! People.

use serde::Deserialize;
use tidings_engine::view::ProfileView;

use super::Shared;
use crate::refusal::{Answer, engine};

#[derive(Deserialize)]
pub(crate) struct Ids {
    #[serde(rename = "userIDs")]
    user_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileRequest {
    nick: Option<String>,
    avatar_colour: Option<u8>,
}

#[derive(Deserialize)]
pub(crate) struct Query {
    query: String,
}

#[tauri::command]
pub(crate) async fn my_profile(shell: Shared<'_>) -> Answer<ProfileView> {
    shell.engine().await?.my_profile().await.map_err(engine)
}

#[tauri::command]
pub(crate) async fn user_profiles(shell: Shared<'_>, request: Ids) -> Answer<Vec<ProfileView>> {
    shell
        .engine()
        .await?
        .user_profiles(&request.user_ids)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn update_my_profile(shell: Shared<'_>, request: ProfileRequest) -> Answer<ProfileView> {
    shell
        .engine()
        .await?
        .update_my_profile(request.nick, request.avatar_colour)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn find_people(shell: Shared<'_>, request: Query) -> Answer<Vec<ProfileView>> {
    shell
        .engine()
        .await?
        .find_people(&request.query)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn block_users(shell: Shared<'_>, request: Ids) -> Answer<Vec<String>> {
    shell
        .engine()
        .await?
        .block_users(&request.user_ids)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn unblock_users(shell: Shared<'_>, request: Ids) -> Answer<Vec<String>> {
    shell
        .engine()
        .await?
        .unblock_users(&request.user_ids)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn blocked_users(shell: Shared<'_>) -> Answer<Vec<String>> {
    shell.engine().await?.blocked_users().await.map_err(engine)
}
