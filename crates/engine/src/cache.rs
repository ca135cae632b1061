//! The cache: one SQLite file that one thread writes and a few connections read.
//!
//! Everything that changes it is one transaction on the writer's thread ([`Write`]), and what the transaction changed
//! for a listener goes out as events right after its commit, on the same thread: events have the order of the commits,
//! and a task that is dropped while it waits for its transaction loses neither.
//!
//! Reads run on the caller's thread: they are indexed, bounded, and shorter than a hop to another thread. The file is not
//! mapped into memory, so that a file that shrinks under the engine is an error and not a signal.
//!
//! Durability: what came from the server is written with `synchronous=NORMAL` (a power cut may take the last of it, and the
//! server still has it). What a person typed (outbox, drafts, sign-in) is written with `synchronous=FULL`.

pub(crate) mod blocked;
pub(crate) mod conversations;
pub(crate) mod dump;
mod evict;
pub(crate) mod files;
pub(crate) mod groups;
pub(crate) mod heads;
pub(crate) mod hidden;
pub(crate) mod join;
#[cfg(test)]
mod join_tests;
pub(crate) mod list;
mod look;
pub(crate) mod messages;
pub(crate) mod meta;
mod news;
pub(crate) mod online;
pub(crate) mod outbox;
pub(crate) mod pages;
pub(crate) mod profiles;
mod quotes;
mod readers;
pub(crate) mod reading;
pub(crate) mod recalls;
pub(crate) mod removals;
mod rescue;
#[cfg(test)]
mod rescue_tests;
pub(crate) mod restore;
pub(crate) mod runs;
pub(crate) mod schema;
pub(crate) mod sections;
mod told;
mod unsent;
pub(crate) mod uploads;
pub(crate) mod wishes;
mod writer;

use std::path::Path;
use std::sync::Arc;

use parking_lot::RwLock;
use rusqlite::Connection;
use tokio::sync::Notify;

use crate::EngineError;
use crate::events::EventSender;
use crate::view::{CacheSetAside, MessageView};

pub(crate) use told::Told;
pub(crate) use writer::{Durability, Open, Write};

/// Who is signed in, for the transactions and the reads: decides what is one's own.
#[derive(Clone, Default)]
pub(crate) struct Me(Arc<RwLock<Arc<str>>>);

impl Me {
    pub(crate) fn get(&self) -> Arc<str> {
        Arc::clone(&self.0.read())
    }

    pub(crate) fn set(&self, user_id: &str) {
        *self.0.write() = user_id.into();
    }
}

/// The open cache.
pub(crate) struct Cache {
    writer: writer::Writer,
    readers: Arc<readers::Readers>,
    me: Me,
    owed: Arc<Notify>,
    news: Arc<news::News>,
}

impl Cache {
    /// Opens `dir/cache.db`. A file that cannot be used is set aside and a new one begun; then the report says so.
    pub(crate) fn open(
        dir: &Path,
        me: &Me,
        events: EventSender,
    ) -> Result<(Self, Option<CacheSetAside>), EngineError> {
        let file = dir.join("cache.db");
        let (connection, report) = rescue::open_or_begin_anew(&file)?;
        let readers = Arc::new(readers::Readers::new(file.clone()));
        let owed = Arc::<Notify>::default();
        let news = Arc::<news::News>::default();
        let writer = writer::Writer::start(
            file,
            connection,
            Arc::clone(&readers),
            me.clone(),
            events,
            Arc::clone(&owed),
            Arc::clone(&news),
        )?;
        let cache = Self {
            writer,
            readers,
            me: me.clone(),
            owed,
            news,
        };
        Ok((cache, report))
    }

    /// Changes the cache in one transaction; what it told goes out after the commit.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        change: impl FnOnce(&mut Write<'_>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        self.writer.run(durability, change).await
    }

    /// As [`Cache::write`], for what came from the server.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Write<'_>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        self.write(Durability::Process, change).await
    }

    /// Reads the cache.
    pub(crate) fn read<T>(
        &self,
        question: impl FnOnce(&Connection, &str) -> rusqlite::Result<T>,
    ) -> Result<T, EngineError> {
        let me = self.me.get();
        Ok(self.readers.with(|db| question(db, &me))?)
    }

    /// Comes back when what came in led to something that the server is to be told (a recall that waited for its message).
    pub(crate) async fn owes(&self) {
        self.owed.notified().await;
    }

    /// The messages that came with files, since this was asked last.
    pub(crate) fn arrivals(&self) -> Vec<MessageView> {
        self.news.take()
    }

    /// Comes back when there may be [`Cache::arrivals`].
    pub(crate) async fn arrived(&self) {
        self.news.arrived.notified().await;
    }

    /// Comes back when something was erased: files may have to go with it.
    pub(crate) async fn let_go(&self) {
        self.news.erased.notified().await;
    }

    /// Which file it is: another number, another file. What was read of one says nothing of another.
    pub(crate) fn generation(&self) -> u64 {
        self.readers.generation()
    }

    /// Comes back when a read or a write found that the file is damaged; the answer says which file.
    pub(crate) async fn found_damaged(&self) -> u64 {
        self.readers.found_damaged().await
    }

    /// Sets the file of this generation aside, rescues what can be read of it, and begins a new one. `None`: that has
    /// been done already.
    pub(crate) async fn begin_anew(&self, generation: u64) -> Result<Option<CacheSetAside>, EngineError> {
        self.writer.begin_anew(generation).await
    }

    /// Forgets everything: the file is removed and a new one begun.
    pub(crate) async fn begin_empty(&self) -> Result<(), EngineError> {
        self.writer.begin_empty().await
    }

    /// Makes this the cache of `owner`: another one's is forgotten (and then the answer is `true`), nobody's (new, or rescued
    /// without its name) is taken.
    pub(crate) async fn belong_to(&self, owner: String) -> Result<bool, EngineError> {
        let before = self.read(|db, _| meta::get(db, meta::OWNER))?;
        if before.as_ref() == Some(&owner) {
            return Ok(false);
        }
        if before.is_some() {
            self.begin_empty().await?;
        }
        self.write(Durability::Power, move |write| {
            Ok(meta::set(write.db, meta::OWNER, &owner)?)
        })
        .await?;
        self.writer.copy_unsent().await?;
        Ok(before.is_some())
    }

    /// From now on this is the cache of `owner`, whoever's it was.
    pub(crate) async fn rename_owner(&self, owner: String) -> Result<(), EngineError> {
        self.write(Durability::Power, move |write| {
            Ok(meta::set(write.db, meta::OWNER, &owner)?)
        })
        .await?;
        self.writer.copy_unsent().await
    }

    /// Waits for what is being written and closes the file.
    pub(crate) async fn close(&self) {
        self.readers.close();
        self.writer.close().await;
    }
}

/// A new cache file, for [`crate::seeding`].
#[cfg(any(test, feature = "seeding"))]
pub(crate) fn open_for_seeding(file: &Path) -> Result<Connection, EngineError> {
    schema::open_writer(file)
        .map_err(|_| EngineError::Disk(std::io::Error::other("no cache can be made there")))
}
