//! `media/` in the profile: the bytes of files, each under its id.
//!
//! * `files/ab/ab…`: whole files, of messages that came and of those that wait to be sent. A file is put there by a rename or a link of
//!   what is on the disk already, so what is there is whole, also after a power cut.
//! * `parts/…`: downloads that are under way.
//! * `drafts/ID/`: what waits in the composer.
//!
//! Files have their ids as names, and not their hashes: so what waits to be sent is found again when the cache is lost, and nothing
//! needs a table to find a picture.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use tidings_protocol::FileId;

/// The folder. It is made when it is first needed.
#[derive(Debug, Clone)]
pub(crate) struct MediaFolder {
    root: PathBuf,
}

/// A file that is in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: FileId,
    /// Bytes.
    pub(crate) size: u64,
    /// When it was last written to, milliseconds since 1970.
    pub(crate) modified: i64,
}

/// A new file that only this user may read (H51); one that is there already is an error.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// What was made, renamed or removed in the folder is on the disk.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// What was made, renamed or removed in the folder is on the disk.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes a file or a folder with what is in it; one that is not there is removed already.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(data) if data.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn modified(data: &fs::Metadata) -> i64 {
    data.modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}

impl MediaFolder {
    /// The media folder of the profile `dir`.
    pub(crate) fn new(dir: &Path) -> Self {
        Self {
            root: dir.join("media"),
        }
    }

    /// Where the whole file is, or would be.
    pub(crate) fn file(&self, id: &FileId) -> PathBuf {
        let start = id.as_str().get(..2).unwrap_or_default();
        self.root.join("files").join(start).join(id.as_str())
    }

    /// Where what has come of a file is, or would be.
    pub(crate) fn part(&self, id: &FileId) -> PathBuf {
        self.root.join("parts").join(id.as_str())
    }

    /// Where a draft attachment's files are, or would be.
    pub(crate) fn draft(&self, id: &FileId) -> PathBuf {
        self.root.join("drafts").join(id.as_str())
    }

    /// The size of the whole file; `None`: it is not here.
    pub(crate) fn size(&self, id: &FileId) -> Option<u64> {
        let data = fs::symlink_metadata(self.file(id)).ok()?;
        data.is_file().then_some(data.len())
    }

    /// Makes the folder of a new draft attachment.
    pub(crate) fn begin_draft(&self, id: &FileId) -> io::Result<PathBuf> {
        let folder = self.draft(id);
        make_folder(&folder)?;
        Ok(folder)
    }

    /// Makes the folder of parts.
    pub(crate) fn begin_part(&self, id: &FileId) -> io::Result<PathBuf> {
        make_folder(&self.root.join("parts"))?;
        Ok(self.part(id))
    }

    /// Puts what is at `from`, which is on the disk and nobody will change, among the files. On the disk when this returns.
    pub(crate) fn take(&self, from: &Path, id: &FileId) -> io::Result<()> {
        let to = self.file(id);
        let folder = self.folder_of(&to)?;
        if fs::hard_link(from, &to).is_err() {
            // A file system without links.
            remove(&to)?;
            let mut copy = create(&to)?;
            io::copy(&mut File::open(from)?, &mut copy)?;
            copy.sync_all()?;
        }
        sync_folder(&folder)
    }

    /// What has come of this file is all of it, and on the disk: it is a file from now on.
    pub(crate) fn keep_part(&self, id: &FileId) -> io::Result<()> {
        let to = self.file(id);
        let folder = self.folder_of(&to)?;
        fs::rename(self.part(id), &to)?;
        sync_folder(&folder)
    }

    fn folder_of(&self, file: &Path) -> io::Result<PathBuf> {
        let folder = file.parent().unwrap_or(&self.root);
        if !folder.is_dir() {
            make_folder(folder)?;
            for above in folder.ancestors().skip(1).take(3) {
                sync_folder(above)?;
            }
        }
        Ok(folder.to_owned())
    }

    /// Removes a file and what has come of it.
    pub(crate) fn remove(&self, id: &FileId) -> io::Result<()> {
        remove(&self.part(id))?;
        remove(&self.file(id))
    }

    /// Removes what has come of a file.
    pub(crate) fn remove_part(&self, id: &FileId) -> io::Result<()> {
        remove(&self.part(id))
    }

    /// Removes a draft attachment.
    pub(crate) fn remove_draft(&self, id: &FileId) -> io::Result<()> {
        remove(&self.draft(id))
    }

    /// Removes everything (R-L7).
    pub(crate) fn remove_all(&self) -> io::Result<()> {
        remove(&self.root)
    }

    /// All whole files.
    pub(crate) fn files(&self) -> io::Result<Vec<Found>> {
        let mut found = Vec::new();
        for folder in list(&self.root.join("files"))? {
            if folder.file_type()?.is_dir() {
                found.extend(in_folder(&folder.path())?);
            }
        }
        Ok(found)
    }

    /// All parts.
    pub(crate) fn parts(&self) -> io::Result<Vec<Found>> {
        in_folder(&self.root.join("parts"))
    }

    /// All draft attachments; their size is not looked at.
    pub(crate) fn drafts(&self) -> io::Result<Vec<Found>> {
        in_folder(&self.root.join("drafts"))
    }
}

fn list(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn in_folder(folder: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in list(folder)? {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let Ok(data) = entry.metadata() else { continue };
        found.push(Found {
            id,
            size: data.len(),
            modified: modified(&data),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_taken_is_there_whatever_becomes_of_the_draft() {
        let dir = tempfile::tempdir().unwrap();
        let folder = MediaFolder::new(dir.path());
        let (draft, id) = (FileId::from_bytes([1; 16]), FileId::from_bytes([2; 16]));
        let from = folder.begin_draft(&draft).unwrap().join("whole");
        fs::write(&from, "bytes").unwrap();
        folder.take(&from, &id).unwrap();
        folder.take(&from, &id).unwrap();
        folder.remove_draft(&draft).unwrap();
        folder.remove_draft(&draft).unwrap();
        assert_eq!(fs::read(folder.file(&id)).unwrap(), b"bytes");
        assert_eq!(folder.size(&id), Some(5));
        let files = folder.files().unwrap();
        assert_eq!((files.len(), &files[0].id, files[0].size), (1, &id, 5));
        folder.remove(&id).unwrap();
        assert_eq!(folder.size(&id), None);
        folder.remove_all().unwrap();
        assert!(folder.files().unwrap().is_empty() && folder.drafts().unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn h51_nobody_else_may_look_into_the_folder() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let folder = MediaFolder::new(dir.path());
        folder.begin_draft(&FileId::from_bytes([1; 16])).unwrap();
        let mode = fs::metadata(dir.path().join("media"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0);
    }
}
