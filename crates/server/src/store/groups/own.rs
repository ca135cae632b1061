//! What a group is for one member alone: what they have read, and whether it is on their list.

use rusqlite::params;
use tidings_protocol::{GroupId, MarkedRead, MessageType};

use super::super::batch::Batch;
use super::super::personal::Settings;
use super::super::{StoreError, from_db};

impl Batch<'_> {
    /// Marks a group's messages as read up to `seq`. The flag says whether anything changed.
    pub(crate) fn mark_group_read(
        &mut self,
        me: i64,
        id: &GroupId,
        seq: i64,
    ) -> Result<(MarkedRead, bool), StoreError> {
        let (group, seat, _) = self.group_as(id, me)?;
        let read_seq = seq.min(group.seq).max(seat.read_seq);
        if read_seq == seat.read_seq {
            if seat.marked_unread {
                self.memory
                    .groups
                    .change_seat(group.id, me, |seat| seat.marked_unread = false);
            }
            let marked = MarkedRead {
                read_seq: from_db(read_seq),
                unread: group.unread(&seat),
            };
            return Ok((marked, false));
        }
        let unread = group.unseen(&seat);
        let left = if read_seq == group.seq || unread <= 0 {
            0
        } else {
            // Count on the shorter side.
            let count = |from: i64, to: i64| -> Result<i64, rusqlite::Error> {
                self.conn
                    .prepare_cached(
                        "SELECT count(*) FROM messages \
                         WHERE conversation = ?1 AND seq > ?2 AND seq <= ?3 AND sender <> ?4 AND type <> ?5",
                    )?
                    .query_row(
                        params![group.log(), from, to, me, MessageType::GROUP_TIP],
                        |row| row.get(0),
                    )
            };
            if group.seq - read_seq < read_seq - seat.read_seq {
                count(read_seq, group.seq)?
            } else {
                (unread - count(seat.read_seq, read_seq)?).max(0)
            }
        };
        let seen = group.counted - left;
        self.memory.groups.change_seat(group.id, me, |seat| {
            seat.read_seq = read_seq;
            seat.seen = seen;
            seat.marked_unread = false;
        });
        let unread = if group.group_type.counts_unread() {
            from_db(left)
        } else {
            0
        };
        let marked = MarkedRead {
            read_seq: from_db(read_seq),
            unread,
        };
        Ok((marked, true))
    }

    /// As [`Batch::purge`], for the log of a group.
    pub(in super::super) fn purge_group(&mut self, number: i64, before: i64) -> Result<bool, StoreError> {
        let Some(group) = self.group_numbered(number)? else {
            return Ok(false);
        };
        let oldest = self.oldest(group.log(), group.first_seq, before)?;
        if oldest.senders.is_empty() {
            return Ok(false);
        }
        let counted: i64 = self
            .conn
            .prepare_cached(
                "SELECT count(*) FROM messages WHERE conversation = ?1 AND seq < ?2 AND type <> ?3",
            )?
            .query_row(
                params![group.log(), oldest.first_seq, MessageType::GROUP_TIP],
                |row| row.get(0),
            )?;
        self.remove_below(group.log(), oldest.first_seq)?;
        self.memory.groups.change(number, |group| {
            group.first_seq = oldest.first_seq;
            group.purged += counted;
        });
        Ok(oldest.senders.len() >= crate::limits::PURGE_MESSAGES)
    }

    /// Sets what a group is for a user alone. The flag says whether anything changed.
    pub(crate) fn set_in_group(
        &mut self,
        me: i64,
        id: &GroupId,
        settings: Settings,
    ) -> Result<bool, StoreError> {
        let (group, seat, _) = self.group_as(id, me)?;
        let remind = settings.remind.map_or(seat.remind, |remind| remind as i64);
        let pinned = settings.pinned.unwrap_or(seat.pinned);
        let marked_unread = settings.marked_unread.unwrap_or(seat.marked_unread);
        if (remind, pinned, marked_unread) == (seat.remind, seat.pinned, seat.marked_unread) {
            return Ok(false);
        }
        self.memory.groups.change_seat(group.id, me, |seat| {
            seat.remind = remind;
            seat.pinned = pinned;
            seat.marked_unread = marked_unread;
        });
        Ok(true)
    }

    /// Takes a group off a user's list, as read, also one that they are not in any more. `None`: it is not on it.
    pub(crate) fn delete_group_head(
        &mut self,
        me: i64,
        id: &GroupId,
        clear: bool,
    ) -> Result<Option<(MarkedRead, bool)>, StoreError> {
        let Some(number) = self.group(id)? else {
            return Ok(None);
        };
        let Some(seat) = self.seat(number, me)? else {
            return Ok(None);
        };
        let group = self.group_row(number)?;
        if seat.deleted > group.seq && !(clear && seat.cleared_seq < group.seq) {
            return Ok(None);
        }
        let read_more = seat.role.is_some() && seat.read_seq < group.seq;
        let read_seq = if seat.role.is_some() {
            group.seq
        } else {
            seat.read_seq
        };
        self.memory.groups.change_seat(number, me, |seat| {
            // For who is not in it nothing brings it back.
            seat.deleted = if seat.role.is_some() {
                group.seq + 1
            } else {
                i64::MAX
            };
            seat.read_seq = read_seq;
            seat.seen = group.counted;
            seat.marked_unread = false;
            seat.pinned = false;
            if clear {
                seat.cleared_seq = group.seq;
            }
        });
        let marked = MarkedRead {
            read_seq: from_db(read_seq),
            unread: 0,
        };
        Ok(Some((marked, read_more)))
    }
}
