//! The files of an export: only those that a message of it names, only when they are what both say.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::cache::files;
use crate::export_format::{MEDIA, MEDIA_LIST, MediaLine};
use crate::hashing::CopyError;
use crate::media::blocking;
use crate::moving::Job;
use crate::{EngineError, hashing, limits, media_folder};

use super::Import;
use super::lines::LineReader;

/// What became of the files.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) taken: u64,
    pub(super) bytes: u64,
    pub(super) broken_lines: u64,
    pub(super) broken: u64,
}

/// Where a file of the export is, by a name that anybody may have made up; `None`: it leads elsewhere.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut parts = Path::new(name).components();
    let is_plain = matches!(
        (parts.next(), parts.next()),
        (Some(std::path::Component::Normal(part)), None) if part == name
    );
    let is_name = is_plain && !name.contains(['/', '\\', '\0', ':']);
    is_name.then(|| folder.join(name))
}

/// Copies the file to `to` when it is what the line says. Blocks.
fn copy(job: &Job, from: &Path, to: &Path, line: &MediaLine) -> Result<bool, EngineError> {
    let is_file = fs::symlink_metadata(from).is_ok_and(|data| data.is_file() && data.len() == line.size);
    let Some(mut from) = is_file.then(|| File::open(from).ok()).flatten() else {
        return Ok(false);
    };
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut to = media_folder::create(to)?;
    // One byte more than there may be says that it is another file.
    let most = line.size.saturating_add(1);
    let (copied, hash) = match hashing::copy(&mut from, &mut to, most, |_| job.check()) {
        Ok(copied) => copied,
        Err(CopyError::Unread) => return Ok(false),
        Err(CopyError::Unwritten(error)) => return Err(error.into()),
        Err(CopyError::Stopped(error)) => return Err(error),
    };
    to.sync_all()?;
    Ok(copied == line.size && hash == line.blake3)
}

impl Import<'_> {
    pub(super) async fn files(&self) -> Result<Taken, EngineError> {
        let mut sum = Taken::default();
        let folder = self.folder.join(MEDIA);
        let reader = LineReader::open(self.folder.join(MEDIA_LIST), limits::IMPORT_LINES).await?;
        let (Some(reader), true) = (
            reader,
            // A link would lead elsewhere.
            fs::symlink_metadata(&folder).is_ok_and(|data| data.is_dir()),
        ) else {
            return Ok(sum);
        };
        loop {
            self.job.check()?;
            let page = reader.next::<MediaLine>().await?;
            sum.broken_lines += page.broken;
            let mut there = Vec::new();
            for line in page.lines {
                let said = self.core.cache.read(|db, _| files::said(db, &line.file))?;
                let is_named = said.is_some_and(|said| said.size.is_none_or(|size| size == line.size));
                let from = inside(&folder, &line.name).filter(|_| {
                    is_named
                        && line.size <= limits::IMPORT_FILE_BYTES
                        && self.core.media.folder.size(&line.file).is_none()
                });
                let Some(from) = from else {
                    sum.broken += 1;
                    continue;
                };
                if self.file(from, &line).await? {
                    sum.taken += 1;
                    sum.bytes += line.size;
                    self.job.further(|progress| {
                        progress.files += 1;
                        progress.bytes += line.size;
                    });
                    there.push(line);
                } else {
                    sum.broken += 1;
                }
            }
            let now = self.core.clock.now_ms();
            self.write(move |write| {
                for line in there {
                    files::put(write.db, line.file.as_str(), line.size, now)?;
                }
                Ok(())
            })
            .await?;
            if page.is_end {
                return Ok(sum);
            }
        }
    }

    async fn file(&self, from: PathBuf, line: &MediaLine) -> Result<bool, EngineError> {
        let (media, job, line) = (
            self.core.media.folder.clone(),
            std::sync::Arc::clone(&self.job),
            line.clone(),
        );
        blocking(move || {
            let part = media.begin_part(&line.file)?;
            let is_it = copy(&job, &from, &part, &line)?;
            if is_it {
                media.keep_part(&line.file)?;
            } else {
                media.remove_part(&line.file)?;
            }
            Ok(is_it)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h20_a_name_in_an_export_leads_nowhere_else() {
        let folder = Path::new("/export/media");
        for bad in [
            "",
            ".",
            "..",
            "../a",
            "/etc/passwd",
            "a/b",
            "a\\b",
            "./a",
            "a/",
            "C:a",
            "a\0b",
        ] {
            assert_eq!(inside(folder, bad), None, "{bad:?}");
        }
        assert_eq!(
            inside(folder, "0123 photo.jpg"),
            Some(folder.join("0123 photo.jpg"))
        );
    }
}
