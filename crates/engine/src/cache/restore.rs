//! What an import writes. Every line was written by anybody: what makes no sense is left out, as it is of what a server says.

use rusqlite::{Connection, Result, params};
use tidings_protocol::{cut_text, limits as wire_limits};

use super::join::{place, show_as_last};
use super::runs::{self, Run};
use super::{Write, conversations, groups, hidden, messages};
use crate::export_format::{ConversationLine, GroupLine, MemberLine, MessageLine};
use crate::limits;

/// Whether nothing is here that an import could spoil.
pub(crate) fn is_empty(db: &Connection) -> Result<bool> {
    let question = "SELECT NOT EXISTS (SELECT 1 FROM conversations) AND NOT EXISTS (SELECT 1 FROM outbox)";
    db.query_row(question, [], |row| row.get(0))
}

/// A group's line; `false`: its conversation is not in the export.
pub(crate) fn group(write: &mut Write<'_>, line: GroupLine) -> Result<bool> {
    let name = format!("GROUP{}", line.profile.group);
    if !conversations::exists(write.db, &name)? {
        return Ok(false);
    }
    let open = write.open(&name)?;
    open.it.group = Some(Box::new(line.profile.within_limits()));
    open.it.membership = line.me.map(|mut me| {
        let cut = cut_text(&me.name_card, wire_limits::NAME_CARD_BYTES).len();
        me.name_card.truncate(cut);
        Box::new(me)
    });
    // Whoever has left it is known to have left it; any head of the server's is newer.
    open.it.head_version = u64::from(open.it.membership.is_none());
    Ok(true)
}

/// A member's line; `false`: the group's conversation is not in the export.
pub(crate) fn member(write: &mut Write<'_>, line: &MemberLine) -> Result<bool> {
    let name = format!("GROUP{}", line.group);
    let is_known = conversations::exists(write.db, &name)?;
    groups::put_card(write, &line.group, line.user_id.as_str(), &line.name_card)?;
    Ok(is_known)
}

/// A conversation's line; `false`: its numbers make no sense.
pub(crate) fn conversation(write: &mut Write<'_>, line: ConversationLine) -> Result<bool> {
    let numbers = [
        line.seq,
        line.revision,
        line.revision_seq,
        line.floor,
        line.read_seq,
        line.peer_read_seq,
        line.unread,
        line.mention_seq,
        line.everybody_seq,
        line.cleared_seq,
    ];
    if numbers.iter().any(|number| *number > limits::SEQ_MOST) || line.draft.len() > limits::DRAFT_BYTES {
        return Ok(false);
    }
    let it = write.open(&line.conversation.to_string())?.it;
    (it.seq, it.told_seq, it.unread_from) = (line.seq, line.seq, line.seq);
    it.revision = line.revision;
    it.revision_seq = line.revision_seq.min(line.seq);
    it.floor = line.floor;
    it.read_seq = line.read_seq.min(line.seq);
    it.peer_read_seq = line.peer_read_seq.min(line.seq);
    it.unread = line.unread.min(line.seq - it.read_seq);
    it.mention_seq = line.mention_seq.min(line.seq);
    it.everybody_seq = line.everybody_seq.min(line.seq);
    it.cleared_seq = line.cleared_seq.min(line.seq);
    it.in_list = line.listed;
    it.pinned = line.pinned;
    it.marked_unread = line.marked_unread;
    it.remind = line.remind;
    it.draft = line.draft;
    it.draft_time = line.draft_time;
    Ok(true)
}

/// Lines of messages; answers how many of them found their place.
pub(crate) fn messages(write: &mut Write<'_>, lines: &[MessageLine]) -> Result<u64> {
    let mut taken = 0;
    let mut run: Option<(i64, Run)> = None;
    let mut hidden_room = if lines.iter().any(|line| line.deleted) {
        limits::HIDDEN_MESSAGES.saturating_sub(hidden::count(write.db)?)
    } else {
        0
    };
    for line in lines {
        let (name, message) = (line.conversation.to_string(), &line.message);
        let fits = place(write.me, message).as_deref() == Some(name.as_str())
            && message.payload.get().len() <= wire_limits::PAYLOAD_JSON_BYTES
            && conversations::exists(write.db, &name)?;
        if !fits {
            continue;
        }
        let mut open = write.open(&name)?;
        if message.seq > open.it.seq {
            continue;
        }
        if line.deleted && hidden_room > 0 {
            hidden_room -= 1;
            open.db
                .prepare_cached("INSERT OR IGNORE INTO hidden (conversation, seq) VALUES (?1, ?2)")?
                .execute(params![open.it.id, message.seq])?;
        }
        messages::put(open.db, open.it.id, message, 0)?;
        show_as_last(&mut open, message)?;
        taken += 1;
        run = match run {
            Some((id, run)) if id == open.it.id && run.last + 1 == message.seq => Some((
                id,
                Run {
                    last: message.seq,
                    ..run
                },
            )),
            before => {
                if let Some((id, run)) = before {
                    runs::add(open.db, id, run)?;
                }
                Some((
                    open.it.id,
                    Run {
                        first: message.seq,
                        last: message.seq,
                    },
                ))
            }
        };
    }
    if let Some((id, run)) = run {
        runs::add(write.db, id, run)?;
    }
    Ok(taken)
}
