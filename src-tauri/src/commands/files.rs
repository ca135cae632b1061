//! Files of messages: on their way, here, and what can be done with them.

use std::{path::Path, sync::Arc};

use serde::{Deserialize, Serialize};
use tauri::WebviewWindow;
use tidings_engine::view::{MediaSection, MediaStorageView, MessagePage, TransferView};
use tidings_protocol::{ErrorKind, code};
use tokio::sync::oneshot;
use ts_rs::TS;

use super::Shared;
use crate::{
    clipboard::Pixels,
    dragging_out,
    limits::SAVED,
    opening, picker,
    refusal::{Answer, bad_parameter, engine, gone, not_here, refusal},
    shell::Shell,
};

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
pub(crate) async fn save_file(
    shell: Shared<'_>,
    window: WebviewWindow,
    request: File,
) -> Answer<Option<SavedFile>> {
    // Known before the dialog opens: what cannot be had is not asked a place for.
    let local = opening::fetched(&shell, &request.file_id).await?;
    let chosen = picker::choose_place(&shell, &window, &opening::name_of(&local)).await?;
    let Some(chosen) = chosen else { return Ok(None) };
    let (Some(folder), Some(name)) = (chosen.parent(), chosen.file_name()) else {
        return Err(bad_parameter("this is no place for a file"));
    };
    let path = opening::save(&shell, &request.file_id, folder, &name.to_string_lossy()).await?;
    remember(&shell, &request.file_id, &path);
    Ok(Some(saved(&path)))
}

#[tauri::command]
pub(crate) async fn save_file_to_downloads(
    shell: Shared<'_>,
    window: WebviewWindow,
    request: File,
) -> Answer<SavedFile> {
    let path = opening::save_to_downloads(&shell, &window, &request.file_id).await?;
    remember(&shell, &request.file_id, &path);
    Ok(saved(&path))
}

#[tauri::command]
pub(crate) async fn open_file(
    shell: Shared<'_>,
    window: WebviewWindow,
    request: Opening,
) -> Answer<OpenedFile> {
    let local = opening::fetched(&shell, &request.file_id).await?;
    if opening::may_open(&local) {
        let path = opening::give(&shell, &request.file_id, &local).await?;
        match tokio::task::spawn_blocking(move || opening::open(&path)).await {
            Ok(opened) => opened?,
            Err(_) => return Err(refusal(code::INTERNAL, ErrorKind::Internal, "opening failed")),
        }
        return Ok(OpenedFile { asks: false });
    }
    if request.confirmed {
        in_folder(&shell, &window, &request.file_id).await?;
    }
    Ok(OpenedFile {
        asks: !request.confirmed,
    })
}

#[tauri::command]
pub(crate) async fn show_in_folder(shell: Shared<'_>, window: WebviewWindow, request: File) -> Answer<()> {
    in_folder(&shell, &window, &request.file_id).await
}

#[tauri::command]
pub(crate) async fn copy_image(shell: Shared<'_>, request: File) -> Answer<()> {
    let decoded = shell.engine().await?.picture_pixels(&request.file_id).await;
    let (width, height, bytes) = decoded.map_err(engine)?;
    let copying = Arc::clone(&shell);
    let copied = tokio::task::spawn_blocking(move || {
        copying
            .clipboard
            .copy_picture(Pixels { width, height, bytes })
            .map_err(|error| not_here(error.to_string()))
    });
    match copied.await {
        Ok(copied) => copied,
        Err(_) => Err(refusal(code::INTERNAL, ErrorKind::Internal, "copying failed")),
    }
}

#[tauri::command]
pub(crate) async fn start_drag(shell: Shared<'_>, window: WebviewWindow, request: File) -> Answer<()> {
    // Not fetched first: by then the button would be up again.
    let messenger = shell.engine().await?;
    let local = messenger.local_file(&request.file_id).await.map_err(engine)?;
    let path = opening::give(&shell, &request.file_id, &local.ok_or_else(gone)?).await?;
    let (done, begun) = oneshot::channel();
    let dragged = window.clone();
    let asked = window.run_on_main_thread(move || {
        // Who asked may have gone.
        let _ = done.send(dragging_out::start(&dragged, path));
    });
    match (asked, begun.await) {
        (Ok(()), Ok(begun)) => begun,
        _ => Err(refusal(code::INTERNAL, ErrorKind::Internal, "dragging failed")),
    }
}

/// A copy in the person's downloads, shown where it is. One that was saved before and is still there is shown again.
async fn in_folder(shell: &Shell, window: &WebviewWindow, file: &str) -> Answer<()> {
    let before = shell.saved.lock().get(file).filter(|path| path.exists()).cloned();
    let path = match before {
        Some(path) => path,
        None => {
            let path = opening::save_to_downloads(shell, window, file).await?;
            remember(shell, file, &path);
            path
        }
    };
    opening::show(shell, &path).await
}

/// Where a file was saved, so that it is shown there and not saved again.
fn remember(shell: &Shell, file: &str, path: &Path) {
    let mut saved = shell.saved.lock();
    if saved.len() == SAVED {
        saved.clear();
    }
    saved.insert(file.to_owned(), path.to_owned());
}

fn saved(path: &Path) -> SavedFile {
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    SavedFile {
        name: name(path),
        folder: path.parent().map(name).unwrap_or_default(),
    }
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
