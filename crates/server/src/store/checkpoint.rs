//! Bringing the write-ahead log into the database, beside the writer.
//!
//! The log also holds what the database does not any more: the text of a message that was recalled stands there until it is overwritten. So
//! after a recall the log is brought in and cut to nothing, soon: at once when nobody reads or writes just then, and else by the writer after
//! its next group.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::{StoreError, connection};
use crate::limits;

/// The thread that does it, and how to wake it.
pub(super) struct Checkpointer {
    wake: SyncSender<()>,
    wishes: Arc<Wishes>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Wishes {
    /// The log is to be cut to nothing.
    scrub: AtomicBool,
    /// The writer was in the way.
    help: AtomicBool,
}

impl Checkpointer {
    pub(super) fn start(path: PathBuf) -> Result<Self, StoreError> {
        let conn = connection::open_for_reading(&path)?;
        conn.pragma_update(None, "query_only", false)?;
        let (wake, woken) = sync_channel(1);
        let wishes = Arc::new(Wishes::default());
        let heard = Arc::clone(&wishes);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || run(&conn, &woken, &heard))
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        Ok(Self { wake, wishes, thread })
    }

    /// Asks for a checkpoint; when one is asked for already, that one will do.
    pub(super) fn wake(&self) {
        if let Err(TrySendError::Disconnected(())) = self.wake.try_send(()) {
            tracing::error!("the checkpoint thread is gone");
        }
    }

    /// Asks for the log to be cut to nothing, once what is in it now is in the database.
    pub(super) fn scrub(&self) {
        self.wishes.scrub.store(true, Ordering::Release);
        self.wake();
    }

    /// For the writer between two groups: whether it is to cut the log.
    pub(super) fn needs_help(&self) -> bool {
        self.wishes.help.load(Ordering::Relaxed) && self.wishes.help.swap(false, Ordering::AcqRel)
    }

    /// Waits for the checkpoint that runs, if one does.
    pub(super) fn shut(self) {
        drop(self.wake);
        let _ = self.thread.join();
    }
}

fn run(conn: &Connection, woken: &Receiver<()>, wishes: &Wishes) {
    loop {
        let again = if wishes.scrub.load(Ordering::Acquire) {
            // It is tried again, also when nobody asks.
            match woken.recv_timeout(limits::SCRUB_PAUSE) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => false,
            }
        } else {
            woken.recv().is_ok()
        };
        if !again {
            return;
        }
        // Passive: it takes nothing from the writer. Once all of the log is in the database, the
        // writer's next commit begins the log anew.
        if let Err(error) = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "a checkpoint failed; the log goes on");
        }
        if wishes.scrub.swap(false, Ordering::AcqRel) {
            let cut = truncate(conn).unwrap_or_else(|error| {
                tracing::warn!(%error, "overwriting the log failed; it is tried again");
                false
            });
            if !cut {
                wishes.scrub.store(true, Ordering::Release);
                wishes.help.store(true, Ordering::Release);
            }
            // Recalls that follow each other share a cut.
            std::thread::sleep(limits::SCRUB_PAUSE);
        }
    }
}

/// Brings in the rest of the log and cuts it to nothing. `false`: somebody reads or writes; it waits for nobody for long, because the writer
/// stands still meanwhile.
pub(super) fn truncate(conn: &Connection) -> Result<bool, rusqlite::Error> {
    conn.busy_timeout(limits::SCRUB_BUSY)?;
    let busy = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    // The writer's other work may wait for longer.
    conn.busy_timeout(limits::DATABASE_BUSY)?;
    Ok(busy? == 0)
}
