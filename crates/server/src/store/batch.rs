//! One group commit from inside, and what the writer remembers between groups.
//!
//! Conversations and users that were written lately are kept in memory. A group changes them there and writes each touched row once, at
//! its end, however many messages it had. When a commit fails, all of it is forgotten: the disk is the truth.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use tidings_protocol::{MarkedRead, UserId};

use super::groups::Groups;
use super::outbox::Outbox;
use super::{Rules, StoreError, from_db};
use crate::limits;

/// A conversation by its pair of users, the lower row first.
pub(super) type Pair = (i64, i64);

/// What the writer remembers.
#[derive(Default)]
pub(super) struct Memory {
    rows: HashMap<UserId, i64>,
    /// The greatest version that any head got; 0: not known yet. Outlives a failed commit: it only has to grow.
    version: i64,
    conversations: HashMap<Pair, Conversation>,
    pub(super) groups: Groups,
    pub(super) outbox: Outbox,
    touched: Vec<Pair>,
    committed: Vec<(i64, u64)>,
    /// Something that nobody is to read any more was overwritten: see [`super::checkpoint`].
    pub(super) scrub: bool,
}

/// A conversation's row and those of its members.
pub(super) struct Conversation {
    pub(super) id: i64,
    pub(super) seq: i64,
    pub(super) revision: i64,
    /// Of the lower and the higher row. In somebody's notes the second is not used.
    members: [Member; 2],
    touched: bool,
}

#[derive(Default, Clone, Copy)]
pub(super) struct Member {
    version: i64,
    pub(super) read_seq: i64,
    pub(super) unread: i64,
    deleted: bool,
    /// Shown as unread until it is opened.
    pub(super) marked_unread: bool,
    /// Takes nothing from the other.
    pub(super) blocks: bool,
    /// Gets the user's next version and is written at the end of the group.
    changed: bool,
}

impl Conversation {
    /// What it is for `me`, whose peer is `peer`.
    pub(super) fn member(&mut self, me: i64, peer: i64) -> Option<&mut Member> {
        self.members.get_mut(usize::from(me > peer))
    }

    /// Whether `me` has blocked `peer`.
    pub(super) fn blocks(&self, me: i64, peer: i64) -> bool {
        self.members
            .get(usize::from(me > peer))
            .is_some_and(|member| member.blocks)
    }
}

impl Memory {
    /// The users whose heads versions changed in the last group, with the versions.
    pub(super) fn committed(&mut self) -> impl Iterator<Item = (i64, u64)> {
        self.committed.drain(..)
    }

    pub(super) fn forget(&mut self) {
        *self = Self {
            version: self.version,
            ..Self::default()
        };
    }

    /// Keeps the memory bounded. To forget everything now and then is simpler than to know what was used last, and costs one look-up each.
    pub(super) fn trim(&mut self) {
        if self.conversations.len() > limits::WRITER_MEMORY {
            self.conversations = HashMap::new();
        }
        if self.rows.len() > limits::WRITER_MEMORY {
            self.rows = HashMap::new();
        }
        self.groups.trim();
    }
}

/// The group that is being written.
pub(crate) struct Batch<'c> {
    pub(super) conn: &'c Connection,
    pub(super) memory: &'c mut Memory,
    pub(super) rules: &'c Rules,
    pub(super) insert: CachedStatement<'c>,
    /// The server's time, milliseconds since 1970.
    pub(crate) now: i64,
    broken: Option<StoreError>,
}

impl<'c> Batch<'c> {
    pub(super) fn new(
        conn: &'c Connection,
        memory: &'c mut Memory,
        rules: &'c Rules,
    ) -> Result<Self, StoreError> {
        let insert = conn.prepare_cached(super::append::INSERT)?;
        Ok(Self {
            conn,
            memory,
            rules,
            insert,
            now: rules.clock.now_ms(),
            broken: None,
        })
    }

    /// Runs `work` so that its own statements are undone when it fails. What it changes in memory is not undone: it
    /// does that last, when nothing can fail any more.
    pub(super) fn in_savepoint<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.conn.prepare_cached("SAVEPOINT work")?.execute([])?;
        let mark = self.memory.outbox.mark();
        let result = work(self);
        if result.is_err() {
            self.memory.outbox.back_to(mark);
        }
        let end = match &result {
            Ok(_) => self
                .conn
                .prepare_cached("RELEASE work")
                .and_then(|mut release| release.execute([])),
            // The disk's trouble ends the whole group, and SQLite may have ended the transaction already.
            Err(StoreError::Disk(_) | StoreError::Fault(_)) => {
                self.broken = result.as_ref().err().cloned();
                return result;
            }
            Err(_) => self
                .conn
                .execute_batch("ROLLBACK TO work; RELEASE work")
                .map(|()| 0),
        };
        if let Err(error) = end {
            let error = StoreError::from(error);
            self.broken = Some(error.clone());
            return Err(error);
        }
        result
    }

    /// Why the group cannot be committed, if so.
    pub(super) fn broken(&mut self) -> Option<StoreError> {
        self.broken.take()
    }

    /// The row of a user.
    pub(crate) fn user_row(&mut self, id: &UserId) -> Result<Option<i64>, StoreError> {
        if let Some(row) = self.memory.rows.get(id) {
            return Ok(Some(*row));
        }
        let row = super::accounts::user_row(self.conn, id)?;
        if let Some(row) = row {
            self.memory.rows.insert(id.clone(), row);
        }
        Ok(row)
    }

    /// The conversation between two users, if they have one.
    pub(super) fn conversation(
        &mut self,
        one: i64,
        other: i64,
    ) -> Result<Option<&mut Conversation>, StoreError> {
        let pair = (one.min(other), one.max(other));
        match self.memory.conversations.entry(pair) {
            Entry::Occupied(known) => Ok(Some(known.into_mut())),
            Entry::Vacant(place) => Ok(load(self.conn, pair)?.map(|loaded| place.insert(loaded))),
        }
    }

    /// The conversation between two users, if it is at hand.
    pub(super) fn known_conversation(&mut self, one: i64, other: i64) -> Option<&mut Conversation> {
        let pair = (one.min(other), one.max(other));
        self.memory.conversations.get_mut(&pair)
    }

    /// How many conversations a user is in.
    pub(super) fn count_conversations(&self, user: i64) -> Result<u64, StoreError> {
        let count = self
            .conn
            .prepare_cached("SELECT count(*) FROM members WHERE user = ?1")?
            .query_row([user], |row| row.get(0))?;
        Ok(from_db(count))
    }

    /// Makes the conversation between two users; its id.
    pub(super) fn new_conversation(&mut self, one: i64, other: i64) -> Result<i64, StoreError> {
        let pair = (one.min(other), one.max(other));
        self.conn
            .prepare_cached(
                "INSERT INTO conversations (low_user, high_user, seq, revision) VALUES (?1, ?2, 0, 0)",
            )?
            .execute(params![pair.0, pair.1])?;
        let id = self.conn.last_insert_rowid();
        let mut member = self.conn.prepare_cached(
            "INSERT INTO members (user, conversation, peer, version, read_seq, unread, deleted) \
             VALUES (?1, ?2, ?3, 0, 0, 0, 0)",
        )?;
        member.execute(params![pair.0, id, pair.1])?;
        if pair.0 != pair.1 {
            member.execute(params![pair.1, id, pair.0])?;
        }
        let member = |blocks| Member {
            blocks,
            ..Member::default()
        };
        let low = member(self.has_blocked(pair.0, pair.1)?);
        let high = member(self.has_blocked(pair.1, pair.0)?);
        self.memory.conversations.insert(
            pair,
            Conversation {
                id,
                seq: 0,
                revision: 0,
                members: [low, high],
                touched: false,
            },
        );
        Ok(id)
    }

    /// A message of `sender` took the next place: both heads change, and come back where they were deleted (R-H8).
    /// It is unread for `other` where it `counts`.
    pub(super) fn added(&mut self, sender: i64, other: i64, counts: bool) -> (i64, i64) {
        let pair = (sender.min(other), sender.max(other));
        let Some(conversation) = self.memory.conversations.get_mut(&pair) else {
            return (0, 0);
        };
        conversation.seq += 1;
        conversation.revision += 1;
        let [low, high] = &mut conversation.members;
        low.deleted = false;
        low.changed = true;
        high.deleted = false;
        high.changed = true;
        if counts && sender != other {
            let receiver = if other == pair.0 { low } else { high };
            receiver.unread += 1;
        }
        if !conversation.touched {
            conversation.touched = true;
            self.memory.touched.push(pair);
        }
        (conversation.seq, conversation.revision)
    }

    /// Marks as read up to `seq`. `None`: there is no such conversation. The flag says whether anything changed.
    pub(crate) fn mark_read(
        &mut self,
        me: i64,
        peer: i64,
        seq: i64,
    ) -> Result<Option<(MarkedRead, bool)>, StoreError> {
        let conn = self.conn;
        let Some(conversation) = self.conversation(me, peer)? else {
            return Ok(None);
        };
        let place = usize::from(me > peer);
        let Some(member) = conversation.members.get(place).copied() else {
            return Ok(None);
        };
        let read_seq = seq.min(conversation.seq).max(member.read_seq);
        if read_seq == member.read_seq {
            if member.marked_unread {
                let id = conversation.id;
                self.unmark(me, id)?;
                if let Some(member) = self
                    .known_conversation(me, peer)
                    .and_then(|log| log.member(me, peer))
                {
                    member.marked_unread = false;
                }
                self.touch(me, peer, true, false);
            }
            return Ok(Some((marked(member), false)));
        }
        let unread = if read_seq == conversation.seq || member.unread == 0 {
            0
        } else {
            // Count on the shorter side.
            let count = |from: i64, to: i64| -> Result<i64, rusqlite::Error> {
                conn.prepare_cached(&format!(
                    "SELECT count(*) FROM messages \
                     WHERE conversation = ?1 AND seq > ?2 AND seq <= ?3 AND sender <> ?4 AND {}",
                    super::groups::IS_NEWS
                ))?
                .query_row(params![conversation.id, from, to, me], |row| row.get(0))
            };
            if conversation.seq - read_seq < read_seq - member.read_seq {
                count(read_seq, conversation.seq)?
            } else {
                (member.unread - count(member.read_seq, read_seq)?).max(0)
            }
        };
        let id = conversation.id;
        if member.marked_unread {
            self.unmark(me, id)?;
        }
        if let Some(member) = self
            .known_conversation(me, peer)
            .and_then(|log| log.member(me, peer))
        {
            member.read_seq = read_seq;
            member.unread = unread;
            member.marked_unread = false;
        }
        let marked = MarkedRead {
            read_seq: from_db(read_seq),
            unread: from_db(unread),
        };
        self.touch(me, peer, true, true);
        Ok(Some((marked, true)))
    }

    /// Takes the conversation off one user's list, as read, and clears its history if so wished. `None`: it is not on it. The flag says
    /// whether it was unread.
    pub(crate) fn delete(
        &mut self,
        me: i64,
        peer: i64,
        clear: bool,
    ) -> Result<Option<(MarkedRead, bool)>, StoreError> {
        let Some(conversation) = self.conversation(me, peer)? else {
            return Ok(None);
        };
        let (id, newest) = (conversation.id, conversation.seq);
        let gone = conversation.member(me, peer).is_some_and(|member| member.deleted);
        let cleared = clear && self.clear(me, id, newest)?;
        if gone && !cleared {
            return Ok(None);
        }
        self.unpin(me, id)?;
        let Some(member) = self
            .known_conversation(me, peer)
            .and_then(|log| log.member(me, peer))
        else {
            return Ok(None);
        };
        member.marked_unread = false;
        let read_more = member.read_seq < newest;
        member.deleted = true;
        member.read_seq = newest;
        member.unread = 0;
        let marked = marked(*member);
        self.touch(me, peer, true, read_more);
        Ok(Some((marked, read_more)))
    }

    /// The heads of this user's peers show a profile that changed. Returns the peers, the latest first, bounded.
    pub(crate) fn touch_peers(&mut self, me: i64) -> Result<Vec<i64>, StoreError> {
        let peers: Vec<i64> = self
            .conn
            .prepare_cached("SELECT peer FROM members WHERE user = ?1 ORDER BY version DESC LIMIT ?2")?
            .query_map(
                params![me, i64::try_from(limits::PROFILE_AUDIENCE).unwrap_or(i64::MAX)],
                |row| row.get(0),
            )?
            .collect::<Result<_, _>>()?;
        for peer in &peers {
            self.conversation(me, *peer)?;
        }
        for peer in &peers {
            self.touch(me, *peer, *peer == me, *peer != me);
        }
        Ok(peers)
    }

    /// A message between the two was altered: the log has a new revision, and both heads say so.
    pub(super) fn revised(&mut self, me: i64, peer: i64) {
        if let Some(conversation) = self.known_conversation(me, peer) {
            conversation.revision += 1;
        }
        self.touch(me, peer, true, true);
    }

    /// The head of `me`, of `peer`, or of both changed.
    pub(super) fn touch(&mut self, me: i64, peer: i64, mine: bool, theirs: bool) {
        let pair = (me.min(peer), me.max(peer));
        let Some(conversation) = self.memory.conversations.get_mut(&pair) else {
            return;
        };
        let [low, high] = &mut conversation.members;
        let (my_member, their_member) = if me <= peer { (low, high) } else { (high, low) };
        my_member.changed |= mine;
        their_member.changed |= theirs;
        if !conversation.touched {
            conversation.touched = true;
            self.memory.touched.push(pair);
        }
    }

    /// Writes every touched row.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let memory = &mut *self.memory;
        let mut update_log = self
            .conn
            .prepare_cached("UPDATE conversations SET seq = ?2, revision = ?3 WHERE id = ?1")?;
        let mut update_member = self.conn.prepare_cached(
            "UPDATE members SET version = ?3, read_seq = ?4, unread = ?5, deleted = ?6 \
             WHERE user = ?1 AND conversation = ?2",
        )?;
        for pair in memory.touched.drain(..) {
            let Some(conversation) = memory.conversations.get_mut(&pair) else {
                continue;
            };
            conversation.touched = false;
            let version = next_version(&mut memory.version, self.conn)?;
            update_log.execute(params![conversation.id, conversation.seq, conversation.revision])?;
            for (place, (user, member)) in [pair.0, pair.1]
                .into_iter()
                .zip(&mut conversation.members)
                .enumerate()
            {
                if place == 1 && pair.0 == pair.1 || !std::mem::take(&mut member.changed) {
                    continue;
                }
                member.version = version;
                memory.committed.push((user, from_db(version)));
                update_member.execute(params![
                    user,
                    conversation.id,
                    member.version,
                    member.read_seq,
                    member.unread,
                    member.deleted
                ])?;
            }
        }
        self.flush_groups()
    }

    /// Writes the touched rows of groups, so that a query sees them.
    pub(super) fn flush_groups(&mut self) -> Result<(), StoreError> {
        let memory = &mut *self.memory;
        let (version, committed) = (&mut memory.version, &mut memory.committed);
        memory.groups.flush(
            self.conn,
            || next_version(version, self.conn),
            |user, version| committed.push((user, from_db(version))),
        )
    }

    /// The next version of a head.
    pub(super) fn next_version(&mut self) -> Result<i64, StoreError> {
        next_version(&mut self.memory.version, self.conn)
    }
}

/// One counter for all heads of the space, so that those of groups, which many share, are in order with all others.
fn next_version(version: &mut i64, conn: &Connection) -> Result<i64, StoreError> {
    if *version == 0 {
        *version = super::heads::newest_version(conn)?;
    }
    *version += 1;
    Ok(*version)
}

fn marked(member: Member) -> MarkedRead {
    MarkedRead {
        read_seq: from_db(member.read_seq),
        unread: from_db(member.unread),
    }
}

fn load(conn: &Connection, pair: Pair) -> Result<Option<Conversation>, StoreError> {
    let found = conn
        .prepare_cached("SELECT id, seq, revision FROM conversations WHERE low_user = ?1 AND high_user = ?2")?
        .query_row(params![pair.0, pair.1], |row| {
            Ok(Conversation {
                id: row.get(0)?,
                seq: row.get(1)?,
                revision: row.get(2)?,
                members: [Member::default(); 2],
                touched: false,
            })
        })
        .optional()?;
    let Some(mut conversation) = found else {
        return Ok(None);
    };
    let mut statement = conn.prepare_cached(
        "SELECT version, read_seq, unread, deleted, marked_unread, \
             EXISTS (SELECT 1 FROM blocked WHERE blocked.user = ?1 AND blocked.other = ?3) \
         FROM members WHERE user = ?1 AND conversation = ?2",
    )?;
    let people = [(pair.0, pair.1), (pair.1, pair.0)];
    for ((user, other), member) in people.into_iter().zip(&mut conversation.members) {
        *member = statement.query_row(params![user, conversation.id, other], |row| {
            Ok(Member {
                version: row.get(0)?,
                read_seq: row.get(1)?,
                unread: row.get(2)?,
                deleted: row.get(3)?,
                marked_unread: row.get(4)?,
                blocks: row.get(5)?,
                changed: false,
            })
        })?;
    }
    Ok(Some(conversation))
}
