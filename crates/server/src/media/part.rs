//! An upload as far as it has come.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::Hash;
use crate::{files, limits};

/// The open file of an upload, with the hash of what is in it.
pub(crate) struct Part {
    file: File,
    hasher: blake3::Hasher,
    length: u64,
    /// So much of it is on the disk for sure.
    synced: u64,
}

/// Where a part was, to go back to.
pub(crate) struct Mark {
    hasher: blake3::Hasher,
    length: u64,
}

impl Part {
    /// Opens the part at `path` of an upload of `size` bytes, making it where there is none. Reads all of it.
    ///
    /// Its length is the truth about how far the upload is: file systems write a length only after what it counts, and should one ever lie, the
    /// hash of the whole shows it.
    pub(crate) fn open(path: &Path, size: u64) -> io::Result<Self> {
        let is_new = !path.exists();
        let file = files::private()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        if is_new && let Some(folder) = path.parent() {
            files::sync_folder(folder)?;
        }
        let mut part = Self {
            file,
            hasher: blake3::Hasher::new(),
            length: 0,
            synced: 0,
        };
        if part.file.metadata()?.len() > size {
            part.file.set_len(0)?;
        }
        let mut block = vec![0; limits::TRANSFER_BLOCK_BYTES];
        loop {
            let count = match part.file.read(&mut block) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            part.hasher.update(block.get(..count).unwrap_or_default());
            part.length += count as u64;
        }
        part.sync()?;
        Ok(part)
    }

    /// How far it is, bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The hash of what is in it.
    pub(crate) fn hash(&self) -> Hash {
        self.hasher.finalize().into()
    }

    /// Adds bytes, all of them or none. Now and then it brings them to the disk.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(bytes) {
            self.cut(self.length)?;
            return Err(error);
        }
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        if self.length - self.synced >= tidings_protocol::limits::UPLOAD_PART_BYTES {
            self.sync()?;
        }
        Ok(())
    }

    /// Brings everything to the disk.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        if self.synced < self.length {
            self.file.sync_data()?;
            self.synced = self.length;
        }
        Ok(())
    }

    /// Where it is now.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            hasher: self.hasher.clone(),
            length: self.length,
        }
    }

    /// Takes back what was added since.
    pub(crate) fn back_to(&mut self, mark: Mark) -> io::Result<()> {
        self.cut(mark.length)?;
        self.hasher = mark.hasher;
        self.length = mark.length;
        self.synced = self.synced.min(mark.length);
        self.file.sync_all()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.file.seek(SeekFrom::Start(length))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_opened_again_goes_on_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("part");
        let mut part = Part::open(&path, 10).unwrap();
        part.add(b"hello").unwrap();
        drop(part);
        let mut part = Part::open(&path, 10).unwrap();
        assert_eq!(part.length(), 5);
        let mark = part.mark();
        part.add(b"wrong").unwrap();
        part.back_to(mark).unwrap();
        part.add(b"world").unwrap();
        assert_eq!(part.hash(), *blake3::hash(b"helloworld").as_bytes());
        drop(part);
        assert_eq!(std::fs::read(&path).unwrap(), b"helloworld");
        assert_eq!(Part::open(&path, 9).unwrap().length(), 0, "longer than it can be");
    }
}
