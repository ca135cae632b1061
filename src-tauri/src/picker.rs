//! The desktop's own dialogs for choosing files and a place to save them.
//!
//! On Linux they are the desktop portal's (`rfd` falls back on zenity). Where neither is there, `rfd` says what it says of a
//! dialog that somebody cancelled; so it is asked for first, and the page can offer another way.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use parking_lot::Mutex;
use rfd::AsyncFileDialog;
use serde::{Deserialize, Serialize};
use tauri::WebviewWindow;
use tidings_engine::notify::Language;

use crate::{
    profile::write_private_file,
    refusal::{Answer, not_here},
    shell::Shell,
};

/// What a dialog is opened for; each has a folder of its own that it opens in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Purpose {
    /// To send pictures.
    Image,
    /// To send videos.
    Video,
    /// To send anything.
    File,
    /// To save a file.
    Save,
    /// To put an export there.
    Export,
    /// To take an export from.
    Import,
}

/// The largest file of folders that is read, bytes.
const FOLDERS_BYTES: u64 = 64 * 1024;

/// The folders that dialogs were left in: `folders.json`.
#[derive(Debug)]
pub(crate) struct Folders {
    path: PathBuf,
    last: Mutex<BTreeMap<Purpose, PathBuf>>,
}

impl Folders {
    /// The folders of the profile in `dir`. What is missing or makes no sense is as if nobody had opened a dialog.
    pub(crate) fn in_profile(dir: &Path) -> Self {
        let path = dir.join("folders.json");
        let mut text = String::new();
        let read = fs::File::open(&path).and_then(|file| file.take(FOLDERS_BYTES).read_to_string(&mut text));
        let last = match read {
            Ok(_) => serde_json::from_str(&text).unwrap_or_default(),
            Err(_) => BTreeMap::default(),
        };
        Self {
            path,
            last: Mutex::new(last),
        }
    }

    /// Where a dialog opens; nowhere in particular when that folder is gone.
    fn last(&self, purpose: Purpose) -> Option<PathBuf> {
        self.last
            .lock()
            .get(&purpose)
            .filter(|folder| folder.is_dir())
            .cloned()
    }

    /// Remembers the folder of what was chosen. A full disk is no reason to lose what somebody chose.
    fn remember(&self, purpose: Purpose, chosen: &Path) {
        let Some(folder) = chosen.parent() else { return };
        let mut last = self.last.lock();
        if last.get(&purpose).is_some_and(|before| before == folder) {
            return;
        }
        last.insert(purpose, folder.to_owned());
        let written = serde_json::to_vec_pretty(&*last)
            .map_err(std::io::Error::from)
            .and_then(|text| write_private_file(&self.path, &text));
        if let Err(error) = written {
            tracing::debug!(%error, "the folder of the dialog is not remembered");
        }
    }
}

/// A dialog's words.
struct Words {
    images: &'static str,
    videos: &'static str,
    all: &'static str,
    choose: &'static str,
    save: &'static str,
    export: &'static str,
    import: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::English => Words {
            images: "Pictures",
            videos: "Videos",
            all: "All files",
            choose: "Choose files to send",
            save: "Save file",
            export: "Choose a folder for the export",
            import: "Choose the folder of an export",
        },
        Language::Chinese => Words {
            images: "图片",
            videos: "视频",
            all: "所有文件",
            choose: "选择要发送的文件",
            save: "保存文件",
            export: "选择存放导出数据的文件夹",
            import: "选择导出数据所在的文件夹",
        },
    }
}

/// What the content of a file decides in the end; these make it easy to find.
const IMAGES: [&str; 14] = [
    "jpg", "jpeg", "png", "gif", "webp", "bmp", "heic", "heif", "avif", "JPG", "JPEG", "PNG", "GIF", "HEIC",
];
const VIDEOS: [&str; 10] = [
    "mp4", "m4v", "mov", "webm", "mkv", "avi", "MP4", "MOV", "M4V", "AVI",
];

/// Lets a person choose files; nothing when they cancelled.
pub(crate) async fn choose(shell: &Shell, window: &WebviewWindow, purpose: Purpose) -> Answer<Vec<PathBuf>> {
    let words = words(needed(shell).await?);
    let mut dialog = AsyncFileDialog::new().set_title(words.choose).set_parent(window);
    let asked = match purpose {
        Purpose::Image => Some((words.images, &IMAGES[..])),
        Purpose::Video => Some((words.videos, &VIDEOS[..])),
        Purpose::File | Purpose::Save | Purpose::Export | Purpose::Import => None,
    };
    if let Some((name, extensions)) = asked {
        dialog = dialog.add_filter(name, extensions).add_filter(words.all, &["*"]);
    }
    if let Some(folder) = shell.folders.last(purpose) {
        dialog = dialog.set_directory(folder);
    }
    let chosen = dialog.pick_files().await.unwrap_or_default();
    let paths: Vec<PathBuf> = chosen.iter().map(|file| file.path().to_owned()).collect();
    if let Some(first) = paths.first() {
        shell.folders.remember(purpose, first);
    }
    Ok(paths)
}

/// Lets a person choose where to save a file that is called `name`; nothing when they cancelled.
pub(crate) async fn choose_place(
    shell: &Shell,
    window: &WebviewWindow,
    name: &str,
) -> Answer<Option<PathBuf>> {
    let words = words(needed(shell).await?);
    let mut dialog = AsyncFileDialog::new()
        .set_title(words.save)
        .set_parent(window)
        .set_file_name(name);
    let folder = shell.folders.last(Purpose::Save);
    if let Some(folder) = folder.or_else(|| downloads(window)) {
        dialog = dialog.set_directory(folder);
    }
    let chosen = dialog.save_file().await.map(|file| file.path().to_owned());
    if let Some(path) = &chosen {
        shell.folders.remember(Purpose::Save, path);
    }
    Ok(chosen)
}

/// Lets a person choose a folder, to put an export there or to take one from; nothing when they cancelled.
pub(crate) async fn choose_folder(
    shell: &Shell,
    window: &WebviewWindow,
    purpose: Purpose,
) -> Answer<Option<PathBuf>> {
    let words = words(needed(shell).await?);
    let title = match purpose {
        Purpose::Import => words.import,
        _ => words.export,
    };
    let mut dialog = AsyncFileDialog::new().set_title(title).set_parent(window);
    if let Some(folder) = shell.folders.last(purpose) {
        dialog = dialog.set_directory(folder);
    }
    let chosen = dialog.pick_folder().await.map(|folder| folder.path().to_owned());
    if let Some(path) = &chosen {
        match purpose {
            // The folder beside which the next one is looked for.
            Purpose::Import => shell.folders.remember(purpose, path),
            _ => shell.folders.remember(purpose, &path.join("export")),
        }
    }
    Ok(chosen)
}

/// The person's folder for downloads; where the desktop names none, the one that browsers would make.
pub(crate) fn downloads(window: &WebviewWindow) -> Option<PathBuf> {
    use tauri::Manager;
    let path = window.path();
    let named = path.download_dir().ok();
    named.or_else(|| Some(path.home_dir().ok()?.join("Downloads")))
}

/// The language for a dialog, when this desktop can show one.
async fn needed(shell: &Shell) -> Answer<Language> {
    if has_dialogs(shell).await {
        Ok(crate::desktop::language(&shell.settings()))
    } else {
        Err(not_here("this desktop has no file dialog: no portal, no zenity"))
    }
}

#[cfg(target_os = "linux")]
async fn has_dialogs(shell: &Shell) -> bool {
    let place = (
        "org.freedesktop.portal.Desktop",
        "/org/freedesktop/portal/desktop",
        "org.freedesktop.DBus.Properties",
    );
    let asked = ("org.freedesktop.portal.FileChooser", "version");
    shell.bus.call(place, "Get", &asked).await.is_ok() || is_on_the_path("zenity")
}

#[cfg(not(target_os = "linux"))]
async fn has_dialogs(_shell: &Shell) -> bool {
    true
}

/// Whether a program of this name can be started.
#[cfg(target_os = "linux")]
fn is_on_the_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.is_absolute() && folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_dialog_opens_where_it_was_left() {
        let profile = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let folders = Folders::in_profile(profile.path());
        assert_eq!(folders.last(Purpose::Image), None);
        folders.remember(Purpose::Image, &elsewhere.path().join("a.jpg"));
        let again = Folders::in_profile(profile.path());
        assert_eq!(again.last(Purpose::Image).as_deref(), Some(elsewhere.path()));
        assert_eq!(again.last(Purpose::Save), None);
        drop(elsewhere);
        assert_eq!(again.last(Purpose::Image), None);
    }

    #[test]
    fn damaged_folders_are_as_if_no_dialog_was_ever_opened() {
        let profile = tempfile::tempdir().unwrap();
        for damaged in ["", "[", "{\"image\":1}", "{\"elsewhere\":\"/\"}"] {
            fs::write(profile.path().join("folders.json"), damaged).unwrap();
            assert_eq!(
                Folders::in_profile(profile.path()).last(Purpose::Image),
                None,
                "{damaged}"
            );
        }
    }
}
