//! An export into a profile that nobody uses yet. Everything in an export was written by anybody (H-numbers as for a server): it is read
//! with limits, what makes no sense is counted and left out, and nothing in it is ever a path.
//!
//! It goes into the empty cache in small transactions, of which nobody hears; `meta` says from the first one on that it is not whole, so
//! that a start after a stop in between begins anew. At its end there is an account without a token: all can be read, and whoever signs
//! in as the same user of the same space goes on from there (`signing`).

mod files;
mod lines;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tidings_protocol::{ErrorKind, Profile, cut_text, limits as wire_limits};

use crate::account::{Account, Server};
use crate::cache::{Durability, Write, meta, profiles, restore};
use crate::core::Core;
use crate::engine::Engine;
use crate::error::{EXPORT_NEWER, NOT_AN_EXPORT, PROFILE_TAKEN};
use crate::export_format::{
    ABOUT, About, CONVERSATIONS, ConversationLine, FORMAT, GROUPS, GroupLine, Kind, MEMBERS, MESSAGES,
    MemberLine, MessageLine, PEOPLE, VERSION,
};
use crate::media::blocking;
use crate::moving::{self, Job};
use crate::view::{ExportDirection, ImportReport};
use crate::{EngineError, limits};

use lines::LineReader;

fn not_an_export() -> EngineError {
    EngineError::File {
        code: NOT_AN_EXPORT,
        kind: ErrorKind::BadRequest,
        message: "this folder holds no whole export",
    }
}

fn unreadable(error: &io::Error) -> EngineError {
    tracing::debug!(kind = ?error.kind(), "an export cannot be read");
    not_an_export()
}

/// Imports the export in `folder`; `None`: somebody has stopped it.
pub(crate) async fn import(engine: &Engine, folder: &Path) -> Result<Option<ImportReport>, EngineError> {
    let core = &engine.core;
    let place = core.moving.begin(ExportDirection::Import, &core.events)?;
    let is_free = core.signed_in().is_err()
        && core
            .cache
            .read(|db, _| Ok(meta::get(db, meta::OWNER)?.is_none() && restore::is_empty(db)?))?;
    if !is_free {
        return Err(EngineError::File {
            code: PROFILE_TAKEN,
            kind: ErrorKind::Conflict,
            message: "there are messages here already",
        });
    }
    let about = about(folder).await?;
    let account = account_of(&about);
    let owner = account.owner();
    let import = Import {
        core,
        job: Arc::clone(&place.job),
        folder,
        about,
    };
    let mut done = import.run().await;
    if done.is_ok() {
        done = import.keep(owner, account).await.and(done);
    }
    match done {
        Ok(report) => {
            drop(place);
            engine.start();
            Ok(Some(report))
        }
        Err(error) => {
            undo(core).await?;
            if moving::was_stopped(&error) {
                return Ok(None);
            }
            Err(error)
        }
    }
}

/// Begins the cache anew when an import into it was stopped half-way by the end of the process.
pub(crate) async fn undo_half(core: &Core) -> Result<(), EngineError> {
    if core.cache.read(|db, _| meta::get(db, meta::IMPORTING))?.is_some() {
        tracing::warn!("an import was not finished; nothing of it is kept");
        undo(core).await?;
    }
    Ok(())
}

/// The profile is as empty as before. The account goes first: after a stop in between, the cache still says that an import is not whole.
async fn undo(core: &Core) -> Result<(), EngineError> {
    core.me.set("");
    if core.signed_in().is_ok() {
        core.account.lock().set(None)?;
    }
    core.cache.begin_empty().await?;
    core.media.remove_all()?;
    Ok(())
}

/// Reads `about.json`: whether this is an export that this program understands.
async fn about(folder: &Path) -> Result<About, EngineError> {
    let path = folder.join(ABOUT);
    blocking(move || {
        let data = fs::symlink_metadata(&path).map_err(|error| unreadable(&error))?;
        if !data.is_file() || data.len() > limits::ABOUT_BYTES {
            return Err(not_an_export());
        }
        let bytes = fs::read(&path).map_err(|error| unreadable(&error))?;
        let kind: Kind = serde_json::from_slice(&bytes).map_err(|_| not_an_export())?;
        if kind.format != FORMAT {
            return Err(not_an_export());
        }
        if kind.version > VERSION {
            return Err(EngineError::File {
                code: EXPORT_NEWER,
                kind: ErrorKind::BadRequest,
                message: "a newer version wrote this export",
            });
        }
        serde_json::from_slice(&bytes).map_err(|_| not_an_export())
    })
    .await
}

/// The account that the export is of; nobody is signed in with it.
fn account_of(about: &About) -> Account {
    let server = tidings_protocol::ServerAddress::from_typed(&about.server)
        .map_or_else(|_| Server::unknown(), |address| (&address).into());
    Account {
        user_id: about.user_id.to_string(),
        token: String::new(),
        space: cut_text(&about.space, wire_limits::SPACE_NAME_BYTES).to_owned(),
        server,
        is_host: false,
    }
}

/// An import that is under way.
struct Import<'a> {
    core: &'a Core,
    job: Arc<Job>,
    folder: &'a Path,
    about: About,
}

impl Import<'_> {
    /// One transaction of it, of which nobody hears.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Write<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, EngineError> {
        self.core
            .cache
            .take(move |write| {
                write.quiet = true;
                Ok(change(write)?)
            })
            .await
    }

    async fn run(&self) -> Result<ImportReport, EngineError> {
        self.core
            .cache
            .write(Durability::Power, |write| {
                Ok(meta::set(write.db, meta::IMPORTING, "1")?)
            })
            .await?;
        self.core.me.set(self.about.user_id.as_str());
        let expected = self.about.counts.messages;
        self.job.further(|progress| progress.messages_of = expected);
        let mut broken = 0;
        broken += self
            .lines::<Profile>(PEOPLE, limits::IMPORT_LINES, |write, people| {
                let taken = people.len();
                for person in people {
                    profiles::put(write, person)?;
                }
                Ok(taken as u64)
            })
            .await?;
        broken += self
            .lines::<ConversationLine>(CONVERSATIONS, limits::IMPORT_CONVERSATIONS, |write, lines| {
                let mut taken = 0;
                for line in lines {
                    taken += u64::from(restore::conversation(write, line)?);
                }
                Ok(taken)
            })
            .await?;
        broken += self
            .lines::<GroupLine>(GROUPS, limits::IMPORT_CONVERSATIONS, |write, lines| {
                let mut taken = 0;
                for line in lines {
                    taken += u64::from(restore::group(write, line)?);
                }
                Ok(taken)
            })
            .await?;
        broken += self
            .lines::<MemberLine>(MEMBERS, limits::IMPORT_LINES, |write, lines| {
                let mut taken = 0;
                for line in &lines {
                    taken += u64::from(restore::member(write, line)?);
                }
                Ok(taken)
            })
            .await?;
        broken += self
            .lines::<MessageLine>(MESSAGES, limits::IMPORT_LINES, |write, lines| {
                restore::messages(write, &lines)
            })
            .await?;
        let messages = self.job.progress().messages;
        let files = self.files().await?;
        Ok(ImportReport {
            messages,
            files: files.taken,
            bytes: files.bytes,
            broken_lines: broken + files.broken_lines,
            broken_files: files.broken,
        })
    }

    /// Takes in a file of lines, some at once; answers how many of them were broken. A file that is not there has no lines.
    async fn lines<T: DeserializeOwned + Send + 'static>(
        &self,
        name: &str,
        most: u64,
        take: impl Fn(&mut Write<'_>, Vec<T>) -> rusqlite::Result<u64> + Clone + Send + 'static,
    ) -> Result<u64, EngineError> {
        let Some(reader) = LineReader::open(self.folder.join(name), most).await? else {
            return Ok(0);
        };
        let (counts_messages, mut broken) = (name == MESSAGES, 0);
        loop {
            self.job.check()?;
            let page = reader.next::<T>().await?;
            broken += page.broken;
            let count = page.lines.len() as u64;
            if count > 0 {
                let take = take.clone();
                let taken = self.write(move |write| take(write, page.lines)).await?;
                broken += count.saturating_sub(taken);
                if counts_messages {
                    self.job.further(|progress| {
                        progress.messages += taken;
                        progress.messages_of = progress.messages_of.max(progress.messages);
                    });
                }
            }
            if page.is_end {
                return Ok(broken);
            }
        }
    }

    /// All is here: the profile is this user's from now on.
    async fn keep(&self, owner: String, account: Account) -> Result<(), EngineError> {
        self.job.check()?;
        self.core.cache.rename_owner(owner).await?;
        self.core.account.lock().set(Some(account))?;
        {
            // Room for what came, and for what comes.
            let bytes = self.job.progress().bytes;
            let limit = &mut self.core.media.settings.lock().limit_bytes;
            *limit = (*limit).max(bytes.saturating_add(bytes / 4));
        }
        self.core
            .cache
            .write(Durability::Power, |write| {
                Ok(meta::remove(write.db, meta::IMPORTING)?)
            })
            .await
    }
}
