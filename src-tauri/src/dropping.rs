//! Files that are dragged onto the window, and those that are opened with Tidings.
//!
//! A drop is told at once and read later, when the page says that it fell on something: a miss reads nothing. The page knows
//! a drop by a token and sees no path.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use tauri::{DragDropEvent, PhysicalPosition};

use crate::{
    events::OwnEvent,
    limits::{DRAG_STEP, DROPPED_PATHS, DROPS, FOLDER_DEPTH, FOLDER_ENTRIES},
    shell::Shell,
    streams::secret,
};

/// What was dropped and not asked for yet.
#[derive(Debug, Default)]
struct Dropped {
    token: String,
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

/// The drag over the window, and the latest drops.
#[derive(Debug, Default)]
pub(crate) struct Drops {
    /// When the page last heard where the drag is; `None`: nothing of interest is dragged.
    told: Mutex<Option<Duration>>,
    kept: Mutex<VecDeque<Dropped>>,
}

impl Drops {
    fn keep(&self, dropped: Dropped) {
        let mut kept = self.kept.lock();
        if kept.len() == DROPS {
            kept.pop_front();
        }
        kept.push_back(dropped);
    }

    /// The files of a drop, once.
    pub(crate) fn take_files(&self, token: &str) -> Option<Vec<PathBuf>> {
        let mut kept = self.kept.lock();
        let dropped = kept.iter_mut().find(|each| each.token == token)?;
        Some(std::mem::take(&mut dropped.files))
    }

    /// The folders of a drop, once.
    pub(crate) fn take_folders(&self, token: &str) -> Option<Vec<PathBuf>> {
        let mut kept = self.kept.lock();
        let dropped = kept.iter_mut().find(|each| each.token == token)?;
        Some(std::mem::take(&mut dropped.folders))
    }
}

/// Follows a drag over the window; `scale` is what makes of its places the page's CSS pixels.
pub(crate) fn follow(shell: &Arc<Shell>, event: &DragDropEvent, scale: f64) {
    let at = |position: &PhysicalPosition<f64>| (position.x / scale, position.y / scale);
    match event {
        DragDropEvent::Enter { paths, position } => {
            let count = paths.iter().filter(|path| is_local(path)).count();
            let (x, y) = at(position);
            // A link or a text from elsewhere is no file.
            *shell.drops.told.lock() = (count > 0).then(|| shell.clock.monotonic());
            if count > 0 {
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                shell.listeners.tell_own(OwnEvent::DragEntered { count, x, y });
            }
        }
        DragDropEvent::Over { position } => {
            let now = shell.clock.monotonic();
            let mut told = shell.drops.told.lock();
            if told.is_some_and(|before| now.saturating_sub(before) >= DRAG_STEP) {
                *told = Some(now);
                let (x, y) = at(position);
                shell.listeners.tell_own(OwnEvent::DragMoved { x, y });
            }
        }
        DragDropEvent::Drop { paths, position } if shell.drops.told.lock().take().is_some() => {
            let paths: Vec<PathBuf> = paths.iter().filter(|path| is_local(path)).cloned().collect();
            let (shell, (x, y)) = (Arc::clone(shell), at(position));
            // A vanished drive may take its time to say so.
            tauri::async_runtime::spawn_blocking(move || drop_at(&shell, paths, x, y));
        }
        DragDropEvent::Leave if shell.drops.told.lock().take().is_some() => {
            shell.listeners.tell_own(OwnEvent::DragLeft {});
        }
        _ => {}
    }
}

fn drop_at(shell: &Shell, paths: Vec<PathBuf>, x: f64, y: f64) {
    let (files, folders, token) = keep(shell, paths);
    shell.listeners.tell_own(OwnEvent::Dropped {
        x,
        y,
        files,
        folders,
        token,
    });
}

/// Files were opened with Tidings. The page hears of those that are there, as soon as there is a page; where none is, of that.
pub(crate) fn open(shell: &Arc<Shell>, paths: Vec<PathBuf>) {
    if paths.is_empty() {
        return;
    }
    let shell = Arc::clone(shell);
    // A vanished drive may take its time to say so.
    tauri::async_runtime::spawn_blocking(move || {
        let there: Vec<PathBuf> = paths
            .into_iter()
            .filter(|path| path.symlink_metadata().is_ok())
            .collect();
        if there.is_empty() {
            return shell.tell_page(OwnEvent::LinkRefused {});
        }
        let (files, folders, token) = keep(&shell, there);
        shell.tell_page(OwnEvent::FilesOpened {
            files,
            folders,
            token,
        });
    });
}

/// Keeps the paths until the page asks for them: how many files and folders, and by which word they can be had.
fn keep(shell: &Shell, paths: Vec<PathBuf>) -> (u32, u32, String) {
    let (mut folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.into_iter().partition(|path| path.is_dir());
    let count = |paths: &[PathBuf]| u32::try_from(paths.len()).unwrap_or(u32::MAX);
    let counted = (count(&files), count(&folders));
    let token = secret(shell.chance.as_ref());
    files.truncate(DROPPED_PATHS);
    folders.truncate(DROPPED_PATHS);
    shell.drops.keep(Dropped {
        token: token.clone(),
        files,
        folders,
    });
    (counted.0, counted.1, token)
}

/// Whether what was dragged is a file of this computer: everything else arrives as an address.
fn is_local(path: &Path) -> bool {
    path.is_absolute()
}

/// The files in these folders, by name, each folder's own before those of the folders in it. Links are not followed, hidden
/// files are left out, and no folder is too deep or too full to come to an end.
pub(crate) fn files_within(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut entries_left = FOLDER_ENTRIES;
    let mut waiting: VecDeque<(PathBuf, usize)> = folders.iter().map(|folder| (folder.clone(), 1)).collect();
    while let Some((folder, depth)) = waiting.pop_front() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        let mut here = Vec::new();
        for entry in entries {
            if entries_left == 0 {
                break;
            }
            entries_left -= 1;
            let Ok(entry) = entry else { continue };
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if let Ok(kind) = entry.file_type()
                && !is_hidden
            {
                here.push((entry.path(), kind));
            }
        }
        here.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (path, kind) in here {
            if kind.is_file() {
                if files.len() == DROPPED_PATHS {
                    return files;
                }
                files.push(path);
            } else if kind.is_dir() && depth < FOLDER_DEPTH {
                waiting.push_back((path, depth + 1));
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(root: &Path, files: &[PathBuf]) -> Vec<String> {
        files
            .iter()
            .map(|file| {
                file.strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/")
            })
            .collect()
    }

    #[test]
    fn a_folders_files_come_in_order_and_hidden_ones_stay() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["b", "a/deep", ".git"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        for file in [
            "z.txt",
            "c.txt",
            "a/deep/1.txt",
            "a/2.txt",
            "b/3.txt",
            ".hidden",
            ".git/config",
        ] {
            fs::write(root.path().join(file), "x").unwrap();
        }
        let found = files_within(&[root.path().to_owned()]);
        assert_eq!(
            names(root.path(), &found),
            ["c.txt", "z.txt", "a/2.txt", "b/3.txt", "a/deep/1.txt"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_folder_are_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let inside = root.path().join("inside");
        fs::create_dir(&inside).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", inside.join("file")).unwrap();
        std::os::unix::fs::symlink(root.path(), inside.join("round")).unwrap();
        assert!(files_within(&[inside]).is_empty());
    }

    #[test]
    fn a_folder_that_is_too_deep_or_too_full_comes_to_an_end() {
        let root = tempfile::tempdir().unwrap();
        let mut deep = root.path().to_owned();
        for _ in 0..FOLDER_DEPTH + 3 {
            deep.push("d");
            fs::create_dir(&deep).unwrap();
            fs::write(deep.join("f"), "x").unwrap();
        }
        assert_eq!(files_within(&[root.path().to_owned()]).len(), FOLDER_DEPTH - 1);
        let full = tempfile::tempdir().unwrap();
        for number in 0..DROPPED_PATHS + 5 {
            fs::write(full.path().join(number.to_string()), "x").unwrap();
        }
        assert_eq!(files_within(&[full.path().to_owned()]).len(), DROPPED_PATHS);
    }

    #[test]
    fn a_drop_gives_its_files_once_and_the_latest_few_are_kept() {
        let drops = Drops::default();
        for number in 0..=DROPS {
            drops.keep(Dropped {
                token: number.to_string(),
                files: vec!["/a".into()],
                folders: vec!["/f".into()],
            });
        }
        assert_eq!(drops.take_files("0"), None);
        assert_eq!(drops.take_files("1").unwrap().len(), 1);
        assert!(drops.take_files("1").unwrap().is_empty());
        assert_eq!(drops.take_folders("1").unwrap().len(), 1);
        assert_eq!(drops.take_files("/etc/passwd"), None);
    }

    #[test]
    fn an_address_from_elsewhere_is_no_file() {
        for address in [
            "http://evil.example/x",
            "data:text/html,x",
            "host/share",
            "",
            "a.txt",
        ] {
            assert!(!is_local(Path::new(address)), "{address}");
        }
        assert!(is_local(&std::env::temp_dir()));
    }
}
