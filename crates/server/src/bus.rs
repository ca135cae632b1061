//! The in-process bus: who is here, and the way to their sockets.
//!
//! The bus carries hints; the store is the truth. What goes to a session is framed bytes, appended to the session's
//! one outbound buffer; the session's task writes the whole buffer at once.

mod rooms;
mod session;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use tidings_protocol::{Push, UserId};

pub(crate) use session::{Last, Reply, Session, Taken};

use crate::gateway::frames;
use crate::limits;

/// Everybody who has a session.
#[derive(Default)]
pub(crate) struct Bus {
    people: RwLock<HashMap<i64, Arc<Presence>>>,
    rooms: rooms::Rooms,
    next_session: AtomicU64,
    next_door: AtomicU32,
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
    places: Mutex<rooms::Places>,
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

    /// Appends `frame` to all sessions, but for `except`; those that must be woken for it go to `wake`.
    fn append(&self, frame: &[u8], except: Option<&Session>, wake: &mut Vec<Arc<Session>>) {
        for session in self.sessions.lock().iter() {
            if except.is_none_or(|except| except.number != session.number) && session.append(frame) {
                wake.push(Arc::clone(session));
            }
        }
    }
}

impl Bus {
    /// A number for a listener, which its sessions bear.
    pub(crate) fn new_door(&self) -> u32 {
        self.next_door.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes a session of `user`, who came through `door`. Pushes reach it from now on. An older session of the same device ends: it
    /// is a connection that the device has given up (B8).
    pub(crate) fn join(&self, row: i64, id: &UserId, device: i64, door: u32, now_s: u32) -> Arc<Session> {
        let mut people = self.people.write();
        let presence = people.entry(row).or_insert_with(|| {
            Arc::new(Presence {
                row,
                id: id.clone(),
                version: AtomicU64::new(0),
                sessions: Mutex::default(),
                places: Mutex::default(),
            })
        });
        let number = self.next_session.fetch_add(1, Ordering::Relaxed);
        let session = Session::new(number, device, door, Arc::clone(presence), now_s);
        let mut sessions = presence.sessions.lock();
        if let Some(place) = sessions.iter().position(|other| other.device == device) {
            sessions.remove(place).cut();
        }
        if sessions.len() >= limits::SESSIONS_PER_USER {
            let oldest = sessions.remove(0);
            oldest.end(&Last::Kicked("multiple_device"));
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
            drop(sessions);
            drop(people);
            self.leave_rooms(&session.user);
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

    /// Pushes to all sessions of `users`, once to each however often it is named, but not to `except`.
    pub(crate) fn push(&self, users: &[i64], push: &Push, except: Option<&Session>) {
        let mut frame = Vec::new();
        frames::push(&mut frame, push);
        let mut users = users.to_vec();
        users.sort_unstable();
        users.dedup();
        let people = self.people.read();
        for row in users {
            let Some(presence) = people.get(&row) else {
                continue;
            };
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
    pub(crate) fn end_device(&self, row: i64, device: i64, last: &Last<'_>) {
        if let Some(presence) = self.people.read().get(&row) {
            for session in presence
                .sessions
                .lock()
                .iter()
                .filter(|session| session.device == device)
            {
                session.end(last);
            }
        }
    }

    /// The users and the devices of all sessions, by their rows.
    pub(crate) fn devices(&self) -> Vec<(i64, i64)> {
        let people = self.people.read();
        let mut devices = Vec::new();
        for presence in people.values() {
            devices.extend(
                presence
                    .sessions
                    .lock()
                    .iter()
                    .map(|session| (presence.row, session.device)),
            );
        }
        devices
    }

    /// Ends every session that came through `door`.
    pub(crate) fn end_door(&self, door: u32, last: &Last<'_>) {
        self.each(|session| {
            if session.door == door {
                session.end(last);
            }
        });
    }

    /// Cuts every session that came through `door` and is still here.
    pub(crate) fn cut_door(&self, door: u32) {
        self.each(|session| {
            if session.door == door {
                session.cut();
            }
        });
    }

    /// Ends every session.
    pub(crate) fn end_all(&self, last: &Last<'_>) {
        self.each(|session| session.end(last));
    }

    /// Cuts the sessions that were silent for too long, and those that do not read their last words.
    pub(crate) fn sweep(&self, now_s: u32) {
        self.each(|session| {
            if session.is_overdue(now_s) {
                session.cut();
            }
        });
    }

    fn each(&self, with: impl Fn(&Session)) {
        for presence in self.people.read().values() {
            for session in presence.sessions.lock().iter() {
                with(session);
            }
        }
    }
}

/// A look at everybody.
pub(crate) struct People<'a> {
    guard: RwLockReadGuard<'a, HashMap<i64, Arc<Presence>>>,
}

impl People<'_> {
    /// Appends `frame` to all sessions of a user, but for `except`; those that must be woken for it go to `wake`.
    pub(crate) fn deliver(
        &self,
        row: i64,
        frame: &[u8],
        except: Option<&Session>,
        wake: &mut Vec<Arc<Session>>,
    ) {
        if let Some(presence) = self.guard.get(&row) {
            presence.append(frame, except, wake);
        }
    }

    /// Runs `with` without holding the look.
    pub(crate) fn unlocked(&mut self, with: impl FnOnce()) {
        RwLockReadGuard::unlocked(&mut self.guard, with);
    }
}
