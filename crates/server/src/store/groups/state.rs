//! What the writer remembers of groups between commits, and how it is written.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};
use tidings_protocol::{GroupId, GroupProfile, GroupType, JoinOption, Role, UserId};

use super::super::batch::Batch;
use super::super::{StoreError, from_db};
use super::{outside, refuse};
use crate::limits;

/// The columns that [`Group::read`] reads, of a table called `g`.
pub(super) const GROUP_COLUMNS: &str = "g.id, g.group_id, g.type, g.name, g.introduction, g.notification, \
     g.avatar_colour, g.owner, g.join_option, g.mute_all, g.created_at, g.seq, g.revision, g.version, g.counted, \
     g.everybody_seq, g.member_count, g.first_seq, g.purged";
/// How many they are.
pub(super) const GROUP_WIDTH: usize = 19;
/// The columns that [`Seat::read`] reads, of a table called `m`.
pub(super) const SEAT_COLUMNS: &str = "m.role, m.mute_until, m.joined_at, m.joined_seq, m.left_seq, m.version, \
     m.read_seq, m.seen, m.mention_seq, m.deleted, m.cleared_seq, m.remind, m.pinned, m.marked_unread";
/// How many they are.
pub(super) const SEAT_WIDTH: usize = 14;

/// A group's row.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: i64,
    pub(crate) group_id: GroupId,
    pub(crate) group_type: GroupType,
    pub(crate) name: String,
    pub(super) introduction: String,
    pub(super) notification: String,
    pub(super) avatar_colour: Option<u8>,
    pub(crate) owner: i64,
    pub(super) join_option: JoinOption,
    pub(super) mute_all: bool,
    pub(super) created_at: i64,
    pub(crate) seq: i64,
    pub(crate) revision: i64,
    pub(super) version: i64,
    pub(super) counted: i64,
    pub(super) everybody_seq: i64,
    pub(super) member_count: u32,
    pub(crate) first_seq: i64,
    pub(super) purged: i64,
}

/// A group as the writer remembers it.
pub(crate) struct Known {
    pub(crate) group: Group,
    seats: HashMap<i64, Option<Seat>>,
    pub(super) bucket: Option<Bucket>,
    /// The row of the group is to be written, and counts for the heads of all its members.
    changed: bool,
    changed_seats: Vec<i64>,
    touched: bool,
}

/// What is left of a group's rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    pub(super) tokens: f64,
    pub(super) at: Duration,
}

/// What a group is for one who is or was in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    pub(crate) role: Option<Role>,
    pub(crate) mute_until: i64,
    pub(super) joined_at: i64,
    pub(crate) joined_seq: i64,
    pub(super) left_seq: i64,
    pub(super) version: i64,
    pub(crate) read_seq: i64,
    pub(crate) seen: i64,
    pub(super) mention_seq: i64,
    pub(crate) deleted: i64,
    pub(crate) cleared_seq: i64,
    pub(crate) remind: i64,
    pub(crate) pinned: bool,
    pub(crate) marked_unread: bool,
    changed: bool,
}

pub(super) fn group_type(number: i64) -> GroupType {
    usize::try_from(number)
        .ok()
        .and_then(|place| GroupType::ALL.get(place).copied())
        .unwrap_or(GroupType::Private)
}

pub(super) fn type_number(group_type: GroupType) -> i64 {
    let place = GroupType::ALL.iter().position(|one| *one == group_type);
    i64::try_from(place.unwrap_or_default()).unwrap_or_default()
}

pub(super) fn join_option(number: i64) -> JoinOption {
    match number {
        0 => JoinOption::FreeAccess,
        1 => JoinOption::NeedPermission,
        _ => JoinOption::DisableApply,
    }
}

pub(super) fn role(number: i64) -> Role {
    match number {
        2 => Role::Owner,
        1 => Role::Admin,
        _ => Role::Member,
    }
}

pub(super) fn known_user(text: String) -> Result<UserId, StoreError> {
    UserId::new(text).map_err(|error| StoreError::Fault(error.to_string()))
}

pub(super) fn known_group(text: String) -> Result<GroupId, StoreError> {
    GroupId::new(text).map_err(|error| StoreError::Fault(error.to_string()))
}

impl Group {
    /// Reads [`GROUP_COLUMNS`] from column `at` on.
    pub(super) fn read(row: &Row<'_>, at: usize) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(at)?,
            group_id: known_group(row.get(at + 1)?)?,
            group_type: group_type(row.get(at + 2)?),
            name: row.get(at + 3)?,
            introduction: row.get(at + 4)?,
            notification: row.get(at + 5)?,
            avatar_colour: row.get(at + 6)?,
            owner: row.get(at + 7)?,
            join_option: join_option(row.get(at + 8)?),
            mute_all: row.get(at + 9)?,
            created_at: row.get(at + 10)?,
            seq: row.get(at + 11)?,
            revision: row.get(at + 12)?,
            version: row.get(at + 13)?,
            counted: row.get(at + 14)?,
            everybody_seq: row.get(at + 15)?,
            member_count: row.get(at + 16)?,
            first_seq: row.get(at + 17)?,
            purged: row.get(at + 18)?,
        })
    }

    /// The group's number in `messages`.
    pub(crate) fn log(&self) -> i64 {
        -self.id
    }

    /// As people see it. `owner` is the id of whose it is.
    pub(super) fn profile(&self, owner: UserId) -> GroupProfile {
        GroupProfile {
            group: self.group_id.clone(),
            group_type: self.group_type,
            name: self.name.clone(),
            introduction: self.introduction.clone(),
            notification: self.notification.clone(),
            avatar_colour: self.avatar_colour,
            owner,
            join_option: self.join_option,
            member_count: self.member_count,
            max_members: self.group_type.most_members(),
            created: self.created_at,
            mute_all: self.mute_all,
        }
    }

    /// Nothing up to here is there for a member in this seat.
    pub(super) fn floor(&self, seat: &Seat) -> i64 {
        let before = if self.group_type.shows_earlier() {
            0
        } else {
            seat.joined_seq
        };
        before.max(seat.cleared_seq).max(self.first_seq - 1)
    }

    /// Whether who sits there may not speak.
    pub(super) fn is_silent(&self, seat: &Seat, role: Role, now: i64) -> bool {
        role == Role::Member && (self.mute_all || seat.mute_until > now)
    }

    /// Messages that count for a member in this seat.
    pub(super) fn unread(&self, seat: &Seat) -> u64 {
        if self.group_type.counts_unread() {
            from_db(self.unseen(seat))
        } else {
            0
        }
    }

    /// Messages that are kept, and neither read nor their own.
    pub(super) fn unseen(&self, seat: &Seat) -> i64 {
        self.counted - seat.seen.max(self.purged)
    }
}

impl Seat {
    /// Reads [`SEAT_COLUMNS`] from column `at` on.
    pub(super) fn read(row: &Row<'_>, at: usize) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            role: row.get::<_, Option<i64>>(at)?.map(role),
            mute_until: row.get(at + 1)?,
            joined_at: row.get(at + 2)?,
            joined_seq: row.get(at + 3)?,
            left_seq: row.get(at + 4)?,
            version: row.get(at + 5)?,
            read_seq: row.get(at + 6)?,
            seen: row.get(at + 7)?,
            mention_seq: row.get(at + 8)?,
            deleted: row.get(at + 9)?,
            cleared_seq: row.get(at + 10)?,
            remind: row.get(at + 11)?,
            pinned: row.get(at + 12)?,
            marked_unread: row.get(at + 13)?,
            changed: false,
        })
    }

    /// Somebody comes into `group` now.
    pub(super) fn new(group: &Group, role: Role, now: i64) -> Self {
        Self {
            role: Some(role),
            mute_until: 0,
            joined_at: now,
            joined_seq: group.seq,
            left_seq: 0,
            version: 0,
            read_seq: group.seq,
            seen: group.counted,
            mention_seq: 0,
            deleted: 0,
            cleared_seq: 0,
            remind: 0,
            pinned: false,
            marked_unread: false,
            changed: false,
        }
    }
}

/// A group by its id.
pub(super) fn load(conn: &Connection, id: &GroupId) -> Result<Option<Group>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {GROUP_COLUMNS} FROM groups g WHERE g.group_id = ?1"
    ))?;
    let mut rows = statement.query([id.as_str()])?;
    rows.next()?.map(|row| Group::read(row, 0)).transpose()
}

/// What a group is for a user, if they ever were in it.
pub(super) fn load_seat(conn: &Connection, group: i64, user: i64) -> Result<Option<Seat>, StoreError> {
    let seat = conn
        .prepare_cached(&format!(
            "SELECT {SEAT_COLUMNS} FROM group_members m WHERE m.grp = ?1 AND m.user = ?2"
        ))?
        .query_row(params![group, user], |row| Seat::read(row, 0))
        .optional()?;
    Ok(seat)
}

/// The id of a user's row.
pub(super) fn user_id(conn: &Connection, row: i64) -> Result<UserId, StoreError> {
    let text = conn
        .prepare_cached("SELECT user_id FROM users WHERE id = ?1")?
        .query_row([row], |row| row.get(0))?;
    known_user(text)
}

/// A group and a seat in it for who is in it now; the refusal for who is not.
pub(super) fn inside(group: Option<Group>, seat: Option<Seat>) -> Result<(Group, Seat, Role), StoreError> {
    let (Some(group), seat) = (group, seat) else {
        return Err(outside(false));
    };
    match seat {
        Some(seat) => match seat.role {
            Some(role) => Ok((group, seat, role)),
            None => Err(outside(true)),
        },
        None => Err(outside(group.group_type.can_be_found())),
    }
}

/// All groups that the writer remembers.
#[derive(Default)]
pub(crate) struct Groups {
    numbers: HashMap<GroupId, i64>,
    known: HashMap<i64, Known>,
    seats: usize,
    touched: Vec<i64>,
    committed: Vec<(i64, u64)>,
}

impl Groups {
    /// The groups whose versions changed in the last commit, with the versions.
    pub(crate) fn committed(&mut self) -> impl Iterator<Item = (i64, u64)> {
        self.committed.drain(..)
    }

    /// Keeps the memory bounded, as that of conversations.
    pub(crate) fn trim(&mut self) {
        if self.seats > limits::WRITER_SEATS || self.numbers.len() > limits::WRITER_MEMORY {
            *self = Self::default();
        }
    }

    pub(super) fn get(&mut self, group: i64) -> Option<&mut Known> {
        self.known.get_mut(&group)
    }

    /// Takes in a group that was just made.
    pub(super) fn add(&mut self, group: Group) {
        self.numbers.insert(group.group_id.clone(), group.id);
        self.known.insert(
            group.id,
            Known {
                group,
                seats: HashMap::new(),
                bucket: None,
                changed: false,
                changed_seats: Vec::new(),
                touched: false,
            },
        );
    }

    /// The group's row changed.
    pub(super) fn change(&mut self, group: i64, with: impl FnOnce(&mut Group)) {
        if let Some(known) = self.known.get_mut(&group) {
            with(&mut known.group);
            known.changed = true;
            if !std::mem::replace(&mut known.touched, true) {
                self.touched.push(group);
            }
        }
    }

    /// A seat changed, which was looked up before.
    pub(super) fn change_seat(&mut self, group: i64, user: i64, with: impl FnOnce(&mut Seat)) {
        if let Some(known) = self.known.get_mut(&group)
            && let Some(Some(seat)) = known.seats.get_mut(&user)
        {
            with(seat);
            if !std::mem::replace(&mut seat.changed, true) {
                known.changed_seats.push(user);
            }
            if !std::mem::replace(&mut known.touched, true) {
                self.touched.push(group);
            }
        }
    }

    /// Somebody has a new seat.
    pub(super) fn put_seat(&mut self, group: i64, user: i64, seat: Seat) {
        if let Some(known) = self.known.get_mut(&group) {
            if known.seats.insert(user, Some(seat)).is_none() {
                self.seats += 1;
            }
            self.change_seat(group, user, |_| ());
        }
    }

    /// The seats are not as they were remembered: they are looked up anew.
    pub(super) fn forget_seats(&mut self, group: i64) {
        if let Some(known) = self.known.get_mut(&group) {
            self.seats -= known.seats.len().min(self.seats);
            known.seats = HashMap::new();
            known.changed_seats = Vec::new();
        }
    }

    /// Somebody's seat is no more.
    pub(super) fn drop_seat(&mut self, group: i64, user: i64) {
        if let Some(known) = self.known.get_mut(&group)
            && known.seats.remove(&user).is_some()
        {
            self.seats = self.seats.saturating_sub(1);
        }
    }

    /// Writes every touched row. Tells `seen` each user whose own row has a new version.
    pub(crate) fn flush(
        &mut self,
        conn: &Connection,
        mut next_version: impl FnMut() -> Result<i64, StoreError>,
        mut seen: impl FnMut(i64, i64),
    ) -> Result<(), StoreError> {
        for id in self.touched.drain(..) {
            let Some(known) = self.known.get_mut(&id) else {
                continue;
            };
            known.touched = false;
            let version = next_version()?;
            if std::mem::take(&mut known.changed) {
                let group = &mut known.group;
                group.version = version;
                conn.prepare_cached(
                    "UPDATE groups SET seq = ?2, revision = ?3, version = ?4, counted = ?5, everybody_seq = ?6, \
                     member_count = ?7, owner = ?8, first_seq = ?9, purged = ?10 WHERE id = ?1",
                )?
                .execute(params![
                    group.id,
                    group.seq,
                    group.revision,
                    group.version,
                    group.counted,
                    group.everybody_seq,
                    group.member_count,
                    group.owner,
                    group.first_seq,
                    group.purged,
                ])?;
                self.committed.push((id, from_db(version)));
            }
            let mut update = conn.prepare_cached(
                "UPDATE group_members SET role = ?3, mute_until = ?4, left_seq = ?5, version = ?6, read_seq = ?7, \
                 seen = ?8, mention_seq = ?9, deleted = ?10, cleared_seq = ?11, remind = ?12, pinned = ?13, \
                 marked_unread = ?14 WHERE grp = ?1 AND user = ?2",
            )?;
            for user in known.changed_seats.drain(..) {
                let Some(Some(seat)) = known.seats.get_mut(&user) else {
                    continue;
                };
                seat.changed = false;
                seat.version = version;
                update.execute(params![
                    id,
                    user,
                    seat.role.map(|role| role as i64),
                    seat.mute_until,
                    seat.left_seq,
                    seat.version,
                    seat.read_seq,
                    seat.seen,
                    seat.mention_seq,
                    seat.deleted,
                    seat.cleared_seq,
                    seat.remind,
                    seat.pinned,
                    seat.marked_unread,
                ])?;
                seen(user, version);
            }
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// A group by its number, remembered from here on.
    pub(super) fn group_numbered(&mut self, number: i64) -> Result<Option<Group>, StoreError> {
        if self.memory.groups.get(number).is_none() {
            let id: Option<String> = self
                .conn
                .prepare_cached("SELECT group_id FROM groups WHERE id = ?1")?
                .query_row([number], |row| row.get(0))
                .optional()?;
            let Some(id) = id else { return Ok(None) };
            self.group(&known_group(id)?)?;
        }
        self.group_row(number).map(Some)
    }

    /// The number of a group, remembered from here on.
    pub(crate) fn group(&mut self, id: &GroupId) -> Result<Option<i64>, StoreError> {
        if let Some(number) = self.memory.groups.numbers.get(id) {
            return Ok(Some(*number));
        }
        let Some(group) = load(self.conn, id)? else {
            return Ok(None);
        };
        let number = group.id;
        self.memory.groups.add(group);
        Ok(Some(number))
    }

    /// A copy of a remembered group's row.
    pub(super) fn group_row(&mut self, number: i64) -> Result<Group, StoreError> {
        match self.memory.groups.get(number) {
            Some(known) => Ok(known.group.clone()),
            None => Err(StoreError::Fault("a group was not remembered".to_owned())),
        }
    }

    /// What a remembered group is for a user.
    pub(crate) fn seat(&mut self, group: i64, user: i64) -> Result<Option<Seat>, StoreError> {
        let conn = self.conn;
        let groups = &mut self.memory.groups;
        let Some(known) = groups.known.get_mut(&group) else {
            return Ok(None);
        };
        if let Some(seat) = known.seats.get(&user) {
            return Ok(*seat);
        }
        let seat = load_seat(conn, group, user)?;
        known.seats.insert(user, seat);
        groups.seats += 1;
        Ok(seat)
    }

    /// A group, and the seat in it, of who is in it; the refusal for who is not.
    pub(crate) fn group_as(&mut self, id: &GroupId, user: i64) -> Result<(Group, Seat, Role), StoreError> {
        let Some(number) = self.group(id)? else {
            return Err(outside(false));
        };
        let seat = self.seat(number, user)?;
        let group = self.group_row(number)?;
        inside(Some(group), seat)
    }

    /// The row of somebody whom a request names, for who may ask.
    pub(super) fn named(&mut self, id: &UserId) -> Result<i64, StoreError> {
        match self.user_row(id)? {
            Some(row) => Ok(row),
            None => refuse(tidings_protocol::code::GROUP_PARAMETER, "no such member"),
        }
    }

    /// The id of a user's row.
    pub(super) fn id_of(&self, row: i64) -> Result<UserId, StoreError> {
        user_id(self.conn, row)
    }
}
