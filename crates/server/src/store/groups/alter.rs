//! What becomes of a group's messages after they were stored.

use rusqlite::OptionalExtension;
use tidings_protocol::{GroupId, Push, Role, Sent, code};

use super::super::alter::{Alteration, By, Windows, change, no_such_message};
use super::super::batch::Batch;
use super::super::outbox::Item;
use super::super::{StoreError, to_db};
use super::members::Asker;
use super::{read, refuse};

impl Batch<'_> {
    /// Alters a message of a group; everybody in it who is here gets it. `admins_recall`: owner and administrators may recall what those
    /// below them have sent (R-K7).
    pub(crate) fn alter_in_group(
        &mut self,
        me: Asker<'_>,
        id: &GroupId,
        seq: u64,
        what: &Alteration,
        windows: Windows,
        admins_recall: bool,
    ) -> Result<Sent, StoreError> {
        let (group, seat, role) = self.group_as(id, me.0)?;
        let is_recall = matches!(what, Alteration::Recall);
        if !is_recall && group.is_silent(&seat, role, self.now) {
            return refuse(code::MUTED, "may not speak in this group for now");
        }
        let found = match to_db(seq) {
            seq if seq > group.floor(&seat) => read::message_at(self.conn, &group, seq)?,
            _ => None,
        };
        let mut message = found.ok_or_else(no_such_message)?;
        let of_another = is_recall && admins_recall && role >= Role::Admin && message.from != *me.1;
        let recalls_others = of_another && {
            let sender = self.user_row(&message.from)?;
            let theirs = match sender {
                Some(sender) => self.seat(group.id, sender)?.and_then(|seat| seat.role),
                None => None,
            };
            theirs.is_none_or(|theirs| theirs < role)
        };
        let by = By {
            id: me.1,
            recalls_others,
        };
        let changed = change(&mut message, by, what, windows, self.now)?;
        if changed {
            let revision = group.revision + 1;
            message.revision = super::super::from_db(revision);
            self.write_altered(group.log(), &message, what)?;
            let for_all = is_recall || group.group_type.shows_earlier() || !self.came_after(group.id, seq)?;
            let memory = &mut *self.memory;
            memory.groups.change(group.id, |group| group.revision = revision);
            if for_all {
                let priority = message.priority;
                let push = Push::Message(message.clone());
                memory.outbox.tell_group(group.id, priority, &push);
            } else {
                // Each asks for what changed, and gets what they may see.
                memory.outbox.items.push(Item::Nudge { group: group.id });
            }
        }
        Ok(Sent {
            seq: message.seq,
            revision: message.revision,
            time: message.time,
        })
    }

    /// Whether somebody who is in the group came after this message.
    fn came_after(&self, group: i64, seq: u64) -> Result<bool, StoreError> {
        // The places are in the order in which they came.
        let newest: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT joined_seq FROM group_members WHERE grp = ?1 AND role IS NOT NULL ORDER BY place DESC LIMIT 1",
            )?
            .query_row([group], |row| row.get(0))
            .optional()?;
        Ok(newest.is_some_and(|joined_seq| joined_seq >= to_db(seq)))
    }
}
