//! The conversation list.

use rusqlite::{Connection, Result};

use super::conversations::{self, Conversation};
use super::groups;
use crate::view::ConversationView;

/// The latest `limit` conversations, latest first: one walk down an index. Only the columns that are shown are read, which
/// is half of the time; the few conversations with something in the outbox are read whole.
pub(crate) fn latest(db: &Connection, me: &str, limit: u32) -> Result<Vec<ConversationView>> {
    let mut statement = db.prepare_cached(
        "SELECT name, seq, read_seq, wanted_read_seq, peer_read_seq, unread, last_seq, last_time, last_sender,
            last_type, last_text, waiting + failed, peer_nick, peer_colour, draft, sort_time, id, last_payload,
            last_revoker, group_profile, membership, remind, pinned, marked_unread, mention_seq, everybody_seq
         FROM conversations WHERE shown = 1 ORDER BY pinned DESC, sort_time DESC, head_version DESC LIMIT ?1",
    )?;
    let mut rows = statement.query([limit])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let has_outbox = row.get::<_, u32>(11)? > 0;
        let conversation = match if has_outbox {
            conversations::load(db, &name)?
        } else {
            None
        } {
            Some(whole) => whole,
            None => Conversation {
                seq: row.get(1)?,
                read_seq: row.get(2)?,
                wanted_read_seq: row.get(3)?,
                peer_read_seq: row.get(4)?,
                unread: row.get(5)?,
                last_seq: row.get(6)?,
                last_time: row.get(7)?,
                last_sender: row.get(8)?,
                last_type: row.get(9)?,
                last_text: row.get(10)?,
                peer_nick: row.get(12)?,
                peer_colour: row.get(13)?,
                draft: row.get(14)?,
                sort_time: row.get(15)?,
                id: row.get(16)?,
                last_payload: row.get(17)?,
                last_revoker: row.get(18)?,
                group: groups::from_json(row, 19)?,
                membership: groups::from_json(row, 20)?,
                remind: conversations::remind_of(row.get(21)?),
                pinned: row.get(22)?,
                marked_unread: row.get(23)?,
                mention_seq: row.get(24)?,
                everybody_seq: row.get(25)?,
                name,
                ..Conversation::empty("")
            },
        };
        list.push(conversation.into_view(db, me)?);
    }
    Ok(list)
}

/// The names of the latest `limit` conversations whose newest messages are not all held, or of which fewer than `enough`
/// are held below them: what the background fills in, latest first.
pub(crate) fn wanting(db: &Connection, limit: usize, enough: u64) -> Result<Vec<String>> {
    let mut statement = db.prepare_cached(
        "SELECT name FROM (
            SELECT name, seq, max(floor, cleared_seq + 1) AS begins,
                (SELECT first FROM runs WHERE conversation = id ORDER BY first DESC LIMIT 1) AS held_first,
                (SELECT last FROM runs WHERE conversation = id ORDER BY first DESC LIMIT 1) AS held_last, pinned, sort_time
            FROM conversations
            WHERE shown = 1 AND (substr(name, 1, 5) <> 'GROUP' OR membership IS NOT NULL)
            ORDER BY pinned DESC, sort_time DESC, head_version DESC LIMIT ?1)
         WHERE seq >= begins AND (held_last IS NULL OR held_last < seq
            OR (held_first > begins AND held_last - held_first + 1 < ?2))
         ORDER BY pinned DESC, sort_time DESC",
    )?;
    let names = statement.query_map((limit, enough), |row| row.get(0))?;
    names.collect()
}
