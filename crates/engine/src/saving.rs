//! Files of messages to where a person wants them: a folder, or, as pixels, the clipboard.

pub(crate) mod mark;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tidings_media::names;
use tidings_protocol::{ErrorKind, code};

use crate::EngineError;
use crate::core::Core;
use crate::downloading;
use crate::media::blocking;

/// Copies a file into `folder` under `name`, or its own where that is empty, made safe; nothing is overwritten (H21).
pub(crate) async fn save(core: &Core, file: &str, folder: &Path, name: &str) -> Result<PathBuf, EngineError> {
    let local = downloading::fetch(core, file).await?;
    let name = [name, &local.name, "file"]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default()
        .to_owned();
    let (folder, now) = (folder.to_owned(), core.clock.now_ms());
    blocking(move || {
        let mut from = File::open(&local.path)?;
        let (mut to, path) = names::unique(&folder, &name)?;
        let copied = io::copy(&mut from, &mut to).and_then(|_| to.sync_all());
        if let Err(error) = copied {
            drop(to);
            // Half a file under a whole one's name helps nobody.
            let _ = std::fs::remove_file(&path);
            return Err(error.into());
        }
        mark::set(&to, &path, now);
        Ok(path)
    })
    .await
}

/// The picture in a file, upright: its sides, and red, green, blue and alpha of each pixel. Decoded where all pictures are (H22).
pub(crate) async fn pixels(core: &Core, file: &str) -> Result<(u32, u32, Vec<u8>), EngineError> {
    let local = downloading::fetch(core, file).await?;
    let decoders = Arc::clone(&core.media.decoders);
    blocking(move || {
        let decoded = decoders
            .probe(&local.path)
            .and_then(|probed| decoders.rgba(&local.path, &probed));
        decoded.map_err(|error| {
            tracing::debug!(%error, "a picture cannot be copied");
            EngineError::File {
                code: code::UNDECODABLE,
                kind: ErrorKind::BadRequest,
                message: "the picture cannot be decoded",
            }
        })
    })
    .await
}
