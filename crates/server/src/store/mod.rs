//! The SQLite store: one writer, a few readers, and functions as large as a use case.
//!
//! * One thread owns the only connection that writes. It drains what waits, commits once, and lets every
//!   acknowledgement of the group go after the commit: an acknowledged message is on disk.
//! * Readers have connections that cannot write (`query_only`), each on its own thread.
//! * The write-ahead log is brought into the database by a third kind of thread, so that a lone message costs one fsync.

mod accounts;
mod alarm;
mod alter;
mod append;
mod batch;
mod checkpoint;
mod connection;
mod copy;
mod files;
mod groups;
mod heads;
mod invitations;
mod messages;
mod outbox;
mod personal;
mod preview;
mod queue;
mod readers;
mod retention;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::Arc;

use tidings_protocol::{Chance, Clock, ErrorKind, WireError, code};

pub use accounts::Person;
pub(crate) use accounts::{NewDevice, NewUser};
pub(crate) use alter::{Alteration, AlteredNow, Windows};
pub(crate) use append::Append;
pub(crate) use batch::Batch;
pub(crate) use copy::{copy_database, leftover};
pub(crate) use files::{NamedFile, NewFile, Room, StoredFile, Use, no_such_file};
pub(crate) use groups::{Asker, SYSTEM, SYSTEM_ID, refusal};
pub(crate) use invitations::NewInvitation;
pub(crate) use outbox::{Item, Outbox};
pub(crate) use personal::Settings;

use crate::bus::Bus;
use crate::config::Synchronous;
use crate::rate::Rate;

/// Why the store did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum StoreError {
    /// The disk is full or failing; nothing of the group was kept (B3).
    #[error("the disk does not take it: {0}")]
    Disk(String),
    /// Too much is waiting, or another process holds the database.
    #[error("the store is busy")]
    Busy,
    /// The store is shut.
    #[error("the store is shut")]
    Shut,
    /// A fault of ours, or a damaged file.
    #[error("the database: {0}")]
    Fault(String),
    /// A rule of a use case, found while looking.
    #[error(transparent)]
    Refused(#[from] WireError),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, ReadOnly, SystemIoFailure,
        };
        match error.sqlite_error_code() {
            Some(DiskFull | SystemIoFailure | ReadOnly | CannotOpen) => Self::Disk(error.to_string()),
            Some(DatabaseBusy | DatabaseLocked) => Self::Busy,
            _ => Self::Fault(error.to_string()),
        }
    }
}

impl From<StoreError> for WireError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Disk(_) => Self::new(
                code::DISK,
                ErrorKind::Unavailable,
                "the server's disk does not take it",
            ),
            StoreError::Busy => Self {
                retry_after_ms: Some(500),
                ..Self::new(code::UNAVAILABLE, ErrorKind::Unavailable, "the server is busy")
            },
            StoreError::Shut => Self::new(
                code::UNAVAILABLE,
                ErrorKind::Unavailable,
                "the server is shutting down",
            ),
            StoreError::Fault(words) => {
                tracing::error!(error = words, "the store");
                Self::new(
                    code::INTERNAL,
                    ErrorKind::Internal,
                    "something went wrong inside the server",
                )
            }
            StoreError::Refused(error) => error,
        }
    }
}

/// What the writer goes by, besides the database.
pub(crate) struct Rules {
    /// The time of messages, and of the rate below.
    pub(crate) clock: Arc<dyn Clock>,
    /// How often a user may write to somebody for the first time, whether or not there is such a user (H40).
    pub(crate) lookups: Arc<Rate<i64>>,
    /// Conversations that a user may be in and still begin another.
    pub(crate) conversations_per_user: u32,
    /// For ids that the server makes.
    pub(crate) chance: Arc<dyn Chance>,
    /// Messages of a group that are pushed whatever their priority, a second; 0: all (R-C3).
    pub(crate) group_messages_per_second: u32,
}

/// The store's handle; shared by everything that uses it.
pub(crate) struct Store {
    writer: writer::Writer,
    readers: readers::Readers,
    failed: alarm::Failed,
}

impl Store {
    /// Opens the database in `dir`, brings it to the newest schema and starts the threads.
    pub(crate) fn open(
        dir: &Path,
        synchronous: Synchronous,
        bus: Arc<Bus>,
        rules: Rules,
    ) -> Result<Self, StoreError> {
        let path = dir.join(connection::FILE);
        let conn = connection::open_for_writing(&path, synchronous)?;
        let checkpointer = checkpoint::Checkpointer::start(path.clone())?;
        let readers = readers::Readers::start(&path)?;
        let failed = alarm::Failed::default();
        let writer = writer::Writer::start(conn, bus, rules, checkpointer, failed.clone())?;
        Ok(Self {
            writer,
            readers,
            failed,
        })
    }

    /// Whether there is a store in `dir`.
    pub(crate) fn is_in(dir: &Path) -> bool {
        dir.join(connection::FILE).is_file()
    }

    /// Waits until the writer's thread is gone by a fault.
    pub(crate) async fn failed(&self) {
        self.failed.wait().await;
    }

    /// Hands a message to the writer, which answers and delivers it after the commit.
    pub(crate) fn append(&self, append: Append) {
        self.writer.append(append);
    }

    /// Runs `work` in a savepoint of the next group; `then` gets its result after the commit, on the writer's thread.
    pub(crate) fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        self.writer.work(work, then);
    }

    /// As [`Store::work`], for callers that can wait.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.writer.work(work, move |result| {
            let _ = tell.send(result);
        });
        told.await.unwrap_or(Err(StoreError::Shut))
    }

    /// Runs `question` on a reader's thread, in one snapshot of the database; `then` gets its answer there.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        self.readers.ask(question, then);
    }

    /// As [`Store::ask`], for callers that can wait.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.readers.ask(question, move |result| {
            let _ = tell.send(result);
        });
        told.await.unwrap_or(Err(StoreError::Shut))
    }

    /// Ends the threads after what waits is done, and brings the write-ahead log into the database. Blocks.
    pub(crate) fn shut(&self) {
        self.writer.shut();
        self.readers.shut();
    }
}

/// What the use cases ask readers, each in the file of its group.
pub(crate) mod read {
    pub(crate) use super::accounts::{
        account, device_by_token, find, is_device, people, profile, profiles, removed_in_groups, roster,
    };
    pub(crate) use super::files::{dead_uses, fetchable, file, gone_blobs, over, without_file};
    pub(crate) use super::groups::{
        changes as group_changes, list as groups, member_profiles, members, page as group_page,
        profile_of as group, read_by, rows_of as group_rows, search as search_group, with_many_left,
    };
    pub(crate) use super::heads::heads;
    pub(crate) use super::messages::{changes, page};
    pub(crate) use super::personal::blocked_by;
    pub(crate) use super::retention::stale;
}

/// A number of the wire as SQLite keeps it.
pub(crate) fn to_db(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number of SQLite as the wire has it.
pub(crate) fn from_db(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
