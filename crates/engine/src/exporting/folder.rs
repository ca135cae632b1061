//! The folder that an export is written into.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use tidings_media::names;
use tidings_protocol::ErrorKind;

use crate::error::{EXPORT_FOLDER, EXPORT_FULL};
use crate::export_format::MEDIA;
use crate::hashing::CopyError;
use crate::media::blocking;
use crate::media_folder;
use crate::moving::Job;
use crate::saving::mark;
use crate::{EngineError, hashing};

/// A file that is being written.
pub(crate) trait OutFile: Write + Send {
    /// Everything that was written is on the disk.
    fn sync(&mut self) -> io::Result<()>;

    /// Says that it has come from elsewhere.
    fn mark(&self, path: &Path, now_ms: i64);
}

impl OutFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }

    fn mark(&self, path: &Path, now_ms: i64) {
        mark::set(self, path, now_ms);
    }
}

/// Where an export is written. A parameter, so that a full disk can be played.
pub(crate) trait Disk: Send + Sync {
    /// A new file that only this user may read (H51).
    fn create(&self, path: &Path) -> io::Result<Box<dyn OutFile>>;
}

/// The system's.
pub(crate) struct SystemDisk;

impl Disk for SystemDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn OutFile>> {
        Ok(Box::new(media_folder::create(path)?))
    }
}

/// What a person is to hear of a disk that refuses.
pub(super) fn refused(error: &io::Error) -> EngineError {
    tracing::warn!(kind = ?error.kind(), "the export cannot be written");
    let is_full = matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    );
    let (code, message) = if is_full {
        (EXPORT_FULL, "the disk of the export is full")
    } else {
        (EXPORT_FOLDER, "the folder of the export cannot be written to")
    };
    EngineError::File {
        code,
        kind: ErrorKind::Internal,
        message,
    }
}

/// Whether only this one file cannot be made, and the disk is as it was.
fn is_its_own(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AlreadyExists
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::PermissionDenied
    )
}

/// The year, month and day of a moment (the proleptic Gregorian calendar, in UTC).
pub(super) fn day_of(now_ms: i64) -> String {
    let days = now_ms.div_euclid(24 * 60 * 60 * 1000) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + later)
}

/// The folder while it is written.
pub(crate) struct Out {
    disk: Arc<dyn Disk>,
    /// Where it is written.
    draft: PathBuf,
    /// What it is to be called, and the folder that it goes into.
    name: String,
    into: PathBuf,
    /// When it began, milliseconds since 1970.
    began: i64,
    job: Arc<Job>,
}

/// A file of lines that grows.
pub(crate) struct Lines(Arc<Mutex<BufWriter<Box<dyn OutFile>>>>);

impl Lines {
    pub(super) async fn write(&self, bytes: Vec<u8>) -> Result<(), EngineError> {
        let file = Arc::clone(&self.0);
        blocking(move || file.lock().write_all(&bytes).map_err(|error| refused(&error))).await
    }

    /// All lines are there, and on the disk.
    pub(super) async fn end(self) -> Result<(), EngineError> {
        blocking(move || {
            let mut file = self.0.lock();
            file.flush()
                .and_then(|()| file.get_mut().sync())
                .map_err(|error| refused(&error))
        })
        .await
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// `name`, or `name (2)` and so on: the first that `take` can have.
fn first_free<T>(
    folder: &Path,
    name: &str,
    mut take: impl FnMut(&Path) -> io::Result<T>,
) -> io::Result<(T, PathBuf)> {
    for number in 1..=tidings_media::limits::NAME_TRIES {
        let path = match number {
            1 => folder.join(name),
            number => folder.join(format!("{name} ({number})")),
        };
        match take(&path) {
            Ok(taken) => return Ok((taken, path)),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::AlreadyExists
                        | io::ErrorKind::DirectoryNotEmpty
                        | io::ErrorKind::NotADirectory
                ) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

impl Out {
    /// Makes the folder, under a name that says that it is not finished.
    pub(super) async fn begin(
        disk: Arc<dyn Disk>,
        folder: &Path,
        user_id: &str,
        now_ms: i64,
        job: Arc<Job>,
    ) -> Result<Self, EngineError> {
        let name = names::safe(&format!("Tidings export, {user_id}, {}", day_of(now_ms)));
        let into = folder.to_owned();
        blocking(move || {
            let unfinished = format!("{name}, unfinished");
            let (_, draft) = first_free(&into, &unfinished, make_folder).map_err(|error| refused(&error))?;
            let out = Self {
                disk,
                draft,
                name,
                into,
                began: now_ms,
                job,
            };
            make_folder(&out.draft.join(MEDIA)).map_err(|error| {
                out.remove();
                refused(&error)
            })?;
            Ok(out)
        })
        .await
    }

    /// Where a file of the export is.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.draft.join(name)
    }

    /// Begins a file of lines.
    pub(super) async fn lines(&self, name: &str) -> Result<Lines, EngineError> {
        let (disk, path) = (Arc::clone(&self.disk), self.path(name));
        blocking(move || {
            let file = disk.create(&path).map_err(|error| refused(&error))?;
            Ok(Lines(Arc::new(Mutex::new(BufWriter::new(file)))))
        })
        .await
    }

    /// Writes a file as a whole, to be read by people as well.
    pub(super) async fn whole(&self, name: &str, value: &impl Serialize) -> Result<(), EngineError> {
        let mut bytes = serde_json::to_vec_pretty(value).map_err(|_| EngineError::Fault)?;
        bytes.push(b'\n');
        let lines = self.lines(name).await?;
        lines.write(bytes).await?;
        lines.end().await
    }

    /// Copies the file at `from`; answers its size and its hash. `None`: it is gone, has another size than `size`, or cannot be there under
    /// its name.
    pub(super) async fn copy(
        &self,
        from: PathBuf,
        name: &str,
        size: Option<u64>,
    ) -> Result<Option<(u64, String)>, EngineError> {
        let (disk, job, path) = (Arc::clone(&self.disk), Arc::clone(&self.job), self.path(name));
        let began = self.began;
        blocking(move || {
            let Ok(mut from) = File::open(&from) else {
                return Ok(None);
            };
            let is_it = from
                .metadata()
                .is_ok_and(|data| data.is_file() && size.is_none_or(|size| size == data.len()));
            if !is_it {
                return Ok(None);
            }
            let mut to = match disk.create(&path) {
                Ok(to) => to,
                Err(error) if is_its_own(&error) => {
                    tracing::warn!(kind = ?error.kind(), "a file cannot be in the export");
                    return Ok(None);
                }
                Err(error) => return Err(refused(&error)),
            };
            let copied = hashing::copy(&mut from, to.as_mut(), u64::MAX, |count| {
                job.further(|progress| progress.bytes += count);
                job.check()
            });
            let copied = match copied {
                Ok(copied) => copied,
                // This computer's own disk; the file counts as one that is not here.
                Err(CopyError::Unread) => {
                    drop(to);
                    let _ = fs::remove_file(&path);
                    return Ok(None);
                }
                Err(CopyError::Unwritten(error)) => return Err(refused(&error)),
                Err(CopyError::Stopped(error)) => return Err(error),
            };
            to.sync().map_err(|error| refused(&error))?;
            to.mark(&path, began);
            Ok(Some(copied))
        })
        .await
    }

    /// All is written: the folder takes its name. Nothing that is there already is touched.
    pub(super) async fn finish(&self) -> Result<PathBuf, EngineError> {
        self.job.check()?;
        let (draft, into, name) = (self.draft.clone(), self.into.clone(), self.name.clone());
        blocking(move || {
            let moved = first_free(&into, &name, |path| {
                // An empty folder of that name would be replaced without a word.
                if fs::symlink_metadata(path).is_ok() {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                fs::rename(&draft, path)
            });
            let ((), path) = moved.map_err(|error| refused(&error))?;
            #[cfg(unix)]
            if let Ok(folder) = File::open(&into) {
                // Not every file system can.
                let _ = folder.sync_all();
            }
            Ok(path)
        })
        .await
    }

    fn remove(&self) {
        if let Err(error) = fs::remove_dir_all(&self.draft) {
            tracing::warn!(kind = ?error.kind(), "an unfinished export is left behind");
        }
    }

    /// Nothing of it is to be found.
    pub(super) async fn throw_away(&self) {
        let draft = self.draft.clone();
        let _ = tokio::task::spawn_blocking(move || {
            if let Err(error) = fs::remove_dir_all(&draft) {
                tracing::warn!(kind = ?error.kind(), "an unfinished export is left behind");
            }
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_day() {
        for (now, day) in [
            (0, "1970-01-01"),
            (1_795_392_000_000, "2026-11-23"),
            (951_782_400_000, "2000-02-29"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(day_of(now), day);
        }
    }
}
