//! What a commit will tell members of groups, in order.

use std::ops::Range;
use std::sync::Arc;

use tidings_protocol::{Priority, Push};

use crate::bus::Session;
use crate::gateway::frames;

/// One thing to do after the commit.
pub(crate) enum Item {
    /// A frame for everybody in a group who is here.
    Group {
        group: i64,
        priority: Priority,
        frame: Range<usize>,
    },
    /// A frame of what is not stored, for everybody in a group but the session that sent it.
    Online {
        group: i64,
        frame: Range<usize>,
        except: Arc<Session>,
    },
    /// A frame for one user.
    User { user: i64, frame: Range<usize> },
    /// The user gets the group's frames from here on.
    Seat { group: i64, user: i64 },
    /// ... and not any more.
    Unseat { group: i64, user: i64 },
    /// Nobody gets the group's frames any more; the heads of those who did have this version.
    Close { group: i64, version: u64 },
    /// Messages of the group were not pushed: its members are to ask for their heads, soon.
    Nudge { group: i64 },
}

/// Everything that is to be done after a commit.
#[derive(Default)]
pub(crate) struct Outbox {
    pub(crate) frames: Vec<u8>,
    pub(crate) items: Vec<Item>,
}

/// How much was in an outbox.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize, usize);

impl Outbox {
    /// How much is in it now.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.frames.len(), self.items.len())
    }

    /// Takes back what came after `mark`.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.frames.truncate(mark.0);
        self.items.truncate(mark.1);
    }

    /// Empties it and keeps a bounded room.
    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.frames.shrink_to(crate::limits::BATCH_BYTES);
        self.items.clear();
    }

    fn frame(&mut self, push: &Push) -> Range<usize> {
        let start = self.frames.len();
        frames::push(&mut self.frames, push);
        start..self.frames.len()
    }

    /// For everybody in a group.
    pub(super) fn tell_group(&mut self, group: i64, priority: Priority, push: &Push) {
        let frame = self.frame(push);
        self.items.push(Item::Group {
            group,
            priority,
            frame,
        });
    }

    /// For everybody in a group, but for one session.
    pub(super) fn tell_others(&mut self, group: i64, push: &Push, except: Arc<Session>) {
        let frame = self.frame(push);
        self.items.push(Item::Online { group, frame, except });
    }

    /// For one user.
    pub(super) fn tell_user(&mut self, user: i64, push: &Push) {
        let frame = self.frame(push);
        self.items.push(Item::User { user, frame });
    }
}
