//! Backups of a space, made while it is served, and spaces made of backups.
//!
//! The database is copied in one snapshot. The files that messages have never change under their names, so they are linked where the
//! backup is on the same disk, and copied where it is not; they come after the snapshot, so what it names is there. What is still
//! being uploaded is left out. A folder has its final name only when all of it is on the disk.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::files;
use crate::store::{StoreError, copy_database, leftover};

/// The folder of files in a space.
const FILES: &str = "files";

/// In it, what is still coming.
const PARTS: &str = "parts";

/// Why a backup or a restoring was not done.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Nothing to copy.
    #[error("there is no space in {0}")]
    NoSpace(PathBuf),
    /// What is there is never overwritten.
    #[error("{0} is there already; name a new folder")]
    Taken(PathBuf),
    /// The end of an earlier attempt, or of an earlier database.
    #[error("{0} was left there; move it away first")]
    Unfinished(PathBuf),
    /// The copy would become part of what is copied.
    #[error("a backup cannot be inside of the space's own folder")]
    Inside,
    /// A folder that cannot be named.
    #[error("{0} is no name of a folder")]
    Unnamed(PathBuf),
    /// The database, for example because it is damaged.
    #[error("the database: {0}")]
    Database(String),
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl From<StoreError> for CopyError {
    fn from(error: StoreError) -> Self {
        Self::Database(match error {
            StoreError::Fault(words) => words,
            other => other.to_string(),
        })
    }
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Of the database, bytes.
    pub database_bytes: u64,
    /// Files of messages.
    pub files: u64,
}

/// Copies the space in `data` into the new folder `to`, also while a server runs on it. What was acknowledged before is in it. Blocks.
///
/// # Errors
/// When there is no space, when `to` is there, or when a disk does not do it; then there is no `to`.
pub fn backup(data: &Path, to: &Path) -> Result<Copied, CopyError> {
    let (Ok(data), Some(name)) = (data.canonicalize(), to.file_name()) else {
        return Err(if to.file_name().is_none() {
            CopyError::Unnamed(to.to_owned())
        } else {
            CopyError::NoSpace(data.to_owned())
        });
    };
    if to.exists() {
        return Err(CopyError::Taken(to.to_owned()));
    }
    let above = match to.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    let above = above.canonicalize().map_err(|error| of_file(above, error))?;
    if above.starts_with(&data) {
        return Err(CopyError::Inside);
    }
    let mut part = name.to_owned();
    part.push(".part");
    let part = above.join(part);
    if part.exists() {
        return Err(CopyError::Unfinished(part));
    }
    let done = copy(&data, &part).and_then(|copied| {
        fs::rename(&part, above.join(name)).map_err(|error| of_file(to, error))?;
        sync(&above)?;
        Ok(copied)
    });
    if done.is_err() && part.exists() {
        // The error that comes first is the one to be told.
        let _ = fs::remove_dir_all(&part);
    }
    done
}

/// Makes a space in `data` of the backup in `from`. The database comes last, so a space that is there is whole. Blocks.
///
/// # Errors
/// When there is a space in `data` already, when the backup is none or damaged, or when a disk does not do it.
pub fn restore(from: &Path, data: &Path) -> Result<Copied, CopyError> {
    let from = from
        .canonicalize()
        .map_err(|_| CopyError::NoSpace(from.to_owned()))?;
    if crate::Server::is_space(data) {
        return Err(CopyError::Taken(data.to_owned()));
    }
    if let Some(file) = leftover(data) {
        return Err(CopyError::Unfinished(file));
    }
    copy(&from, data)
}

fn copy(from: &Path, to: &Path) -> Result<Copied, CopyError> {
    if !crate::Server::is_space(from) {
        return Err(CopyError::NoSpace(from.to_owned()));
    }
    files::make_folder(to).map_err(|error| of_file(to, error))?;
    // The snapshot first: the files of what it names were whole before. It gets its name last.
    let database = copy_database(from, to)?;
    let mut copied = Copied {
        database_bytes: database.bytes,
        files: 0,
    };
    if from.join(FILES).is_dir() {
        copied.files = copy_folder(&from.join(FILES), &to.join(FILES), OsStr::new(PARTS))?;
    }
    database.name().map_err(|error| of_file(to, error))?;
    sync(to)?;
    Ok(copied)
}

/// Links or copies everything in a folder, but for what is called `except`. The number of files.
fn copy_folder(from: &Path, to: &Path, except: &OsStr) -> Result<u64, CopyError> {
    files::make_folder(to).map_err(|error| of_file(to, error))?;
    let mut copied = 0;
    for entry in fs::read_dir(from).map_err(|error| of_file(from, error))? {
        let entry = entry.map_err(|error| of_file(from, error))?;
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry.file_type().map_err(|error| of_file(&path, error))?;
        if name == except {
            continue;
        }
        if kind.is_dir() {
            copied += copy_folder(&path, &to.join(&name), except)?;
        } else if kind.is_file() && copy_file(&path, &to.join(&name))? {
            copied += 1;
        }
    }
    sync(to)?;
    Ok(copied)
}

/// Links or copies a file; `false`: it is gone, as nobody has it any more.
fn copy_file(from: &Path, to: &Path) -> Result<bool, CopyError> {
    // An earlier attempt may have brought it.
    if to.exists() || fs::hard_link(from, to).is_ok() {
        return Ok(true);
    }
    match fs::copy(from, to) {
        Ok(_) => {
            let synced = File::open(to).and_then(|file| file.sync_all());
            synced.map_err(|error| of_file(to, error))?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(of_file(from, error)),
    }
}

fn sync(folder: &Path) -> Result<(), CopyError> {
    files::sync_folder(folder).map_err(|error| of_file(folder, error))
}

fn of_file(path: &Path, error: io::Error) -> CopyError {
    CopyError::File {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Server};
    use std::sync::Arc;
    use tidings_protocol::{SystemChance, SystemClock, UserId};

    async fn open(data: &Path) -> Server {
        let clock = Arc::new(SystemClock::default());
        Server::open(data, Config::default(), clock, Arc::new(SystemChance))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_backup_of_a_running_space_has_what_was_acknowledged_and_becomes_a_space() {
        let dir = tempfile::tempdir().unwrap();
        let (data, to, again) = (dir.path().join("a"), dir.path().join("b"), dir.path().join("c"));
        let server = open(&data).await;
        let ann = UserId::new("ann").unwrap();
        server.add_user(ann.clone(), "Ann", "long enough").await.unwrap();
        let shelf = data.join("files/blobs/ab");
        fs::create_dir_all(&shelf).unwrap();
        fs::create_dir_all(data.join("files/parts")).unwrap();
        fs::write(shelf.join("abcd"), "a picture").unwrap();
        fs::write(data.join("files/parts/x"), "half of one").unwrap();

        let copied = backup(&data, &to).unwrap();
        assert_eq!(copied.files, 1);
        assert_eq!(
            fs::read_to_string(to.join("files/blobs/ab/abcd")).unwrap(),
            "a picture"
        );
        assert!(!to.join("files/parts").exists() && !to.join("tidings.db-wal").exists());
        let names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|each| each.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");

        // What comes later is not in it.
        let ben = UserId::new("ben").unwrap();
        server.add_user(ben, "Ben", "long enough").await.unwrap();
        assert_eq!(restore(&to, &again).unwrap(), copied);
        let restored = open(&again).await;
        let people: Vec<UserId> = restored
            .people()
            .await
            .into_iter()
            .map(|each| each.user_id)
            .collect();
        assert_eq!(people, [ann]);
        restored.shutdown().await;
        server.shutdown().await;
    }

    #[tokio::test]
    async fn nothing_that_is_there_is_overwritten_and_nothing_half_done_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let (data, to) = (dir.path().join("a"), dir.path().join("b"));
        assert!(matches!(backup(&data, &to), Err(CopyError::NoSpace(_))));
        open(&data).await.shutdown().await;
        assert!(matches!(backup(&data, &data.join("b")), Err(CopyError::Inside)));
        fs::create_dir(&to).unwrap();
        assert!(matches!(backup(&data, &to), Err(CopyError::Taken(_))));
        assert!(matches!(restore(&data, &data), Err(CopyError::Taken(_))));
        assert!(matches!(
            restore(&to, &dir.path().join("c")),
            Err(CopyError::NoSpace(_))
        ));
        assert!(!dir.path().join("c").exists());
    }

    #[tokio::test]
    async fn a_damaged_backup_becomes_no_space() {
        let dir = tempfile::tempdir().unwrap();
        let (data, to) = (dir.path().join("a"), dir.path().join("b"));
        open(&data).await.shutdown().await;
        let file = data.join("tidings.db");
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0x5a);
        fs::write(&file, bytes).unwrap();
        assert!(matches!(restore(&data, &to), Err(CopyError::Database(_))));
        assert!(!Server::is_space(&to));
        assert!(matches!(
            backup(&data, &dir.path().join("c")),
            Err(CopyError::Database(_))
        ));
        assert!(!dir.path().join("c").exists() && !dir.path().join("c.part").exists());
    }
}
