//! Leaving groups for good: an account that the host has taken away.

use rusqlite::{OptionalExtension, params};
use tidings_protocol::{GroupId, GroupType, OfMember, Role, UserId};

use super::members::Asker;
use crate::store::{Batch, StoreError};

impl Batch<'_> {
    /// Leaves a group, also one's own: an administrator has it next, or who has been in it for the longest time; without anybody it ends.
    pub(crate) fn depart(&mut self, me: Asker<'_>, id: &GroupId) -> Result<(), StoreError> {
        let (group, _, role) = self.group_as(id, me.0)?;
        // One of the type Private sees to it when its owner quits.
        if role == Role::Owner && group.group_type != GroupType::Private {
            self.flush_groups()?;
            let next: Option<String> = self
                .conn
                .prepare_cached(
                    "SELECT u.user_id FROM group_members m JOIN users u ON u.id = m.user \
                     WHERE m.grp = ?1 AND m.role IS NOT NULL AND m.user <> ?2 AND u.password IS NOT '!' \
                     ORDER BY m.role DESC, m.place LIMIT 1",
                )?
                .query_row(params![group.id, me.0], |row| row.get(0))
                .optional()?;
            let Some(next) = next else {
                return self.dismiss_group(me, id);
            };
            let user = UserId::new(next).map_err(|error| StoreError::Fault(error.to_string()))?;
            let group = id.clone();
            self.change_owner(me, &OfMember { group, user })?;
        }
        self.quit_group(me, id)
    }
}
