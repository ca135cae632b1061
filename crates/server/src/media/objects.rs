//! Blobs in an object store that speaks S3.
//!
//! Only the server speaks with it, with the length and the SHA-256 of each request in its signature; no client ever gets an address in it, so
//! there is none that could be used again for something else (H30). The bytes are checked against their BLAKE3 before they go there.

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Place;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutPayload};

use super::{Hash, blocking};
use crate::config::S3;
use crate::limits;

/// The store and nothing about its kind.
pub(crate) struct Objects(Arc<dyn ObjectStore>);

impl Objects {
    /// Opens the bucket; whether it answers is seen at its first use.
    pub(super) fn open(settings: &S3) -> io::Result<Self> {
        // The provider of this process. A second time it is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = AmazonS3Builder::new()
            .with_endpoint(&settings.endpoint)
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key_id)
            .with_secret_access_key(&settings.secret_access_key)
            .with_allow_http(settings.allow_http)
            // One blob goes at a time, and some stores know no other way.
            .with_disable_bulk_delete(true)
            .build()
            .map_err(io_error)?;
        Ok(Self(Arc::new(store)))
    }

    /// As [`super::Blobs::keep`].
    pub(super) async fn keep(&self, part: &Path, hash: &Hash) -> io::Result<()> {
        let (path, place) = (part.to_owned(), place(hash));
        let (file, mut left) = blocking(move || {
            let file = File::open(path)?;
            let length = file.metadata()?.len();
            Ok((file, length))
        })
        .await?;
        let (mut file, first) = next(file, &mut left).await?;
        if left == 0 {
            self.0.put(&place, first).await.map_err(io_error)?;
            return Ok(());
        }
        // It is seen whole or not at all: the store puts the parts together at the end.
        let mut upload = self.0.put_multipart(&place).await.map_err(io_error)?;
        let mut piece = first;
        let sent = loop {
            if let Err(error) = upload.put_part(piece).await {
                break Err(io_error(error));
            }
            if left == 0 {
                break upload.complete().await.map(drop).map_err(io_error);
            }
            match next(file, &mut left).await {
                Ok(read) => (file, piece) = read,
                Err(error) => break Err(error),
            }
        };
        if sent.is_err() {
            // What a broken upload has left costs only room; the bucket's own rules clear it away.
            let _ = upload.abort().await;
        }
        sent
    }

    /// As [`super::Blobs::read`].
    pub(super) async fn read(
        &self,
        hash: &Hash,
        range: Range<u64>,
    ) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let found = self.0.get_opts(&place(hash), options).await.map_err(io_error)?;
        Ok(found.into_stream().map_err(io_error).boxed())
    }

    /// As [`super::Blobs::remove`].
    pub(super) async fn remove(&self, hash: &Hash) -> io::Result<()> {
        match self.0.delete(&place(hash)).await {
            Err(error) if !matches!(error, object_store::Error::NotFound { .. }) => Err(io_error(error)),
            _ => Ok(()),
        }
    }
}

/// As in a folder.
fn place(hash: &Hash) -> Place {
    let name = blake3::Hash::from_bytes(*hash).to_hex();
    let shelf = name.get(..2).unwrap_or_default();
    Place::from_iter(["blobs", shelf, name.as_str()])
}

async fn next(mut file: File, left: &mut u64) -> io::Result<(File, PutPayload)> {
    let most = usize::try_from(*left).unwrap_or(usize::MAX);
    let (file, piece) = blocking(move || {
        let mut piece = vec![0; most.min(limits::OBJECT_PART_BYTES)];
        file.read_exact(&mut piece)?;
        Ok((file, piece))
    })
    .await?;
    *left -= piece.len() as u64;
    Ok((file, piece.into()))
}

fn io_error(error: object_store::Error) -> io::Error {
    match error {
        object_store::Error::NotFound { .. } => io::Error::new(io::ErrorKind::NotFound, error),
        error => io::Error::other(error),
    }
}

#[cfg(test)]
mod tests;
