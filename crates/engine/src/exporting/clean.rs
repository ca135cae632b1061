//! What was recalled while the export was written leaves it again, with its files and the replies that quote it.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::de::DeserializeOwned;

use crate::cache::{conversations, dump};
use crate::export_format::{
    CONVERSATIONS, ConversationLine, MEDIA, MEDIA_LIST, MESSAGES, MediaLine, MessageLine,
};
use crate::media::blocking;
use crate::view::EngineEvent;
use crate::{EngineError, limits};

use super::folder::refused;
use super::{Export, named, push_line};

/// A file of the export that is gone through again.
struct Written<T> {
    file: Arc<Mutex<BufReader<File>>>,
    of: std::marker::PhantomData<T>,
}

impl<T: DeserializeOwned + Send + 'static> Written<T> {
    async fn open(path: PathBuf) -> Result<Self, EngineError> {
        blocking(move || {
            let file = File::open(path).map_err(|error| refused(&error))?;
            Ok(Self {
                file: Arc::new(Mutex::new(BufReader::new(file))),
                of: std::marker::PhantomData,
            })
        })
        .await
    }

    /// The next lines; none at the end.
    async fn next(&self) -> Result<Vec<T>, EngineError> {
        let file = Arc::clone(&self.file);
        blocking(move || {
            let (mut file, mut lines, mut line) = (file.lock(), Vec::new(), Vec::new());
            for _ in 0..limits::EXPORTED_AT_ONCE {
                line.clear();
                if file
                    .read_until(b'\n', &mut line)
                    .map_err(|error| refused(&error))?
                    == 0
                {
                    break;
                }
                // Written a moment ago: what cannot be read now was changed by somebody else.
                lines.push(serde_json::from_slice(&line).map_err(|_| EngineError::Fault)?);
            }
            Ok(lines)
        })
        .await
    }
}

impl Export<'_> {
    /// Whether something was recalled since this was asked last, or may have been.
    pub(super) fn heard_of_recalls(&mut self) -> bool {
        while let Some(event) = self.heard.try_next() {
            self.is_stale |= matches!(
                event,
                EngineEvent::MessagesRevoked { .. } | EngineEvent::Overflow {}
            );
        }
        self.is_stale
    }

    /// Goes through what is written until it is as the cache is.
    pub(super) async fn clean(&mut self) -> Result<(), EngineError> {
        for _ in 0..limits::EXPORT_CLEANINGS {
            if !self.heard_of_recalls() {
                return Ok(());
            }
            self.is_stale = false;
            let named = self.messages_again().await?;
            self.media_again(&named).await?;
            self.drafts_again().await?;
        }
        Ok(())
    }

    async fn replace(&self, name: &str) -> Result<(), EngineError> {
        let (from, to) = (self.out.path(&format!("{name}.new")), self.out.path(name));
        blocking(move || fs::rename(from, to).map_err(|error| refused(&error))).await
    }

    /// The messages as they are now; answers the files that they name.
    async fn messages_again(&self) -> Result<HashSet<String>, EngineError> {
        let written = Written::<MessageLine>::open(self.out.path(MESSAGES)).await?;
        let lines = self.out.lines(&format!("{MESSAGES}.new")).await?;
        let mut files = HashSet::new();
        loop {
            self.job.check()?;
            let page = written.next().await?;
            if page.is_empty() {
                break;
            }
            let now = self.core.cache.read(|db, me| {
                let (mut page_now, mut it) = (Vec::with_capacity(page.len()), None);
                for line in &page {
                    let name = line.conversation.to_string();
                    if it
                        .as_ref()
                        .is_none_or(|it: &conversations::Conversation| it.name != name)
                    {
                        it = conversations::load(db, &name)?;
                    }
                    page_now.push(match &it {
                        Some(it) => dump::message_at(db, me, it, line.message.seq)?,
                        None => None,
                    });
                }
                Ok(page_now)
            })?;
            let mut bytes = Vec::new();
            for (line, now) in page.into_iter().zip(now) {
                // What has left the cache to make room is as it was.
                let line = now.unwrap_or(line);
                files.extend(named(&line).into_iter().map(String::from));
                push_line(&mut bytes, &line)?;
            }
            lines.write(bytes).await?;
        }
        lines.end().await?;
        self.replace(MESSAGES).await?;
        Ok(files)
    }

    /// Files that no message names any more go.
    async fn media_again(&mut self, named: &HashSet<String>) -> Result<(), EngineError> {
        let written = Written::<MediaLine>::open(self.out.path(MEDIA_LIST)).await?;
        let lines = self.out.lines(&format!("{MEDIA_LIST}.new")).await?;
        loop {
            let page = written.next().await?;
            if page.is_empty() {
                break;
            }
            let mut bytes = Vec::new();
            for line in page {
                if named.contains(line.file.as_str()) {
                    push_line(&mut bytes, &line)?;
                    continue;
                }
                let path = self.out.path(MEDIA).join(&line.name);
                blocking(move || fs::remove_file(path).map_err(|error| refused(&error))).await?;
                self.counts.files = self.counts.files.saturating_sub(1);
                self.counts.file_bytes = self.counts.file_bytes.saturating_sub(line.size);
            }
            lines.write(bytes).await?;
        }
        lines.end().await?;
        self.replace(MEDIA_LIST).await
    }

    /// Drafts may quote what was recalled.
    async fn drafts_again(&self) -> Result<(), EngineError> {
        let written = Written::<ConversationLine>::open(self.out.path(CONVERSATIONS)).await?;
        let lines = self.out.lines(&format!("{CONVERSATIONS}.new")).await?;
        loop {
            let mut page = written.next().await?;
            if page.is_empty() {
                break;
            }
            let mut bytes = Vec::new();
            for line in &mut page {
                let name = line.conversation.to_string();
                let now = self.core.cache.read(|db, _| conversations::load(db, &name))?;
                (line.draft, line.draft_time) = now.map(|it| (it.draft, it.draft_time)).unwrap_or_default();
                push_line(&mut bytes, line)?;
            }
            lines.write(bytes).await?;
        }
        lines.end().await?;
        self.replace(CONVERSATIONS).await
    }
}
