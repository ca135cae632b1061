//! Where the bytes of files lie.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _};

use super::{Hash, remove};
use crate::config::Media as Settings;
use crate::{files, limits};

/// The role. A blob is what its hash says, so nobody asks for one by another name, and to keep it twice changes nothing.
pub(crate) enum Blobs {
    /// A folder of this computer.
    Folder(Folder),
    /// An object store, as S3.
    #[cfg(feature = "s3")]
    Objects(super::objects::Objects),
}

impl Blobs {
    /// Opens what the settings say; the folder is below `home`.
    pub(crate) fn open(home: &Path, settings: &Settings) -> io::Result<Self> {
        #[cfg(feature = "s3")]
        if let Some(settings) = &settings.s3 {
            return Ok(Self::Objects(super::objects::Objects::open(settings)?));
        }
        #[cfg(not(feature = "s3"))]
        let _ = settings;
        let folder = home.join("blobs");
        files::make_folder(&folder)?;
        Ok(Self::Folder(Folder(folder)))
    }

    /// Keeps what is in the part at `path`, which stays where it is. Then it is on the disk.
    pub(crate) async fn keep(&self, path: PathBuf, hash: Hash) -> io::Result<()> {
        match self {
            Self::Folder(folder) => {
                let folder = folder.clone();
                blocking(move || folder.keep(&path, &hash)).await
            }
            #[cfg(feature = "s3")]
            Self::Objects(objects) => objects.keep(&path, &hash).await,
        }
    }

    /// These bytes of a blob, a block at a time and each only when the one before was taken.
    ///
    /// # Errors
    /// Also [`io::ErrorKind::NotFound`].
    pub(crate) async fn read(
        &self,
        hash: Hash,
        range: Range<u64>,
    ) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
        match self {
            Self::Folder(folder) => {
                let path = folder.path(&hash);
                let opened = blocking(move || {
                    let mut file = File::open(path)?;
                    file.seek(SeekFrom::Start(range.start))?;
                    Ok((file, range.end.saturating_sub(range.start)))
                });
                Ok(read_file(opened.await?).boxed())
            }
            #[cfg(feature = "s3")]
            Self::Objects(objects) => objects.read(&hash, range).await,
        }
    }

    /// Removes a blob that may not be there.
    pub(crate) async fn remove(&self, hash: Hash) -> io::Result<()> {
        match self {
            Self::Folder(folder) => {
                let path = folder.path(&hash);
                blocking(move || remove(&path)).await
            }
            #[cfg(feature = "s3")]
            Self::Objects(objects) => objects.remove(&hash).await,
        }
    }
}

/// So many bytes of a file, from where it is.
fn read_file(begin: (File, u64)) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    futures_util::stream::try_unfold(begin, |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        blocking(move || {
            let mut block = vec![0; most.min(limits::DOWNLOAD_BLOCK_BYTES)];
            file.read_exact(&mut block)?;
            let left = left - block.len() as u64;
            Ok(Some((Bytes::from(block), (file, left))))
        })
        .await
    })
}

fn same_length(one: &Path, other: &Path) -> io::Result<bool> {
    Ok(one.metadata()?.len() == other.metadata()?.len())
}

/// A folder in which a blob's name is its hash, in 256 folders by the first two digits.
#[derive(Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    fn path(&self, hash: &Hash) -> PathBuf {
        let name = blake3::Hash::from_bytes(*hash).to_hex();
        let shelf = name.get(..2).unwrap_or_default();
        self.0.join(shelf).join(name.as_str())
    }

    fn keep(&self, part: &Path, hash: &Hash) -> io::Result<()> {
        let path = self.path(hash);
        let folder = path.parent().unwrap_or(&self.0);
        if !folder.is_dir() {
            files::make_folder(folder)?;
        }
        // A second name for the same bytes: the part is still there should the row that needs the blob never come.
        match std::fs::hard_link(part, &path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && same_length(part, &path)? => {}
            // There are file systems without, and a blob that is not what its name says gives way. A stop right after this has the upload begin again.
            Err(_) => std::fs::rename(part, &path)?,
        }
        files::sync_folder(folder)
    }
}

/// Runs `work` where it may wait for the disk.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_that_is_not_what_its_name_says_gives_way_to_the_one_that_is() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder(dir.path().join("blobs"));
        files::make_folder(&folder.0).unwrap();
        let (hash, part) = ([7; 32], dir.path().join("part"));
        for bytes in ["whole", "whole and more", "whole"] {
            std::fs::write(&part, bytes).unwrap();
            folder.keep(&part, &hash).unwrap();
            assert_eq!(std::fs::read_to_string(folder.path(&hash)).unwrap(), bytes);
            let _ = std::fs::remove_file(&part);
        }
    }
}
