//! Draft attachments that are in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tidings_protocol::FileId;
use tokio::sync::{Semaphore, watch};

use super::draft::Draft;
use super::filling::Filling;
use crate::{EngineError, limits};

/// A draft attachment that is in memory.
pub(crate) struct Open {
    pub(super) id: FileId,
    pub(super) draft: watch::Sender<Draft>,
    pub(super) filling: tokio::sync::Mutex<Option<Filling>>,
    /// When it came into memory, milliseconds since 1970.
    pub(super) since: i64,
    /// A message of the outbox is made of it: it does not go before that has what it needs.
    pub(super) is_sent: AtomicBool,
    /// It is prepared, or will be: it was not left half-way by an earlier run.
    pub(super) is_prepared: AtomicBool,
    /// It was let go of before it was prepared.
    pub(super) is_stopped: AtomicBool,
    /// Held while it is written down.
    pub(super) keeping: tokio::sync::Mutex<()>,
}

impl Open {
    pub(super) fn new(id: FileId, draft: Draft, filling: Option<Filling>, since: i64) -> Self {
        Self {
            id,
            draft: watch::Sender::new(draft),
            filling: tokio::sync::Mutex::new(filling),
            since,
            is_sent: AtomicBool::new(false),
            is_prepared: AtomicBool::new(false),
            is_stopped: AtomicBool::new(false),
            keeping: tokio::sync::Mutex::default(),
        }
    }

    /// It is not prepared any further: who waits for it is told.
    fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        self.draft.send_if_modified(|draft| {
            let waits = draft.view.preparing;
            if waits {
                draft.view.preparing = false;
                draft.view.error = Some(EngineError::NoSuchAttachment.view());
            }
            waits
        });
    }
}

/// All that are in memory; the others are in their folders.
pub(crate) struct Drafts {
    open: Mutex<HashMap<FileId, Arc<Open>>>,
    pub(super) copied: Semaphore,
    pub(super) looked_at: Semaphore,
}

impl Default for Drafts {
    fn default() -> Self {
        Self {
            open: Mutex::default(),
            copied: Semaphore::new(limits::PREPARED_AT_ONCE),
            looked_at: Semaphore::new(limits::PREPARED_AT_ONCE),
        }
    }
}

impl Drafts {
    /// None is in memory any more.
    pub(crate) fn forget(&self) {
        let all = std::mem::take(&mut *self.open.lock());
        for open in all.into_values() {
            open.stop();
        }
    }

    /// This one is not in memory any more.
    pub(super) fn close(&self, id: &FileId) {
        let open = self.open.lock().remove(id);
        if let Some(open) = open {
            open.stop();
        }
    }

    /// Puts it into memory, unless it is there already and that one `stays`. Where there are as many as may be, those go that nobody has sent
    /// for long: the page that chose them may have ended without a word. Answers the one that is there now, and which ones went.
    pub(super) fn put(
        &self,
        open: Arc<Open>,
        stays: impl FnOnce(&Open) -> bool,
    ) -> Result<(Arc<Open>, Vec<FileId>), EngineError> {
        let mut all = self.open.lock();
        if let Some(there) = all.get(&open.id)
            && stays(there)
        {
            return Ok((Arc::clone(there), Vec::new()));
        }
        let mut gone = Vec::new();
        // What was sent is bounded by the outbox.
        let are_too_many = |all: &HashMap<FileId, Arc<Open>>| {
            let waiting = all.values().filter(|it| !it.is_sent.load(Ordering::Relaxed));
            waiting.count() >= limits::ATTACHMENTS
        };
        if are_too_many(&all) {
            let now = open.since;
            all.retain(|id, it| {
                let stays = it.is_sent.load(Ordering::Relaxed)
                    || now.saturating_sub(it.since) <= limits::ATTACHMENT_MS;
                if !stays {
                    it.stop();
                    gone.push(id.clone());
                }
                stays
            });
        }
        if are_too_many(&all) && !open.is_sent.load(Ordering::Relaxed) {
            return Err(EngineError::BadParameter("too many attachments wait already"));
        }
        if let Some(before) = all.insert(open.id.clone(), Arc::clone(&open)) {
            before.stop();
        }
        Ok((open, gone))
    }

    /// Nothing is copied any further.
    #[cfg(test)]
    pub(crate) async fn stop_copying(&self) {
        stop(&self.copied).await;
    }

    /// Copying goes on.
    #[cfg(test)]
    pub(crate) fn copy_again(&self) {
        self.copied.add_permits(limits::PREPARED_AT_ONCE);
    }

    /// Nothing is looked at any further.
    #[cfg(test)]
    pub(crate) async fn stop_looking(&self) {
        stop(&self.looked_at).await;
    }

    /// How many there are in memory.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.open.lock().len()
    }

    /// How many of them count as sent.
    #[cfg(test)]
    pub(crate) fn sent(&self) -> usize {
        let all = self.open.lock();
        all.values()
            .filter(|it| it.is_sent.load(Ordering::Relaxed))
            .count()
    }

    pub(super) fn get(&self, id: &FileId) -> Option<Arc<Open>> {
        self.open.lock().get(id).map(Arc::clone)
    }

    pub(super) fn is_open(&self, id: &FileId) -> bool {
        self.open.lock().contains_key(id)
    }
}

#[cfg(test)]
async fn stop(turns: &Semaphore) {
    let all = u32::try_from(limits::PREPARED_AT_ONCE).unwrap();
    turns.acquire_many(all).await.unwrap().forget();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(number: u16, since: i64) -> Arc<Open> {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        let id = FileId::from_bytes(bytes);
        let mut draft = Draft::new(id.clone(), "a".to_owned());
        draft.view.preparing = true;
        Arc::new(Open::new(id, draft, None, since))
    }

    #[test]
    fn what_nobody_has_sent_for_long_makes_room_and_what_is_new_does_not() {
        let drafts = Drafts::default();
        let most = u16::try_from(limits::ATTACHMENTS).unwrap();
        let old = opened(0, 0);
        let put = |open| drafts.put(open, |_| true).map(|(_, gone)| gone);
        put(Arc::clone(&old)).unwrap();
        for number in 1..most {
            assert!(put(opened(number, 1)).unwrap().is_empty());
        }
        assert!(put(opened(most, limits::ATTACHMENT_MS)).is_err());
        let gone = put(opened(most, limits::ATTACHMENT_MS + 1)).unwrap();
        assert_eq!(gone, std::slice::from_ref(&old.id));
        assert!(!old.draft.borrow().view.preparing, "who waits for it is told");
        assert_eq!(drafts.count(), limits::ATTACHMENTS);
    }

    #[test]
    fn who_waits_for_an_attachment_is_told_when_all_are_forgotten() {
        let drafts = Drafts::default();
        let open = opened(1, 0);
        drafts.put(Arc::clone(&open), |_| true).unwrap();
        drafts.forget();
        let draft = open.draft.borrow();
        assert!(!draft.view.preparing && draft.view.error.is_some());
    }

    #[test]
    fn who_finds_an_attachment_finds_the_one_that_is_prepared() {
        let drafts = Drafts::default();
        let (prepared, found, anew) = (opened(1, 0), opened(1, 0), opened(1, 0));
        drafts.put(Arc::clone(&prepared), |_| true).unwrap();
        let (there, _) = drafts.put(found, |_| true).unwrap();
        assert!(Arc::ptr_eq(&there, &prepared));
        // It had failed, and is prepared anew: nobody waits for the other one any more.
        let (there, _) = drafts.put(Arc::clone(&anew), |_| false).unwrap();
        assert!(Arc::ptr_eq(&there, &anew) && drafts.count() == 1);
        assert!(!prepared.draft.borrow().view.preparing);
    }
}
