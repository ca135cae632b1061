//! What a group is called, and who may do what in it.

use rusqlite::params;
use tidings_protocol::{
    ChangedProfile, GroupProfile, GroupType, MuteMember, MutedMember, NameCardChange, OfMember, Priority,
    Push, Role, SetNameCard, SetRole, UpdateGroup, code, notice, tip,
};

use super::super::StoreError;
use super::super::batch::Batch;
use super::members::Asker;
use super::{not_allowed, refuse};
use crate::limits;

impl Batch<'_> {
    /// updateGroupProfile. Where nothing changes, nothing is told.
    pub(crate) fn update_group(
        &mut self,
        me: Asker<'_>,
        asked: &UpdateGroup,
    ) -> Result<GroupProfile, StoreError> {
        let (group, _, role) = self.group_as(&asked.group, me.0)?;
        let private = group.group_type == GroupType::Private;
        let rules = asked.join_option.is_some() || asked.mute_all.is_some();
        // As in TIM, whoever is in a Private group may name it; how one comes in and who may speak is not to be changed there.
        if role < Role::Admin && !private || rules && private {
            return not_allowed();
        }
        if asked
            .join_option
            .is_some_and(|option| group.group_type != GroupType::Public && option != group.join_option)
        {
            return not_allowed();
        }
        fn news<T: PartialEq + Clone>(new: Option<&T>, old: &T) -> Option<T> {
            new.filter(|new| *new != old).cloned()
        }
        let changed = ChangedProfile {
            name: news(asked.name.as_ref(), &group.name),
            introduction: news(asked.introduction.as_ref(), &group.introduction),
            notification: news(asked.notification.as_ref(), &group.notification),
            avatar_colour: asked
                .avatar_colour
                .filter(|new| Some(*new) != group.avatar_colour),
            owner_id: None,
            mute_all_members: news(asked.mute_all.as_ref(), &group.mute_all),
        };
        let option = news(asked.join_option.as_ref(), &group.join_option);
        let owner = self.id_of(group.owner)?;
        if changed.is_empty() && option.is_none() {
            return Ok(group.profile(owner));
        }
        self.memory.groups.change(group.id, |group| {
            group
                .name
                .clone_from(changed.name.as_ref().unwrap_or(&group.name.clone()));
            if let Some(introduction) = &changed.introduction {
                group.introduction.clone_from(introduction);
            }
            if let Some(notification) = &changed.notification {
                group.notification.clone_from(notification);
            }
            group.avatar_colour = changed.avatar_colour.or(group.avatar_colour);
            group.mute_all = changed.mute_all_members.unwrap_or(group.mute_all);
            group.join_option = option.unwrap_or(group.join_option);
        });
        let group = self.group_row(group.id)?;
        self.conn
            .prepare_cached(
                "UPDATE groups SET name = ?2, introduction = ?3, notification = ?4, avatar_colour = ?5, join_option = ?6, \
                 mute_all = ?7 WHERE id = ?1",
            )?
            .execute(params![
                group.id,
                group.name,
                group.introduction,
                group.notification,
                group.avatar_colour,
                group.join_option as i64,
                group.mute_all
            ])?;
        self.tip(group.id, me, |_, tip| {
            tip.operation_type = tip::GROUP_PROFILE_UPDATED;
            tip.new_group_profile = changed;
        })?;
        let profile = group.profile(owner);
        self.show(group.id, &profile);
        Ok(profile)
    }

    /// Everybody in the group who is here sees it as it is now.
    fn show(&mut self, number: i64, profile: &GroupProfile) {
        let push = Push::Group(Box::new(profile.clone()));
        self.memory.outbox.tell_group(number, Priority::Normal, &push);
    }

    /// changeGroupOwner.
    pub(crate) fn change_owner(&mut self, me: Asker<'_>, asked: &OfMember) -> Result<(), StoreError> {
        let (group, _, role) = self.group_as(&asked.group, me.0)?;
        if role != Role::Owner {
            return not_allowed();
        }
        let (user, theirs, _) = self.member(group.id, asked)?;
        if theirs == Role::Owner {
            return Ok(());
        }
        self.give_to(group.id, user);
        self.memory
            .groups
            .change_seat(group.id, me.0, |seat| seat.role = Some(Role::Member));
        self.tip(group.id, me, |_, tip| {
            tip.operation_type = tip::GROUP_PROFILE_UPDATED;
            tip.user_id_list = vec![asked.user.clone()];
            tip.new_group_profile.owner_id = Some(asked.user.clone());
        })?;
        let profile = self.group_row(group.id)?.profile(asked.user.clone());
        self.show(group.id, &profile);
        Ok(())
    }

    /// setGroupMemberRole.
    pub(crate) fn set_role(&mut self, me: Asker<'_>, asked: &SetRole) -> Result<(), StoreError> {
        let (group, _, role) = self.group_as(&asked.group, me.0)?;
        if role != Role::Owner || !group.group_type.has_admins() {
            return not_allowed();
        }
        if asked.role == Role::Owner || asked.user == *me.1 {
            return refuse(
                code::GROUP_PARAMETER,
                "an owner is made by handing the group over",
            );
        }
        let of = OfMember {
            group: asked.group.clone(),
            user: asked.user.clone(),
        };
        let (user, theirs, _) = self.member(group.id, &of)?;
        if theirs == asked.role {
            return Ok(());
        }
        let (tip_type, notice_type) = if asked.role == Role::Admin {
            self.flush_groups()?;
            let admins: u32 = self
                .conn
                .prepare_cached("SELECT count(*) FROM group_members WHERE grp = ?1 AND role = 1")?
                .query_row([group.id], |row| row.get(0))?;
            if admins >= limits::GROUP_ADMINS {
                return refuse(
                    code::LIMIT_REACHED,
                    "the group has as many administrators as may be",
                );
            }
            (tip::SET_ADMIN, notice::SET_ADMIN)
        } else {
            (tip::CANCELED_ADMIN, notice::CANCELED_ADMIN)
        };
        self.memory.groups.change_seat(group.id, user, |seat| {
            seat.role = Some(asked.role);
            seat.mute_until = 0;
        });
        self.tip(group.id, me, |_, tip| {
            tip.operation_type = tip_type;
            tip.user_id_list = vec![asked.user.clone()];
        })?;
        self.tell(group.id, me, notice_type, "", &[user])
    }

    /// setGroupMemberMuteTime.
    pub(crate) fn mute_member(&mut self, me: Asker<'_>, asked: &MuteMember) -> Result<(), StoreError> {
        let (group, _, role) = self.group_as(&asked.group, me.0)?;
        if role < Role::Admin || group.group_type == GroupType::Private {
            return not_allowed();
        }
        let of = OfMember {
            group: asked.group.clone(),
            user: asked.user.clone(),
        };
        let (user, theirs, until) = self.member(group.id, &of)?;
        if theirs >= role {
            return not_allowed();
        }
        if asked.seconds == 0 && until <= self.now {
            return Ok(());
        }
        let until = match asked.seconds {
            0 => 0,
            seconds => self.now.saturating_add(i64::from(seconds) * 1000),
        };
        self.memory
            .groups
            .change_seat(group.id, user, |seat| seat.mute_until = until);
        self.memory.outbox.tell_user(user, &Push::Heads {});
        self.tip(group.id, me, |_, tip| {
            tip.operation_type = tip::MEMBER_PROFILE_UPDATED;
            tip.user_id_list = vec![asked.user.clone()];
            tip.member_list = vec![MutedMember {
                user_id: asked.user.clone(),
                mute_time: asked.seconds,
            }];
        })
    }

    /// setGroupMemberNameCard.
    pub(crate) fn set_name_card(&mut self, me: Asker<'_>, asked: &SetNameCard) -> Result<(), StoreError> {
        let (group, _, role) = self.group_as(&asked.group, me.0)?;
        let user = match &asked.user {
            Some(user) if user != me.1 => {
                if role < Role::Admin {
                    return not_allowed();
                }
                let of = OfMember {
                    group: asked.group.clone(),
                    user: user.clone(),
                };
                let (user, theirs, _) = self.member(group.id, &of)?;
                if theirs >= role {
                    return not_allowed();
                }
                user
            }
            _ => me.0,
        };
        self.conn
            .prepare_cached("UPDATE group_members SET name_card = ?3 WHERE grp = ?1 AND user = ?2")?
            .execute(params![group.id, user, asked.name_card])?;
        self.memory.groups.change_seat(group.id, user, |_| ());
        self.memory.outbox.tell_user(user, &Push::Heads {});
        let change = NameCardChange {
            group: asked.group.clone(),
            user: asked.user.clone().unwrap_or_else(|| me.1.clone()),
            name_card: asked.name_card.clone(),
        };
        self.memory
            .outbox
            .tell_group(group.id, Priority::Normal, &Push::NameCard(change));
        Ok(())
    }

    /// The groups whose members who are here are to be told of this user's changed profile. Who is not here asks when they see the
    /// user again.
    pub(crate) fn groups_to_tell(&mut self, me: i64) -> Result<Vec<i64>, StoreError> {
        let groups = self
            .conn
            .prepare_cached(
                "SELECT m.grp FROM group_members m JOIN groups g ON g.id = m.grp \
                 WHERE m.user = ?1 AND m.role IS NOT NULL AND g.member_count <= ?2 ORDER BY m.version DESC LIMIT ?3",
            )?
            .query_map(params![me, limits::PROFILE_GROUP_MEMBERS, limits::PROFILE_GROUPS], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(groups)
    }

    /// A member whom a request names: their row, their role, and until when they are muted.
    fn member(&mut self, group: i64, of: &OfMember) -> Result<(i64, Role, i64), StoreError> {
        let row = self.named(&of.user)?;
        match self.seat(group, row)? {
            Some(seat) => match seat.role {
                Some(role) => Ok((row, role, seat.mute_until)),
                None => refuse(code::GROUP_PARAMETER, "no such member"),
            },
            None => refuse(code::GROUP_PARAMETER, "no such member"),
        }
    }
}
