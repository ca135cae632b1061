//! Which users who are here are in which group: a fan-out asks nothing else.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tidings_protocol::Push;
use tokio::sync::Notify;

use super::{Bus, Presence, Session};
use crate::gateway::frames;
use crate::limits;
use crate::store::{Item, Outbox};

/// The groups of everybody who is here.
#[derive(Default)]
pub(super) struct Rooms {
    members: RwLock<HashMap<i64, Vec<Arc<Presence>>>>,
    /// Groups whose members are to be told to ask for their heads.
    nudged: Mutex<HashSet<i64>>,
    nudge: Notify,
}

/// What a presence knows of its groups. Guarded by its own lock, which is taken after that of [`Rooms::members`].
#[derive(Default)]
pub(super) struct Places {
    groups: Vec<i64>,
    /// Counts how often a place was given or taken.
    changes: u64,
    entered: bool,
    /// The user is not here any more; nothing is added.
    gone: bool,
}

impl Bus {
    /// What [`Bus::enter`] is to be told; asked before the user's groups are read.
    pub(crate) fn places(user: &Presence) -> u64 {
        user.places.lock().changes
    }

    /// The user gets the frames of `groups` from now on. `false`: the user's groups changed since `changes` was asked, so
    /// they are to be read again.
    pub(crate) fn enter(&self, user: &Arc<Presence>, groups: &[i64], changes: u64) -> bool {
        if groups.is_empty() {
            let mut places = user.places.lock();
            let same = places.changes == changes;
            places.entered |= same;
            return same;
        }
        let mut members = self.rooms.members.write();
        let mut places = user.places.lock();
        if places.entered || places.gone {
            // Another session of the same user did.
            return true;
        }
        if places.changes != changes {
            return false;
        }
        places.entered = true;
        for group in groups {
            if !places.groups.contains(group) {
                places.groups.push(*group);
                members.entry(*group).or_default().push(Arc::clone(user));
            }
        }
        true
    }

    /// The user is not here any more.
    pub(super) fn leave_rooms(&self, user: &Arc<Presence>) {
        let groups = {
            let mut places = user.places.lock();
            places.gone = true;
            std::mem::take(&mut places.groups)
        };
        if groups.is_empty() {
            return;
        }
        let mut members = self.rooms.members.write();
        for group in groups {
            if let Some(room) = members.get_mut(&group) {
                room.retain(|other| !Arc::ptr_eq(other, user));
                if room.is_empty() {
                    members.remove(&group);
                }
            }
        }
    }

    fn seat(&self, group: i64, user: i64) {
        let Some(user) = self.people.read().get(&user).cloned() else {
            return;
        };
        let mut members = self.rooms.members.write();
        let mut places = user.places.lock();
        places.changes += 1;
        if !places.gone && !places.groups.contains(&group) {
            places.groups.push(group);
            members.entry(group).or_default().push(Arc::clone(&user));
        }
    }

    fn unseat(&self, group: i64, user: i64) {
        let Some(user) = self.people.read().get(&user).cloned() else {
            return;
        };
        let mut members = self.rooms.members.write();
        let mut places = user.places.lock();
        places.changes += 1;
        places.groups.retain(|other| *other != group);
        if let Some(room) = members.get_mut(&group) {
            room.retain(|other| !Arc::ptr_eq(other, &user));
            if room.is_empty() {
                members.remove(&group);
            }
        }
    }

    fn close_room(&self, group: i64, version: u64) {
        let room = self.rooms.members.write().remove(&group).unwrap_or_default();
        for user in room {
            user.learn_version(version);
            let mut places = user.places.lock();
            places.changes += 1;
            places.groups.retain(|other| *other != group);
        }
    }

    /// Who is here of these groups' members; whoever is in several is named as often.
    pub(crate) fn present_in(&self, groups: &[i64]) -> Vec<i64> {
        let members = self.rooms.members.read();
        groups
            .iter()
            .filter_map(|group| members.get(group))
            .flat_map(|room| room.iter().map(|user| user.row))
            .collect()
    }

    /// Tells those who are here the versions that groups got by a commit.
    pub(crate) fn settle_groups(&self, versions: impl Iterator<Item = (i64, u64)>) {
        let mut versions = versions.peekable();
        if versions.peek().is_none() {
            return;
        }
        let members = self.rooms.members.read();
        for (group, version) in versions {
            for user in members.get(&group).into_iter().flatten() {
                user.learn_version(version);
            }
        }
    }

    /// Delivers what a commit tells. Frames of one group that nothing else parts go by priority, each session's in one piece. The sessions
    /// that must be woken go to `wake`.
    pub(crate) fn deliver(&self, outbox: &Outbox, wake: &mut Vec<Arc<Session>>) {
        let mut run: Vec<&Item> = Vec::new();
        for item in &outbox.items {
            match item {
                Item::Group { .. } => run.push(item),
                Item::User { user, frame } => {
                    let frame = outbox.frames.get(frame.clone()).unwrap_or_default();
                    self.people().deliver(*user, frame, None, wake);
                }
                Item::Online { group, frame, except } => {
                    let frame = outbox.frames.get(frame.clone()).unwrap_or_default();
                    let members = self.rooms.members.read();
                    for user in members.get(group).into_iter().flatten() {
                        user.append(frame, Some(except), wake);
                    }
                }
                Item::Nudge { group } => {
                    if self.rooms.nudged.lock().insert(*group) {
                        self.rooms.nudge.notify_one();
                    }
                }
                Item::Seat { group, user } => {
                    self.fan_out(&mut run, outbox, wake);
                    self.seat(*group, *user);
                }
                Item::Unseat { group, user } => {
                    self.fan_out(&mut run, outbox, wake);
                    self.unseat(*group, *user);
                }
                Item::Close { group, version } => {
                    self.fan_out(&mut run, outbox, wake);
                    self.close_room(*group, *version);
                }
            }
        }
        self.fan_out(&mut run, outbox, wake);
    }

    fn fan_out(&self, run: &mut Vec<&Item>, outbox: &Outbox, wake: &mut Vec<Arc<Session>>) {
        if run.is_empty() {
            return;
        }
        // Stable: what has the same priority stays in the order of the log.
        run.sort_by_key(|item| match item {
            Item::Group { group, priority, .. } => (*group, *priority),
            _ => (0, tidings_protocol::Priority::Normal),
        });
        let members = self.rooms.members.read();
        let mut pieces = Vec::new();
        for of_group in run.chunk_by(|one, other| group_of(one) == group_of(other)) {
            let Some(room) = of_group.first().and_then(|item| members.get(&group_of(item))) else {
                continue;
            };
            pieces.clear();
            for (place, item) in of_group.iter().enumerate() {
                if let Item::Group { frame, .. } = item {
                    pieces.extend_from_slice(outbox.frames.get(frame.clone()).unwrap_or_default());
                }
                if pieces.len() >= limits::FAN_OUT_BYTES || place + 1 == of_group.len() {
                    for user in room {
                        user.append(&pieces, None, wake);
                    }
                    pieces.clear();
                }
            }
        }
        run.clear();
    }

    /// Waits until there is somebody to be nudged.
    pub(crate) async fn nudged(&self) {
        self.rooms.nudge.notified().await;
    }

    /// Tells everybody who is to be nudged to ask for their heads.
    pub(crate) fn nudge(&self) {
        let groups = std::mem::take(&mut *self.rooms.nudged.lock());
        let mut frame = Vec::new();
        frames::push(&mut frame, &Push::Heads {});
        let mut wake = Vec::new();
        {
            let members = self.rooms.members.read();
            for group in groups {
                for user in members.get(&group).into_iter().flatten() {
                    user.append(&frame, None, &mut wake);
                }
            }
        }
        for session in wake {
            session.wake();
        }
    }
}

fn group_of(item: &Item) -> i64 {
    match item {
        Item::Group { group, .. } => *group,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Taken;
    use tidings_protocol::{Priority, UserId};

    fn here(bus: &Bus, row: i64) -> Arc<Session> {
        bus.join(row, &UserId::new(format!("u{row}")).unwrap(), row, 0, 0)
    }

    /// An outbox of frames, each a letter.
    fn outbox(items: &[(i64, Priority, u8)]) -> Outbox {
        let mut outbox = Outbox::default();
        for (group, priority, letter) in items {
            let start = outbox.frames.len();
            outbox.frames.push(*letter);
            outbox.items.push(Item::Group {
                group: *group,
                priority: *priority,
                frame: start..outbox.frames.len(),
            });
        }
        outbox
    }

    fn got(session: &Session) -> String {
        match session.take() {
            Taken::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            _ => String::new(),
        }
    }

    #[test]
    fn r_c3_what_one_commit_brings_is_delivered_by_priority_and_then_by_seq() {
        let bus = Bus::default();
        let ann = here(&bus, 1);
        assert!(bus.enter(&ann.user, &[7, 8], Bus::places(&ann.user)));
        let mixed = outbox(&[
            (7, Priority::Lowest, b'g'),
            (7, Priority::Normal, b'c'),
            (7, Priority::High, b'a'),
            (7, Priority::Low, b'e'),
            (7, Priority::High, b'b'),
            (7, Priority::Low, b'f'),
            (7, Priority::Normal, b'd'),
            (8, Priority::High, b'h'),
        ]);
        let mut wake = Vec::new();
        bus.deliver(&mixed, &mut wake);
        assert_eq!(got(&ann), "abcdefgh");
        assert_eq!(wake.len(), 1, "woken once");
    }

    #[test]
    fn who_leaves_gets_what_was_before_and_who_comes_what_is_after() {
        let bus = Bus::default();
        let (ann, bob) = (here(&bus, 1), here(&bus, 2));
        assert!(bus.enter(&ann.user, &[7], Bus::places(&ann.user)));
        assert!(bus.enter(&bob.user, &[], Bus::places(&bob.user)));
        let mut all = outbox(&[(7, Priority::Low, b'a'), (7, Priority::High, b'b')]);
        all.items.insert(1, Item::Unseat { group: 7, user: 1 });
        all.items.insert(1, Item::Seat { group: 7, user: 2 });
        bus.deliver(&all, &mut Vec::new());
        assert_eq!((got(&ann), got(&bob)), ("a".to_owned(), "b".to_owned()));
        let mut end = Outbox::default();
        end.items.push(Item::Close { group: 7, version: 9 });
        bus.deliver(&end, &mut Vec::new());
        bus.deliver(&outbox(&[(7, Priority::High, b'c')]), &mut Vec::new());
        assert_eq!(got(&bob), "");
        assert_eq!((ann.user.version(), bob.user.version()), (0, 9));
    }

    #[test]
    fn a_membership_that_changes_during_a_hello_is_read_again() {
        let bus = Bus::default();
        let ann = here(&bus, 1);
        let asked = Bus::places(&ann.user);
        // Read meanwhile: the groups 7 and 8. Then ann is removed from 8.
        let mut removed = Outbox::default();
        removed.items.push(Item::Unseat { group: 8, user: 1 });
        bus.deliver(&removed, &mut Vec::new());
        assert!(!bus.enter(&ann.user, &[7, 8], asked));
        assert!(bus.enter(&ann.user, &[7], Bus::places(&ann.user)));
        bus.deliver(&outbox(&[(8, Priority::High, b'x')]), &mut Vec::new());
        assert_eq!(got(&ann), "");
    }

    #[test]
    fn who_is_gone_is_in_no_room_whatever_comes_after() {
        let bus = Bus::default();
        let ann = here(&bus, 1);
        assert!(bus.enter(&ann.user, &[7], Bus::places(&ann.user)));
        bus.leave(&ann);
        let again = here(&bus, 1);
        assert!(!Arc::ptr_eq(&again.user, &ann.user));
        bus.deliver(&outbox(&[(7, Priority::High, b'x')]), &mut Vec::new());
        assert_eq!((got(&ann), got(&again)), (String::new(), String::new()));
        assert!(bus.rooms.members.read().is_empty());
    }
}
