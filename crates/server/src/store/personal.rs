//! What a conversation is for one user alone, and whom a user does not want to hear from.

use rusqlite::{Connection, params};
use tidings_protocol::{Blocked, ErrorKind, RemindType, UserId, WireError, code, limits};

use super::batch::Batch;
use super::{StoreError, from_db};

/// What is to be set; what is `None` stays.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) remind: Option<RemindType>,
    pub(crate) pinned: Option<bool>,
    pub(crate) marked_unread: Option<bool>,
}

/// The refusal for somebody who is blocked (20007).
pub(super) fn blocked() -> WireError {
    WireError::new(
        code::BLOCKED,
        ErrorKind::Forbidden,
        "this user does not take messages from you",
    )
}

impl Batch<'_> {
    /// Sets what the conversation with `peer` is for `me`. `None`: there is no such conversation. The flag says whether anything changed.
    pub(crate) fn set(&mut self, me: i64, peer: i64, settings: Settings) -> Result<Option<bool>, StoreError> {
        let Some(conversation) = self.conversation(me, peer)? else {
            return Ok(None);
        };
        let id = conversation.id;
        let remind = settings.remind.map(|remind| match remind {
            RemindType::AcceptAndNotify => 0,
            RemindType::AcceptNotNotify => 1,
            RemindType::Discard => 2,
        });
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE members SET remind = coalesce(?3, remind), pinned = coalesce(?4, pinned), \
                     marked_unread = coalesce(?5, marked_unread) \
                 WHERE user = ?1 AND conversation = ?2 AND (remind <> coalesce(?3, remind) \
                     OR pinned <> coalesce(?4, pinned) OR marked_unread <> coalesce(?5, marked_unread))",
            )?
            .execute(params![me, id, remind, settings.pinned, settings.marked_unread])?;
        if changed > 0 {
            if let (Some(marked), Some(conversation)) = (settings.marked_unread, self.conversation(me, peer)?)
                && let Some(member) = conversation.member(me, peer)
            {
                member.marked_unread = marked;
            }
            self.touch(me, peer, true, false);
        }
        Ok(Some(changed > 0))
    }

    /// Whether `user` has blocked `other`.
    pub(super) fn has_blocked(&self, user: i64, other: i64) -> Result<bool, StoreError> {
        let found = self
            .conn
            .prepare_cached("SELECT 1 FROM blocked WHERE user = ?1 AND other = ?2")?
            .exists(params![user, other])?;
        Ok(found)
    }

    /// Blocks `others`; those who are not there and oneself are left out. Returns how many of them there are, and whether anything
    /// changed.
    pub(crate) fn block(&mut self, me: i64, others: &[UserId]) -> Result<(usize, bool), StoreError> {
        let mut rows = Vec::new();
        for other in others {
            rows.extend(self.user_row(other)?);
        }
        let found = rows.len();
        rows.retain(|row| *row != me);
        let mut added = 0;
        for other in &rows {
            added += self
                .conn
                .prepare_cached("INSERT OR IGNORE INTO blocked (user, other, time) VALUES (?1, ?2, ?3)")?
                .execute(params![me, other, self.now])?;
        }
        let count: i64 = self
            .conn
            .prepare_cached("SELECT count(*) FROM blocked WHERE user = ?1")?
            .query_row([me], |row| row.get(0))?;
        if from_db(count) > limits::BLOCKED as u64 {
            let words = "this user has blocked as many people as may be";
            return Err(WireError::new(code::LIMIT_REACHED, ErrorKind::TooLarge, words).into());
        }
        self.remember_blocked(me, &rows, true);
        Ok((found, added > 0))
    }

    /// Takes `others` off the list. As [`Batch::block`].
    pub(crate) fn unblock(&mut self, me: i64, others: &[UserId]) -> Result<(usize, bool), StoreError> {
        let mut rows = Vec::new();
        for other in others {
            rows.extend(self.user_row(other)?);
        }
        let mut removed = 0;
        for other in &rows {
            removed += self
                .conn
                .prepare_cached("DELETE FROM blocked WHERE user = ?1 AND other = ?2")?
                .execute(params![me, other])?;
        }
        self.remember_blocked(me, &rows, false);
        Ok((rows.len(), removed > 0))
    }

    /// Conversations at hand learn of it; others will read it with their row, so that sending asks nothing more.
    fn remember_blocked(&mut self, me: i64, others: &[i64], blocks: bool) {
        for other in others.iter().filter(|other| **other != me) {
            if let Some(conversation) = self.known_conversation(me, *other)
                && let Some(member) = conversation.member(me, *other)
            {
                member.blocks = blocks;
            }
        }
    }

    /// Whom `me` has blocked.
    pub(crate) fn blocked_by(&self, me: i64) -> Result<Blocked, StoreError> {
        blocked_by(self.conn, me)
    }

    /// Clears the history for `me` up to `newest`. Whether there was any.
    pub(super) fn clear(&mut self, me: i64, conversation: i64, newest: i64) -> Result<bool, StoreError> {
        let cleared = self
            .conn
            .prepare_cached(
                "UPDATE members SET cleared_seq = ?3 WHERE user = ?1 AND conversation = ?2 AND cleared_seq < ?3",
            )?
            .execute(params![me, conversation, newest])?;
        Ok(cleared > 0)
    }

    /// A conversation that is taken off the list is not at its top when it comes back, nor marked.
    pub(super) fn unpin(&mut self, me: i64, conversation: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE members SET pinned = 0, marked_unread = 0 WHERE user = ?1 AND conversation = ?2",
            )?
            .execute(params![me, conversation])?;
        Ok(())
    }

    /// Opening a conversation takes the mark away.
    pub(super) fn unmark(&mut self, me: i64, conversation: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE members SET marked_unread = 0 WHERE user = ?1 AND conversation = ?2")?
            .execute(params![me, conversation])?;
        Ok(())
    }
}

/// Whom `me` has blocked, those blocked first first.
pub(crate) fn blocked_by(conn: &Connection, me: i64) -> Result<Blocked, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT u.user_id FROM blocked b JOIN users u ON u.id = b.other WHERE b.user = ?1 ORDER BY b.id",
    )?;
    let mut rows = statement.query([me])?;
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        let id = UserId::new(row.get::<_, String>(0)?);
        users.push(id.map_err(|error| StoreError::Fault(error.to_string()))?);
    }
    Ok(Blocked { users })
}
