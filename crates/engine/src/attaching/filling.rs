//! Draft attachments whose bytes the page hands over, piece by piece.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use tidings_protocol::FileId;

use super::draft::{self, Draft, Form};
use super::{check, fail, find, kind_of, known, looking, prepare, why_file};
use crate::core::Core;
use crate::media::{blocking, new_id};
use crate::view::{AttachmentKind, DraftAttachmentView};
use crate::{EngineError, hashing, limits, media_folder};

/// A file that is being filled.
pub(super) struct Filling {
    file: File,
    hasher: blake3::Hasher,
    wanted: Option<AttachmentKind>,
    /// Bytes that were announced.
    size: u64,
    /// Bytes that are there.
    filled: u64,
}

/// Begins one.
pub(crate) async fn begin(
    core: &Core,
    name: &str,
    size: u64,
    wanted: Option<AttachmentKind>,
) -> Result<String, EngineError> {
    core.signed_in()?;
    // What it is, is known when it is here; a file may be as large as anything.
    check(
        wanted.unwrap_or(AttachmentKind::File),
        size,
        *core.media.limits.lock(),
    )?;
    let id = new_id(core.chance.as_ref());
    let folder = core.media.folder.begin_draft(&id)?;
    let file = media_folder::create(&folder.join(draft::WHOLE))?;
    let mut draft = Draft::new(id.clone(), tidings_media::names::safe(name));
    draft.view.size = size;
    draft.view.kind = wanted.unwrap_or(AttachmentKind::File);
    draft.view.preparing = true;
    let filling = Filling {
        file,
        hasher: blake3::Hasher::new(),
        wanted,
        size,
        filled: 0,
    };
    super::open(core, draft, Some(filling))?;
    Ok(id.into())
}

/// The next bytes.
pub(crate) async fn chunk(core: &Core, id: &str, offset: u64, bytes: &[u8]) -> Result<(), EngineError> {
    if bytes.len() > limits::ATTACH_CHUNK_BYTES {
        return Err(EngineError::BadParameter("too many bytes at once"));
    }
    append(core, id, offset, bytes.to_vec()).await
}

pub(super) async fn append(core: &Core, id: &str, offset: u64, bytes: Vec<u8>) -> Result<(), EngineError> {
    let open = find(core, &known(id)?).await?;
    let mut slot = open.filling.lock().await;
    let mut filling = slot
        .take()
        .ok_or(EngineError::BadParameter("it is not being filled"))?;
    let fits = filling
        .filled
        .checked_add(bytes.len() as u64)
        .is_some_and(|filled| filled <= filling.size);
    if offset != filling.filled || !fits {
        *slot = Some(filling);
        return Err(EngineError::BadParameter(
            "bytes out of order, or more than announced",
        ));
    }
    // What cannot be written ends it: how much of it is there, nobody knows.
    let filled = blocking(move || {
        filling.file.write_all(&bytes)?;
        filling.hasher.update(&bytes);
        filling.filled += bytes.len() as u64;
        Ok(filling)
    });
    match filled.await {
        Ok(filling) => {
            *slot = Some(filling);
            Ok(())
        }
        Err(error) => {
            drop(slot);
            discarded(core, &open.id);
            Err(error)
        }
    }
}

fn discarded(core: &Core, id: &FileId) {
    core.media.drafts.close(id);
    if let Err(error) = core.media.folder.remove_draft(id) {
        tracing::warn!(%error, "an attachment cannot be removed");
    }
}

/// All bytes are there.
pub(crate) async fn finish(core: &Arc<Core>, id: &str) -> Result<DraftAttachmentView, EngineError> {
    finish_with(core, id, |_| ()).await
}

pub(super) async fn finish_with(
    core: &Arc<Core>,
    id: &str,
    also: impl FnOnce(&mut Draft),
) -> Result<DraftAttachmentView, EngineError> {
    let open = find(core, &known(id)?).await?;
    let mut slot = open.filling.lock().await;
    let filling = slot
        .take()
        .ok_or(EngineError::BadParameter("it is not being filled"))?;
    if filling.filled != filling.size {
        *slot = Some(filling);
        return Err(EngineError::BadParameter("bytes are missing"));
    }
    drop(slot);
    let (wanted, size, limits) = (filling.wanted, filling.size, *core.media.limits.lock());
    let path = core.media.folder.draft(&open.id).join(draft::WHOLE);
    let (probed, hash) = blocking(move || {
        filling.file.sync_all()?;
        let probed = tidings_media::probe::probe(&path, &tidings_media::Limits::default())
            .map_err(|error| looking::error(&error))?;
        Ok((probed, hashing::hex(&filling.hasher)))
    })
    .await
    .inspect_err(|error| fail(core, &open, error))?;
    let kind =
        kind_of(probed.kind, size, wanted, limits).and_then(|kind| check(kind, size, limits).map(|()| kind));
    open.draft.send_modify(|draft| {
        draft.is(&probed);
        draft.whole = Some(Form::of(size, hash));
        match &kind {
            Ok(kind) => {
                draft.view.kind = *kind;
                draft.view.why_file = why_file(&probed, wanted, *kind);
            }
            Err(error) => {
                draft.view.error = Some(error.view());
                draft.view.preparing = false;
            }
        }
        also(draft);
    });
    let view = open.draft.borrow().view.clone();
    if view.preparing {
        tokio::spawn(prepare(Arc::clone(core), open, None));
    }
    Ok(view)
}
