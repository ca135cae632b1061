//! The list of conversations.

use serde::Deserialize;
use tidings_engine::view::ConversationView;

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
pub(crate) async fn delete_conversation(shell: Shared<'_>, request: Conversation) -> Answer<()> {
    shell
        .engine()
        .await?
        .delete_conversation(&request.conversation_id)
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
