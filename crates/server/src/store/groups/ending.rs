//! The end of a group.

use rusqlite::params;
use tidings_protocol::{GroupId, GroupType, Handled, Push, Role, notice};

use super::super::batch::Batch;
use super::super::outbox::Item;
use super::super::{StoreError, from_db};
use super::members::Asker;
use super::not_allowed;

impl Batch<'_> {
    /// dismissGroup.
    pub(crate) fn dismiss_group(&mut self, me: Asker<'_>, id: &GroupId) -> Result<(), StoreError> {
        let (group, _, role) = self.group_as(id, me.0)?;
        if role != Role::Owner || group.group_type == GroupType::Private {
            return not_allowed();
        }
        self.end_group(group.id, me)
    }

    /// The group is no more. Its members get a notice, but for `by`; who waited for an answer gets none any more.
    pub(super) fn end_group(&mut self, number: i64, by: Asker<'_>) -> Result<(), StoreError> {
        self.flush_groups()?;
        let group = self.group_row(number)?;
        let told: Vec<i64> = self
            .conn
            .prepare_cached(
                "SELECT user FROM group_members WHERE grp = ?1 AND role IS NOT NULL AND user <> ?2 ORDER BY place LIMIT ?3",
            )?
            .query_map(
                params![number, by.0, crate::limits::GROUP_NOTICES],
                |row| row.get(0),
            )?
            .collect::<Result<_, _>>()?;
        for user in self.applicants(number)? {
            let id = self.id_of(user)?;
            self.settle_application(&group, (user, &id), Handled::Refused)?;
        }
        let version = self.next_version()?;
        self.conn
            .prepare_cached(
                "UPDATE group_members SET role = NULL, left_seq = ?2, version = ?3 WHERE grp = ?1 AND role IS NOT NULL",
            )?
            .execute(params![number, group.seq, version])?;
        let memory = &mut *self.memory;
        memory.groups.forget_seats(number);
        memory.groups.change(number, |group| group.member_count = 0);
        memory
            .outbox
            .tell_group(number, tidings_protocol::Priority::High, &Push::Heads {});
        memory.outbox.items.push(Item::Close {
            group: number,
            version: from_db(version),
        });
        self.tell(number, by, notice::DISMISSED, "", &told)
    }
}
