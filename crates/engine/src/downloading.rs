//! Fetching files: those that somebody asks for, and the small pictures of messages that come.
//!
//! Several at a time, what somebody waits for first, and a place for small ones. What has come of a file stays and is gone on
//! with; what arrives is checked against its hash before anybody sees it.

mod file;
mod range;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tidings_protocol::{ErrorKind, FileId, MediaPayload, MessageType, WireError, code};
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinSet};

use crate::cache::files;
use crate::core::Core;
use crate::view::{ConnectionState, ErrorView, LocalFile, MessageView};
use crate::{EngineError, keeping, limits, media};

pub(crate) use range::read as read_range;

/// Why a file is fetched: who comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// Somebody waits for it.
    Asked,
    /// A small picture that will be looked at.
    Preview,
    /// What the settings say is to be here.
    Settings,
}

type Outcome = Option<Result<(), ErrorView>>;

/// A file that is wanted.
struct Wanted {
    rank: Rank,
    /// Rises with each that is asked for.
    number: u64,
    /// As far as is known.
    is_large: bool,
    /// It waits for a connection or for its turn; or it runs.
    task: Option<AbortHandle>,
    outcome: watch::Sender<Outcome>,
}

#[derive(Default)]
struct Queue {
    wanted: HashMap<FileId, Wanted>,
    numbers: u64,
}

/// What is being fetched, or is to be.
#[derive(Default)]
pub(crate) struct Fetches {
    queue: Mutex<Queue>,
    changed: Notify,
}

fn view_as_error(view: ErrorView) -> EngineError {
    EngineError::Refused(WireError {
        retry_after_ms: view.retry_after_ms,
        ..WireError::new(view.code, view.kind, view.message)
    })
}

fn stopped() -> EngineError {
    EngineError::File {
        code: code::NETWORK,
        kind: ErrorKind::Network,
        message: "fetching the file was stopped",
    }
}

impl Fetches {
    /// Wants a file; answers where its outcome will be seen.
    fn want(&self, id: &FileId, rank: Rank, size: Option<u64>) -> watch::Receiver<Outcome> {
        let mut queue = self.queue.lock();
        queue.numbers += 1;
        let number = queue.numbers;
        let outcome = match queue.wanted.get_mut(id) {
            Some(wanted) => {
                wanted.rank = wanted.rank.min(rank);
                wanted.number = number;
                wanted.outcome.subscribe()
            }
            None => {
                let (outcome, seen) = watch::channel(None);
                queue.wanted.insert(
                    id.clone(),
                    Wanted {
                        rank,
                        number,
                        is_large: size.is_some_and(|size| size > limits::SMALL_BYTES),
                        task: None,
                        outcome,
                    },
                );
                queue.shed();
                seen
            }
        };
        drop(queue);
        self.changed.notify_one();
        outcome
    }

    /// Nobody wants this file any more.
    pub(crate) fn cancel(&self, id: &FileId) -> bool {
        let Some(wanted) = self.queue.lock().wanted.remove(id) else {
            return false;
        };
        if let Some(task) = wanted.task {
            task.abort();
        }
        wanted.outcome.send_replace(Some(Err(stopped().view())));
        self.changed.notify_one();
        true
    }

    /// Nobody wants anything any more.
    pub(crate) fn forget(&self) {
        let ids: Vec<FileId> = self.queue.lock().wanted.keys().cloned().collect();
        for id in ids {
            self.cancel(&id);
        }
    }

    /// Whether it is being fetched, or is to be.
    pub(crate) fn is_wanted(&self, id: &FileId) -> bool {
        self.queue.lock().wanted.contains_key(id)
    }

    /// Starts what has room with `start`. Without a connection only what somebody waits for, who is to hear of it.
    fn start(&self, is_connected: bool, mut start: impl FnMut(FileId) -> AbortHandle) {
        let mut queue = self.queue.lock();
        loop {
            let running = queue.wanted.values().filter(|it| it.task.is_some()).count();
            let large = queue
                .wanted
                .values()
                .filter(|it| it.task.is_some() && it.is_large)
                .count();
            if running >= limits::DOWNLOADS_AT_ONCE {
                return;
            }
            // Of those that somebody waits for, the last one asked for is what is looked at now.
            let next = queue
                .wanted
                .iter()
                .filter(|(_, it)| it.task.is_none())
                .filter(|(_, it)| is_connected || it.rank == Rank::Asked)
                .filter(|(_, it)| !it.is_large || large < limits::LARGE_DOWNLOADS_AT_ONCE)
                .min_by_key(|(_, it)| match it.rank {
                    Rank::Asked => (it.rank, u64::MAX - it.number),
                    rank => (rank, it.number),
                })
                .map(|(id, _)| id.clone());
            let Some(id) = next else { return };
            let task = start(id.clone());
            if let Some(wanted) = queue.wanted.get_mut(&id) {
                wanted.task = Some(task);
            }
        }
    }

    fn ended(&self, id: &FileId, outcome: Result<(), ErrorView>) {
        if let Some(wanted) = self.queue.lock().wanted.remove(id) {
            wanted.outcome.send_replace(Some(outcome));
        }
    }
}

impl Queue {
    /// Above the limit, the oldest that nobody asked for are forgotten.
    fn shed(&mut self) {
        while self.wanted.len() > limits::DOWNLOADS_WAITING {
            let oldest = self
                .wanted
                .iter()
                .filter(|(_, it)| it.task.is_none())
                .max_by_key(|(_, it)| (it.rank, u64::MAX - it.number))
                .map(|(id, _)| id.clone());
            let Some(gone) = oldest.and_then(|id| self.wanted.remove(&id)) else {
                return;
            };
            gone.outcome.send_replace(Some(Err(stopped().view())));
        }
    }
}

/// Fetches as long as somebody is signed in.
pub(crate) async fn run(core: &Arc<Core>) {
    let mut status = core.status.subscribe();
    let mut tasks: JoinSet<(FileId, Result<(), EngineError>)> = JoinSet::new();
    let fetches = &core.media.fetches;
    while core.signed_in().is_ok() {
        let is_connected = status.borrow_and_update().state == ConnectionState::Connected;
        for message in core.cache.arrivals() {
            want_of(core, &message);
        }
        fetches.start(is_connected, |id| {
            let core = Arc::clone(core);
            tasks.spawn(async move {
                let fetched = file::fetch(&core, &id).await;
                (id, fetched)
            })
        });
        tokio::select! {
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => {
                if let Ok((id, outcome)) = ended {
                    if let Err(error) = &outcome {
                        tracing::debug!(%error, "a file could not be fetched");
                    }
                    fetches.ended(&id, outcome.map_err(|error| error.view()));
                }
            }
            () = fetches.changed.notified() => {}
            () = core.cache.arrived() => {}
            changed = status.changed() => if changed.is_err() { return },
        }
    }
}

/// Wants what is to be here of a message that came.
fn want_of(core: &Core, message: &MessageView) {
    if !files::has_files(&message.message_type) || message.is_revoked {
        return;
    }
    let Ok(payload) = serde_json::value::to_raw_value(&message.payload) else {
        return;
    };
    let Ok(Some(payload)) = MediaPayload::read(&MessageType::new(message.message_type.as_str()), &payload)
    else {
        return;
    };
    let most = core.media.settings.lock().auto_download_bytes;
    let mut wanted: Vec<(FileId, Rank, u64)> = Vec::new();
    match &payload {
        MediaPayload::Image(image) => {
            let [original, _, thumb] = &image.image_info_array;
            wanted.push((thumb.instance_id.clone(), Rank::Preview, thumb.size));
            wanted.push((original.instance_id.clone(), Rank::Settings, original.size));
        }
        MediaPayload::Video(video) => {
            if let Ok(poster) = FileId::of_uuid(&video.thumb_uuid) {
                wanted.push((poster, Rank::Preview, video.thumb_size));
            }
        }
        MediaPayload::Sound(sound) => {
            if let Ok(id) = FileId::of_uuid(&sound.uuid) {
                wanted.push((id, Rank::Settings, sound.size));
            }
        }
        MediaPayload::File(_) => {}
    }
    for (id, rank, size) in wanted {
        // A small picture that is not small is none.
        let most = match rank {
            Rank::Settings => most,
            Rank::Asked | Rank::Preview => tidings_protocol::limits::PREVIEW_FILE_BYTES,
        };
        if size <= most && core.media.folder.size(&id).is_none() {
            core.media.fetches.want(&id, rank, Some(size));
        }
    }
}

/// The file, fetched where it is not here.
pub(crate) async fn fetch(core: &Core, file: &str) -> Result<LocalFile, EngineError> {
    core.signed_in()?;
    let id = media::id(file)?;
    if let Some(file) = keeping::local(core, &id).await? {
        return Ok(file);
    }
    let said = core.cache.read(|db, _| files::said(db, &id))?;
    let size = said.and_then(|said| said.size);
    let mut outcome = core.media.fetches.want(&id, Rank::Asked, size);
    let outcome = outcome
        .wait_for(Option::is_some)
        .await
        .map_or(None, |outcome| outcome.clone());
    match outcome {
        Some(Ok(())) => keeping::local(core, &id).await?.ok_or_else(stopped),
        Some(Err(error)) => Err(view_as_error(error)),
        // Whoever fetched is gone.
        None => Err(EngineError::Closed),
    }
}

/// Stops fetching it.
pub(crate) fn cancel(core: &Core, file: &str) {
    if let Ok(id) = media::id(file)
        && core.media.fetches.cancel(&id)
    {
        file::was_stopped(core, &id);
    }
}

/// How long a fetch waits for a connection.
const WAIT: Duration = Duration::from_millis(limits::DOWNLOAD_WAIT_MS);
