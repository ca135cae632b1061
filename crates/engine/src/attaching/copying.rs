//! A copy of a file that somebody has chosen, which may change, shrink, grow or vanish meanwhile.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use tidings_media::Probed;
use tidings_protocol::{ErrorKind, code};

use super::draft::Source;
use super::{looking, refused};
use crate::error::NOT_A_FILE;
use crate::hashing::CopyError;
use crate::{EngineError, hashing, media_folder};

/// A file that is open and was looked at.
pub(super) struct Looked {
    file: File,
    modified: Option<SystemTime>,
    pub(super) probed: Probed,
}

impl Looked {
    /// What there is to be remembered of a file until it is copied.
    pub(super) fn source(&self, path: &Path) -> Source {
        let since = self
            .modified
            .and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        Source {
            path: path.as_os_str().to_owned(),
            size: self.probed.size,
            modified: since.and_then(|since| u64::try_from(since.as_nanos()).ok()),
        }
    }
}

/// As [`look`], at the very file that somebody chose before: not at another one that has taken its place, nor at what was
/// written into it since. Blocks.
pub(super) fn look_again(source: &Source) -> Result<Looked, EngineError> {
    let path = Path::new(&source.path);
    let looked = look(path)?;
    if looked.source(path) != *source {
        return Err(changed("the file changed before it was read"));
    }
    Ok(looked)
}

fn changed(message: &'static str) -> EngineError {
    refused(code::FILE_CHANGED, ErrorKind::NotFound, message)
}

/// A folder, a device, a pipe or a socket.
pub(super) fn no_file() -> EngineError {
    refused(NOT_A_FILE, ErrorKind::BadRequest, "not an ordinary file")
}

/// What the system said when a file was to be opened or read.
pub(super) fn unreadable(error: &io::Error) -> EngineError {
    if is_out_of_files(error) {
        tracing::warn!(%error, "no more files can be opened");
        EngineError::Fault
    } else {
        changed("the file cannot be read")
    }
}

/// This process, or the computer, has as many files open as it may: that says nothing of this one.
#[cfg(unix)]
fn is_out_of_files(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}

/// This process, or the computer, has as many files open as it may: that says nothing of this one.
#[cfg(not(unix))]
fn is_out_of_files(_error: &io::Error) -> bool {
    false
}

/// Opens an ordinary file and looks at its first bytes. A link that somebody has chosen is followed; a pipe or a device
/// is not waited for. Blocks.
pub(super) fn look(path: &Path) -> Result<Looked, EngineError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    // Opening a device may already do something to it, and a socket cannot be opened at all.
    let data = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !data.is_file() {
        return Err(no_file());
    }
    let file = options.open(path).map_err(|error| unreadable(&error))?;
    let data = file.metadata().map_err(|error| unreadable(&error))?;
    // Something else may have taken its place.
    if !data.is_file() {
        return Err(no_file());
    }
    let probed = tidings_media::probe::probe_bytes(&file, &tidings_media::Limits::default())
        .map_err(|error| looking::error(&error))?;
    Ok(Looked {
        file,
        modified: data.modified().ok(),
        probed,
    })
}

/// Copies the file to `to` and answers its hash; the copy is on the disk then. Where the file system can, the copy shares the
/// original's blocks until one of them changes. A hard link would change with the original. Half a copy does not stay: its room may be what was
/// missing. Blocks.
pub(super) fn copy(from: Looked, to: &Path) -> Result<String, EngineError> {
    let copy = media_folder::create(to)?;
    filled(from, copy, to).inspect_err(|_| {
        if let Err(error) = std::fs::remove_file(to) {
            tracing::debug!(%error, "half a copy stays with its draft");
        }
    })
}

fn filled(mut from: Looked, mut copy: File, to: &Path) -> Result<String, EngineError> {
    let size = from.probed.size;
    let hash = if shares_blocks(&from.file, &copy) {
        hashing::of_file(to)?
    } else {
        copied(&mut from.file, &mut copy, size)?
    };
    copy.sync_all()?;
    let now = from
        .file
        .metadata()
        .map_err(|_| changed("the file cannot be read"))?;
    if copy.metadata()?.len() != size || now.len() != size || now.modified().ok() != from.modified {
        return Err(changed("the file changed while it was read"));
    }
    Ok(hash)
}

#[cfg(target_os = "linux")]
fn shares_blocks(from: &File, to: &File) -> bool {
    rustix::fs::ioctl_ficlone(to, from).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn shares_blocks(_from: &File, _to: &File) -> bool {
    false
}

fn copied(from: &mut File, to: &mut File, size: u64) -> Result<String, EngineError> {
    from.seek(SeekFrom::Start(0))
        .map_err(|_| changed("the file cannot be read to its end"))?;
    match hashing::copy(from, to, size.saturating_add(1), |_| Ok(())) {
        Ok((copied, _)) if copied > size => Err(changed("the file grew while it was read")),
        Ok((_, hash)) => Ok(hash),
        Err(CopyError::Unread) => Err(changed("the file cannot be read to its end")),
        Err(CopyError::Unwritten(error)) => Err(error.into()),
        Err(CopyError::Stopped(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(error: &EngineError) -> i32 {
        error.view().code
    }

    #[test]
    fn a_copy_has_the_bytes_and_their_hash() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        let bytes: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(&from, &bytes).unwrap();
        let hash = copy(look(&from).unwrap(), &to).unwrap();
        assert_eq!(hash, blake3::hash(&bytes).to_hex().to_string());
        assert_eq!(std::fs::read(&to).unwrap(), bytes);
        std::fs::write(&from, "other").unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), bytes, "the original may change now");
    }

    #[cfg(unix)]
    #[test]
    fn that_no_more_files_can_be_opened_is_no_fault_of_the_file() {
        use rustix::io::Errno;
        for full in [Errno::MFILE, Errno::NFILE] {
            let error = looking::error(&io::Error::from(full).into());
            assert_ne!(code_of(&error), code::FILE_CHANGED);
        }
        assert_eq!(code_of(&unreadable(&Errno::NOENT.into())), code::FILE_CHANGED);
    }

    #[test]
    fn a_file_that_grows_shrinks_or_is_written_to_meanwhile_is_not_sent_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let from = dir.path().join("from");
        for (number, now) in ["longer than before", "short", ""].iter().enumerate() {
            std::fs::write(&from, "as it was").unwrap();
            let looked = look(&from).unwrap();
            std::fs::write(&from, now).unwrap();
            let to = dir.path().join(number.to_string());
            let refused = copy(looked, &to).unwrap_err();
            assert_eq!(code_of(&refused), code::FILE_CHANGED, "{now}");
            assert!(!to.exists());
        }
    }

    #[test]
    fn what_is_gone_and_what_is_no_file_is_said_to_be_so() {
        let dir = tempfile::tempdir().unwrap();
        let gone = look(&dir.path().join("gone")).err().unwrap();
        assert_eq!(code_of(&gone), code::FILE_CHANGED);
        let folder = look(dir.path()).err().unwrap();
        assert_eq!(code_of(&folder), NOT_A_FILE);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_a_device_and_a_socket_are_said_to_be_no_files_and_a_link_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let socket = dir.path().join("socket");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for no_file in [pipe.as_path(), Path::new("/dev/zero"), &socket] {
            assert_eq!(code_of(&look(no_file).err().unwrap()), NOT_A_FILE);
        }
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        std::fs::write(&file, "x").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(look(&link).unwrap().probed.size, 1);
    }
}
