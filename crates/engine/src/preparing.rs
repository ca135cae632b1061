//! Messages of the outbox whose attachments are still being prepared: copied, looked at, made smaller.
//!
//! Each gets its real payload when its attachment is ready, and then waits for its upload. After a restart the preparing begins again from
//! what is written down; what is gone meanwhile fails the message, which stays (R-S8).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::FileId;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::attaching::{self, payloads};
use crate::cache::outbox::{self, Files, Preparing};
use crate::cache::uploads::{self, Upload};
use crate::cache::{Durability, conversations, files};
use crate::core::Core;
use crate::media::blocking;
use crate::view::{TransferDirection, TransferState, TransferView};
use crate::{EngineError, limits, sending};

/// How it is shown.
fn shown(it: &Preparing, state: TransferState) -> TransferView {
    TransferView {
        conversation_id: it.conversation.clone(),
        client_id: it.client_id.clone(),
        file_id: String::new(),
        direction: TransferDirection::Up,
        done: 0,
        total: 0,
        state,
        error: None,
    }
}

/// Sees to it as long as somebody is signed in.
pub(crate) async fn run(core: &Arc<Core>) {
    let mut running: HashSet<Preparing> = HashSet::new();
    let mut tasks: JoinSet<Preparing> = JoinSet::new();
    while core.signed_in().is_ok() {
        let waiting = core
            .cache
            .read(|db, _| outbox::preparing(db))
            .unwrap_or_else(|error| {
                core.report("what is being prepared cannot be read", &error);
                running.iter().cloned().collect()
            });
        // Thrown away or recalled meanwhile: its task ends by itself, and nobody is to see it until then.
        for it in running.iter().filter(|it| !waiting.contains(it)) {
            let is_here = core
                .cache
                .read(|db, _| outbox::is_here(db, &it.conversation, &it.client_id));
            if matches!(is_here, Ok(false)) {
                core.media
                    .transfers
                    .forget(TransferDirection::Up, &it.conversation, &it.client_id);
            }
        }
        for it in waiting {
            if running.insert(it.clone()) {
                core.media.transfers.show(shown(&it, TransferState::Preparing));
                let core = Arc::clone(core);
                tasks.spawn(async move {
                    prepare(&core, &it).await;
                    it
                });
            }
        }
        tokio::select! {
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => match ended {
                Ok(it) => drop(running.take(&it)),
                // A fault of ours: it is tried again with the next start.
                Err(error) => tracing::warn!(%error, "an attachment could not be prepared"),
            },
            () = core.media.preparing_changed.notified() => {}
        }
    }
}

/// Prepares what one message carries, and writes down what came of it.
async fn prepare(core: &Arc<Core>, it: &Preparing) {
    let Err(error) = prepared(core, it).await else {
        return;
    };
    let is_written = match error {
        EngineError::Closed | EngineError::NotSignedIn => false,
        EngineError::NoSuchAttachment => failed(core, it, &attaching::gone()).await,
        error => failed(core, it, &error).await,
    };
    if !is_written {
        // The message still waits as before: it would be tried again at once, and so for ever.
        sleep(Duration::from_millis(limits::BACKOFF_MOST_MS)).await;
    }
}

/// What the message carries could not be prepared. `false`: nor could that be written down.
async fn failed(core: &Core, it: &Preparing, error: &EngineError) -> bool {
    tracing::debug!(%error, "what a message carries could not be prepared");
    let error = error.view();
    match sending::fail(core, &it.conversation, &it.client_id, error.code).await {
        Ok(is_here) => {
            if is_here {
                core.media.transfers.show(TransferView {
                    error: Some(error),
                    ..shown(it, TransferState::Failed)
                });
            }
            true
        }
        Err(error) => {
            core.report("a message that failed could not be marked", &error);
            false
        }
    }
}

async fn prepared(core: &Arc<Core>, it: &Preparing) -> Result<(), EngineError> {
    let me = core.signed_in()?.user_id;
    let (wanted, chosen_as) =
        payloads::made_of(&it.message_type, &it.payload).ok_or(EngineError::NoSuchAttachment)?;
    attaching::resume(core, &wanted.id).await?;
    let carried = payloads::carry(core, &me, &wanted, chosen_as).await?;
    let (row, uploads) = (it.clone(), carried.uploads.clone());
    let now = core.clock.now_ms();
    let is_wanted = core
        .cache
        .write(Durability::Power, move |write| {
            if !conversations::exists(write.db, &row.conversation)? {
                return Ok(false);
            }
            let open = write.open(&row.conversation)?;
            let entry = outbox::get(open.db, open.it.id, &row.client_id)?;
            let Some(entry) =
                entry.filter(|entry| entry.files == Files::Preparing && entry.payload == row.payload)
            else {
                return Ok(false);
            };
            outbox::put_prepared(open.db, entry.id, carried.message_type, &carried.payload)?;
            for upload in carried.uploads {
                files::put(open.db, &upload.file, upload.size, now)?;
                uploads::put(
                    open.db,
                    &Upload {
                        message: entry.id,
                        ..upload
                    },
                )?;
            }
            outbox::settle(open.db, open.it)?;
            let entry = outbox::Entry {
                message_type: carried.message_type.to_owned(),
                payload: carried.payload,
                files: Files::Waits,
                ..entry
            };
            open.told
                .changed
                .push(outbox::view(open.db, open.me, open.it, &entry)?);
            Ok(true)
        })
        .await;
    match is_wanted {
        Ok(true) => {
            attaching::was_sent(core, &wanted.id);
            core.media.uploads_changed.notify_one();
            Ok(())
        }
        // Thrown away or recalled in this very moment.
        Ok(false) => {
            remove(core, &uploads).await?;
            attaching::let_go(core, vec![wanted.id]).await;
            Ok(())
        }
        Err(error) => {
            let waiting = core.cache.read(|db, _| outbox::preparing(db));
            // It is made anew, of new files, when it is tried again.
            if waiting.is_ok_and(|waiting| waiting.contains(it)) {
                remove(core, &uploads).await?;
            }
            Err(error)
        }
    }
}

/// Nobody names these files.
async fn remove(core: &Core, uploads: &[Upload]) -> Result<(), EngineError> {
    let ids: Vec<FileId> = uploads.iter().filter_map(|it| it.file.parse().ok()).collect();
    let folder = core.media.folder.clone();
    blocking(move || {
        for id in ids {
            folder.remove(&id)?;
        }
        Ok(())
    })
    .await
}

/// These messages have left the outbox and are not sent: what they were to be made of goes, also where nobody prepares it any more.
pub(crate) async fn thrown_away(core: &Core, messages: &[outbox::Entry]) {
    let unprepared = messages.iter().filter(|it| it.files == Files::Preparing);
    let attachments = unprepared
        .filter_map(|it| payloads::made_of(&it.message_type, &it.payload))
        .map(|(wanted, _)| wanted.id)
        .collect();
    attaching::let_go(core, attachments).await;
}
