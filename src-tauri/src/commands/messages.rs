//! Messages.

use serde::Deserialize;
use tidings_engine::view::{MessagePage, MessageView, OutgoingMessage};

use super::Shared;
use crate::refusal::{Answer, engine};

#[derive(Deserialize)]
pub(crate) struct SendRequest {
    message: OutgoingMessage,
}

#[derive(Deserialize)]
pub(crate) struct Named {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    #[serde(rename = "clientID")]
    client_id: String,
}

#[derive(Deserialize)]
pub(crate) struct PageRequest {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    before: Option<u64>,
    count: u32,
}

#[derive(Deserialize)]
pub(crate) struct Conversation {
    #[serde(rename = "conversationID")]
    conversation_id: String,
}

#[derive(Deserialize)]
pub(crate) struct Recall {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    #[serde(rename = "clientID")]
    client_id: String,
    seq: Option<u64>,
}

#[derive(Deserialize)]
pub(crate) struct Edit {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    seq: u64,
    payload: serde_json::Value,
}

#[derive(Deserialize)]
pub(crate) struct React {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    seq: u64,
    emoji: String,
    on: bool,
}

#[derive(Deserialize)]
pub(crate) struct DeleteForMe {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    #[serde(default)]
    seqs: Vec<u64>,
    #[serde(rename = "clientIDs", default)]
    client_ids: Vec<String>,
}

#[tauri::command]
pub(crate) async fn send_message(shell: Shared<'_>, request: SendRequest) -> Answer<MessageView> {
    shell
        .engine()
        .await?
        .send_message(request.message)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn resend_message(shell: Shared<'_>, request: Named) -> Answer<MessageView> {
    shell
        .engine()
        .await?
        .resend_message(&request.conversation_id, &request.client_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn discard_message(shell: Shared<'_>, request: Named) -> Answer<()> {
    shell
        .engine()
        .await?
        .discard_message(&request.conversation_id, &request.client_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn message_page(shell: Shared<'_>, request: PageRequest) -> Answer<MessagePage> {
    let engine_handle = shell.engine().await?;
    engine_handle
        .message_page(&request.conversation_id, request.before, request.count)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn mark_read(shell: Shared<'_>, request: Conversation) -> Answer<()> {
    shell
        .engine()
        .await?
        .mark_read(&request.conversation_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn recall_message(shell: Shared<'_>, request: Recall) -> Answer<MessageView> {
    shell
        .engine()
        .await?
        .recall_message(&request.conversation_id, &request.client_id, request.seq)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn edit_message(shell: Shared<'_>, request: Edit) -> Answer<MessageView> {
    shell
        .engine()
        .await?
        .edit_message(&request.conversation_id, request.seq, request.payload)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn react_to_message(shell: Shared<'_>, request: React) -> Answer<MessageView> {
    shell
        .engine()
        .await?
        .react_to_message(&request.conversation_id, request.seq, &request.emoji, request.on)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn delete_messages_for_me(shell: Shared<'_>, request: DeleteForMe) -> Answer<()> {
    shell
        .engine()
        .await?
        .delete_messages_for_me(&request.conversation_id, &request.seqs, &request.client_ids)
        .await
        .map_err(engine)
}
