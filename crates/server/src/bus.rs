//! The in-process bus: who is here, and the way to their sockets.
//!
//! The bus carries hints; the store is the truth. What goes to a session is framed bytes, appended to the session's
//! one outbound buffer; the session's task writes the whole buffer at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use futures_util::task::AtomicWaker;
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use serde::Serialize;
use tidings_protocol::{ErrorKind, Push, Sent, UserId, WireError, code};

use crate::gateway::frames;
use crate::limits;

/// Everybody who has a session.
#[derive(Default)]
pub(crate) struct Bus {
    people: RwLock<HashMap<i64, Arc<Presence>>>,
    next_session: AtomicU64,
}

/// One user who is here.
pub(crate) struct Presence {
    /// The row in `users`.
    pub(crate) row: i64,
    /// The user.
    pub(crate) id: UserId,
    /// The user's heads version; lets a heartbeat be answered without the database.
    version: AtomicU64,
    sessions: Mutex<Vec<Arc<Session>>>,
}

impl Presence {
    /// The heads version of the last commit.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Tells a version that the database holds. Versions only grow, so the order of telling does not matter.
    pub(crate) fn learn_version(&self, version: u64) {
        self.version.fetch_max(version, Ordering::AcqRel);
    }
}

/// One connection of one device, as the rest of the server sees it.
pub(crate) struct Session {
    number: u64,
    /// The device's row.
    pub(crate) device: i64,
    /// Whose.
    pub(crate) user: Arc<Presence>,
    out: Mutex<Outbound>,
    waker: AtomicWaker,
    in_flight: AtomicU32,
    /// Seconds of the monotonic clock when something last came.
    heard: AtomicU32,
    cut: AtomicBool,
}

#[derive(Default)]
struct Outbound {
    queue: Vec<u8>,
    /// Bytes that the session's task has taken and not yet written.
    unwritten: usize,
    /// Somebody has promised to wake the task.
    waking: bool,
    /// When the session was ended, seconds of the monotonic clock; nothing more is appended.
    ended: Option<u32>,
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

impl Bus {
    /// Makes a session of `user`. Pushes reach it from now on. An older session of the same device ends: it is a connection that the
    /// device has given up (B8).
    pub(crate) fn join(&self, row: i64, id: &UserId, device: i64, now_s: u32) -> Arc<Session> {
        let mut people = self.people.write();
        let presence = people.entry(row).or_insert_with(|| {
            Arc::new(Presence {
                row,
                id: id.clone(),
                version: AtomicU64::new(0),
                sessions: Mutex::default(),
            })
        });
        let session = Arc::new(Session {
            number: self.next_session.fetch_add(1, Ordering::Relaxed),
            device,
            user: Arc::clone(presence),
            out: Mutex::default(),
            waker: AtomicWaker::new(),
            in_flight: AtomicU32::new(0),
            heard: AtomicU32::new(now_s),
            cut: AtomicBool::new(false),
        });
        let mut sessions = presence.sessions.lock();
        if let Some(place) = sessions.iter().position(|other| other.device == device) {
            sessions.remove(place).cut();
        }
        if sessions.len() >= limits::SESSIONS_PER_USER {
            let oldest = sessions.remove(0);
            oldest.end(now_s, &Last::Kicked("multiple_device"));
        }
        // One device is the rule: room for four would be most of an idle session's memory here.
        sessions.reserve_exact(1);
        sessions.push(Arc::clone(&session));
        drop(sessions);
        session
    }

    /// The session is over.
    pub(crate) fn leave(&self, session: &Session) {
        let mut people = self.people.write();
        let mut sessions = session.user.sessions.lock();
        sessions.retain(|other| other.number != session.number);
        if sessions.is_empty()
            && people
                .get(&session.user.row)
                .is_some_and(|here| Arc::ptr_eq(here, &session.user))
        {
            people.remove(&session.user.row);
        }
    }

    /// A look at everybody, for a whole group of deliveries.
    pub(crate) fn people(&self) -> People<'_> {
        People {
            guard: self.people.read(),
        }
    }

    /// Tells the heads versions of a commit.
    pub(crate) fn settle(&self, versions: impl Iterator<Item = (i64, u64)>) {
        let people = self.people.read();
        for (row, version) in versions {
            if let Some(presence) = people.get(&row) {
                presence.learn_version(version);
            }
        }
    }

    /// Pushes to all sessions of `users`, but for `except`.
    pub(crate) fn push(&self, users: &[i64], push: &Push, except: Option<&Session>) {
        let mut frame = Vec::new();
        frames::push(&mut frame, push);
        let people = self.people.read();
        for (place, row) in users.iter().enumerate() {
            if users.iter().take(place).any(|earlier| earlier == row) {
                continue;
            }
            let Some(presence) = people.get(row) else { continue };
            for session in presence.sessions.lock().iter() {
                if except.is_none_or(|except| except.number != session.number) && session.append(&frame) {
                    session.wake();
                }
            }
        }
    }

    /// Who is here, by id.
    pub(crate) fn online(&self) -> Vec<UserId> {
        let mut ids: Vec<_> = self
            .people
            .read()
            .values()
            .map(|presence| presence.id.clone())
            .collect();
        ids.sort();
        ids
    }

    /// Ends all sessions of one device.
    pub(crate) fn end_device(&self, row: i64, device: i64, now_s: u32, last: &Last<'_>) {
        if let Some(presence) = self.people.read().get(&row) {
            for session in presence
                .sessions
                .lock()
                .iter()
                .filter(|session| session.device == device)
            {
                session.end(now_s, last);
            }
        }
    }

    /// Ends every session.
    pub(crate) fn end_all(&self, now_s: u32, last: &Last<'_>) {
        for presence in self.people.read().values() {
            for session in presence.sessions.lock().iter() {
                session.end(now_s, last);
            }
        }
    }

    /// Cuts the sessions that were silent for too long, and those that do not read their last words.
    pub(crate) fn sweep(&self, now_s: u32) {
        let patience = u32::try_from(tidings_protocol::limits::SERVER_PATIENCE_MS / 1000).unwrap_or(u32::MAX);
        let last_words = u32::try_from(limits::LAST_WORDS.as_secs()).unwrap_or(u32::MAX);
        for presence in self.people.read().values() {
            for session in presence.sessions.lock().iter() {
                let silent = now_s.saturating_sub(session.heard.load(Ordering::Relaxed)) >= patience;
                let ended = session.out.lock().ended;
                if silent || ended.is_some_and(|since| now_s.saturating_sub(since) >= last_words) {
                    session.cut();
                }
            }
        }
    }
}

/// A look at everybody.
pub(crate) struct People<'a> {
    guard: RwLockReadGuard<'a, HashMap<i64, Arc<Presence>>>,
}

impl People<'_> {
    /// Appends `frame` to all sessions of a user; those that must be woken for it go to `wake`.
    pub(crate) fn deliver(&self, row: i64, frame: &[u8], wake: &mut Vec<Arc<Session>>) {
        if let Some(presence) = self.guard.get(&row) {
            for session in presence.sessions.lock().iter() {
                if session.append(frame) {
                    wake.push(Arc::clone(session));
                }
            }
        }
    }

    /// Runs `with` without holding the look.
    pub(crate) fn unlocked(&mut self, with: impl FnOnce()) {
        RwLockReadGuard::unlocked(&mut self.guard, with);
    }
}

/// The last words of a session.
pub(crate) enum Last<'a> {
    /// A push that names the reason.
    Kicked(&'a str),
    /// An error for the whole connection.
    Error(&'a WireError),
    /// A close frame with this code and nothing else.
    Close(u16),
}

impl Session {
    /// Appends framed bytes. `true`: nobody has promised to wake the task, so the caller must, soon.
    pub(crate) fn append(&self, frame: &[u8]) -> bool {
        self.write(|queue| queue.extend_from_slice(frame))
    }

    fn write(&self, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut out = self.out.lock();
        if out.ended.is_some() {
            return false;
        }
        write(&mut out.queue);
        if out.queue.len() + out.unwritten > limits::OUTBOUND_BYTES {
            // What was not begun is dropped whole, so that the frames stay frames (B21).
            let error = WireError::new(
                code::SLOW_CONSUMER,
                ErrorKind::Unavailable,
                "this client reads too slowly",
            );
            out.queue = Vec::new();
            frames::refusal(&mut out.queue, &error);
            frames::close(&mut out.queue, 1008);
            out.ended = Some(self.heard.load(Ordering::Relaxed));
        }
        !std::mem::replace(&mut out.waking, true)
    }

    /// Says the last words and nothing after them. The first call counts.
    pub(crate) fn end(&self, now_s: u32, last: &Last<'_>) {
        let mut out = self.out.lock();
        if out.ended.is_some() {
            return;
        }
        out.ended = Some(now_s);
        match last {
            Last::Kicked(reason) => {
                frames::push(
                    &mut out.queue,
                    &Push::KickedOut {
                        reason: (*reason).to_owned(),
                    },
                );
                frames::close(&mut out.queue, 1000);
            }
            Last::Error(error) => {
                frames::refusal(&mut out.queue, error);
                frames::close(&mut out.queue, 1008);
            }
            Last::Close(code) => frames::close(&mut out.queue, *code),
        }
        drop(out);
        self.waker.wake();
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

    /// For the session's task: everything that waits. It owes [`Session::wrote`] for each byte of it.
    pub(crate) fn take(&self) -> Taken {
        let mut out = self.out.lock();
        out.waking = false;
        if !out.queue.is_empty() {
            let queue = std::mem::take(&mut out.queue);
            out.unwritten += queue.len();
            Taken::Bytes(queue)
        } else if out.ended.is_some() {
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
