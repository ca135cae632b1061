//! The bytes of files: uploads on their way, and what has arrived.
//!
//! * A **part** is an upload as far as it has come: one file in `files/parts`, only ever added to. Its length is how far the upload is.
//! * A **blob** is what has arrived, under its BLAKE3 hash, whatever the number of files that have it.
//!
//! What a file is, whose, and who may fetch it, is in the store. A blob comes before the row that needs it and goes after the last one: a stop
//! in between leaves bytes that nobody has, never a file without its bytes.

mod blobs;
#[cfg(feature = "s3")]
mod objects;
mod part;
mod transfers;
mod uploads;

use std::path::{Path, PathBuf};

use tidings_protocol::FileId;
use tokio::sync::{Notify, RwLock};

pub(crate) use blobs::{Blobs, blocking};
pub(crate) use part::Part;
pub(crate) use transfers::{Transfer, Transfers};
pub(crate) use uploads::{Held, Uploads};

use crate::config::Media as Settings;
use crate::rate::Rate;
use crate::{files, limits};

/// A BLAKE3 hash.
pub(crate) type Hash = [u8; 32];

/// The bytes of a space's files.
pub(crate) struct Media {
    parts: PathBuf,
    pub(crate) blobs: Blobs,
    /// Held for reading from a blob's arrival until the row that needs it, and for writing while blobs are removed.
    pub(crate) shelf: RwLock<()>,
    pub(crate) uploads: Uploads,
    pub(crate) transfers: Transfers,
    /// A message was recalled: what it alone had is to go soon.
    pub(crate) recalled: Notify,
    /// Uploads that begin, by user.
    pub(crate) begun: Rate<i64>,
    /// Parts much smaller than they could be, by user (H27).
    pub(crate) small_parts: Rate<i64>,
}

impl Media {
    /// Opens the folders below `data`, making them where there are none.
    pub(crate) fn open(data: &Path, settings: &Settings) -> std::io::Result<Self> {
        let home = data.join("files");
        let parts = home.join("parts");
        files::make_folder(&home)?;
        files::make_folder(&parts)?;
        Ok(Self {
            parts,
            blobs: Blobs::open(&home, settings)?,
            shelf: RwLock::default(),
            uploads: Uploads::default(),
            recalled: Notify::new(),
            transfers: Transfers::new(limits::TRANSFERS, settings.transfers_per_user),
            begun: Rate::new(limits::UPLOADS_BEGUN.into()),
            small_parts: Rate::new(limits::SMALL_PARTS.into()),
        })
    }

    /// The part of an upload.
    pub(crate) fn part(&self, id: &FileId) -> PathBuf {
        self.parts.join(id.as_str())
    }

    /// The uploads that have a part. Blocks.
    pub(crate) fn parts(&self) -> std::io::Result<Vec<FileId>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.parts)? {
            if let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) {
                found.push(id);
            }
        }
        Ok(found)
    }
}

/// Removes a file that may not be there. Blocks.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
