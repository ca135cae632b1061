//! The shell itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, ipc::Channel};
use tidings_protocol::{ErrorKind, code};
use tokio::sync::oneshot;
use ts_rs::TS;

use super::Shared;
use crate::{
    desktop::{Ask, Surroundings},
    events::ShellEvent,
    refusal::{Answer, bad_parameter, refusal},
    settings::Settings,
    shell::Shell,
    web_link::{self, LinkToOpen},
    window,
};

/// What the page must know about the app that it is in.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct AppInfo {
    /// The version of Tidings.
    pub(crate) version: String,
    /// The profile's name.
    pub(crate) profile: String,
    /// Started with `--automation`: the page shows `window.TIM` and `window.tim`.
    pub(crate) automation: bool,
    /// The desktop's language, as BCP 47: `en-GB`, `zh-CN`.
    pub(crate) locale: String,
    /// The invitation link that the app was opened with.
    pub(crate) link: Option<String>,
    /// The app was started to open an export, and `importData` will open it without asking where it is.
    pub(crate) has_import: bool,
    /// Where pictures are: `file/ID` and `draft/ID` follow.
    pub(crate) media_base: String,
    /// Where video and sound are, for a player: `ID` and `draft/ID` follow. Empty: they cannot be played.
    pub(crate) stream_base: String,
}

/// The longest id of a conversation, bytes.
const CONVERSATION_ID_BYTES: usize = 64;

/// Which moment was painted.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Painted {
    Shell,
    List,
    Page,
}

#[derive(Deserialize)]
pub(crate) struct PaintedRequest {
    what: Painted,
}

#[derive(Deserialize)]
pub(crate) struct SettingsRequest {
    settings: Settings,
}

#[derive(Deserialize)]
pub(crate) struct TextRequest {
    text: String,
}

#[derive(Deserialize)]
pub(crate) struct UrlRequest {
    url: String,
}

#[derive(Deserialize)]
pub(crate) struct LookAtRequest {
    #[serde(rename = "conversationID")]
    conversation_id: String,
    #[serde(rename = "isBusy")]
    is_busy: bool,
}

#[tauri::command]
pub(crate) async fn look_at(shell: Shared<'_>, request: LookAtRequest) -> Answer<()> {
    if request.conversation_id.len() > CONVERSATION_ID_BYTES {
        return Err(bad_parameter("not a conversation"));
    }
    shell.presence.set_shown(request.conversation_id, request.is_busy);
    Ok(())
}

#[tauri::command]
pub(crate) async fn test_notification(shell: Shared<'_>) -> Answer<bool> {
    ask(&shell, Ask::Test).await
}

#[tauri::command]
pub(crate) async fn surroundings(shell: Shared<'_>) -> Answer<Surroundings> {
    ask(&shell, Ask::About).await
}

/// Asks the desktop's task.
async fn ask<T>(shell: &Shared<'_>, question: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Answer<T> {
    let (answer, answered) = oneshot::channel();
    let nobody = || {
        refusal(
            code::UNAVAILABLE,
            ErrorKind::Unavailable,
            "nothing beside the page runs",
        )
    };
    shell.asks.send(question(answer)).await.map_err(|_| nobody())?;
    answered.await.map_err(|_| nobody())
}

#[tauri::command]
pub(crate) async fn listen(shell: Shared<'_>, channel: Channel<ShellEvent>) -> Answer<()> {
    shell.page_listens(channel);
    Ok(())
}

#[tauri::command]
pub(crate) async fn app_info(shell: Shared<'_>) -> Answer<AppInfo> {
    Ok(info(&shell))
}

/// What the page must know.
pub(super) fn info(shell: &Shell) -> AppInfo {
    AppInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        profile: shell.arguments.profile.to_string(),
        automation: shell.arguments.automation,
        locale: locale(),
        link: shell.link(),
        has_import: shell.to_import.lock().is_some(),
        media_base: crate::media_url::BASE.to_owned(),
        stream_base: shell.streams.base().to_owned(),
    }
}

#[tauri::command]
pub(crate) async fn settings(shell: Shared<'_>) -> Answer<Settings> {
    Ok(shell.settings())
}

#[tauri::command]
pub(crate) async fn set_settings(
    app: AppHandle,
    shell: Shared<'_>,
    request: SettingsRequest,
) -> Answer<Settings> {
    let settings = shell.set_settings(request.settings)?;
    window::follow_theme(&app, settings.theme);
    Ok(settings)
}

#[tauri::command]
pub(crate) async fn copy_text(shell: Shared<'_>, request: TextRequest) -> Answer<()> {
    let shell = Arc::clone(&shell);
    match tokio::task::spawn_blocking(move || shell.clipboard.copy(request.text)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(refusal(
            code::UNAVAILABLE,
            ErrorKind::Unavailable,
            error.to_string(),
        )),
        Err(_) => Err(refusal(code::INTERNAL, ErrorKind::Internal, "copying failed")),
    }
}

#[tauri::command]
pub(crate) async fn inspect_web_link(request: UrlRequest) -> Answer<LinkToOpen> {
    web_link::inspect(&request.url).map_err(|error| bad_parameter(error.to_string()))
}

#[tauri::command]
pub(crate) async fn open_web_link(request: UrlRequest) -> Answer<()> {
    let link = web_link::inspect(&request.url).map_err(|error| bad_parameter(error.to_string()))?;
    match tokio::task::spawn_blocking(move || open::that_detached(link.url)).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(refusal(
            code::UNAVAILABLE,
            ErrorKind::Unavailable,
            "no browser could be opened",
        )),
    }
}

#[tauri::command]
pub(crate) async fn painted(shell: Shared<'_>, request: PaintedRequest) -> Answer<()> {
    tracing::info!(what = ?request.what, after_ms = shell.clock.monotonic().as_millis(), "painted");
    Ok(())
}

/// The desktop's language, as BCP 47.
pub(crate) fn locale() -> String {
    sys_locale::get_locale()
        .filter(|locale| !matches!(locale.as_str(), "C" | "POSIX"))
        .unwrap_or_else(|| "en".to_owned())
}
