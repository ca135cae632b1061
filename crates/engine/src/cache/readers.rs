//! Connections that read. A few are kept; under more readers than that, further ones are opened for the moment.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use rusqlite::{Connection, Result};
use tokio::sync::watch;

use super::schema;
use crate::limits;

pub(super) struct Readers {
    file: PathBuf,
    idle: Mutex<Idle>,
    /// Each question holds this, and whoever replaces the file holds it alone: the last connection to a file takes the
    /// write-ahead log of that name with it when it closes, and by then that log would be the new file's.
    in_place: RwLock<()>,
    /// Rises when the file was replaced.
    generation: AtomicU64,
    /// The file of this generation was found damaged.
    damaged: watch::Sender<Option<u64>>,
}

#[derive(Default)]
struct Idle {
    connections: Vec<Connection>,
    closed: bool,
}

impl Readers {
    pub(super) fn new(file: PathBuf) -> Self {
        Self {
            file,
            idle: Mutex::default(),
            in_place: RwLock::default(),
            generation: AtomicU64::new(0),
            damaged: watch::Sender::new(None),
        }
    }

    pub(super) fn with<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let _in_place = self.in_place.read();
        let answer = self.ask(question);
        if let Err(error) = &answer {
            self.look_at(error);
        }
        answer
    }

    fn ask<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let kept = self.idle.lock().connections.pop();
        let connection = match kept {
            Some(connection) => connection,
            None => schema::open_reader(&self.file)?,
        };
        // One snapshot for all statements of the question.
        connection.prepare_cached("BEGIN")?.execute([])?;
        let answer = question(&connection);
        // A connection that cannot end its transaction is of no further use, and is not kept.
        let ended = connection
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.execute([]));
        let mut idle = self.idle.lock();
        if ended.is_ok() && !idle.closed && idle.connections.len() < limits::READERS {
            idle.connections.push(connection);
        }
        answer
    }

    /// Runs `replace` while nobody reads; the file is another one after it.
    pub(super) fn replaced<T, E>(
        &self,
        replace: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let _alone = self.in_place.write();
        self.idle.lock().connections.clear();
        let replaced = replace()?;
        self.generation.fetch_add(1, Ordering::AcqRel);
        Ok(replaced)
    }

    /// Which file it is: rises when the file is replaced.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Notes it when `error`, which the file of now gave, says that it is damaged. To be called where the file cannot be
    /// replaced meanwhile.
    pub(super) fn look_at(&self, error: &rusqlite::Error) {
        if schema::is_damage(error) {
            self.damaged.send_replace(Some(self.generation()));
        }
    }

    /// Comes back when the file of now was found damaged, with its generation. However many find it: once it is replaced,
    /// it was the file before.
    pub(super) async fn found_damaged(&self) -> u64 {
        let mut found = self.damaged.subscribe();
        let found = found.wait_for(|found| *found == Some(self.generation())).await;
        match found.map(|found| *found) {
            Ok(Some(generation)) => generation,
            // The sender lives as long as this.
            _ => std::future::pending().await,
        }
    }

    pub(super) fn close(&self) {
        let mut idle = self.idle.lock();
        idle.closed = true;
        idle.connections.clear();
    }
}
