//! The writer: group commit.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;
use tidings_protocol::WireError;

use super::alarm::{Alarm, Failed};
use super::append::{Append, Appended};
use super::batch::{Batch, Memory};
use super::checkpoint::{self, Checkpointer};
use super::queue::Queue;
use super::{Rules, StoreError};
use crate::bus::{Bus, Reply};
use crate::limits;

/// Runs inside the group's transaction; what it returns runs after the commit, or after its failure.
type Work = Box<dyn FnOnce(&mut Batch<'_>) -> Then + Send>;
type Then = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

enum Job {
    Append(Append),
    Work(Work),
}

/// What is to be told after the commit.
enum Done {
    Appended(Appended),
    Refused(Reply, WireError),
    Worked(Then),
}

/// The writer's handle.
pub(super) struct Writer {
    queue: Arc<Queue<Job>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(
        mut conn: Connection,
        bus: Arc<Bus>,
        rules: Rules,
        checkpointer: Checkpointer,
        failed: Failed,
    ) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::new(limits::WRITE_QUEUE_JOBS, limits::WRITE_QUEUE_BYTES));
        let log_pages = Arc::new(AtomicI32::new(0));
        let pages = Arc::clone(&log_pages);
        conn.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, count| {
            pages.store(count, Ordering::Relaxed);
            Ok(())
        }))?;
        let taken = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                // What was recalled shortly before a kill may still be in the log.
                checkpointer.scrub();
                // First, so that it is dropped last.
                let _alarm = Alarm {
                    queue: Arc::clone(&taken),
                    failed,
                };
                let mut work = Writing {
                    conn,
                    bus,
                    rules,
                    memory: Memory::default(),
                    log_pages,
                    checkpointer,
                    last_log_pages: 0,
                    checkpoint_at: limits::WAL_CHECKPOINT_PAGES,
                    frames: Vec::new(),
                    done: Vec::new(),
                };
                let mut waiting = VecDeque::new();
                let mut company = Company {
                    wanted: limits::LINGER_FOR_JOBS,
                    met: 0,
                };
                while taken.take_all(&mut waiting) {
                    let jobs = work.group(&mut waiting);
                    if waiting.is_empty() && jobs >= limits::LINGER_FROM_JOBS {
                        // So many came during one group that the next will be a large one anyway: to let it
                        // become larger makes each message cheaper, and those who wait wait less in sum.
                        let wanted = company.wanted;
                        company.learn(taken.linger(wanted, limits::LINGER));
                    }
                }
                work.end();
            })
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
        })
    }

    pub(super) fn append(&self, append: Append) {
        let extras = append.message.extras.as_ref().map_or(0, |_| limits::EXTRAS_BYTES);
        let bytes = append.message.payload.get().len() + extras + 256;
        if let Err(Job::Append(append)) = self.queue.put(Job::Append(append), bytes) {
            append.reply.refuse(StoreError::Busy.into());
        }
    }

    pub(super) fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        // A `work` that never runs (the queue is full or shut) drops `then`; whoever waits for it learns by that.
        let job: Work = Box::new(move |batch| {
            let result = batch.in_savepoint(work);
            Box::new(move |commit| then(commit.and(result)))
        });
        let _ = self.queue.put(Job::Work(job), 1024);
    }

    pub(super) fn shut(&self) {
        self.queue.shut();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

/// How many jobs the writer waits for. When fewer are in flight than it would like, waiting longer brings nothing: it learns
/// to want what comes at once, and only now and then asks for more.
struct Company {
    wanted: usize,
    met: u32,
}

impl Company {
    fn learn(&mut self, came: usize) {
        if came < self.wanted {
            self.wanted = (came - came / 8).max(limits::LINGER_FROM_JOBS / 2);
            self.met = 0;
        } else {
            self.met += 1;
            if self.met.is_multiple_of(32) {
                self.wanted = (self.wanted + self.wanted / 4).min(limits::LINGER_FOR_JOBS);
            }
        }
    }
}

/// The writer's thread.
struct Writing {
    conn: Connection,
    bus: Arc<Bus>,
    rules: Rules,
    memory: Memory,
    log_pages: Arc<AtomicI32>,
    checkpointer: Checkpointer,
    /// The log's length after the last group, and the one that the checkpointer is woken at, pages.
    last_log_pages: i32,
    checkpoint_at: i32,
    /// Room that is kept from group to group: the frames to deliver, and what is to be told.
    frames: Vec<u8>,
    done: Vec<Done>,
}

impl Writing {
    /// Takes one group from the front of `waiting`, commits it and tells. Returns how many jobs it had.
    fn group(&mut self, waiting: &mut VecDeque<(Job, usize)>) -> usize {
        let mut frames = std::mem::take(&mut self.frames);
        frames.clear();
        let mut done = std::mem::take(&mut self.done);
        let result = write_group(
            &self.conn,
            &mut self.memory,
            &self.rules,
            waiting,
            &mut done,
            &mut frames,
        );
        let jobs = done.len();
        match result {
            Ok(()) => {
                self.bus.settle(self.memory.committed());
                self.bus.settle_groups(self.memory.groups.committed());
                self.tell(&mut done, &frames);
                self.memory.outbox.clear();
                self.memory.trim();
                if std::mem::take(&mut self.memory.scrub) {
                    self.checkpointer.scrub();
                }
            }
            Err(error) => {
                tracing::error!(%error, jobs = done.len(), "a group was not stored; each of its senders is told");
                if !self.conn.is_autocommit()
                    && let Err(error) = self.conn.execute_batch("ROLLBACK")
                {
                    tracing::error!(%error, "the rollback failed");
                }
                // What is in memory may be ahead of the disk now.
                self.memory.forget();
                for done in done.drain(..) {
                    match done {
                        Done::Appended(appended) => appended.reply.refuse(error.clone().into()),
                        Done::Refused(reply, _) => reply.refuse(error.clone().into()),
                        Done::Worked(then) => then(Err(error.clone())),
                    }
                }
            }
        }
        frames.shrink_to(limits::BATCH_BYTES);
        self.frames = frames;
        self.done = done;
        self.checkpoint();
        jobs
    }

    /// Acknowledges and delivers. Each session is woken once, after everything for it is in its queue.
    fn tell(&self, done: &mut Vec<Done>, frames: &[u8]) {
        let mut wake = Vec::new();
        // Before the answers: who is told that somebody was removed, or came, can rely on it.
        self.bus.deliver(&self.memory.outbox, &mut wake);
        let mut people = self.bus.people();
        for done in done.drain(..) {
            match done {
                Done::Appended(appended) => {
                    let frame = frames.get(appended.frame.clone()).unwrap_or_default();
                    for user in appended.users() {
                        people.deliver(user, frame, appended.except(), &mut wake);
                    }
                    appended.reply.sent(&appended.sent, &mut wake);
                }
                Done::Refused(reply, error) => reply.refuse(error),
                Done::Worked(then) => {
                    // It may want the bus for itself.
                    people.unlocked(|| then(Ok(())));
                }
            }
        }
        drop(people);
        for session in wake {
            session.wake();
        }
    }

    fn checkpoint(&mut self) {
        let pages = self.log_pages.load(Ordering::Relaxed);
        if pages < self.last_log_pages {
            // The log began anew.
            self.checkpoint_at = limits::WAL_CHECKPOINT_PAGES;
        }
        self.last_log_pages = pages;
        if self.checkpointer.needs_help() {
            // The writer is never in its own way.
            match checkpoint::truncate(&self.conn) {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "overwriting the log failed; it is tried again"),
            }
        }
        if pages >= limits::WAL_MOST_PAGES {
            // The checkpointer does not catch up with a writer that never pauses: pause.
            if let Err(error) = self
                .conn
                .query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))
            {
                tracing::warn!(%error, "shortening the log failed");
            }
        } else if pages >= self.checkpoint_at {
            self.checkpoint_at = pages.saturating_add(limits::WAL_CHECKPOINT_STEP_PAGES);
            self.checkpointer.wake();
        }
    }

    fn end(self) {
        self.checkpointer.shut();
        if let Err(error) = self
            .conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        {
            tracing::warn!(%error, "the last checkpoint failed; the next start does it");
        }
    }
}

/// On an error, `done` holds everything that was taken from `waiting`.
fn write_group(
    conn: &Connection,
    memory: &mut Memory,
    rules: &Rules,
    waiting: &mut VecDeque<(Job, usize)>,
    done: &mut Vec<Done>,
    frames: &mut Vec<u8>,
) -> Result<(), StoreError> {
    let began = conn
        .prepare_cached("BEGIN IMMEDIATE")
        .and_then(|mut begin| begin.execute([]));
    let mut failed = began.err().map(StoreError::from);
    let mut batch = match failed {
        None => Batch::new(conn, memory, rules)
            .map_err(|error| failed = Some(error))
            .ok(),
        Some(_) => None,
    };
    let mut bytes = 0;
    while done.len() < limits::BATCH_JOBS && bytes < limits::BATCH_BYTES {
        let Some((job, size)) = waiting.pop_front() else {
            break;
        };
        bytes += size;
        match (job, &mut batch) {
            (Job::Append(append), Some(batch)) if failed.is_none() => match batch.append(append, frames) {
                Ok(appended) => done.push(Done::Appended(appended)),
                Err((reply, StoreError::Refused(error))) => done.push(Done::Refused(reply, error)),
                Err((reply, error)) => {
                    done.push(Done::Refused(reply, error.clone().into()));
                    failed = Some(error);
                }
            },
            (Job::Work(work), Some(batch)) if failed.is_none() => {
                done.push(Done::Worked(work(batch)));
                failed = batch.broken();
            }
            (Job::Append(append), _) => {
                done.push(Done::Refused(append.reply, WireError::from(StoreError::Busy)));
            }
            // Dropped unrun: see `Writer::work`.
            (Job::Work(_), _) => {}
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    if let Some(batch) = &mut batch {
        batch.flush()?;
    }
    drop(batch);
    conn.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_does_not_wait_for_more_than_there_are() {
        let mut company = Company {
            wanted: limits::LINGER_FOR_JOBS,
            met: 0,
        };
        let in_flight = 128;
        let waited_in_vain = (0..1000).filter(|_| {
            let vain = in_flight < company.wanted;
            company.learn(in_flight);
            vain
        });
        assert!(waited_in_vain.count() < 40);
        for _ in 0..1000 {
            company.learn(2000);
        }
        assert_eq!(company.wanted, limits::LINGER_FOR_JOBS);
    }
}
