//! Saving files where a person wants them.

mod mark;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tidings_media::names;

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
