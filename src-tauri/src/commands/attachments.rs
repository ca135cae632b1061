//! Ways in for files: the picker, the clipboard, a drop, the page's own `File`s, the microphone.

use serde::Deserialize;
use tauri::ipc::{InvokeBody, Request};
use tidings_engine::view::{AttachmentKind, DraftAttachmentView};
use tidings_protocol::{ErrorKind, code};

use super::Shared;
use crate::{
    attaching::AttachedFiles,
    limits::{CHUNK_BYTES, POSTER_BYTES},
    refusal::{Answer, bad_parameter, engine, refusal},
};

/// What a dialog is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PickKind {
    Image,
    Video,
    File,
}

#[derive(Deserialize)]
pub(crate) struct Pick {
    kind: PickKind,
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

fn not_yet() -> tidings_engine::view::ErrorView {
    refusal(code::NOT_ON_THIS_DESKTOP, ErrorKind::Unavailable, "not there yet")
}

#[tauri::command]
pub(crate) async fn pick_files(shell: Shared<'_>, request: Pick) -> Answer<AttachedFiles> {
    let _ = (shell, request.kind);
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn paste_files(shell: Shared<'_>) -> Answer<AttachedFiles> {
    let _ = shell;
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn attach_dropped(shell: Shared<'_>, request: Token) -> Answer<AttachedFiles> {
    let _ = (shell, request.token);
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn attach_dropped_folders(shell: Shared<'_>, request: Token) -> Answer<AttachedFiles> {
    let _ = (shell, request.token);
    Err(not_yet())
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
    let _ = shell;
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn record_stop(shell: Shared<'_>) -> Answer<DraftAttachmentView> {
    let _ = shell;
    Err(not_yet())
}

#[tauri::command]
pub(crate) async fn record_cancel(shell: Shared<'_>) -> Answer<()> {
    let _ = shell;
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
