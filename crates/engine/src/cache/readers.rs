//! Connections that read. A few are kept; under more readers than that, further ones are opened for the moment.

use std::path::PathBuf;

use parking_lot::Mutex;
use rusqlite::{Connection, Result};

use super::schema;
use crate::limits;

pub(super) struct Readers {
    file: PathBuf,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    connections: Vec<Connection>,
    /// Rises when the file is replaced: connections of an earlier one are not kept.
    generation: u64,
    closed: bool,
}

impl Readers {
    pub(super) fn new(file: PathBuf) -> Self {
        Self {
            file,
            idle: Mutex::default(),
        }
    }

    pub(super) fn with<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let (kept, generation) = {
            let mut idle = self.idle.lock();
            (idle.connections.pop(), idle.generation)
        };
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
        if ended.is_ok()
            && idle.generation == generation
            && !idle.closed
            && idle.connections.len() < limits::READERS
        {
            idle.connections.push(connection);
        }
        answer
    }

    /// The file is about to be replaced.
    pub(super) fn renew(&self) {
        let mut idle = self.idle.lock();
        idle.generation += 1;
        idle.connections.clear();
    }

    pub(super) fn close(&self) {
        let mut idle = self.idle.lock();
        idle.closed = true;
        idle.connections.clear();
    }
}
