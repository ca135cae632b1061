//! Order in the media folder: what is used stays, what nobody names goes, and there is never more than there may be.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::FileId;
use tokio::time::sleep;

use crate::cache::{Durability, files};
use crate::core::Core;
use crate::media::{self, blocking};
use crate::view::{LocalFile, MediaSettings, MediaStorageView};
use crate::{EngineError, attaching, limits, showing};

/// The file, when all of it is here; it counts as used.
pub(crate) async fn local(core: &Core, id: &FileId) -> Result<Option<LocalFile>, EngineError> {
    let Some(size) = core.media.folder.size(id) else {
        return Ok(None);
    };
    core.media.used.lock().insert(id.clone(), core.clock.now_ms());
    let said = core.cache.read(|db, _| files::said(db, id))?;
    let path = core.media.folder.file(id);
    let looked_at = path.clone();
    let mime = blocking(move || Ok(showing::mime(&looked_at))).await?;
    Ok(Some(LocalFile {
        path,
        size,
        mime,
        name: said.map(|said| showing::name(&said.name)).unwrap_or_default(),
    }))
}

/// As [`local`], by the text of an id.
pub(crate) async fn local_file(core: &Core, file: &str) -> Result<Option<LocalFile>, EngineError> {
    core.signed_in()?;
    local(core, &media::id(file)?).await
}

/// What is in the folder counts: the cache may have been lost, or a stop may have come between the two.
pub(crate) async fn begin(core: &Arc<Core>) -> Result<(), EngineError> {
    let (folder, now) = (core.media.folder.clone(), core.clock.now_ms());
    let wanted = attaching::wanted(core)?;
    let found = blocking(move || {
        for draft in folder.drafts()? {
            let is_old = now.saturating_sub(draft.modified) > limits::ATTACHMENT_MS;
            if is_old && !wanted.contains(draft.id.as_str()) {
                folder.remove_draft(&draft.id)?;
            }
        }
        for part in folder.parts()? {
            if now.saturating_sub(part.modified) > limits::PART_MS {
                folder.remove_part(&part.id)?;
            }
        }
        Ok(folder.files()?)
    })
    .await?;
    let known: HashMap<String, u64> = core.cache.read(|db, _| files::all(db))?.into_iter().collect();
    let there: HashSet<&str> = found.iter().map(|it| it.id.as_str()).collect();
    let gone: Vec<String> = known
        .keys()
        .filter(|id| !there.contains(id.as_str()))
        .cloned()
        .collect();
    let new: Vec<_> = found
        .iter()
        .filter(|it| known.get(it.id.as_str()) != Some(&it.size))
        .cloned()
        .collect();
    if gone.is_empty() && new.is_empty() {
        return Ok(());
    }
    core.cache
        .take(move |write| {
            files::forget(write.db, &gone)?;
            for it in new {
                files::put(write.db, it.id.as_str(), it.size, it.modified)?;
            }
            Ok(())
        })
        .await
}

/// Keeps order as long as somebody is signed in.
pub(crate) async fn run(core: &Arc<Core>) {
    while core.signed_in().is_ok() {
        if let Err(error) = tidy(core).await {
            core.report("the media folder could not be tidied", &error);
            sleep(Duration::from_millis(limits::BACKOFF_MOST_MS)).await;
        }
        tokio::select! {
            () = core.media.folder_changed.notified() => {}
            () = core.cache.let_go() => {}
        }
    }
}

/// Removes what nobody names, and where there is too much, what was not used for longest.
pub(crate) async fn tidy(core: &Core) -> Result<(), EngineError> {
    note_used(core).await?;
    loop {
        let gone = core.cache.read(|db, _| files::gone(db))?;
        if gone.is_empty() {
            break;
        }
        remove(core, gone).await?;
    }
    let limit = core.media.settings.lock().limit_bytes;
    let (all, _, kept) = core.cache.read(|db, _| files::sums(db))?;
    // What waits to be sent stays, so it is not to push out everything else.
    let bytes = all.saturating_sub(kept);
    if bytes <= limit {
        return Ok(());
    }
    let mut over = bytes - limit / 100 * limits::MEDIA_KEPT_PERCENT;
    while over > 0 {
        let oldest = core
            .cache
            .read(|db, _| files::oldest(db, limits::FILES_REMOVED_AT_ONCE))?;
        let mut going = Vec::new();
        for (id, size) in oldest {
            if over == 0 {
                break;
            }
            over = over.saturating_sub(size);
            going.push(id);
        }
        if going.is_empty() {
            break;
        }
        remove(core, going).await?;
    }
    Ok(())
}

/// Removes these files from the folder, and what is known of them.
async fn remove(core: &Core, ids: Vec<String>) -> Result<(), EngineError> {
    let files: Vec<FileId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    for id in &files {
        core.media.fetches.cancel(id);
    }
    let folder = core.media.folder.clone();
    blocking(move || {
        for id in files {
            folder.remove(&id)?;
        }
        Ok(())
    })
    .await?;
    core.cache
        .write(Durability::Process, move |write| {
            Ok(files::forget(write.db, &ids)?)
        })
        .await
}

/// Writes down what was used, once a minute for each file at most.
async fn note_used(core: &Core) -> Result<(), EngineError> {
    let used = std::mem::take(&mut *core.media.used.lock());
    if used.is_empty() {
        return Ok(());
    }
    core.cache
        .take(move |write| {
            for (id, now) in used {
                files::use_at(write.db, id.as_str(), now)?;
            }
            Ok(())
        })
        .await
}

/// How much is here.
pub(crate) async fn storage(core: &Core) -> Result<MediaStorageView, EngineError> {
    core.signed_in()?;
    let (bytes, files, kept_bytes) = core.cache.read(|db, _| files::sums(db))?;
    Ok(MediaStorageView {
        bytes,
        limit_bytes: core.media.settings.lock().limit_bytes,
        files,
        kept_bytes,
    })
}

/// Removes what can be had again.
pub(crate) async fn clear(core: &Core) -> Result<MediaStorageView, EngineError> {
    core.signed_in()?;
    loop {
        let all = core
            .cache
            .read(|db, _| files::oldest(db, limits::FILES_REMOVED_AT_ONCE))?;
        if all.is_empty() {
            break;
        }
        remove(core, all.into_iter().map(|(id, _)| id).collect()).await?;
    }
    let folder = core.media.folder.clone();
    let parts = blocking(move || Ok(folder.parts()?)).await?;
    for part in parts
        .into_iter()
        .filter(|part| !core.media.fetches.is_wanted(&part.id))
    {
        core.media.folder.remove_part(&part.id)?;
    }
    storage(core).await
}

/// From now on.
pub(crate) fn set(core: &Core, settings: MediaSettings) {
    *core.media.settings.lock() = settings;
    core.media.folder_changed.notify_one();
}
