//! The readers: threads with connections that cannot write.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::queue::Queue;
use super::{StoreError, connection};
use crate::limits;

type Question = Box<dyn FnOnce(Result<&Connection, StoreError>) + Send>;

pub(super) struct Readers {
    queue: Arc<Queue<Question>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Readers {
    pub(super) fn start(path: &Path) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::<Question>::new(limits::READ_QUEUE_JOBS, usize::MAX));
        let mut threads = Vec::new();
        for number in 0..limits::READERS {
            let conn = connection::open_for_reading(path)?;
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new()
                .name(format!("reader-{number}"))
                .spawn(move || {
                    while let Some(question) = queue.take_one() {
                        // A question leaves nothing behind but perhaps its transaction, so the thread goes on; whoever asked is
                        // told by what the question drops.
                        let asking = AssertUnwindSafe(|| question(Ok(&conn)));
                        if std::panic::catch_unwind(asking).is_err() {
                            tracing::error!("a question to the database panicked");
                        }
                        if !conn.is_autocommit()
                            && let Err(error) = conn.execute_batch("ROLLBACK")
                        {
                            tracing::error!(%error, "a reader's transaction does not end");
                        }
                    }
                })
                .map_err(|error| StoreError::Fault(error.to_string()))?;
            threads.push(thread);
        }
        Ok(Self {
            queue,
            threads: Mutex::new(threads),
        })
    }

    pub(super) fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        let job: Question = Box::new(move |conn| then(conn.and_then(|conn| in_one_snapshot(conn, question))));
        if let Err(job) = self.queue.put(job, 0) {
            job(Err(StoreError::Busy));
        }
    }

    pub(super) fn shut(&self) {
        self.queue.shut();
        for thread in self.threads.lock().drain(..) {
            let _ = thread.join();
        }
    }
}

/// All statements of one question see the same state of the database.
fn in_one_snapshot<T>(
    conn: &Connection,
    question: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    conn.prepare_cached("BEGIN")?.execute([])?;
    let answer = question(conn);
    conn.prepare_cached("COMMIT")?.execute([])?;
    answer
}
