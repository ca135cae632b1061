//! Files that nobody has any more: uploads that rest, files without a message, and their bytes.

use tidings_protocol::WireError;

use crate::limits;
use crate::media::{blocking, remove};
use crate::space::Space;
use crate::store::{self, StoreError, Use};

/// Removes them, in small steps.
pub(crate) async fn sweep(space: &Space) -> Result<(), WireError> {
    remove_dead_uses(space).await?;
    remove_due(space).await
}

/// Removes the files whose time has come, and the bytes that were theirs alone.
pub(super) async fn remove_due(space: &Space) -> Result<(), WireError> {
    loop {
        let removed = space.store.write(|batch| batch.remove_due_files()).await?;
        for id in &removed.uploads {
            let path = space.media.part(id);
            if let Err(error) = blocking(move || remove(&path)).await {
                tracing::warn!(%error, "the part of an upload stays for now");
            }
            space.media.uploads.forget(id);
        }
        if !removed.more {
            break;
        }
        tokio::time::sleep(limits::PURGE_PAUSE).await;
    }
    remove_blobs(space).await
}

/// Removes the uses of files by messages that nobody can read any more.
async fn remove_dead_uses(space: &Space) -> Result<(), WireError> {
    let mut next = Some(Use {
        log: i64::MIN,
        seq: 0,
        file: 0,
    });
    while let Some(after) = next {
        let found = space
            .store
            .read(move |conn| store::read::dead_uses(conn, after))
            .await?;
        if !found.dead.is_empty() {
            space
                .store
                .write(move |batch| batch.remove_uses(&found.dead))
                .await?;
            tokio::time::sleep(limits::PURGE_PAUSE).await;
        }
        next = found.next;
    }
    Ok(())
}

/// Removes the blobs that no file has. A stop in between leaves them on the list.
async fn remove_blobs(space: &Space) -> Result<(), WireError> {
    loop {
        // An upload that arrives now waits, so that its blob is not taken from under it.
        let _alone = space.media.shelf.write().await;
        let hashes = space.store.read(store::read::gone_blobs).await?;
        if hashes.is_empty() {
            return Ok(());
        }
        let asked = hashes.clone();
        let unused = space
            .store
            .read(move |conn| store::read::without_file(conn, &asked))
            .await?;
        for hash in unused {
            if let Err(error) = space.media.blobs.remove(hash).await {
                return Err(StoreError::Disk(error.to_string()).into());
            }
        }
        space
            .store
            .write(move |batch| batch.blobs_are_gone(&hashes))
            .await?;
    }
}

/// Removes the parts of uploads that are over: what a stop has left.
pub(crate) async fn collect_parts(space: &Space) -> Result<(), WireError> {
    let disk = |error: std::io::Error| WireError::from(StoreError::Disk(error.to_string()));
    let parts = space.media.parts().map_err(disk)?;
    for some in parts.chunks(limits::FILE_SWEEP) {
        let some = some.to_vec();
        let over = space
            .store
            .read(move |conn| store::read::over(conn, &some))
            .await?;
        for id in over {
            // Nobody may be finishing it just now.
            let Some((held, _)) = space.media.uploads.try_hold(&id) else {
                continue;
            };
            let path = space.media.part(&id);
            blocking(move || remove(&path)).await.map_err(disk)?;
            space.media.uploads.forget(&id);
            drop(held);
        }
    }
    Ok(())
}
