//! The files of messages: copied out of the media folder, or fetched first.

use tidings_protocol::{ErrorKind, FileId};

use crate::cache::files;
use crate::export_format::{MEDIA, MessageLine};
use crate::{EngineError, downloading, showing};

use super::folder::Lines;
use super::{Export, media_line, named};

/// What a copied file is called: by its whole id, so that no two meet whatever their uploaders chose, and by its name, so that a person
/// finds it.
pub(super) fn file_name(id: &FileId, said: &str, is_main: bool) -> String {
    let name = match (said.is_empty(), is_main) {
        (true, _) => "file".to_owned(),
        (false, true) => showing::name(said),
        (false, false) => format!("preview of {}", showing::name(said)),
    };
    tidings_media::names::safe(&format!("{id} {name}"))
}

impl Export<'_> {
    /// Copies the files that this message names and that no message before it has named.
    pub(super) async fn files(&mut self, line: &MessageLine, list: &Lines) -> Result<(), EngineError> {
        for id in named(line) {
            self.job.check()?;
            if !self.named.insert(id.clone()) {
                continue;
            }
            let said = self.core.cache.read(|db, _| files::said(db, &id))?;
            let size = said.as_ref().and_then(|said| said.size);
            if !self.have(&id).await? {
                self.missing.files += 1;
                continue;
            }
            let (said, is_main) = said.map_or((String::new(), true), |said| (said.name, said.is_main));
            let name = file_name(&id, &said, is_main);
            let from = self.core.media.folder.file(&id);
            let Some((written, hash)) = self.out.copy(from, &format!("{MEDIA}/{name}"), size).await? else {
                // Not what the message says, or gone in this moment.
                self.missing.files += 1;
                continue;
            };
            let mut bytes = Vec::new();
            super::push_line(&mut bytes, &media_line(&id, &name, written, hash))?;
            list.write(bytes).await?;
            self.counts.files += 1;
            self.counts.file_bytes += written;
            self.job.further(|progress| progress.files += 1);
        }
        Ok(())
    }

    /// Whether the file is here, now at the latest.
    async fn have(&mut self, id: &FileId) -> Result<bool, EngineError> {
        let mut tries = 0;
        while self.core.media.folder.size(id).is_none() {
            if !self.is_online || tries == 2 {
                return Ok(false);
            }
            tries += 1;
            let fetched = downloading::fetch(self.core, id.as_str());
            match self.job.unless_stopped(fetched).await {
                Ok(_) => {}
                Err(error) if crate::moving::was_stopped(&error) => {
                    downloading::cancel(self.core, id.as_str());
                    return Err(error);
                }
                Err(error) if error.view().kind == ErrorKind::Network => self.wait_for_connection().await?,
                // The server has it no more, or it is not what it was.
                Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }
}
