//! Uploading the files of messages that wait in the outbox.
//!
//! A message's files go one after the other, the smallest picture first; several messages at a time, with a place for small ones, so that no
//! photo waits behind a video. When all of them are with the server, the message is ready and [`crate::sending`] sends it. What has
//! arrived is asked of the server after every break, and at most one part is sent again (B14).

mod message;
mod rescued;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::ErrorKind;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::backoff::Backoff;
use crate::cache::Durability;
use crate::cache::uploads::{self, Upload, Waiting};
use crate::core::Core;
use crate::transfers::Meter;
use crate::view::{ConnectionState, ErrorView, TransferDirection, TransferState, TransferView};
use crate::{EngineError, connections, limits};

/// How it stands with a message that was tried before.
#[derive(Default)]
struct Lane {
    paused_until: Option<Instant>,
    backoff: Backoff,
    /// How much the server had when it was last tried.
    reached: u64,
    /// What the server said when it did not take it, as that its disk is full.
    refusal: Option<ErrorView>,
}

struct Running {
    task: AbortHandle,
    is_large: bool,
    waiting: Waiting,
}

/// What a task ended with.
struct Ended {
    message: i64,
    outcome: Result<(), EngineError>,
}

/// How the upload of `waiting` is shown.
fn shown(waiting: &Waiting, state: TransferState) -> TransferView {
    TransferView {
        conversation_id: waiting.conversation.clone(),
        client_id: waiting.client_id.clone(),
        file_id: waiting.main.clone(),
        direction: TransferDirection::Up,
        done: waiting.sent,
        total: waiting.total,
        state,
        error: None,
    }
}

/// Uploads as long as somebody is signed in.
pub(crate) async fn run(core: &Arc<Core>) {
    let mut lanes: HashMap<i64, Lane> = HashMap::new();
    let mut running: HashMap<i64, Running> = HashMap::new();
    let mut tasks: JoinSet<Ended> = JoinSet::new();
    let mut status = core.status.subscribe();
    while core.signed_in().is_ok() {
        if let Err(error) = rescued::find(core).await {
            core.report("rescued messages could not be given their files back", &error);
        }
        let waiting = core
            .cache
            .read(|db, _| uploads::waiting(db))
            .unwrap_or_else(|error| {
                core.report("what waits to be uploaded cannot be read", &error);
                Vec::new()
            });
        // Whatever was stopped, thrown away, recalled or has failed meanwhile.
        running.retain(|message, it| {
            let goes_on = waiting.iter().any(|it| it.message == *message && !it.paused);
            if !goes_on {
                it.task.abort();
                core.media.transfers.forget(
                    TransferDirection::Up,
                    &it.waiting.conversation,
                    &it.waiting.client_id,
                );
            }
            goes_on
        });
        lanes.retain(|message, _| waiting.iter().any(|it| it.message == *message));
        let is_connected = status.borrow_and_update().state == ConnectionState::Connected;
        let now = Instant::now();
        for it in &waiting {
            if running.contains_key(&it.message) {
                continue;
            }
            let lane = lanes.entry(it.message).or_default();
            let is_due = lane.paused_until.is_none_or(|until| until <= now);
            let is_large = it.total.saturating_sub(it.sent) > limits::SMALL_BYTES;
            let large = running.values().filter(|it| it.is_large).count();
            let has_room = running.len() < limits::UPLOADS_AT_ONCE
                && (!is_large || large < limits::LARGE_UPLOADS_AT_ONCE);
            if it.paused {
                core.media.transfers.show(shown(it, TransferState::Paused));
            } else if is_connected && is_due && has_room {
                lane.reached = it.sent;
                let meter = Meter::new(&core.media.transfers, shown(it, TransferState::Running));
                let task = tasks.spawn(upload(Arc::clone(core), it.clone(), meter));
                running.insert(
                    it.message,
                    Running {
                        task,
                        is_large,
                        waiting: it.clone(),
                    },
                );
            } else {
                core.media.transfers.show(TransferView {
                    error: lane.refusal.clone(),
                    ..shown(it, TransferState::Waiting)
                });
            }
        }
        if is_connected && let Err(error) = let_go(core).await {
            tracing::debug!(%error, "what was thrown away could not be told to the server");
        }
        let has_room = running.len() < limits::UPLOADS_AT_ONCE;
        let resume = lanes
            .iter()
            .filter(|(message, _)| !running.contains_key(*message))
            .filter_map(|(_, lane)| lane.paused_until)
            .filter(|until| *until > now)
            .min()
            .filter(|_| has_room && is_connected);
        tokio::select! {
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => {
                let Ended { message, outcome } = match ended {
                    Ok(ended) => ended,
                    // Aborted, and taken out already; or a fault of ours, and then the message waits for its next try. Others that have
                    // ended are still to be heard of.
                    Err(error) => {
                        running.retain(|_, it| it.task.id() != error.id());
                        continue;
                    }
                };
                let Some(ended) = running.remove(&message) else { continue };
                settle(core, lanes.entry(message).or_default(), &ended.waiting, outcome).await;
            }
            () = core.media.uploads_changed.notified() => {}
            changed = status.changed() => if changed.is_err() { return },
            () = sleep_until(resume.unwrap_or_else(Instant::now)), if resume.is_some() => {}
        }
    }
}

async fn upload(core: Arc<Core>, waiting: Waiting, meter: Meter) -> Ended {
    Ended {
        message: waiting.message,
        outcome: message::upload(&core, waiting.message, meter).await,
    }
}

/// What becomes of a message whose upload ended.
async fn settle(core: &Arc<Core>, lane: &mut Lane, waiting: &Waiting, outcome: Result<(), EngineError>) {
    let message = waiting.message;
    // Not by its task: a message that waits for its files no longer is not taken for one that was thrown away before its task was heard.
    let outcome = match outcome {
        Ok(()) => message::is_up(core, message).await,
        Err(error) => Err(error),
    };
    let error = match outcome {
        Ok(()) => {
            core.media.transfers.show(TransferView {
                done: waiting.total,
                ..shown(waiting, TransferState::Done)
            });
            core.outbox_changed.notify_one();
            return;
        }
        Err(error) => error,
    };
    if !waits(&error) {
        core.media.transfers.show(TransferView {
            error: Some(error.view()),
            ..shown(waiting, TransferState::Failed)
        });
        if let Err(error) = message::fail(core, message, &error).await {
            core.report("a message that failed could not be marked", &error);
        }
        return;
    }
    tracing::debug!(%error, "an upload broke off");
    lane.refusal = matches!(error, EngineError::Refused(_)).then(|| error.view());
    let reached = core
        .cache
        .read(|db, _| uploads::of(db, message))
        .map_or(0, |files| files.iter().map(|it| it.sent).sum());
    if reached > lane.reached {
        lane.backoff.reset();
    }
    let backoff = lane.backoff.next(core.chance.as_ref());
    let told = error.view().retry_after_ms.map(Duration::from_millis);
    lane.paused_until = Some(Instant::now() + told.unwrap_or(backoff).max(backoff / 2));
}

/// Whether the same upload may go on later. What is not said in words that are known is somebody between here and the
/// space.
fn waits(error: &EngineError) -> bool {
    match error {
        EngineError::Refused(refusal) => refusal.is_passing() || refusal.kind == ErrorKind::Unauthorised,
        EngineError::NotTidings
        | EngineError::Certificate
        | EngineError::NotSignedIn
        | EngineError::Closed
        | EngineError::Fault
        | EngineError::Cache(_) => true,
        error => error.is_passing(),
    }
}

/// Tells the server of files that nobody wants any more, and lets go of them here.
async fn let_go(core: &Arc<Core>) -> Result<(), EngineError> {
    let files = core.cache.read(|db, _| uploads::thrown_away(db))?;
    if files.is_empty() {
        return Ok(());
    }
    let mut connection = connections::get(core, true).await?;
    for it in &files {
        if let Ok(id) = it.file.parse() {
            match connection.wire.remove(&id).await {
                Ok(()) => {}
                // In use by then, or somebody else's: it is not this user's to remove.
                Err(EngineError::Refused(refusal)) if !refusal.is_passing() => {}
                Err(error) => return Err(error),
            }
        }
        dropped(core, it.clone()).await?;
    }
    connection.give_back(core);
    core.media.folder_changed.notify_one();
    Ok(())
}

async fn dropped(core: &Core, it: Upload) -> Result<(), EngineError> {
    core.cache
        .write(Durability::Process, move |write| {
            Ok(uploads::drop_thrown_away(write.db, &it)?)
        })
        .await
}

/// Stops or goes on with the files of a message.
pub(crate) async fn pause(
    core: &Core,
    conversation: &str,
    client_id: &str,
    paused: bool,
) -> Result<(), EngineError> {
    use crate::cache::outbox::{self, Files};
    core.signed_in()?;
    let (name, client_id) = (conversation.to_owned(), client_id.to_owned());
    core.cache
        .write(Durability::Power, move |write| {
            if !crate::cache::conversations::exists(write.db, &name)? {
                return Err(EngineError::NoSuchMessage);
            }
            let open = write.open(&name)?;
            let entry = outbox::get(open.db, open.it.id, &client_id)?
                .filter(|entry| !entry.failed && matches!(entry.files, Files::Waits | Files::Paused))
                .ok_or(EngineError::NoSuchMessage)?;
            let files = if paused { Files::Paused } else { Files::Waits };
            Ok(outbox::put_files(open.db, entry.id, files)?)
        })
        .await?;
    core.media.waiting_changed();
    Ok(())
}
