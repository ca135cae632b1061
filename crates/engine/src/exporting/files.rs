//! The files of messages: copied out of the media folder, or fetched first.

use std::path::Path;

use tidings_media::{Limits, probe};
use tidings_protocol::{ErrorKind, FileId};

use crate::attaching::payloads;
use crate::cache::files;
use crate::export_format::{MEDIA, MessageLine};
use crate::media::blocking;
use crate::{EngineError, downloading, showing};

use super::folder::Lines;
use super::{Export, media_line, named};

/// What a copied file is called: by its whole id, so that no two meet whatever their uploaders chose, and by its name, so that a person
/// finds it. A small form is of another kind than its original may be: `preview` is the
/// extension that its content has; `None`: it is the original.
pub(super) fn file_name(id: &FileId, said: &str, preview: Option<&str>) -> String {
    let name = match (said.is_empty(), preview) {
        (true, _) => "file".to_owned(),
        (false, None) => showing::name(said),
        (false, Some(of)) => payloads::named(&format!("preview of {}", showing::name(said)), of),
    };
    tidings_media::names::safe(&format!("{id} {name}"))
}

/// By its content; empty: not known.
async fn extension(path: &Path) -> Result<&'static str, EngineError> {
    let path = path.to_owned();
    let probed = blocking(move || Ok(probe::probe(&path, &Limits::default()))).await?;
    // What cannot be read is found by whoever copies it.
    Ok(probed.map_or("", |probed| probed.extension))
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
            let from = self.core.media.folder.file(&id);
            let preview = if is_main {
                None
            } else {
                Some(extension(&from).await?)
            };
            let name = file_name(&id, &said, preview);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_named_by_its_own_content() {
        let id = FileId::from_bytes([1; 16]);
        let named = |said, preview| file_name(&id, said, preview).replace(id.as_str(), "ID");
        assert_eq!(named("party.gif", None), "ID party.gif");
        assert_eq!(named("party.gif", Some("jpg")), "ID preview of party.jpg");
        assert_eq!(named("photo.jpeg", Some("jpg")), "ID preview of photo.jpeg");
        assert_eq!(named("film.mp4", Some("webp")), "ID preview of film.webp");
        assert_eq!(named("film.mp4", Some("")), "ID preview of film.mp4");
        assert_eq!(named("", Some("jpg")), "ID file");
    }
}
