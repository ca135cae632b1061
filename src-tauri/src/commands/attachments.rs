//! Ways in for files: the picker, the clipboard, a drop, the page's own `File`s, the microphone.

use std::{path::PathBuf, sync::Arc};

use serde::Deserialize;
use tauri::{
    WebviewWindow,
    ipc::{InvokeBody, Request},
};
use tidings_engine::view::{AttachmentKind, DraftAttachmentView};
use tidings_protocol::{ErrorKind, code};

use super::Shared;
use crate::{
    attaching::{AttachedFiles, attach},
    clipboard::{ClipboardError, Pasted, Pixels},
    dropping::files_within,
    limits::{CHUNK_BYTES, POSTER_BYTES},
    picker::{self, Purpose},
    recording,
    refusal::{Answer, bad_parameter, engine, gone, not_here, refusal},
};

#[derive(Deserialize)]
pub(crate) struct Pick {
    kind: Purpose,
}

#[derive(Deserialize)]
pub(crate) struct Token {
    token: String,
}

#[derive(Deserialize)]
pub(crate) struct Begin {
    name: String,
    mime: String,
    size: u64,
    kind: Option<AttachmentKind>,
}

#[derive(Deserialize)]
pub(crate) struct Attachment {
    id: String,
}

#[tauri::command]
pub(crate) async fn pick_files(
    shell: Shared<'_>,
    window: WebviewWindow,
    request: Pick,
) -> Answer<AttachedFiles> {
    let wanted = match request.kind {
        Purpose::Image => Some(AttachmentKind::Image),
        Purpose::Video => Some(AttachmentKind::Video),
        Purpose::File => Some(AttachmentKind::File),
        Purpose::Save | Purpose::Export | Purpose::Import => {
            return Err(bad_parameter("nothing is sent from there"));
        }
    };
    let paths = picker::choose(&shell, &window, request.kind).await?;
    Ok(attach(&shell.engine().await?, paths, wanted).await)
}

#[tauri::command]
pub(crate) async fn paste_files(shell: Shared<'_>, window: WebviewWindow) -> Answer<AttachedFiles> {
    // The clipboard of GTK says every byte of a name; the other one leaves names out that are no UTF-8.
    #[cfg(target_os = "linux")]
    let copied = crate::clipboard::copied_files(&window).await;
    #[cfg(not(target_os = "linux"))]
    let copied = {
        let _ = window;
        Vec::new()
    };
    let pasting = Arc::clone(&shell);
    let pasted = if copied.is_empty() {
        tokio::task::spawn_blocking(move || pasting.clipboard.paste()).await
    } else {
        Ok(Ok(Pasted::Files(copied)))
    };
    let pasted = match pasted {
        Ok(Ok(pasted)) => pasted,
        Ok(Err(ClipboardError::TooLarge)) => {
            return Err(refusal(
                code::UNDECODABLE,
                ErrorKind::BadRequest,
                "the picture is too large",
            ));
        }
        Ok(Err(error)) => return Err(not_here(error.to_string())),
        Err(_) => return Err(refusal(code::INTERNAL, ErrorKind::Internal, "pasting failed")),
    };
    let messenger = shell.engine().await?;
    match pasted {
        Pasted::Files(paths) => {
            let files = tokio::task::spawn_blocking(|| with_those_in_folders(paths)).await;
            Ok(attach(&messenger, files.unwrap_or_default(), None).await)
        }
        Pasted::Picture(Pixels { width, height, bytes }) => {
            let attachment = messenger
                .attach_rgba(width, height, bytes)
                .await
                .map_err(engine)?;
            Ok(AttachedFiles {
                attachments: vec![attachment],
                ..AttachedFiles::default()
            })
        }
        Pasted::Nothing => Ok(AttachedFiles::default()),
    }
}

/// The sheet shows them all before anything is sent: what is in a folder is offered with the rest.
fn with_those_in_folders(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let (folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.into_iter().partition(|path| path.is_dir());
    files.extend(files_within(&folders));
    files
}

#[tauri::command]
pub(crate) async fn attach_dropped(shell: Shared<'_>, request: Token) -> Answer<AttachedFiles> {
    let paths = shell.drops.take_files(&request.token).ok_or_else(gone)?;
    Ok(attach(&shell.engine().await?, paths, None).await)
}

#[tauri::command]
pub(crate) async fn attach_dropped_folders(shell: Shared<'_>, request: Token) -> Answer<AttachedFiles> {
    let folders = shell.drops.take_folders(&request.token).ok_or_else(gone)?;
    let files = tokio::task::spawn_blocking(move || files_within(&folders)).await;
    Ok(attach(&shell.engine().await?, files.unwrap_or_default(), None).await)
}

#[tauri::command]
pub(crate) async fn attach_begin(shell: Shared<'_>, request: Begin) -> Answer<String> {
    shell
        .engine()
        .await?
        .attach_begin(&request.name, &request.mime, request.size, request.kind)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn attach_chunk(shell: Shared<'_>, request: Request<'_>) -> Answer<()> {
    let bytes = raw(&request, CHUNK_BYTES)?;
    let offset = header(&request, "offset")?
        .parse()
        .map_err(|_| bad_parameter("the offset is no number"))?;
    let id = header(&request, "id")?;
    shell
        .engine()
        .await?
        .attach_chunk(id, offset, bytes)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn attach_finish(shell: Shared<'_>, request: Attachment) -> Answer<DraftAttachmentView> {
    shell
        .engine()
        .await?
        .attach_finish(&request.id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn attachment(shell: Shared<'_>, request: Attachment) -> Answer<DraftAttachmentView> {
    shell
        .engine()
        .await?
        .attachment(&request.id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn discard_attachment(shell: Shared<'_>, request: Attachment) -> Answer<()> {
    shell
        .engine()
        .await?
        .discard_attachment(&request.id)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn set_attachment_poster(
    shell: Shared<'_>,
    request: Request<'_>,
) -> Answer<DraftAttachmentView> {
    let picture = raw(&request, POSTER_BYTES)?.to_vec();
    let id = header(&request, "id")?;
    shell
        .engine()
        .await?
        .set_attachment_poster(id, picture)
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn record_start(shell: Shared<'_>) -> Answer<()> {
    recording::start(&shell).await
}

#[tauri::command]
pub(crate) async fn record_stop(shell: Shared<'_>) -> Answer<DraftAttachmentView> {
    let recorded = recording::stop(&shell).await?;
    shell
        .engine()
        .await?
        .attach_sound(recorded.bytes, recorded.duration_ms, recorded.waveform.to_vec())
        .await
        .map_err(engine)
}

#[tauri::command]
pub(crate) async fn record_cancel(shell: Shared<'_>) -> Answer<()> {
    recording::cancel(&shell).await;
    Ok(())
}

/// The bytes of a request that is nothing else; never a JSON array of numbers.
fn raw<'a>(request: &'a Request<'_>, most: usize) -> Answer<&'a [u8]> {
    match request.body() {
        InvokeBody::Raw(bytes) if bytes.len() <= most => Ok(bytes),
        InvokeBody::Raw(_) => Err(bad_parameter("too many bytes at once")),
        InvokeBody::Json(_) => Err(bad_parameter("raw bytes are needed")),
    }
}

fn header<'a>(request: &'a Request<'_>, name: &str) -> Answer<&'a str> {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| bad_parameter(format!("{name} is missing")))
}
