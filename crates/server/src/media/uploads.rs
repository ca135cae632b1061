//! The uploads that are at hand: their open parts, so that a part of an upload does not begin with reading those before it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tidings_protocol::FileId;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};

use super::Part;
use crate::limits;

/// Uploads by their ids.
#[derive(Default)]
pub(crate) struct Uploads {
    slots: Mutex<HashMap<FileId, Arc<Slot>>>,
    uses: AtomicU64,
}

/// One upload. Whoever holds its part has it alone.
struct Slot {
    part: Arc<AsyncMutex<Option<Part>>>,
    /// Counts those who want the part from who holds it.
    wanted: watch::Sender<u64>,
    used: AtomicU64,
}

/// The part of an upload, held; `None`: not opened yet.
pub(crate) type Held = OwnedMutexGuard<Option<Part>>;

impl Uploads {
    /// Takes the part of an upload, unless somebody has it; also who tells when somebody else wants it.
    pub(crate) fn try_hold(&self, id: &FileId) -> Option<(Held, watch::Receiver<u64>)> {
        loop {
            let slot = self.slot(id);
            let wanted = slot.wanted.subscribe();
            let held = slot.try_hold()?;
            if self.has(id, &slot) {
                return Some((held, wanted));
            }
        }
    }

    /// Takes the part of an upload from whoever has it: an upload whose connection has died without a word goes on at once. `None`: not in
    /// [`limits::UPLOAD_HANDOVER`].
    pub(crate) async fn hold(&self, id: &FileId) -> Option<Held> {
        loop {
            let slot = self.slot(id);
            let held = slot.hold().await?;
            if self.has(id, &slot) {
                return Some(held);
            }
        }
    }

    /// Whether it is still this slot that all others get: who had it before may have ended the upload, and of one that begins anew there
    /// must not be two open parts.
    fn has(&self, id: &FileId, slot: &Arc<Slot>) -> bool {
        self.slots.lock().get(id).is_some_and(|it| Arc::ptr_eq(it, slot))
    }

    /// The slot of an upload.
    fn slot(&self, id: &FileId) -> Arc<Slot> {
        let now = self.uses.fetch_add(1, Ordering::Relaxed);
        let mut slots = self.slots.lock();
        if slots.len() >= limits::UPLOADS_OPEN && !slots.contains_key(id) {
            make_room(&mut slots);
        }
        let slot = slots.entry(id.clone()).or_insert_with(|| {
            Arc::new(Slot {
                part: Arc::default(),
                wanted: watch::Sender::new(0),
                used: AtomicU64::new(now),
            })
        });
        slot.used.store(now, Ordering::Relaxed);
        Arc::clone(slot)
    }

    /// Forgets an upload that is over.
    pub(crate) fn forget(&self, id: &FileId) {
        self.slots.lock().remove(id);
    }
}

/// Closes those that nobody has used for the longest, half of all.
fn make_room(slots: &mut HashMap<FileId, Arc<Slot>>) {
    let mut uses: Vec<u64> = slots
        .values()
        .map(|slot| slot.used.load(Ordering::Relaxed))
        .collect();
    uses.sort_unstable();
    let median = uses.get(uses.len() / 2).copied().unwrap_or_default();
    slots.retain(|_, slot| {
        let in_use = Arc::strong_count(slot) > 1 || Arc::strong_count(&slot.part) > 1;
        in_use || slot.used.load(Ordering::Relaxed) >= median
    });
}

impl Slot {
    fn try_hold(&self) -> Option<Held> {
        Arc::clone(&self.part).try_lock_owned().ok()
    }

    async fn hold(&self) -> Option<Held> {
        self.wanted.send_modify(|count| *count += 1);
        let waited = Arc::clone(&self.part).lock_owned();
        tokio::time::timeout(limits::UPLOAD_HANDOVER, waited).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn who_waits_for_an_upload_that_ends_does_not_get_a_part_beside_that_of_a_new_one() {
        let uploads = Uploads::default();
        let id = FileId::from_bytes([1; 16]);
        let (first, _) = uploads.try_hold(&id).unwrap();
        let waiting = uploads.hold(&id);
        tokio::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        // It is over, and begins anew before the one who waits has its turn.
        uploads.forget(&id);
        let (new, _) = uploads.try_hold(&id).unwrap();
        drop(first);
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(new);
        assert!(waiting.await.is_some());
    }
}
