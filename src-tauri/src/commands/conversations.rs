//! The list of conversations.

use serde::Deserialize;
use tidings_engine::view::{ConversationView, SettingsChange};

use super::Shared;
use crate::refusal::{Answer, engine};

#[derive(Deserialize)]
pub(crate) struct ListRequest {
    limit: u32,
}

#[derive(Deserialize)]
pub(crate) struct Conversation {
    #[serde(rename = "conversationID")]
    conversation_id: String,
}

#[derive(Deserialize)]
pub(crate) struct Deletion {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    #[serde(default)]
    clear: bool,
}

#[derive(Deserialize)]
pub(crate) struct SettingsRequest {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    #[serde(flatten)]
    change: SettingsChange,
}

#[derive(Deserialize)]
pub(crate) struct Draft {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    text: String,
}

#[tauri::command]
pub(crate) async fn conversation_list(
    shell: Shared<'_>,
    request: ListRequest,
) -> Answer<Vec<ConversationView>> {
    shell
        .engine()
        .await?
        .conversation_list(request.limit)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn conversation_profile(
    shell: Shared<'_>,
    request: Conversation,
) -> Answer<ConversationView> {
    shell
        .engine()
        .await?
        .conversation_profile(&request.conversation_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn delete_conversation(shell: Shared<'_>, request: Deletion) -> Answer<()> {
    shell
        .engine()
        .await?
        .delete_conversation(&request.conversation_id, request.clear)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn set_draft(shell: Shared<'_>, request: Draft) -> Answer<()> {
    shell
        .engine()
        .await?
        .set_draft(&request.conversation_id, &request.text)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn change_conversation_settings(
    shell: Shared<'_>,
    request: SettingsRequest,
) -> Answer<ConversationView> {
    shell
        .engine()
        .await?
        .change_conversation_settings(&request.conversation_id, request.change)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn total_unread(shell: Shared<'_>) -> Answer<u64> {
    shell.engine().await?.total_unread().await.map_err(engine)
}
