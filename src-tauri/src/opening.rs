//! Files of messages out of the app: saved, opened, shown in their folder, dragged to elsewhere.
//!
//! What is handed to other programs is always a copy under a safe name; the app's own files are named by their ids and
//! nobody else's to write to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tauri::WebviewWindow;
use tidings_engine::view::LocalFile;
use tidings_media::names::{self, Opening};
use tidings_protocol::{ErrorKind, code};

use crate::{
    limits::GIVEN_COPIES,
    picker,
    profile::make_private_dir,
    refusal::{Answer, disk, engine, refusal},
    shell::Shell,
    streams::secret,
};

/// The folder of copies that other programs were given, in the profile. Emptied at each start and when somebody signs out.
const GIVEN: &str = "given";

/// Removes the copies of the last time.
pub(crate) fn forget_given(profile: &Path) {
    match fs::remove_dir_all(profile.join(GIVEN)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::debug!(%error, "copies of the last time stay");
        }
        _ => {}
    }
}

/// What a file is called outside: its own name, or one that says what it is.
pub(crate) fn name_of(file: &LocalFile) -> String {
    if !file.name.is_empty() {
        return names::safe(&file.name);
    }
    let extension = match file.mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/bmp" => "bmp",
        "video/mp4" => "mp4",
        "video/webm" => "webm",
        "video/quicktime" => "mov",
        "audio/ogg" => "ogg",
        _ => return "file".to_owned(),
    };
    format!("tidings.{extension}")
}

/// Saves a file into a folder; nothing is overwritten (H21). Answers where it is.
pub(crate) async fn save(shell: &Shell, file: &str, folder: &Path, name: &str) -> Answer<PathBuf> {
    let saved = shell.engine().await?.save_file(file, folder, name).await;
    saved.map_err(engine)
}

/// Saves a file to the person's downloads.
pub(crate) async fn save_to_downloads(shell: &Shell, window: &WebviewWindow, file: &str) -> Answer<PathBuf> {
    let local = fetched(shell, file).await?;
    let folder = picker::downloads(window).ok_or_else(|| {
        refusal(
            code::UNAVAILABLE,
            ErrorKind::Unavailable,
            "there is no folder for downloads",
        )
    })?;
    fs::create_dir_all(&folder).map_err(|error| disk(&error))?;
    save(shell, file, &folder, &name_of(&local)).await
}

/// The file, fetched where it is not here.
pub(crate) async fn fetched(shell: &Shell, file: &str) -> Answer<LocalFile> {
    shell.engine().await?.fetch_file(file).await.map_err(engine)
}

/// Whether a person may open the file from here without being asked (H19): only what is looked at and cannot run.
pub(crate) fn may_open(file: &LocalFile) -> bool {
    names::may_open(&name_of(file), file.mime) == Opening::Allowed
}

/// A copy for another program, under the file's own name, read-only: what is written to it would be lost at the next start.
pub(crate) async fn give(shell: &Shell, file: &str, local: &LocalFile) -> Answer<PathBuf> {
    let given = shell.dir.join(GIVEN);
    make_room(&given);
    let folder = given.join(secret(shell.chance.as_ref()));
    make_private_dir(&folder).map_err(|error| disk(&error))?;
    let path = save(shell, file, &folder, &name_of(local)).await?;
    let locked = fs::metadata(&path).and_then(|metadata| {
        let mut permissions = metadata.permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions)
    });
    if let Err(error) = locked {
        tracing::debug!(%error, "a copy stays writable");
    }
    Ok(path)
}

/// Leaves the newest copies only: a program that was given an older one has read it long ago, or has it open.
fn make_room(given: &Path) {
    let Ok(entries) = fs::read_dir(given) else { return };
    let mut folders: Vec<_> = entries
        .flatten()
        .map(|entry| {
            let made = entry.metadata().and_then(|it| it.modified()).ok();
            (made, entry.path())
        })
        .collect();
    folders.sort();
    let spare = (folders.len() + 1).saturating_sub(GIVEN_COPIES);
    for (_, folder) in folders.into_iter().take(spare) {
        if let Err(error) = fs::remove_dir_all(&folder) {
            tracing::debug!(%error, "an old copy stays");
        }
    }
}

/// Starts the desktop's program for a file. Blocks: not for the main thread.
pub(crate) fn open(path: &Path) -> Answer<()> {
    open::that_detached(path).map_err(|_| {
        refusal(
            code::UNAVAILABLE,
            ErrorKind::Unavailable,
            "no program could be opened",
        )
    })
}

/// Shows a file in the file manager, or at least its folder.
pub(crate) async fn show(shell: &Shell, path: &Path) -> Answer<()> {
    if shown_by_the_desktop(shell, path).await {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path).to_owned();
    match tokio::task::spawn_blocking(move || open(&folder)).await {
        Ok(opened) => opened,
        Err(_) => Err(refusal(code::INTERNAL, ErrorKind::Internal, "opening failed")),
    }
}

#[cfg(target_os = "linux")]
async fn shown_by_the_desktop(shell: &Shell, path: &Path) -> bool {
    let place = (
        "org.freedesktop.FileManager1",
        "/org/freedesktop/FileManager1",
        "org.freedesktop.FileManager1",
    );
    let Ok(address) = url::Url::from_file_path(path) else {
        return false;
    };
    let shown = shell
        .bus
        .call(place, "ShowItems", &(vec![address.as_str()], ""))
        .await;
    if let Err(error) = &shown {
        tracing::debug!(%error, "no file manager on the bus");
    }
    shown.is_ok()
}

#[cfg(target_os = "macos")]
async fn shown_by_the_desktop(_shell: &Shell, path: &Path) -> bool {
    let started = tokio::process::Command::new("/usr/bin/open")
        .arg("-R")
        .arg(path)
        .status()
        .await;
    started.is_ok_and(|status| status.success())
}

#[cfg(windows)]
async fn shown_by_the_desktop(_shell: &Shell, path: &Path) -> bool {
    let mut asked = std::ffi::OsString::from("/select,");
    asked.push(path);
    std::process::Command::new("explorer.exe")
        .arg(asked)
        .spawn()
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, mime: &'static str) -> LocalFile {
        LocalFile {
            path: PathBuf::from("/nowhere"),
            size: 1,
            mime,
            name: name.into(),
        }
    }

    #[test]
    fn h19_only_what_is_looked_at_is_opened() {
        for (name, mime) in [
            ("a.jpg", "image/jpeg"),
            ("b.pdf", "application/octet-stream"),
            ("", "video/mp4"),
        ] {
            assert!(may_open(&file(name, mime)), "{name} {mime}");
        }
        for name in [
            "a.jpg.exe",
            "a.py",
            "a.html",
            "a.svg",
            "a.appimage",
            "a",
            "",
            "a.jpg ",
        ] {
            let allowed = may_open(&file(name, "application/octet-stream"));
            assert_eq!(allowed, name == "a.jpg ", "{name:?}");
        }
    }

    #[test]
    fn h19_what_a_desktop_would_follow_is_a_text_outside() {
        assert_eq!(name_of(&file("a.desktop", "text/plain")), "a.desktop.txt");
    }

    #[test]
    fn a_file_that_no_message_names_is_called_by_what_it_is() {
        assert_eq!(name_of(&file("", "image/png")), "tidings.png");
        assert_eq!(name_of(&file("", "application/octet-stream")), "file");
        assert_eq!(name_of(&file("../../x.png", "image/png")), "x.png");
    }

    #[test]
    fn only_the_newest_copies_are_kept() {
        let given = tempfile::tempdir().unwrap();
        for number in 0..GIVEN_COPIES + 3 {
            make_room(given.path());
            let folder = given.path().join(format!("copy {number:03}"));
            fs::create_dir(&folder).unwrap();
            // Moments apart, as copies are.
            let made = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(number as u64);
            fs::File::open(&folder).unwrap().set_modified(made).unwrap();
        }
        let left = fs::read_dir(given.path()).unwrap().count();
        assert_eq!(left, GIVEN_COPIES);
        assert!(!given.path().join("copy 002").exists());
        assert!(given.path().join("copy 003").exists());
    }

    #[test]
    fn what_other_programs_were_given_is_gone_after_the_next_start() {
        let profile = tempfile::tempdir().unwrap();
        let given = profile.path().join(GIVEN).join("a");
        fs::create_dir_all(&given).unwrap();
        fs::write(given.join("x.txt"), "x").unwrap();
        forget_given(profile.path());
        forget_given(profile.path());
        assert!(!profile.path().join(GIVEN).exists());
    }
}
