//! A piece of a file for a player, which jumps about in what is not all here yet.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::StreamExt;

use super::Rank;
use crate::cache::files;
use crate::core::Core;
use crate::media::{blocking, connected_soon};
use crate::{EngineError, connections, limits, media};

fn differs() -> EngineError {
    EngineError::Network("another piece came than was asked for".into())
}

/// Bytes `from..from + count`, or fewer at the end, and the size of the whole. What is not here is asked for by itself, while the
/// whole is being fetched; it is not checked against the hash then, which is of the whole.
pub(crate) async fn read(
    core: &Core,
    file: &str,
    from: u64,
    count: u64,
) -> Result<(Bytes, u64), EngineError> {
    core.signed_in()?;
    let id = media::id(file)?;
    let count = count.clamp(1, limits::READ_RANGE_BYTES);
    if let Some(size) = core.media.folder.size(&id) {
        core.media.used.lock().insert(id.clone(), core.clock.now_ms());
        let bytes = piece(core.media.folder.file(&id), from, count).await?;
        return Ok((bytes, size));
    }
    let said = core.cache.read(|db, _| files::said(db, &id))?;
    let size = said.and_then(|said| said.size);
    drop(core.media.fetches.want(&id, Rank::Asked, size));
    if let Some(size) = size
        && from.saturating_add(count) <= here(core.media.folder.part(&id))
    {
        let bytes = piece(core.media.folder.part(&id), from, count).await;
        if let Ok(bytes) = bytes {
            return Ok((bytes, size));
        }
    }
    connected_soon(core, super::WAIT).await?;
    let mut connection = connections::get(core, true).await?;
    let fetched = connection.wire.fetch(&id, from, Some(count)).await?;
    if fetched.from != from || size.is_some_and(|size| size != fetched.total) {
        return Err(differs());
    }
    let (mut pieces, mut bytes) = (fetched.pieces, Vec::new());
    let wanted = count.min(fetched.total.saturating_sub(from));
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece?);
        if bytes.len() as u64 > wanted {
            return Err(differs());
        }
    }
    drop(pieces);
    connection.give_back(core);
    if (bytes.len() as u64) < wanted {
        return Err(differs());
    }
    Ok((bytes.into(), fetched.total))
}

fn here(part: PathBuf) -> u64 {
    std::fs::metadata(part).map_or(0, |data| data.len())
}

async fn piece(path: PathBuf, from: u64, count: u64) -> Result<Bytes, EngineError> {
    blocking(move || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(count).read_to_end(&mut bytes)?;
        Ok(Bytes::from(bytes))
    })
    .await
}
