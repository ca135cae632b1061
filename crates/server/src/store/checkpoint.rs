//! Bringing the write-ahead log into the database, beside the writer.

use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::{StoreError, connection};

/// The thread that does it, and how to wake it.
pub(super) struct Checkpointer {
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    pub(super) fn start(path: PathBuf) -> Result<Self, StoreError> {
        let conn = connection::open_for_reading(&path)?;
        conn.pragma_update(None, "query_only", false)?;
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || {
                while woken.recv().is_ok() {
                    // Passive: it takes nothing from the writer. Once all of the log is in the database, the
                    // writer's next commit begins the log anew.
                    if let Err(error) = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
                        tracing::warn!(%error, "a checkpoint failed; the log goes on");
                    }
                }
            })
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        Ok(Self { wake, thread })
    }

    /// Asks for a checkpoint; when one is asked for already, that one will do.
    pub(super) fn wake(&self) {
        if let Err(TrySendError::Disconnected(())) = self.wake.try_send(()) {
            tracing::error!("the checkpoint thread is gone");
        }
    }

    /// Waits for the checkpoint that runs, if one does.
    pub(super) fn shut(self) {
        drop(self.wake);
        let _ = self.thread.join();
    }
}
