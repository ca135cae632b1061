//! What an export reads: all that is held, a bounded piece at a time.

use rusqlite::{Connection, Result, params};
use tidings_protocol::{GroupId, Profile, UserId};

use super::conversations::Conversation;
use super::messages::{AS_SAID, HIDDEN, as_said};
use super::runs;
use crate::export_format::{ConversationLine, MemberLine, MessageLine};

/// The conversation's line; `None`: its name is none.
pub(crate) fn line(it: &Conversation) -> Option<ConversationLine> {
    Some(ConversationLine {
        conversation: it.name.parse().ok()?,
        seq: it.seq,
        revision: it.revision,
        revision_seq: it.revision_seq,
        floor: it.floor,
        read_seq: it.read_mark(),
        peer_read_seq: it.peer_read_seq,
        unread: it.unread,
        mention_seq: it.mention_seq,
        everybody_seq: it.everybody_seq,
        cleared_seq: it.cleared_seq,
        listed: it.in_list,
        pinned: it.pinned,
        marked_unread: it.marked_unread,
        remind: it.remind,
        draft: it.draft.clone(),
        draft_time: it.draft_time,
    })
}

/// The first `most` held messages above `seq`, none above the newest that the conversation's row knows of; and the seq of the last
/// row that was looked at.
pub(crate) fn messages_above(
    db: &Connection,
    me: &str,
    conversation: &Conversation,
    seq: u64,
    most: u32,
) -> Result<(Vec<MessageLine>, Option<u64>)> {
    let Ok(id) = conversation.name.parse::<tidings_protocol::ConversationId>() else {
        return Ok((Vec::new(), None));
    };
    let mut statement = db.prepare_cached(&format!(
        "SELECT {AS_SAID}, flags FROM messages WHERE conversation = ?1 AND seq > ?2 AND seq <= ?3
         ORDER BY seq LIMIT ?4"
    ))?;
    let mut rows = statement.query(params![conversation.id, seq, conversation.seq, most])?;
    let (mut lines, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        last = Some(row.get(0)?);
        if let Some(message) = as_said(row, conversation, me)? {
            lines.push(MessageLine {
                conversation: id.clone(),
                deleted: row.get::<_, u8>(12)? & HIDDEN != 0,
                message,
            });
        }
    }
    Ok((lines, last))
}

/// The held message at `seq`.
pub(crate) fn message_at(
    db: &Connection,
    me: &str,
    conversation: &Conversation,
    seq: u64,
) -> Result<Option<MessageLine>> {
    let (mut found, _) = messages_above(db, me, conversation, seq.saturating_sub(1), 1)?;
    Ok(found.pop().filter(|line| line.message.seq == seq))
}

/// How many messages are to be expected: those that there are to be seen, or where the server has none to give, those held.
pub(crate) fn expected(db: &Connection, it: &Conversation) -> Result<u64> {
    let held = count_held(db, it.id)?;
    let all = if can_be_had(it) {
        (it.seq + 1).saturating_sub(it.begins())
    } else {
        0
    };
    Ok(all.max(held))
}

/// Whether the server gives this conversation's messages.
pub(crate) fn can_be_had(it: &Conversation) -> bool {
    it.roams() && !it.is_gone()
}

fn count_held(db: &Connection, conversation: i64) -> Result<u64> {
    db.prepare_cached("SELECT coalesce(sum(last - first + 1), 0) FROM runs WHERE conversation = ?1")?
        .query_row([conversation], |row| row.get(0))
}

/// Where the newest messages that hang together begin; `None`: nothing is missing above what the server keeps. The answer's
/// inside: the page to ask for is below this one, or the newest.
pub(crate) fn hole(db: &Connection, it: &Conversation) -> Result<Option<Option<u64>>> {
    if !can_be_had(it) || it.seq < it.begins() || (it.is_group() && it.head_version == 0) {
        return Ok(None);
    }
    Ok(match runs::covering(db, it.id, it.seq)? {
        None => Some(None),
        Some(run) => (run.first > it.begins()).then_some(Some(run.first)),
    })
}

/// The first `most` people after `user_id`.
pub(crate) fn people_after(db: &Connection, user_id: &str, most: u32) -> Result<Vec<Profile>> {
    let mut statement = db.prepare_cached(
        "SELECT user_id, nick, colour FROM profiles WHERE user_id > ?1 ORDER BY user_id LIMIT ?2",
    )?;
    let mut rows = statement.query(params![user_id, most])?;
    let mut people = Vec::new();
    while let Some(row) = rows.next()? {
        if let Ok(user_id) = UserId::new(row.get::<_, String>(0)?) {
            people.push(Profile {
                user_id,
                nick: row.get(1)?,
                avatar_colour: row.get(2)?,
            });
        }
    }
    Ok(people)
}

/// The first `most` who were seen in this group, after `user_id`.
pub(crate) fn members_after(
    db: &Connection,
    conversation: i64,
    group: &GroupId,
    user_id: &str,
    most: u32,
) -> Result<Vec<MemberLine>> {
    let mut statement = db.prepare_cached(
        "SELECT user_id, card FROM cards WHERE conversation = ?1 AND user_id > ?2 ORDER BY user_id LIMIT ?3",
    )?;
    let mut rows = statement.query(params![conversation, user_id, most])?;
    let mut members = Vec::new();
    while let Some(row) = rows.next()? {
        if let Ok(user_id) = UserId::new(row.get::<_, String>(0)?) {
            members.push(MemberLine {
                group: group.clone(),
                user_id,
                name_card: row.get(1)?,
            });
        }
    }
    Ok(members)
}
