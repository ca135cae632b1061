//! One row for each conversation, holding all that the list shows of it.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use tidings_protocol::{GroupProfile, Membership, RemindType};

use super::groups;

/// A conversation's row; `schema.sql` says what the columns mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conversation {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) head_version: u64,
    pub(crate) seq: u64,
    pub(crate) revision: u64,
    pub(crate) revision_seq: u64,
    pub(crate) floor: u64,
    pub(crate) told_seq: u64,
    pub(crate) read_seq: u64,
    pub(crate) wanted_read_seq: u64,
    pub(crate) peer_read_seq: u64,
    pub(crate) unread: u64,
    pub(crate) unread_from: u64,
    pub(crate) last_seq: u64,
    pub(crate) last_time: i64,
    pub(crate) last_sender: String,
    pub(crate) last_type: String,
    pub(crate) last_text: String,
    pub(crate) waiting: u32,
    pub(crate) failed: u32,
    pub(crate) out_time: i64,
    pub(crate) out_type: String,
    pub(crate) out_text: String,
    pub(crate) out_failed: bool,
    pub(crate) peer_nick: Option<String>,
    pub(crate) peer_colour: Option<u8>,
    pub(crate) draft: String,
    pub(crate) draft_time: i64,
    pub(crate) in_list: bool,
    pub(crate) shown: bool,
    pub(crate) sort_time: i64,
    pub(crate) last_revision: u64,
    pub(crate) last_payload: String,
    pub(crate) last_revoker: String,
    pub(crate) out_payload: String,
    pub(crate) group: Option<Box<GroupProfile>>,
    pub(crate) membership: Option<Box<Membership>>,
    pub(crate) remind: RemindType,
    pub(crate) pinned: bool,
    pub(crate) marked_unread: bool,
    pub(crate) mention_seq: u64,
    pub(crate) everybody_seq: u64,
    pub(crate) cleared_seq: u64,
}

macro_rules! columns {
    () => {
        "id, name, head_version, seq, revision, revision_seq, floor, told_seq, read_seq, wanted_read_seq, peer_read_seq, \
         unread, unread_from, last_seq, last_time, last_sender, last_type, last_text, waiting, failed, out_time, out_type, \
         out_text, out_failed, peer_nick, peer_colour, draft, draft_time, in_list, shown, sort_time, last_revision, \
         last_payload, last_revoker, out_payload, group_profile, membership, remind, pinned, marked_unread, mention_seq, \
         everybody_seq, cleared_seq"
    };
}
fn from_row(row: &Row<'_>) -> Result<Conversation> {
    Ok(Conversation {
        id: row.get(0)?,
        name: row.get(1)?,
        head_version: row.get(2)?,
        seq: row.get(3)?,
        revision: row.get(4)?,
        revision_seq: row.get(5)?,
        floor: row.get(6)?,
        told_seq: row.get(7)?,
        read_seq: row.get(8)?,
        wanted_read_seq: row.get(9)?,
        peer_read_seq: row.get(10)?,
        unread: row.get(11)?,
        unread_from: row.get(12)?,
        last_seq: row.get(13)?,
        last_time: row.get(14)?,
        last_sender: row.get(15)?,
        last_type: row.get(16)?,
        last_text: row.get(17)?,
        waiting: row.get(18)?,
        failed: row.get(19)?,
        out_time: row.get(20)?,
        out_type: row.get(21)?,
        out_text: row.get(22)?,
        out_failed: row.get(23)?,
        peer_nick: row.get(24)?,
        peer_colour: row.get(25)?,
        draft: row.get(26)?,
        draft_time: row.get(27)?,
        in_list: row.get(28)?,
        shown: row.get(29)?,
        sort_time: row.get(30)?,
        last_revision: row.get(31)?,
        last_payload: row.get(32)?,
        last_revoker: row.get(33)?,
        out_payload: row.get(34)?,
        group: groups::from_json(row, 35)?,
        membership: groups::from_json(row, 36)?,
        remind: remind_of(row.get(37)?),
        pinned: row.get(38)?,
        marked_unread: row.get(39)?,
        mention_seq: row.get(40)?,
        everybody_seq: row.get(41)?,
        cleared_seq: row.get(42)?,
    })
}

/// The conversation called `name`.
pub(crate) fn load(db: &Connection, name: &str) -> Result<Option<Conversation>> {
    db.prepare_cached(concat!(
        "SELECT ",
        columns!(),
        " FROM conversations WHERE name = ?1"
    ))?
    .query_row([name], from_row)
    .optional()
}

/// The first `most` conversations after the one with this id.
pub(crate) fn after(db: &Connection, id: i64, most: u32) -> Result<Vec<Conversation>> {
    db.prepare_cached(concat!(
        "SELECT ",
        columns!(),
        " FROM conversations WHERE id > ?1 ORDER BY id LIMIT ?2"
    ))?
    .query_map([id, i64::from(most)], from_row)?
    .collect()
}

/// Whether there is a row for `name`.
pub(crate) fn exists(db: &Connection, name: &str) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM conversations WHERE name = ?1")?
        .exists([name])
}

/// A new, empty conversation.
pub(crate) fn begin(db: &Connection, name: &str) -> Result<Conversation> {
    let empty = Conversation::empty(name);
    db.prepare_cached(concat!(
        "INSERT INTO conversations (",
        columns!(),
        ") VALUES (NULL, ?1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '', 0, 0, 0, '', '', 0, NULL, NULL, '', 0, 0, 0, 0, 0, \
         '', '', '', NULL, NULL, 0, 0, 0, 0, 0, 0)"
    ))?
    .execute([name])?;
    let mut begun = Conversation {
        id: db.last_insert_rowid(),
        ..empty
    };
    if let Some(peer) = name.strip_prefix("C2C")
        && let Some((nick, colour)) = db
            .prepare_cached("SELECT nick, colour FROM profiles WHERE user_id = ?1")?
            .query_row([peer], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
    {
        begun.peer_nick = Some(nick);
        begun.peer_colour = colour;
    }
    Ok(begun)
}

/// [`RemindType`] as a number.
pub(crate) fn remind_number(remind: RemindType) -> u8 {
    match remind {
        RemindType::AcceptAndNotify => 0,
        RemindType::AcceptNotNotify => 1,
        RemindType::Discard => 2,
    }
}

/// The number back.
pub(crate) fn remind_of(number: u8) -> RemindType {
    match number {
        1 => RemindType::AcceptNotNotify,
        2 => RemindType::Discard,
        _ => RemindType::AcceptAndNotify,
    }
}

/// How many messages are unread in all conversations that are told of.
pub(crate) fn total_unread(db: &Connection) -> Result<u64> {
    db.prepare_cached(
        "SELECT coalesce(sum(unread), 0) FROM conversations WHERE unread > 0 AND shown = 1 AND remind = 0",
    )?
    .query_row([], |row| row.get(0))
}

/// Writes the whole row.
pub(crate) fn save(db: &Connection, it: &Conversation) -> Result<()> {
    db.prepare_cached(
        "UPDATE conversations SET head_version = ?2, seq = ?3, revision = ?4, revision_seq = ?5, floor = ?6,
            told_seq = ?7, read_seq = ?8, wanted_read_seq = ?9, peer_read_seq = ?10, unread = ?11, unread_from = ?12,
            last_seq = ?13, last_time = ?14, last_sender = ?15, last_type = ?16, last_text = ?17, waiting = ?18,
            failed = ?19, out_time = ?20, out_type = ?21, out_text = ?22, out_failed = ?23, peer_nick = ?24,
            peer_colour = ?25, draft = ?26, draft_time = ?27, in_list = ?28, shown = ?29, sort_time = ?30,
            last_revision = ?31, last_payload = ?32, last_revoker = ?33, out_payload = ?34, group_profile = ?35,
            membership = ?36, remind = ?37, pinned = ?38, marked_unread = ?39, mention_seq = ?40, everybody_seq = ?41,
            cleared_seq = ?42
         WHERE id = ?1",
    )?
    .execute(params![
        it.id,
        it.head_version,
        it.seq,
        it.revision,
        it.revision_seq,
        it.floor,
        it.told_seq,
        it.read_seq,
        it.wanted_read_seq,
        it.peer_read_seq,
        it.unread,
        it.unread_from,
        it.last_seq,
        it.last_time,
        it.last_sender,
        it.last_type,
        it.last_text,
        it.waiting,
        it.failed,
        it.out_time,
        it.out_type,
        it.out_text,
        it.out_failed,
        it.peer_nick,
        it.peer_colour,
        it.draft,
        it.draft_time,
        it.in_list,
        it.shown,
        it.sort_time,
        it.last_revision,
        it.last_payload,
        it.last_revoker,
        it.out_payload,
        groups::to_json(it.group.as_deref()),
        groups::to_json(it.membership.as_deref()),
        remind_number(it.remind),
        it.pinned,
        it.marked_unread,
        it.mention_seq,
        it.everybody_seq,
        it.cleared_seq,
    ])?;
    Ok(())
}

/// The conversations whose read mark the server does not know yet: name and mark.
pub(crate) fn unsent_read_marks(db: &Connection) -> Result<Vec<(String, u64)>> {
    let mut statement = db.prepare_cached(
        "SELECT name, wanted_read_seq FROM conversations WHERE wanted_read_seq > read_seq ORDER BY id LIMIT 100",
    )?;
    let marks = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    marks.collect()
}

impl Conversation {
    /// What a conversation is before anything is known of it.
    pub(crate) fn empty(name: &str) -> Self {
        Self {
            id: 0,
            name: name.to_owned(),
            head_version: 0,
            seq: 0,
            revision: 0,
            revision_seq: 0,
            floor: 0,
            told_seq: 0,
            read_seq: 0,
            wanted_read_seq: 0,
            peer_read_seq: 0,
            unread: 0,
            unread_from: 0,
            last_seq: 0,
            last_time: 0,
            last_sender: String::new(),
            last_type: String::new(),
            last_text: String::new(),
            waiting: 0,
            failed: 0,
            out_time: 0,
            out_type: String::new(),
            out_text: String::new(),
            out_failed: false,
            peer_nick: None,
            peer_colour: None,
            draft: String::new(),
            draft_time: 0,
            in_list: false,
            shown: false,
            sort_time: 0,
            last_revision: 0,
            last_payload: String::new(),
            last_revoker: String::new(),
            out_payload: String::new(),
            group: None,
            membership: None,
            remind: RemindType::AcceptAndNotify,
            pinned: false,
            marked_unread: false,
            mention_seq: 0,
            everybody_seq: 0,
            cleared_seq: 0,
        }
    }

    /// How far this user has read, whether the server knows it yet or not.
    pub(crate) fn read_mark(&self) -> u64 {
        self.read_seq.max(self.wanted_read_seq)
    }

    /// The other user, in a C2C conversation.
    pub(crate) fn peer(&self) -> Option<&str> {
        self.name.strip_prefix("C2C")
    }

    /// Whether it is a group's.
    pub(crate) fn is_group(&self) -> bool {
        self.name.starts_with("GROUP")
    }

    /// A group that this user is not in any more: nothing of it can be had from the server.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_group() && self.membership.is_none() && self.head_version > 0
    }

    /// Whether the server keeps its messages.
    pub(crate) fn roams(&self) -> bool {
        self.group.as_ref().is_none_or(|group| group.group_type.roams())
    }

    /// Whether its messages count as unread.
    pub(crate) fn counts_unread(&self) -> bool {
        let group = self.group.as_ref();
        group.is_none_or(|group| group.group_type.counts_unread())
    }

    /// The first message that there is to be seen.
    pub(crate) fn begins(&self) -> u64 {
        self.floor.max(self.cleared_seq + 1)
    }

    /// Whether reading it changes anything.
    pub(crate) fn waits_to_be_read(&self) -> bool {
        let mentioned = self.mention_seq.max(self.everybody_seq) > self.read_mark();
        self.unread > 0 || mentioned || self.marked_unread
    }

    /// What it adds to the sum of all that is unread.
    pub(crate) fn adds_unread(&self) -> u64 {
        if self.shown && self.remind == RemindType::AcceptAndNotify {
            self.unread
        } else {
            0
        }
    }

    /// Brings what follows from the other fields up to date.
    pub(crate) fn settle(&mut self) {
        let waits = self.waiting > 0 || self.failed > 0;
        self.shown = self.in_list || waits || !self.draft.is_empty();
        // A group in which nothing was said yet is as old as this user in it.
        let joined = self.membership.as_ref().map_or(0, |me| me.joined);
        self.sort_time = self
            .last_time
            .max(if self.last_seq == 0 { joined } else { 0 })
            .max(if waits { self.out_time } else { 0 })
            .max(if self.draft.is_empty() { 0 } else { self.draft_time });
    }
}
