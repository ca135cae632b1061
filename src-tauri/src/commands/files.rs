//! Files of messages: on their way, here, and what can be done with them.

use serde::{Deserialize, Serialize};
use tidings_engine::view::{MediaSection, MediaStorageView, MessagePage, TransferView};
use tidings_protocol::{ErrorKind, code};
use ts_rs::TS;

use super::Shared;
use crate::refusal::{Answer, engine, refusal};

/// Where a file was saved.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct SavedFile {
    /// What it is called there.
    pub(crate) name: String,
    /// The folder's own name, to show.
    pub(crate) folder: String,
}

/// What came of opening a file.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct OpenedFile {
    /// It was not opened, because it may run code: a person has to say what to do.
    pub(crate) asks: bool,
}

#[derive(Deserialize)]
pub(crate) struct Named {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    #[serde(rename = "clientID")]
    client_id: String,
}

#[derive(Deserialize)]
pub(crate) struct File {
    #[serde(rename = "fileID")]
    file_id: String,
}

#[derive(Deserialize)]
pub(crate) struct Opening {
    #[serde(rename = "fileID")]
    file_id: String,
    confirmed: bool,
}

#[derive(Deserialize)]
pub(crate) struct Section {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    kind: MediaSection,
    before: Option<u64>,
    count: u32,
}

fn not_yet() -> tidings_engine::view::ErrorView {
    refusal(code::NOT_ON_THIS_DESKTOP, ErrorKind::Unavailable, "not there yet")
}

#[tauri::command]
pub(crate) async fn pause_transfer(shell: Shared<'_>, request: Named) -> Answer<()> {
    shell
        .engine()
        .await?
        .pause_transfer(&request.conversation_id, &request.client_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn resume_transfer(shell: Shared<'_>, request: Named) -> Answer<()> {
    shell
        .engine()
        .await?
        .resume_transfer(&request.conversation_id, &request.client_id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn transfers(shell: Shared<'_>) -> Answer<Vec<TransferView>> {
    shell.engine().await?.transfers().await.map_err(engine)
}

#[tauri::command]
pub(crate) async fn fetch_file(shell: Shared<'_>, request: File) -> Answer<()> {
    shell
        .engine()
        .await?
        .fetch_file(&request.file_id)
        .await
        .map_err(engine)?;
    Ok(())
}

#[tauri::command]
pub(crate) async fn cancel_fetch(shell: Shared<'_>, request: File) -> Answer<()> {
    shell.engine().await?.cancel_fetch(&request.file_id);
    Ok(())
}

#[tauri::command]
pub(crate) async fn save_file(shell: Shared<'_>, request: File) -> Answer<Option<SavedFile>> {
    let _ = (shell, request.file_id);
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn save_file_to_downloads(shell: Shared<'_>, request: File) -> Answer<SavedFile> {
    let _ = (shell, request.file_id);
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn open_file(shell: Shared<'_>, request: Opening) -> Answer<OpenedFile> {
    let _ = (shell, request.file_id, request.confirmed);
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn show_in_folder(shell: Shared<'_>, request: File) -> Answer<()> {
    let _ = (shell, request.file_id);
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn copy_image(shell: Shared<'_>, request: File) -> Answer<()> {
    let _ = (shell, request.file_id);
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn start_drag(shell: Shared<'_>, request: File) -> Answer<()> {
    let _ = (shell, request.file_id);
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn media_storage(shell: Shared<'_>) -> Answer<MediaStorageView> {
    shell.engine().await?.media_storage().await.map_err(engine)
}

#[tauri::command]
pub(crate) async fn clear_media_storage(shell: Shared<'_>) -> Answer<MediaStorageView> {
    shell.engine().await?.clear_media_storage().await.map_err(engine)
}

#[tauri::command]
pub(crate) async fn conversation_media(shell: Shared<'_>, request: Section) -> Answer<MessagePage> {
    shell
        .engine()
        .await?
        .conversation_media(
            &request.conversation_id,
            request.kind,
            request.before,
            request.count,
        )
        .await
        .map_err(engine)
}
