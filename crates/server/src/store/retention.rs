//! Messages that are kept no longer. Everything here is small: a reader looks, and the writer removes some hundred messages a group.

use rusqlite::{Connection, params};

use super::batch::Batch;
use super::{StoreError, to_db};
use crate::limits;

/// Some logs, looked through.
pub(crate) struct Stale {
    /// Those whose oldest message is to go.
    pub(crate) logs: Vec<i64>,
    /// Where to look on; `None`: all were looked through.
    pub(crate) next: Option<i64>,
}

/// Looks at [`limits::PURGE_LOGS`] logs with numbers above `after` for messages from before the moment `before`.
pub(crate) fn stale(conn: &Connection, after: i64, before: i64) -> Result<Stale, StoreError> {
    let mut statement = conn.prepare_cached(
        // The log of a group has the number -id; that of two people is above 0.
        "SELECT log, EXISTS (SELECT 1 FROM messages x \
             WHERE x.conversation = log AND x.seq = first_seq AND x.time < ?2) \
         FROM (SELECT * FROM (SELECT -id AS log, first_seq FROM groups WHERE id < -?1 ORDER BY id DESC LIMIT ?3) \
         UNION ALL SELECT * FROM (SELECT id AS log, first_seq FROM conversations WHERE id > ?1 ORDER BY id LIMIT ?3)) \
         ORDER BY log LIMIT ?3",
    )?;
    let mut rows = statement.query(params![after, before, to_db(limits::PURGE_LOGS as u64)])?;
    let mut stale = Stale {
        logs: Vec::new(),
        next: None,
    };
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        seen += 1;
        let log = row.get(0)?;
        stale.next = Some(log);
        if row.get(1)? {
            stale.logs.push(log);
        }
    }
    if seen < limits::PURGE_LOGS {
        stale.next = None;
    }
    Ok(stale)
}

/// The oldest messages of a log that are from before a moment.
pub(super) struct Oldest {
    /// The oldest that stays.
    pub(super) first_seq: i64,
    /// Who sent which of those that go, by rising seq; nobody where it was no news.
    pub(super) senders: Vec<(i64, Option<i64>)>,
}

impl Batch<'_> {
    /// Removes the oldest messages of a log that are from before the moment `before`, at most [`limits::PURGE_MESSAGES`] of them, and
    /// what they were in unread counts. Whether there may be more.
    pub(crate) fn purge(&mut self, log: i64, before: i64) -> Result<bool, StoreError> {
        if log < 0 {
            return self.purge_group(-log, before);
        }
        let (low, high, first_seq): (i64, i64, i64) = self
            .conn
            .prepare_cached("SELECT low_user, high_user, first_seq FROM conversations WHERE id = ?1")?
            .query_row([log], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let oldest = self.oldest(log, first_seq, before)?;
        if oldest.senders.is_empty() {
            return Ok(false);
        }
        self.remove_below(log, oldest.first_seq)?;
        self.conn
            .prepare_cached("UPDATE conversations SET first_seq = ?2 WHERE id = ?1")?
            .execute(params![log, oldest.first_seq])?;
        self.conversation(low, high)?;
        for (me, peer) in [(low, high), (high, low)] {
            let Some(member) = self
                .known_conversation(me, peer)
                .and_then(|log| log.member(me, peer))
            else {
                continue;
            };
            let was_unread = |&&(seq, sender): &&(i64, Option<i64>)| {
                seq > member.read_seq && sender.is_some_and(|sender| sender != me)
            };
            let unread = oldest.senders.iter().filter(was_unread).count();
            if unread > 0 && me != peer {
                member.unread = (member.unread - to_db(unread as u64)).max(0);
                self.touch(me, peer, true, false);
            }
        }
        Ok(oldest.senders.len() >= limits::PURGE_MESSAGES)
    }

    /// Finds what goes. A clock that jumped may have made a message older than the one before it; it waits for its turn.
    pub(super) fn oldest(&self, log: i64, first_seq: i64, before: i64) -> Result<Oldest, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT seq, CASE WHEN {} THEN sender END, time FROM messages WHERE conversation = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3",
            super::groups::IS_NEWS
        ))?;
        let mut rows = statement.query(params![log, first_seq, to_db(limits::PURGE_MESSAGES as u64)])?;
        let mut oldest = Oldest {
            first_seq,
            senders: Vec::new(),
        };
        while let Some(row) = rows.next()? {
            let (seq, time): (i64, i64) = (row.get(0)?, row.get(2)?);
            if time >= before {
                break;
            }
            oldest.senders.push((seq, row.get(1)?));
            oldest.first_seq = seq + 1;
        }
        Ok(oldest)
    }

    /// Removes the messages of a log of any kind below `first_seq`.
    pub(super) fn remove_below(&mut self, log: i64, first_seq: i64) -> Result<(), StoreError> {
        self.unuse_files(log, i64::MIN, first_seq - 1)?;
        self.conn
            .prepare_cached("DELETE FROM messages WHERE conversation = ?1 AND seq < ?2")?
            .execute(params![log, first_seq])?;
        Ok(())
    }
}
