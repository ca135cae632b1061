//! Files: what the tasks and the verbs that deal with them share, and the tasks themselves.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tidings_media::worker::Pool;
use tidings_protocol::{Chance, FileId, MediaLimits};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::attaching::Drafts;
use crate::connections::Connections;
use crate::core::Core;
use crate::downloading::Fetches;
use crate::events::EventSender;
use crate::media_folder::MediaFolder;
use crate::transfers::Transfers;
use crate::view::{ConnectionState, MediaSettings};
use crate::{EngineError, downloading, keeping, preparing, uploading};

/// What deals with files.
pub(crate) struct Media {
    pub(crate) folder: MediaFolder,
    /// Other processes, in the app.
    pub(crate) decoders: Arc<Pool>,
    /// What the space takes.
    pub(crate) limits: Mutex<MediaLimits>,
    pub(crate) settings: Mutex<MediaSettings>,
    pub(crate) transfers: Transfers,
    pub(crate) drafts: Drafts,
    pub(crate) connections: Connections,
    pub(crate) fetches: Fetches,
    /// What waits for its upload is another thing now.
    pub(crate) uploads_changed: Notify,
    /// What waits until its attachment is prepared is another thing now.
    pub(crate) preparing_changed: Notify,
    /// The folder is to be looked at: something came in, or the limit is another one.
    pub(crate) folder_changed: Notify,
    /// Files that were used since that was last written down, and when.
    pub(crate) used: Mutex<HashMap<FileId, i64>>,
}

impl Media {
    pub(crate) fn new(dir: &Path, events: EventSender, decoders: Arc<Pool>) -> Self {
        Self {
            folder: MediaFolder::new(dir),
            decoders,
            limits: Mutex::default(),
            settings: Mutex::default(),
            transfers: Transfers::new(events),
            drafts: Drafts::default(),
            connections: Connections::default(),
            fetches: Fetches::default(),
            uploads_changed: Notify::new(),
            preparing_changed: Notify::new(),
            folder_changed: Notify::new(),
            used: Mutex::default(),
        }
    }

    /// Forgets everything, on the disk as well (R-L7).
    pub(crate) fn remove_all(&self) -> std::io::Result<()> {
        self.stop();
        self.drafts.forget();
        self.used.lock().clear();
        self.folder.remove_all()
    }

    /// What waits in the outbox for its files is another thing now.
    pub(crate) fn waiting_changed(&self) {
        self.uploads_changed.notify_one();
        self.preparing_changed.notify_one();
    }

    /// Nothing is on its way any more.
    pub(crate) fn stop(&self) {
        self.transfers.forget_all();
        self.fetches.forget();
        self.connections.forget();
    }
}

/// A new id, of a file or a draft attachment.
pub(crate) fn new_id(chance: &dyn Chance) -> FileId {
    let mut bytes = [0; 16];
    chance.fill(&mut bytes);
    FileId::from_bytes(bytes)
}

/// The id that a text has to be.
pub(crate) fn id(text: &str) -> Result<FileId, EngineError> {
    text.parse()
        .map_err(|_| EngineError::BadParameter("not a file's id"))
}

/// Runs what blocks off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, EngineError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => Err(EngineError::Fault),
        Err(_) => Err(EngineError::Closed),
    }
}

/// Uploads, downloads and keeps order, until nobody is signed in any more.
pub(crate) async fn keep(core: Arc<Core>) {
    if let Err(error) = keeping::begin(&core).await {
        core.report("the media folder could not be looked through", &error);
    }
    tokio::join!(
        preparing::run(&core),
        uploading::run(&core),
        downloading::run(&core),
        keeping::run(&core)
    );
}

/// Comes back when there is a connection.
pub(crate) async fn connected(core: &Core) {
    let mut status = core.status.subscribe();
    // The sender lives as long as the core.
    let _ = status
        .wait_for(|status| status.state == ConnectionState::Connected)
        .await;
}

/// As [`connected`], but not for ever.
pub(crate) async fn connected_soon(core: &Core, most: Duration) -> Result<(), EngineError> {
    timeout(most, connected(core))
        .await
        .map_err(|_| EngineError::Network("not connected".into()))
}
