//! One connection's requests and their answers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tidings_protocol::{ClientFrame, Request, WireError};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use crate::naming::Names;
use crate::{EngineError, limits};

type Answer = Result<Box<RawValue>, WireError>;

/// A connection that is signed in.
pub(crate) struct Link {
    /// The heads are to be checked now.
    pub(crate) check_heads: Notify,
    /// People whose names in groups are wanted.
    pub(crate) names: Names,
    pages: Semaphore,
    frames: mpsc::Sender<String>,
    next_id: AtomicU32,
    waiting: Mutex<HashMap<u32, oneshot::Sender<Answer>>>,
    room: Semaphore,
    foreground: AtomicUsize,
    all_heads: AtomicBool,
    /// Told when the last foreground request was answered: the background goes on.
    pub(crate) quiet: Notify,
}

/// Takes the id out of the waiting ones whatever becomes of the request.
struct Waiting<'a>(&'a Link, u32);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.0.waiting.lock().remove(&self.1).is_some() {
            // Asked and not answered in the asker's time: perhaps nobody is there any more (B8). The heartbeat finds out now, and ends a
            // dead connection.
            self.0.check_heads.notify_one();
        }
    }
}

struct Foreground<'a>(&'a Link);

impl Drop for Foreground<'_> {
    fn drop(&mut self) {
        if self.0.foreground.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.quiet.notify_waiters();
        }
    }
}

impl Link {
    /// A link, and the frames that it wants sent.
    pub(crate) fn new() -> (Self, mpsc::Receiver<String>) {
        let (frames, outgoing) = mpsc::channel(limits::FRAMES_WAITING);
        let link = Self {
            check_heads: Notify::new(),
            names: Names::default(),
            pages: Semaphore::new(1),
            frames,
            next_id: AtomicU32::new(1),
            waiting: Mutex::default(),
            room: Semaphore::new(limits::REQUESTS_IN_FLIGHT),
            foreground: AtomicUsize::new(0),
            all_heads: AtomicBool::new(false),
            quiet: Notify::new(),
        };
        (link, outgoing)
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// The refusal; [`EngineError::Network`] when the connection ends first; [`EngineError::Timeout`].
    pub(crate) async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, EngineError> {
        let gone = || EngineError::Network("the connection ended".into());
        let exchange = async {
            let _room = self.room.acquire().await.map_err(|_| gone())?;
            let id = self.next_id.fetch_add(1, Ordering::Relaxed);
            let frame = serde_json::to_string(&ClientFrame { id, request })
                .map_err(|_| EngineError::BadParameter("the request makes no JSON"))?;
            let (answer, answered) = oneshot::channel();
            let _waiting = Waiting(self, id);
            self.waiting.lock().insert(id, answer);
            self.frames.send(frame).await.map_err(|_| gone())?;
            answered.await.map_err(|_| gone())?.map_err(EngineError::Refused)
        };
        let answer = timeout(Duration::from_millis(limits::ANSWER_MS), exchange)
            .await
            .map_err(|_| EngineError::Timeout)??;
        serde_json::from_str(answer.get()).map_err(|_| EngineError::NotTidings)
    }

    /// As [`Link::ask`], for an answer that may be as long as a page: one at a time, because the server lets a session go
    /// for which more than about two of them wait (its `OUTBOUND_BYTES`).
    pub(crate) async fn ask_for_page<T: DeserializeOwned>(&self, request: Request) -> Result<T, EngineError> {
        let gone = |_| EngineError::Network("the connection ended".into());
        let _alone = self.pages.acquire().await.map_err(gone)?;
        self.ask(request).await
    }

    /// As [`Link::ask_for_page`] and [`Link::ask_now`].
    pub(crate) async fn ask_for_page_now<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<T, EngineError> {
        self.foreground.fetch_add(1, Ordering::AcqRel);
        let _foreground = Foreground(self);
        self.ask_for_page(request).await
    }

    /// As [`Link::ask`], for somebody who looks at the screen and waits: the background pauses meanwhile.
    pub(crate) async fn ask_now<T: DeserializeOwned>(&self, request: Request) -> Result<T, EngineError> {
        self.foreground.fetch_add(1, Ordering::AcqRel);
        let _foreground = Foreground(self);
        self.ask(request).await
    }

    /// Whether somebody waits for an answer at this moment.
    pub(crate) fn is_busy(&self) -> bool {
        self.foreground.load(Ordering::Acquire) > 0
    }

    /// Every head that changed while this device was away is in the cache now.
    pub(crate) fn learn_all_heads(&self) {
        self.all_heads.store(true, Ordering::Release);
    }

    /// Whether every head that changed while this device was away is in the cache.
    pub(crate) fn knows_all_heads(&self) -> bool {
        self.all_heads.load(Ordering::Acquire)
    }

    /// An answer came in. One that nobody waits for (late, doubled, made up) is nothing.
    pub(crate) fn answered(&self, id: u32, answer: Answer) {
        if let Some(waiting) = self.waiting.lock().remove(&id) {
            let _ = waiting.send(answer);
        }
    }

    /// The connection ended: whoever waits hears it at once.
    pub(crate) fn end(&self) {
        self.room.close();
        self.pages.close();
        self.waiting.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn answers_find_their_requests_in_any_order() {
        let (link, mut frames) = Link::new();
        let asks = async {
            tokio::join!(
                link.ask::<u32>(Request::SignOut {}),
                link.ask::<u32>(Request::SignOut {}),
            )
        };
        let answers = async {
            for _ in 0..2 {
                frames.recv().await.unwrap();
            }
            let number = |n: u32| Ok(RawValue::from_string(n.to_string()).unwrap());
            link.answered(99, number(0));
            link.answered(2, number(2));
            link.answered(2, number(3));
            link.answered(1, number(1));
        };
        let ((first, second), ()) = tokio::join!(asks, answers);
        assert_eq!((first.unwrap(), second.unwrap()), (1, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_and_a_lost_connection_end_the_wait() {
        let (link, _frames) = Link::new();
        assert!(matches!(
            link.ask::<u32>(Request::SignOut {}).await,
            Err(EngineError::Timeout)
        ));
        // B8: the heartbeat finds out at once whether anybody is there.
        assert!(link.check_heads.notified().now_or_never().is_some());
        let (asked, ()) = tokio::join!(link.ask::<u32>(Request::SignOut {}), async {
            tokio::task::yield_now().await;
            link.end();
        });
        assert!(matches!(asked, Err(EngineError::Network(_))));
        assert!(link.waiting.lock().is_empty());
    }
}
