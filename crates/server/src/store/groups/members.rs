//! Coming into a group and leaving it.

use std::collections::HashSet;

use rusqlite::params;
use tidings_protocol::{
    Added, AnswerApplication, CreateGroup, GroupId, GroupProfile, GroupType, Handled, JoinGroup, JoinOption,
    JoinStatus, Joined, OfMembers, Push, RemoveMembers, Role, UserId, code, limits, notice, tip,
};

use super::super::batch::Batch;
use super::super::outbox::Item;
use super::super::{StoreError, from_db};
use super::notices::Notice;
use super::state::{Group, Seat};
use super::{not_allowed, outside, refuse};

/// Who asks: their row and their id.
pub(crate) type Asker<'a> = (i64, &'a UserId);

impl Batch<'_> {
    /// createGroup.
    pub(crate) fn create_group(
        &mut self,
        me: Asker<'_>,
        asked: &CreateGroup,
    ) -> Result<GroupProfile, StoreError> {
        let kind = asked.group_type;
        if !asked.members.is_empty() && !kind.takes_invited() {
            return not_allowed();
        }
        if self.count_groups(me.0)? >= limits::GROUPS_OF_ONE as u64 {
            return refuse(code::LIMIT_REACHED, "this user is in as many groups as may be");
        }
        let id = match &asked.group {
            Some(id) if super::state::load(self.conn, id)?.is_some() => {
                return refuse(code::GROUP_ID_TAKEN, "the group's id is taken");
            }
            Some(id) => id.clone(),
            None => self.new_group_id()?,
        };
        let mut members = Vec::new();
        for (row, id) in self.look_up(me.0, &asked.members)? {
            if row != me.0 && self.can_be_brought(row, me.0)? {
                members.push((row, id.clone()));
            }
        }
        if members.len() + 1 > usize::try_from(kind.most_members()).unwrap_or(usize::MAX) {
            return refuse(code::GROUP_FULL, "more members than such a group takes");
        }
        let option = asked.join_option.unwrap_or_else(|| kind.usual_join_option());
        self.conn
            .prepare_cached(
                "INSERT INTO groups (group_id, type, name, introduction, notification, avatar_colour, owner, join_option, \
                 mute_all, created_at, seq, revision, version, counted, everybody_seq, member_count, first_seq, purged) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, 0, 0, 0, 0, 0, 0, 1, 0)",
            )?
            .execute(params![
                id.as_str(),
                super::state::type_number(kind),
                asked.name,
                asked.introduction,
                asked.notification,
                asked.avatar_colour,
                me.0,
                option as i64,
                self.now
            ])?;
        let number = self.conn.last_insert_rowid();
        self.memory.groups.add(Group {
            id: number,
            group_id: id,
            group_type: kind,
            name: asked.name.clone(),
            introduction: asked.introduction.clone(),
            notification: asked.notification.clone(),
            avatar_colour: asked.avatar_colour,
            owner: me.0,
            join_option: option,
            mute_all: false,
            created_at: self.now,
            seq: 0,
            revision: 0,
            version: 0,
            counted: 0,
            everybody_seq: 0,
            member_count: 0,
            first_seq: 1,
            purged: 0,
        });
        self.take_in(number, me.0, Role::Owner)?;
        for (row, _) in &members {
            self.take_in(number, *row, Role::Member)?;
        }
        let came = if members.is_empty() {
            vec![me.1.clone()]
        } else {
            members.iter().map(|(_, id)| id.clone()).collect()
        };
        self.tip(number, me, |_, tip| {
            tip.operation_type = tip::JOIN;
            tip.user_id_list = came;
        })?;
        self.tell(number, me, notice::CREATED, "", &[me.0])?;
        let rows: Vec<i64> = members.iter().map(|(row, _)| *row).collect();
        self.tell(number, me, notice::INVITED, "", &rows)?;
        Ok(self.group_row(number)?.profile(me.1.clone()))
    }

    /// An id as TIM's servers make them, which nobody has.
    fn new_group_id(&self) -> Result<GroupId, StoreError> {
        loop {
            let (high, low) = (self.rules.chance.next_u32(), self.rules.chance.next_u32());
            let id = super::state::known_group(format!("@TGS#{high:08X}{low:08X}"))?;
            if super::state::load(self.conn, &id)?.is_none() {
                return Ok(id);
            }
        }
    }

    /// Those of `ids` who are there, each once. As with profiles, `by` pays for asking for people who are not there (H40).
    fn look_up<'i>(&mut self, by: i64, ids: &'i [UserId]) -> Result<Vec<(i64, &'i UserId)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let cost = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let lookups = &self.rules.lookups;
        lookups.charge(by, cost, self.rules.clock.monotonic())?;
        let (mut found, mut there, mut seen) = (Vec::new(), 0, HashSet::new());
        for id in ids {
            if let Some(row) = self.user_row(id)? {
                there += 1;
                if seen.insert(row) {
                    found.push((row, id));
                }
            }
        }
        lookups.give_back(&by, there);
        Ok(found)
    }

    /// Whether `by` may bring somebody in: who has blocked them has said no, and nobody is in too many groups.
    fn can_be_brought(&self, user: i64, by: i64) -> Result<bool, StoreError> {
        Ok(!self.has_blocked(user, by)? && self.count_groups(user)? < limits::GROUPS_OF_ONE as u64)
    }

    fn count_groups(&self, user: i64) -> Result<u64, StoreError> {
        let count = self
            .conn
            .prepare_cached("SELECT count(*) FROM group_members WHERE user = ?1 AND role IS NOT NULL")?
            .query_row([user], |row| row.get(0))?;
        Ok(from_db(count))
    }

    /// joinGroup.
    pub(crate) fn join_group(&mut self, me: Asker<'_>, asked: &JoinGroup) -> Result<Joined, StoreError> {
        let Some(number) = self.group(&asked.group)? else {
            return Err(outside(false));
        };
        let seat = self.seat(number, me.0)?;
        let group = self.group_row(number)?;
        let status = if seat.is_some_and(|seat| seat.role.is_some()) {
            JoinStatus::AlreadyInGroup
        } else if group.member_count == 0 || !group.group_type.can_be_found() {
            return Err(outside(seat.is_some() || group.group_type.can_be_found()));
        } else {
            match group.join_option {
                JoinOption::DisableApply => return not_allowed(),
                JoinOption::NeedPermission => {
                    self.apply(&group, me, &asked.message)?;
                    JoinStatus::WaitAdminApproval
                }
                JoinOption::FreeAccess => {
                    self.check_room(&group, 1)?;
                    if self.count_groups(me.0)? >= limits::GROUPS_OF_ONE as u64 {
                        return refuse(code::LIMIT_REACHED, "this user is in as many groups as may be");
                    }
                    self.settle_application(&group, me, Handled::Accepted)?;
                    self.take_in(number, me.0, Role::Member)?;
                    self.tip(number, me, |_, tip| {
                        tip.operation_type = tip::JOIN;
                        tip.user_id_list = vec![me.1.clone()];
                    })?;
                    JoinStatus::JoinedSuccess
                }
            }
        };
        let group = self.group_row(number)?;
        let owner = self.id_of(group.owner)?;
        Ok(Joined {
            status,
            group: group.profile(owner),
        })
    }

    fn check_room(&self, group: &Group, more: usize) -> Result<(), StoreError> {
        let members = usize::try_from(group.member_count).unwrap_or(usize::MAX);
        if members.saturating_add(more)
            > usize::try_from(group.group_type.most_members()).unwrap_or(usize::MAX)
        {
            return refuse(code::GROUP_FULL, "the group is full");
        }
        Ok(())
    }

    /// handleGroupApplication.
    pub(crate) fn answer_application(
        &mut self,
        me: Asker<'_>,
        asked: &AnswerApplication,
    ) -> Result<(), StoreError> {
        let (group, _, role) = self.group_as(&asked.group, me.0)?;
        if role < Role::Admin {
            return not_allowed();
        }
        let Some(user) = self.user_row(&asked.user)? else {
            return refuse(code::ALREADY_HANDLED, "nobody of this id asks to join");
        };
        let is_in = self.seat(group.id, user)?.is_some_and(|seat| seat.role.is_some());
        if is_in || self.application(group.id, user)?.is_none() {
            return refuse(code::ALREADY_HANDLED, "this request to join is answered");
        }
        if asked.accept {
            self.check_room(&group, 1)?;
            if self.count_groups(user)? >= limits::GROUPS_OF_ONE as u64 {
                return refuse(code::LIMIT_REACHED, "they are in as many groups as may be");
            }
        }
        let handled = if asked.accept {
            Handled::Accepted
        } else {
            Handled::Refused
        };
        self.settle_application(&group, (user, &asked.user), handled)?;
        let operation = if asked.accept {
            self.take_in(group.id, user, Role::Member)?;
            self.tip(group.id, me, |_, tip| {
                tip.operation_type = tip::JOIN;
                tip.user_id_list = vec![asked.user.clone()];
            })?;
            notice::ACCEPTED
        } else {
            notice::REFUSED
        };
        self.tell(group.id, me, operation, &asked.message, &[user])
    }

    /// quitGroup.
    pub(crate) fn quit_group(&mut self, me: Asker<'_>, id: &GroupId) -> Result<(), StoreError> {
        let (group, _, role) = self.group_as(id, me.0)?;
        if role == Role::Owner {
            if group.group_type != GroupType::Private {
                return refuse(code::OWNER_CANNOT_QUIT, "the group needs another owner first");
            }
            if group.member_count <= 1 {
                self.end_group(group.id, me)?;
                return self.tell(group.id, me, notice::QUIT, "", &[me.0]);
            }
            // TIM's Work: who has been in it for the longest time owns it next.
            self.flush_groups()?;
            let next = self
                .conn
                .prepare_cached(
                    "SELECT user FROM group_members WHERE grp = ?1 AND role IS NOT NULL AND user <> ?2 ORDER BY place LIMIT 1",
                )?
                .query_row(params![group.id, me.0], |row| row.get(0))?;
            self.seat(group.id, next)?;
            self.give_to(group.id, next);
        }
        self.put_out(group.id, me.0);
        self.tip(group.id, me, |_, tip| {
            tip.operation_type = tip::QUIT;
            tip.user_id_list = vec![me.1.clone()];
        })?;
        self.tell(group.id, me, notice::QUIT, "", &[me.0])
    }

    /// addGroupMember.
    pub(crate) fn add_members(&mut self, me: Asker<'_>, asked: &OfMembers) -> Result<Added, StoreError> {
        let (group, _, role) = self.group_as(&asked.group, me.0)?;
        let may =
            group.group_type.takes_invited() && (role >= Role::Admin || group.group_type.members_invite());
        if !may {
            return not_allowed();
        }
        let mut answer = Added::default();
        let mut come = Vec::new();
        let found = self.look_up(me.0, &asked.users)?;
        let there: HashSet<&UserId> = found.iter().map(|(_, id)| *id).collect();
        for (row, id) in found {
            if self.seat(group.id, row)?.is_some_and(|seat| seat.role.is_some()) {
                answer.existed.push(id.clone());
            } else if self.can_be_brought(row, me.0)? {
                answer.added.push(id.clone());
                come.push((row, id));
            } else {
                answer.failed.push(id.clone());
            }
        }
        for id in &asked.users {
            if !there.contains(id) && !answer.failed.contains(id) {
                answer.failed.push(id.clone());
            }
        }
        self.check_room(&group, come.len())?;
        if come.is_empty() {
            return Ok(answer);
        }
        for user in &come {
            self.settle_application(&group, *user, Handled::Accepted)?;
            self.take_in(group.id, user.0, Role::Member)?;
        }
        let came = answer.added.clone();
        self.tip(group.id, me, |_, tip| {
            tip.operation_type = tip::JOIN;
            tip.user_id_list = came;
        })?;
        let rows: Vec<i64> = come.iter().map(|(row, _)| *row).collect();
        self.tell(group.id, me, notice::INVITED, "", &rows)?;
        Ok(answer)
    }

    /// deleteGroupMember.
    pub(crate) fn remove_members(&mut self, me: Asker<'_>, asked: &RemoveMembers) -> Result<(), StoreError> {
        let (group, _, role) = self.group_as(&asked.group, me.0)?;
        if role < Role::Admin {
            return not_allowed();
        }
        let mut gone: Vec<(i64, UserId)> = Vec::new();
        for id in &asked.users {
            let Some(row) = self.user_row(id)? else { continue };
            let Some(theirs) = self.seat(group.id, row)?.and_then(|seat| seat.role) else {
                continue;
            };
            if theirs >= role {
                return not_allowed();
            }
            if gone.iter().all(|(other, _)| *other != row) {
                gone.push((row, id.clone()));
            }
        }
        if gone.is_empty() {
            return Ok(());
        }
        for (row, _) in &gone {
            self.put_out(group.id, *row);
        }
        let (rows, ids): (Vec<i64>, Vec<UserId>) = gone.into_iter().unzip();
        self.tip(group.id, me, |_, tip| {
            tip.operation_type = tip::KICKED_OUT;
            tip.user_id_list = ids;
        })?;
        self.tell(group.id, me, notice::KICKED_OUT, &asked.reason, &rows)
    }

    /// Somebody is in the group from here on.
    fn take_in(&mut self, number: i64, user: i64, role: Role) -> Result<(), StoreError> {
        let before = self.seat(number, user)?;
        let Some(known) = self.memory.groups.get(number) else {
            return Err(outside(false));
        };
        let mut seat = Seat::new(&known.group, role, self.now);
        // Nobody gets rid of what they are under by leaving and coming back.
        if let Some(before) = before {
            seat.cleared_seq = before.cleared_seq;
            seat.mute_until = before.mute_until;
        }
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO group_members (grp, user, role, place, name_card, mute_until, joined_at, joined_seq, \
                 left_seq, version, read_seq, seen, mention_seq, deleted, cleared_seq, remind, pinned, marked_unread) \
                 VALUES (?1, ?2, ?3, (SELECT coalesce(max(place), 0) + 1 FROM group_members \
                 WHERE grp = ?1 AND role IS NOT NULL), '', ?9, ?4, ?5, 0, 0, ?6, ?7, 0, 0, ?8, 0, 0, 0)",
            )?
            .execute(params![
                number,
                user,
                role as i64,
                seat.joined_at,
                seat.joined_seq,
                seat.read_seq,
                seat.seen,
                seat.cleared_seq,
                seat.mute_until
            ])?;
        let memory = &mut *self.memory;
        memory.groups.put_seat(number, user, seat);
        memory.groups.change(number, |group| group.member_count += 1);
        memory.outbox.items.push(Item::Seat { group: number, user });
        memory.outbox.tell_user(user, &Push::Heads {});
        Ok(())
    }

    /// Somebody, whose seat was looked up, is not in the group from here on: they get nothing more of it, also not the tip that says so.
    fn put_out(&mut self, number: i64, user: i64) {
        let memory = &mut *self.memory;
        let seq = memory.groups.get(number).map_or(0, |known| known.group.seq);
        memory.groups.change_seat(number, user, |seat| {
            seat.role = None;
            seat.left_seq = seq;
        });
        memory.groups.change(number, |group| {
            group.member_count = group.member_count.saturating_sub(1);
        });
        memory.outbox.items.push(Item::Unseat { group: number, user });
        memory.outbox.tell_user(user, &Push::Heads {});
    }

    /// The group has another owner, whose seat was looked up.
    pub(super) fn give_to(&mut self, number: i64, user: i64) {
        let groups = &mut self.memory.groups;
        groups.change_seat(number, user, |seat| {
            seat.role = Some(Role::Owner);
            seat.mute_until = 0;
        });
        groups.change(number, |group| group.owner = user);
    }

    /// A notice to each of `users`.
    pub(super) fn tell(
        &mut self,
        number: i64,
        by: Asker<'_>,
        operation: u8,
        words: &str,
        users: &[i64],
    ) -> Result<(), StoreError> {
        let group = self.group_row(number)?;
        let notice = Notice {
            operation,
            operator: by.1,
            words,
        };
        for user in users {
            self.notify(*user, &group, &notice)?;
        }
        Ok(())
    }
}
