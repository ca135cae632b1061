//! A copy of a file that somebody has chosen, which may change, shrink, grow or vanish meanwhile.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::SystemTime;

use tidings_media::Probed;
use tidings_protocol::{ErrorKind, code};

use super::{looking, refused};
use crate::{EngineError, hashing, limits, media_folder};

/// A file that is open and was looked at.
pub(super) struct Looked {
    file: File,
    modified: Option<SystemTime>,
    pub(super) probed: Probed,
}

fn changed(message: &'static str) -> EngineError {
    refused(code::FILE_CHANGED, ErrorKind::NotFound, message)
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
    let unreadable = |_| changed("the file cannot be read");
    let file = options.open(path).map_err(unreadable)?;
    let data = file.metadata().map_err(unreadable)?;
    if !data.is_file() {
        return Err(refused(
            code::BAD_PARAMETER,
            ErrorKind::BadRequest,
            "not an ordinary file",
        ));
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
/// original's blocks until one of them changes. A hard link would change with the original. Blocks.
pub(super) fn copy(mut from: Looked, to: &Path) -> Result<String, EngineError> {
    let size = from.probed.size;
    let mut copy = media_folder::create(to)?;
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
    let broke_off = |_| changed("the file cannot be read to its end");
    from.seek(SeekFrom::Start(0)).map_err(broke_off)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; limits::PIECE_BYTES];
    let mut read = 0;
    loop {
        let count = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(broke_off(error)),
        };
        read += count as u64;
        if read > size {
            return Err(changed("the file grew while it was read"));
        }
        let piece = piece.get(..count).unwrap_or_default();
        to.write_all(piece)?;
        hasher.update(piece);
    }
    Ok(hashing::hex(&hasher))
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

    #[test]
    fn a_file_that_grows_shrinks_or_is_written_to_meanwhile_is_not_sent() {
        let dir = tempfile::tempdir().unwrap();
        let from = dir.path().join("from");
        for (number, now) in ["longer than before", "short", ""].iter().enumerate() {
            std::fs::write(&from, "as it was").unwrap();
            let looked = look(&from).unwrap();
            std::fs::write(&from, now).unwrap();
            let refused = copy(looked, &dir.path().join(number.to_string())).unwrap_err();
            assert_eq!(code_of(&refused), code::FILE_CHANGED, "{now}");
        }
    }

    #[test]
    fn what_is_gone_and_what_is_no_file_is_said_to_be_so() {
        let dir = tempfile::tempdir().unwrap();
        let gone = look(&dir.path().join("gone")).err().unwrap();
        assert_eq!(code_of(&gone), code::FILE_CHANGED);
        let folder = look(dir.path()).err().unwrap();
        assert_eq!(code_of(&folder), code::BAD_PARAMETER);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_and_a_device_are_not_waited_for_and_a_link_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for no_file in [pipe.as_path(), Path::new("/dev/zero")] {
            assert_eq!(code_of(&look(no_file).err().unwrap()), code::BAD_PARAMETER);
        }
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        std::fs::write(&file, "x").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(look(&link).unwrap().probed.size, 1);
    }
}
