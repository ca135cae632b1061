//! One's data out of the profile: messages, people and files into a folder of a person's choice, as `docs/export.md` says.
//!
//! It is written beside its place under a name that says that it is not finished, and takes its name when all of it is on the disk;
//! `about.json` comes last. One conversation after the other, a page at a time: what is missing here is fetched from the server
//! first, and what cannot be had is counted. What is recalled while this goes on is not in the export.

mod clean;
mod files;
mod folder;
mod history;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use tidings_protocol::{FileId, GroupId};

use crate::account::Account;
use crate::cache::conversations::Conversation;
use crate::cache::{blocked, conversations, dump, outbox, profiles};
use crate::core::Core;
use crate::events::EventReceiver;
use crate::export_format::{
    ABOUT, About, CONVERSATIONS, Counts, FORMAT, GROUPS, GroupLine, MEDIA_LIST, MEMBERS, MESSAGES, MediaLine,
    MessageLine, Missing, PEOPLE, PROFILE, UNSENT, UnsentLine, VERSION,
};
use crate::moving::{self, Job};
use crate::view::{ExportDirection, Exported};
use crate::{EngineError, limits};

#[cfg(test)]
pub(crate) use folder::OutFile;
pub(crate) use folder::{Disk, SystemDisk};

use folder::{Lines, Out};

/// Exports into a new folder in `folder`; `None`: somebody has stopped it. `fetch`: what is not here is fetched where it can be.
pub(crate) async fn export(
    core: &Core,
    folder: &Path,
    fetch: bool,
    disk: Arc<dyn Disk>,
) -> Result<Option<Exported>, EngineError> {
    let account = core.signed_in()?;
    let place = core.moving.begin(ExportDirection::Export, &core.events)?;
    // Before anything is read: what is recalled from now on is heard of.
    let heard = core.events.listen();
    let out = Out::begin(
        disk,
        folder,
        &account.user_id,
        core.clock.now_ms(),
        Arc::clone(&place.job),
    )
    .await?;
    let mut export = Export {
        core,
        job: Arc::clone(&place.job),
        out: &out,
        heard,
        is_stale: false,
        is_online: fetch && !account.is_imported(),
        named: HashSet::new(),
        counts: Counts::default(),
        missing: Missing::default(),
    };
    let whole = export.run(&account).await;
    let done = match whole {
        Ok(()) => out.finish().await,
        Err(error) => Err(error),
    };
    match done {
        Ok(folder) => Ok(Some(Exported {
            folder,
            messages: export.counts.messages,
            files: export.counts.files,
            bytes: export.counts.file_bytes,
            missing_messages: export.missing.messages,
            missing_files: export.missing.files,
        })),
        Err(error) => {
            out.throw_away().await;
            if moving::was_stopped(&error) {
                return Ok(None);
            }
            Err(error)
        }
    }
}

/// An export that is under way.
struct Export<'a> {
    core: &'a Core,
    job: Arc<Job>,
    out: &'a Out,
    /// What happens while this goes on.
    heard: EventReceiver,
    /// Something that is written may have been recalled.
    is_stale: bool,
    /// What is missing can be fetched, as far as is known.
    is_online: bool,
    /// Files that messages of the export name, with those that could not be had.
    named: HashSet<FileId>,
    counts: Counts,
    missing: Missing,
}

/// A line of JSON.
fn push_line(into: &mut Vec<u8>, line: &impl Serialize) -> Result<(), EngineError> {
    serde_json::to_writer(&mut *into, line).map_err(|_| EngineError::Fault)?;
    into.push(b'\n');
    Ok(())
}

impl Export<'_> {
    async fn run(&mut self, account: &Account) -> Result<(), EngineError> {
        self.estimate()?;
        self.profile(account).await?;
        self.people().await?;
        let mut lines = AllLines {
            conversations: self.out.lines(CONVERSATIONS).await?,
            groups: self.out.lines(GROUPS).await?,
            members: self.out.lines(MEMBERS).await?,
            messages: self.out.lines(MESSAGES).await?,
            media: self.out.lines(MEDIA_LIST).await?,
        };
        let mut last = 0;
        loop {
            let page = self.core.cache.read(|db, _| conversations::after(db, last, 20))?;
            let Some(newest) = page.last() else { break };
            last = newest.id;
            for it in page {
                self.job.check()?;
                self.conversation(it, &mut lines).await?;
            }
        }
        for file in [
            lines.conversations,
            lines.groups,
            lines.members,
            lines.messages,
            lines.media,
        ] {
            file.end().await?;
        }
        self.unsent().await?;
        // The last thing before the end: what is recalled from here on has come too late for the export.
        self.clean().await?;
        self.about(account).await
    }

    /// About how much there is to do.
    fn estimate(&self) -> Result<(), EngineError> {
        let (mut last, mut sum) = (0, 0_u64);
        loop {
            let (page, expected) = self.core.cache.read(|db, _| {
                let page = conversations::after(db, last, limits::EXPORTED_AT_ONCE)?;
                let mut expected = 0_u64;
                for it in &page {
                    expected = expected.saturating_add(dump::expected(db, it)?);
                }
                Ok((page, expected))
            })?;
            let Some(newest) = page.last() else { break };
            (last, sum) = (newest.id, sum.saturating_add(expected));
        }
        self.job.further(|progress| progress.messages_of = sum);
        Ok(())
    }

    async fn profile(&self, account: &Account) -> Result<(), EngineError> {
        #[derive(Serialize)]
        struct Own {
            user_id: String,
            nick: String,
            avatar_colour: u8,
            blocked: Vec<String>,
        }
        let own = self.core.cache.read(|db, _| {
            let known = profiles::get(db, &account.user_id)?;
            let known = known.unwrap_or_else(|| profiles::view(&account.user_id, "", None));
            Ok(Own {
                user_id: known.user_id,
                nick: known.nick,
                avatar_colour: known.avatar_colour,
                blocked: blocked::all(db)?,
            })
        })?;
        self.out.whole(PROFILE, &own).await
    }

    async fn people(&self) -> Result<(), EngineError> {
        let people = self.out.lines(PEOPLE).await?;
        let mut last = String::new();
        loop {
            self.job.check()?;
            let page = self
                .core
                .cache
                .read(|db, _| dump::people_after(db, &last, limits::EXPORTED_AT_ONCE))?;
            let Some(newest) = page.last() else { break };
            last = newest.user_id.to_string();
            let mut bytes = Vec::new();
            for person in &page {
                push_line(&mut bytes, person)?;
            }
            people.write(bytes).await?;
        }
        people.end().await
    }

    async fn conversation(&mut self, it: Conversation, lines: &mut AllLines) -> Result<(), EngineError> {
        self.fill(&it.name).await?;
        // As it is now, and before its messages are read: what changes in them after this has a higher revision.
        let Some((it, expected)) = self.core.cache.read(|db, _| {
            let it = conversations::load(db, &it.name)?;
            it.map(|it| dump::expected(db, &it).map(|expected| (it, expected)))
                .transpose()
        })?
        else {
            return Ok(());
        };
        let Some(line) = dump::line(&it) else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        push_line(&mut bytes, &line)?;
        lines.conversations.write(bytes).await?;
        self.counts.conversations += 1;
        if let Some(profile) = &it.group {
            let line = GroupLine {
                profile: (**profile).clone(),
                me: it.membership.as_deref().cloned(),
            };
            let mut bytes = Vec::new();
            push_line(&mut bytes, &line)?;
            lines.groups.write(bytes).await?;
            self.members(&it, &profile.group, &lines.members).await?;
        }
        let written = self.messages(&it, lines).await?;
        self.missing.messages += expected.saturating_sub(written);
        Ok(())
    }

    async fn members(&self, it: &Conversation, group: &GroupId, members: &Lines) -> Result<(), EngineError> {
        let mut last = String::new();
        loop {
            self.job.check()?;
            let page = self
                .core
                .cache
                .read(|db, _| dump::members_after(db, it.id, group, &last, limits::EXPORTED_AT_ONCE))?;
            let Some(newest) = page.last() else { return Ok(()) };
            last = newest.user_id.to_string();
            let mut bytes = Vec::new();
            for member in &page {
                push_line(&mut bytes, member)?;
            }
            members.write(bytes).await?;
        }
    }

    /// The conversation's messages and the files that they name; answers how many messages there were.
    async fn messages(&mut self, it: &Conversation, lines: &AllLines) -> Result<u64, EngineError> {
        let (mut last, mut written) = (0, 0);
        loop {
            self.job.check()?;
            let (page, newest) = self
                .core
                .cache
                .read(|db, me| dump::messages_above(db, me, it, last, limits::EXPORTED_AT_ONCE))?;
            let Some(newest) = newest else { return Ok(written) };
            last = newest;
            let mut bytes = Vec::new();
            for line in &page {
                push_line(&mut bytes, line)?;
            }
            lines.messages.write(bytes).await?;
            // Heard now and then, so that nothing is lost for want of room.
            self.heard_of_recalls();
            let count = page.len() as u64;
            written += count;
            self.counts.messages += count;
            self.job.further(|progress| {
                progress.messages += count;
                progress.messages_of = progress.messages_of.max(progress.messages);
            });
            for line in &page {
                self.files(line, &lines.media).await?;
            }
        }
    }

    async fn unsent(&self) -> Result<(), EngineError> {
        let unsent = self.out.lines(UNSENT).await?;
        let mut last = 0;
        loop {
            let page = self.core.cache.read(|db, _| conversations::after(db, last, 20))?;
            let Some(newest) = page.last() else { break };
            last = newest.id;
            for it in page.iter().filter(|it| it.waiting + it.failed > 0) {
                let entries = self.core.cache.read(|db, _| outbox::of_conversation(db, it.id))?;
                let mut bytes = Vec::new();
                for entry in entries {
                    let Ok(payload) = serde_json::value::RawValue::from_string(entry.payload) else {
                        continue;
                    };
                    push_line(
                        &mut bytes,
                        &UnsentLine {
                            conversation: &it.name,
                            client_id: &entry.client_id,
                            time: entry.time,
                            failed: entry.failed,
                            message_type: &entry.message_type,
                            payload,
                        },
                    )?;
                }
                unsent.write(bytes).await?;
            }
        }
        unsent.end().await
    }

    async fn about(&self, account: &Account) -> Result<(), EngineError> {
        let about = About {
            format: FORMAT.to_owned(),
            version: VERSION,
            made_by: concat!("Tidings ", env!("CARGO_PKG_VERSION")).to_owned(),
            made: self.core.clock.now_ms(),
            user_id: account
                .user_id
                .parse()
                .map_err(|_| EngineError::BadParameter("not a user id"))?,
            space: account.space_name(),
            server: if account.is_host {
                String::new()
            } else {
                account.server_as_typed()
            },
            counts: self.counts,
            missing: self.missing,
        };
        self.out.whole(ABOUT, &about).await
    }
}

/// The files that grow together.
struct AllLines {
    conversations: Lines,
    groups: Lines,
    members: Lines,
    messages: Lines,
    media: Lines,
}

/// The files that a message's line names.
fn named(line: &MessageLine) -> Vec<FileId> {
    crate::cache::files::named(line.message.message_type.as_str(), &line.message.payload)
}

/// The line of a file in the export.
fn media_line(file: &FileId, name: &str, size: u64, blake3: String) -> MediaLine {
    MediaLine {
        file: file.clone(),
        name: name.to_owned(),
        size,
        blake3,
    }
}
