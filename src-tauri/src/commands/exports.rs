//! One's data out of this profile, and into a new one. The page never sees where: a dialog asks the person.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tauri::WebviewWindow;
use tidings_engine::view::{Exported, ImportReport};
use ts_rs::TS;

use super::Shared;
use crate::{
    opening,
    picker::{self, Purpose},
    refusal::{Answer, disk, engine, gone, not_here},
    settings::Settings,
};

/// An export that is whole.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct ExportView {
    /// What its folder is called.
    pub(crate) name: String,
    /// The name of the folder that it is in, to show.
    pub(crate) folder: String,
    /// Messages in it.
    #[ts(type = "number")]
    pub(crate) messages: u64,
    /// Files in it.
    #[ts(type = "number")]
    pub(crate) files: u64,
    /// Bytes of the files.
    #[ts(type = "number")]
    pub(crate) bytes: u64,
    /// Messages that could not be had.
    #[ts(type = "number")]
    pub(crate) missing_messages: u64,
    /// Files that could not be had.
    #[ts(type = "number")]
    pub(crate) missing_files: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exporting {
    fetch: bool,
    to_downloads: bool,
}

#[tauri::command]
pub(crate) async fn export_data(
    shell: Shared<'_>,
    window: WebviewWindow,
    request: Exporting,
) -> Answer<Option<ExportView>> {
    let messenger = shell.engine().await?;
    let chosen = if request.to_downloads {
        let downloads =
            picker::downloads(&window).ok_or_else(|| not_here("there is no folder for downloads"))?;
        std::fs::create_dir_all(&downloads).map_err(|error| disk(&error))?;
        Some(downloads)
    } else {
        picker::choose_folder(&shell, &window, Purpose::Export).await?
    };
    let Some(chosen) = chosen else { return Ok(None) };
    let exported = messenger.export(&chosen, request.fetch).await.map_err(engine)?;
    Ok(exported.map(|exported| {
        let view = shown(&exported);
        *shell.exported.lock() = Some(exported.folder);
        view
    }))
}

#[tauri::command]
pub(crate) async fn cancel_export(shell: Shared<'_>) -> Answer<()> {
    shell.engine().await?.cancel_export();
    Ok(())
}

#[tauri::command]
pub(crate) async fn show_export(shell: Shared<'_>) -> Answer<()> {
    let path = shell.exported.lock().clone().filter(|path| path.exists());
    opening::show(&shell, &path.ok_or_else(gone)?).await
}

#[tauri::command]
pub(crate) async fn import_data(shell: Shared<'_>, window: WebviewWindow) -> Answer<Option<ImportReport>> {
    let messenger = shell.engine().await?;
    let given = shell.to_import.lock().take();
    let chosen = match given {
        Some(given) => Some(given),
        None => picker::choose_folder(&shell, &window, Purpose::Import).await?,
    };
    let Some(chosen) = chosen else { return Ok(None) };
    let report = messenger.import(&chosen).await.map_err(engine)?;
    if let Some(report) = &report {
        // Room for what came, and for what comes: nothing of it is to be pushed out at the next start.
        let mut settings: Settings = shell.settings();
        let room = report.bytes.saturating_add(report.bytes / 4);
        settings.media.limit_bytes = settings.media.limit_bytes.max(room);
        shell.set_settings(settings)?;
    }
    Ok(report)
}

#[tauri::command]
pub(crate) async fn cancel_import(shell: Shared<'_>) -> Answer<()> {
    shell.engine().await?.cancel_import();
    Ok(())
}

fn shown(exported: &Exported) -> ExportView {
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    ExportView {
        name: name(&exported.folder),
        folder: exported.folder.parent().map(name).unwrap_or_default(),
        messages: exported.messages,
        files: exported.files,
        bytes: exported.bytes,
        missing_messages: exported.missing_messages,
        missing_files: exported.missing_files,
    }
}
