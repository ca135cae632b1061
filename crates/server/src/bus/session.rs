//! A session as the rest of the server sees it: its outbound buffer, and the replies that it is owed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use serde::Serialize;
use tidings_protocol::{ErrorKind, Push, Sent, WireError, code};

use super::Presence;
use crate::gateway::frames;
use crate::limits;

/// One connection of one device, as the rest of the server sees it.
pub(crate) struct Session {
    pub(super) number: u64,
    /// The listener that it came through.
    pub(super) door: u32,
    /// The device's row.
    pub(crate) device: i64,
    /// Whose.
    pub(crate) user: Arc<Presence>,
    out: Mutex<Outbound>,
    waker: AtomicWaker,
    in_flight: AtomicU32,
    /// Seconds of the monotonic clock when something last came.
    heard: AtomicU32,
    /// It was ended: what the client says counts no longer.
    over: AtomicBool,
    cut: AtomicBool,
}

#[derive(Default)]
struct Outbound {
    queue: Vec<u8>,
    /// Bytes that the session's task has taken and not yet written.
    unwritten: usize,
    /// Somebody has promised to wake the task.
    waking: bool,
    /// The last words are said; nothing more is appended.
    ended: bool,
    /// When the sweep first saw it ended, seconds of the monotonic clock.
    seen_ended: Option<u32>,
}

/// What the session's task finds in its outbound buffer.
pub(crate) enum Taken {
    /// Bytes to write.
    Bytes(Vec<u8>),
    /// Nothing now.
    Nothing,
    /// Nothing any more.
    End,
}

/// The last words of a session. `docs/protocol.md` lists the close codes.
pub(crate) enum Last<'a> {
    /// A push that names the reason.
    Kicked(&'a str),
    /// An error for the whole connection.
    Refused(&'a WireError),
    /// The server goes away, or the address that the client came by; in words for developers.
    GoingAway(&'a str),
    /// A close frame with this code and nothing else.
    Close(u16),
}

impl Last<'_> {
    /// Appends the words as frames.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Kicked(reason) => {
                let reason = (*reason).to_owned();
                frames::push(out, &Push::KickedOut { reason });
                frames::close(out, 1000);
            }
            Self::Refused(error) => {
                frames::refusal(out, error);
                frames::close(out, 1008);
            }
            Self::GoingAway(words) => {
                let error = WireError {
                    retry_after_ms: Some(1000),
                    ..WireError::new(code::UNAVAILABLE, ErrorKind::Unavailable, *words)
                };
                frames::refusal(out, &error);
                frames::close(out, 1001);
            }
            Self::Close(code) => frames::close(out, *code),
        }
    }
}

impl Session {
    pub(super) fn new(number: u64, device: i64, door: u32, user: Arc<Presence>, now_s: u32) -> Arc<Self> {
        Arc::new(Self {
            number,
            door,
            device,
            user,
            out: Mutex::default(),
            waker: AtomicWaker::new(),
            in_flight: AtomicU32::new(0),
            heard: AtomicU32::new(now_s),
            over: AtomicBool::new(false),
            cut: AtomicBool::new(false),
        })
    }

    /// Appends framed bytes. `true`: nobody has promised to wake the task, so the caller must, soon.
    pub(crate) fn append(&self, frame: &[u8]) -> bool {
        self.write(|queue| queue.extend_from_slice(frame))
    }

    fn write(&self, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut out = self.out.lock();
        if out.ended {
            return false;
        }
        write(&mut out.queue);
        if out.queue.len() + out.unwritten > limits::OUTBOUND_BYTES {
            // What was not begun is dropped whole, so that the frames stay frames (B21).
            let words = "this client reads too slowly";
            let error = WireError::new(code::SLOW_CONSUMER, ErrorKind::Unavailable, words);
            out.queue = Vec::new();
            self.close_with(&mut out, &Last::Refused(&error));
        }
        !std::mem::replace(&mut out.waking, true)
    }

    fn close_with(&self, out: &mut Outbound, last: &Last<'_>) {
        last.write(&mut out.queue);
        out.ended = true;
        self.over.store(true, Ordering::Release);
    }

    /// Says the last words and nothing after them. The first call counts.
    pub(crate) fn end(&self, last: &Last<'_>) {
        let mut out = self.out.lock();
        if !out.ended {
            self.close_with(&mut out, last);
            drop(out);
            self.waker.wake();
        }
    }

    /// Whether the last words are said, if perhaps not yet written.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// For the sweep: whether the client was silent for too long or, once the session is over, has had its time to read why.
    pub(super) fn is_overdue(&self, now_s: u32) -> bool {
        let waited = |since: u32| now_s.saturating_sub(since);
        if self.is_over() {
            let last_words = u32::try_from(limits::LAST_WORDS.as_secs()).unwrap_or(u32::MAX);
            let seen = *self.out.lock().seen_ended.get_or_insert(now_s);
            return waited(seen) >= last_words;
        }
        let patience = u32::try_from(tidings_protocol::limits::SERVER_PATIENCE_MS / 1000).unwrap_or(u32::MAX);
        waited(self.heard.load(Ordering::Relaxed)) >= patience
    }

    /// Ends the session without a word.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Whether the session was cut.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Acquire)
    }

    /// Wakes the session's task.
    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    /// Something came from the client.
    pub(crate) fn hear(&self, now_s: u32) {
        self.heard.store(now_s, Ordering::Relaxed);
    }

    /// For the session's task: whom to wake.
    pub(crate) fn register(&self, waker: &std::task::Waker) {
        self.waker.register(waker);
    }

    /// For the session's task: it is at work and will [`Session::take`] once more, so nobody needs to wake it.
    pub(crate) fn attend(&self) {
        self.out.lock().waking = true;
    }

    /// For the session's task: everything that waits. It owes [`Session::wrote`] for each byte of it.
    pub(crate) fn take(&self) -> Taken {
        let mut out = self.out.lock();
        out.waking = false;
        if !out.queue.is_empty() {
            let queue = std::mem::take(&mut out.queue);
            out.unwritten += queue.len();
            Taken::Bytes(queue)
        } else if out.ended {
            Taken::End
        } else {
            Taken::Nothing
        }
    }

    /// For the session's task: so many bytes left.
    pub(crate) fn wrote(&self, bytes: usize) {
        let mut out = self.out.lock();
        out.unwritten = out.unwritten.saturating_sub(bytes);
    }

    /// A reply's right to exist, or `None` when too many are owed already.
    pub(crate) fn reply(self: &Arc<Self>, id: u32) -> Option<Reply> {
        let most = u32::try_from(tidings_protocol::limits::REQUESTS_IN_FLIGHT).unwrap_or(u32::MAX);
        if self.in_flight.fetch_add(1, Ordering::Relaxed) >= most {
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Reply {
            session: Arc::clone(self),
            id,
            owed: true,
        })
    }
}

/// The answer that a request is owed. Dropped without an answer, it says that the server is not available.
pub(crate) struct Reply {
    session: Arc<Session>,
    id: u32,
    owed: bool,
}

impl Reply {
    /// Whose request it was.
    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Answers.
    pub(crate) fn answer<T: Serialize>(mut self, answer: &T) {
        self.give(|queue, id| frames::answer(queue, id, answer));
    }

    /// Refuses.
    pub(crate) fn refuse(mut self, error: WireError) {
        self.give(|queue, id| frames::error(queue, id, &error));
    }

    /// Answers or refuses.
    pub(crate) fn settle<T: Serialize>(self, result: Result<T, impl Into<WireError>>) {
        match result {
            Ok(answer) => self.answer(&answer),
            Err(error) => self.refuse(error.into()),
        }
    }

    /// Acknowledges a message. The session goes to `wake` where it must be woken.
    pub(crate) fn sent(mut self, sent: &Sent, wake: &mut Vec<Arc<Session>>) {
        self.owed = false;
        self.session.in_flight.fetch_sub(1, Ordering::Relaxed);
        if self.session.write(|queue| frames::sent(queue, self.id, sent)) {
            wake.push(Arc::clone(&self.session));
        }
    }

    fn give(&mut self, write: impl FnOnce(&mut Vec<u8>, u32)) {
        self.owed = false;
        self.session.in_flight.fetch_sub(1, Ordering::Relaxed);
        let id = self.id;
        if self.session.write(|queue| write(queue, id)) {
            self.session.wake();
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if self.owed {
            let error = WireError::new(
                code::UNAVAILABLE,
                ErrorKind::Unavailable,
                "the server did not get to it",
            );
            self.give(|queue, id| frames::error(queue, id, &error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bus, Taken};
    use super::*;
    use tidings_protocol::UserId;

    #[test]
    fn b21_a_slow_client_has_the_time_of_last_words_however_long_it_was_silent() {
        let bus = Bus::default();
        let session = bus.join(1, &UserId::new("ann").unwrap(), 1, 0, 0);
        let frame = vec![b'x'; 1024];
        while !session.is_over() {
            session.append(&frame);
        }
        let words = u32::try_from(limits::LAST_WORDS.as_secs()).unwrap();
        for (now, expected) in [(40, false), (39 + words, false), (40 + words, true)] {
            bus.sweep(now);
            assert_eq!(session.is_cut(), expected, "at {now}");
        }
        let Taken::Bytes(last) = session.take() else {
            panic!("no last words")
        };
        assert!(last.ends_with(&[0x88, 2, 0x03, 0xf0]), "1008");
    }

    #[test]
    fn a_door_ends_its_own_sessions_alone() {
        let bus = Bus::default();
        let (first, second) = (bus.new_door(), bus.new_door());
        let ann = UserId::new("ann").unwrap();
        let stays = bus.join(1, &ann, 1, first, 0);
        let goes = bus.join(1, &ann, 2, second, 0);
        bus.end_door(second, &Last::GoingAway("closed"));
        bus.cut_door(second);
        assert!(goes.is_over() && goes.is_cut());
        assert!(!stays.is_over() && !stays.is_cut());
    }
}
