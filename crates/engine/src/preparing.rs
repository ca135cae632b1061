//! Messages of the outbox whose attachments are still being prepared: copied, looked at, made smaller.
//!
//! Each gets its real payload when its attachment is ready, and then waits for its upload. After a restart the preparing begins again from
//! what is written down; what is gone meanwhile fails the message, which stays (R-S8).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::attaching::{self, payloads};
use crate::cache::outbox::{self, Files, Preparing};
use crate::cache::uploads::{self, Upload};
use crate::cache::{Durability, conversations, files};
use crate::core::Core;
use crate::media::blocking;
use crate::view::{AttachmentUse, TransferDirection, TransferState, TransferView};
use crate::{EngineError, sending};

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
    let mut running: HashMap<i64, Preparing> = HashMap::new();
    let mut tasks: JoinSet<i64> = JoinSet::new();
    while core.signed_in().is_ok() {
        let waiting = core
            .cache
            .read(|db, _| outbox::preparing(db))
            .unwrap_or_else(|error| {
                core.report("what is being prepared cannot be read", &error);
                running.values().cloned().collect()
            });
        // Thrown away or recalled meanwhile: whoever waits for its attachment is told so.
        for it in running.values().filter(|it| !waiting.contains(it)) {
            let is_there = core.cache.read(|db, _| uploads::message(db, it.id));
            if !matches!(is_there, Ok(None)) {
                continue;
            }
            core.media
                .transfers
                .forget(TransferDirection::Up, &it.conversation, &it.client_id);
            if let Some((wanted, _)) = payloads::made_of(&it.message_type, &it.payload) {
                let_go(core, &wanted).await;
            }
        }
        running.retain(|_, it| waiting.contains(it));
        for it in waiting {
            if let Entry::Vacant(place) = running.entry(it.id) {
                core.media.transfers.show(shown(&it, TransferState::Preparing));
                place.insert(it.clone());
                let core = Arc::clone(core);
                tasks.spawn(async move {
                    let id = it.id;
                    prepare(&core, it).await;
                    id
                });
            }
        }
        tokio::select! {
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => match ended {
                Ok(id) => drop(running.remove(&id)),
                // A fault of ours: it is tried again with the next start.
                Err(error) => tracing::warn!(%error, "an attachment could not be prepared"),
            },
            () = core.media.preparing_changed.notified() => {}
        }
    }
}

/// Prepares what one message carries, and writes down what came of it.
async fn prepare(core: &Arc<Core>, it: Preparing) {
    let Err(error) = prepared(core, &it).await else {
        return;
    };
    if matches!(error, EngineError::Closed | EngineError::NotSignedIn) {
        return;
    }
    let error = match error {
        EngineError::NoSuchAttachment => attaching::gone(),
        error => error,
    };
    tracing::debug!(%error, "what a message carries could not be prepared");
    core.media.transfers.show(TransferView {
        error: Some(error.view()),
        ..shown(&it, TransferState::Failed)
    });
    if let Err(error) = sending::fail(core, &it.conversation, &it.client_id, error.view().code).await {
        core.report("a message that failed could not be marked", &error);
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
            let Some(entry) = entry.filter(|entry| entry.id == row.id && entry.files == Files::Preparing)
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
        .await?;
    if is_wanted {
        attaching::was_sent(core, &wanted.id);
        core.media.uploads_changed.notify_one();
        return Ok(());
    }
    // Thrown away or recalled in this very moment.
    let folder = core.media.folder.clone();
    blocking(move || {
        for id in uploads.iter().filter_map(|upload| upload.file.parse().ok()) {
            folder.remove(&id)?;
        }
        Ok(())
    })
    .await?;
    let_go(core, &wanted).await;
    Ok(())
}

/// Nothing is made of the attachment any more.
async fn let_go(core: &Core, wanted: &AttachmentUse) {
    if let Err(error) = attaching::discard(core, &wanted.id).await {
        tracing::debug!(%error, "an attachment stays until the next start");
    }
}
