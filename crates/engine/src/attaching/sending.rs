//! Attachments that a message is made of: sent at once, prepared when they are.
//!
//! Whoever presses Send need not wait, and nothing of it hangs on the page or on this process: before the outbox has the message, what is
//! known of the attachment is on the disk, and its bytes or where they are copied from.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tidings_protocol::{ErrorKind, FileId, code};

use super::draft::{self, Draft};
use super::{Open, discard, find, keep, kept_open, known, payloads, prepare};
use crate::EngineError;
use crate::cache::outbox;
use crate::core::Core;
use crate::media::blocking;
use crate::view::{AttachmentKind, AttachmentUse};

/// What becomes of a message that is to carry an attachment.
pub(crate) enum ToSend {
    /// The attachment is ready; this is what it was taken for.
    Ready(AttachmentKind),
    /// It is not, and would be found again after a restart: the message's type, and its payload until it is.
    Preparing(&'static str, String),
}

/// Somebody sends it.
///
/// # Errors
/// Why it cannot be sent, as far as that is known by now.
pub(crate) async fn to_send(core: &Core, me: &str, wanted: &AttachmentUse) -> Result<ToSend, EngineError> {
    let open = find(core, &known(&wanted.id)?).await?;
    // What the page still hands over is nowhere else yet.
    let mut seen = open.draft.subscribe();
    let draft = seen
        .wait_for(|draft| !draft.view.preparing || draft.whole.is_some() || draft.source.is_some())
        .await
        .map_err(|_| EngineError::Closed)?
        .clone();
    if draft.view.error.is_some() || !draft.view.preparing {
        return Ok(ToSend::Ready(draft.view.kind));
    }
    let (message_type, payload) = payloads::until_prepared(core, me, &draft, wanted)?;
    open.is_sent.store(true, Ordering::Relaxed);
    let folder = core.media.folder.begin_draft(&open.id)?;
    keep(&open, &folder).await?;
    Ok(ToSend::Preparing(message_type, payload))
}

/// Goes on preparing what a message of the outbox is made of, where nobody does: after a restart, or when it failed and is tried again.
///
/// # Errors
/// [`code::FILE_CHANGED`]: what it is made of is gone, or is not what it was.
pub(crate) async fn resume(core: &Arc<Core>, attachment: &str) -> Result<(), EngineError> {
    let id = known(attachment)?;
    if core.media.drafts.get(&id).is_some_and(|open| goes_on(&open)) {
        return Ok(());
    }
    let draft = written_down(core, &id).await?;
    let is_ready = !draft.view.preparing;
    let (whole, source) = (draft.whole.clone(), draft.source.clone());
    let open = Arc::new(Open::new(id, draft, None, core.clock.now_ms()));
    open.is_sent.store(true, Ordering::Relaxed);
    open.is_prepared.store(true, Ordering::Relaxed);
    let there = kept_open(core, Arc::clone(&open), goes_on)?;
    if is_ready || !Arc::ptr_eq(&there, &open) {
        return Ok(());
    }
    let file = core.media.folder.draft(&open.id).join(draft::WHOLE);
    let source = blocking(move || match (whole, source) {
        (Some(whole), _) if size_of(&file) == Some(whole.size) => Ok(None),
        (None, Some(source)) => match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(Some(source)),
        },
        _ => Err(gone()),
    });
    let source = source.await.inspect_err(|_| core.media.drafts.close(&open.id))?;
    tokio::spawn(prepare(Arc::clone(core), open, source));
    Ok(())
}

/// It is prepared, or is being prepared.
fn goes_on(open: &Open) -> bool {
    open.is_prepared.load(Ordering::Relaxed) && open.draft.borrow().view.error.is_none()
}

fn size_of(file: &Path) -> Option<u64> {
    let data = std::fs::symlink_metadata(file).ok()?;
    data.is_file().then_some(data.len())
}

/// The attachments that messages of the outbox are still to be made of, also of those that failed.
///
/// # Errors
/// The cache's.
pub(crate) fn wanted(core: &Core) -> Result<HashSet<String>, EngineError> {
    let unprepared = core.cache.read(|db, _| outbox::unprepared(db))?;
    let made_of = unprepared
        .iter()
        .filter_map(|(message_type, payload)| payloads::made_of(message_type, payload));
    Ok(made_of.map(|(wanted, _)| wanted.id).collect())
}

/// The message that was to be made of it is not in the outbox: it is a draft attachment as any other, unless another message is to be made of it.
pub(crate) fn not_sent(core: &Core, attachment: &str) {
    if let Ok(id) = known(attachment)
        && let Some(open) = core.media.drafts.get(&id)
        && wanted(core).is_ok_and(|wanted| !wanted.contains(attachment))
    {
        open.is_sent.store(false, Ordering::Relaxed);
    }
}

/// Lets go of what messages were to be made of, unless other ones still are.
pub(crate) async fn let_go(core: &Core, attachments: Vec<String>) {
    if attachments.is_empty() {
        return;
    }
    // What the cache does not say may still be wanted.
    let Ok(wanted) = wanted(core) else { return };
    for id in attachments.iter().filter(|id| !wanted.contains(*id)) {
        if let Err(error) = discard(core, id).await {
            tracing::debug!(%error, "an attachment stays until a later start");
        }
    }
}

/// What a message was to be made of is not there any more.
pub(crate) fn gone() -> EngineError {
    EngineError::File {
        code: code::FILE_CHANGED,
        kind: ErrorKind::NotFound,
        message: "the attachment is not here any more",
    }
}

async fn written_down(core: &Core, id: &FileId) -> Result<Draft, EngineError> {
    let folder = core.media.folder.draft(id);
    let draft = blocking(move || draft::load(&folder)).await.map_err(|_| gone())?;
    if draft.view.id == id.as_str() {
        Ok(draft)
    } else {
        Err(gone())
    }
}
