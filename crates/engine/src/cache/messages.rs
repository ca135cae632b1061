//! Held messages: rows, views, previews.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use tidings_protocol::{Message, Priority, cut_text, limits};

use super::conversations::Conversation;
use super::profiles;
use crate::view::{Flow, MessageStatus, MessageView};

/// This device sent it.
pub(crate) const SENT_HERE: u8 = 1;
/// It was sent again after a failure (R-S9).
pub(crate) const SENT_AGAIN: u8 = 2;

/// What became of a message that was put into the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    New,
    Changed,
    Known,
}

/// Puts a message in its place. A message that is there already is only replaced by a newer revision of itself, or by
/// another message (the server's log was put back to an older state).
pub(crate) fn put(db: &Connection, conversation: i64, message: &Message, flags: u8) -> Result<Put> {
    let known: Option<(u64, String, String)> = db
        .prepare_cached(
            "SELECT revision, sender, client_id FROM messages WHERE conversation = ?1 AND seq = ?2",
        )?
        .query_row(params![conversation, message.seq], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let put = match known {
        None => Put::New,
        Some((revision, sender, client_id)) => {
            let same = sender == message.from.as_str() && client_id == message.client_id.as_str();
            if same && revision >= message.revision {
                return Ok(Put::Known);
            }
            Put::Changed
        }
    };
    db.prepare_cached(
        "INSERT INTO messages
            (conversation, seq, revision, sender, time, client_id, random, client_seq, type, payload, priority, flags)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (conversation, seq) DO UPDATE SET revision = excluded.revision, sender = excluded.sender,
            time = excluded.time, client_id = excluded.client_id, random = excluded.random,
            client_seq = excluded.client_seq, type = excluded.type, payload = excluded.payload,
            priority = excluded.priority,
            flags = CASE WHEN client_id = excluded.client_id THEN flags ELSE excluded.flags END",
    )?
    .execute(params![
        conversation,
        message.seq,
        message.revision,
        message.from.as_str(),
        message.time,
        message.client_id.as_str(),
        message.random,
        message.client_seq,
        message.message_type.as_str(),
        message.payload.get(),
        priority_number(message.priority),
        flags,
    ])?;
    Ok(put)
}

/// Whether a message of this sender and client id is among the newest `most` held, and where (R-S9: a message that was
/// sent already may be asked to be sent again).
pub(crate) fn find_own(
    db: &Connection,
    conversation: &Conversation,
    me: &str,
    client_id: &str,
    most: u32,
) -> Result<Option<MessageView>> {
    let seq: Option<u64> = db
        .prepare_cached(
            "SELECT seq FROM (SELECT seq, sender, client_id FROM messages WHERE conversation = ?1
                ORDER BY seq DESC LIMIT ?2) WHERE sender = ?3 AND client_id = ?4",
        )?
        .query_row(params![conversation.id, most, me, client_id], |row| row.get(0))
        .optional()?;
    match seq {
        None => Ok(None),
        Some(seq) => Ok(range(db, conversation, me, seq, seq, 1)?.pop()),
    }
}

/// Others' messages above `seq` that are held.
pub(crate) fn count_of_others_above(db: &Connection, conversation: i64, me: &str, seq: u64) -> Result<u64> {
    db.prepare_cached("SELECT count(*) FROM messages WHERE conversation = ?1 AND seq > ?2 AND sender <> ?3")?
        .query_row(params![conversation, seq, me], |row| row.get(0))
}

/// The newest `most` held messages of `first..=last`, oldest first.
pub(crate) fn range(
    db: &Connection,
    conversation: &Conversation,
    me: &str,
    first: u64,
    last: u64,
    most: u32,
) -> Result<Vec<MessageView>> {
    let mut names = Names::new(db);
    let mut statement = db.prepare_cached(
        "SELECT seq, sender, time, client_id, random, client_seq, type, payload, priority, flags FROM messages
         WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq DESC LIMIT ?4",
    )?;
    let mut rows = statement.query(params![conversation.id, first, last, most])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        messages.push(view(row, conversation, me, &mut names)?);
    }
    messages.reverse();
    Ok(messages)
}

fn view(row: &Row<'_>, conversation: &Conversation, me: &str, names: &mut Names<'_>) -> Result<MessageView> {
    let seq: u64 = row.get(0)?;
    let from: String = row.get(1)?;
    let own = from == me;
    let flags: u8 = row.get(9)?;
    Ok(MessageView {
        conversation_id: conversation.name.clone(),
        client_id: row.get(3)?,
        seq: Some(seq),
        to: recipient(conversation, own, me),
        flow: if own { Flow::Out } else { Flow::In },
        time: row.get(2)?,
        random: row.get(4)?,
        client_sequence: row.get(5)?,
        message_type: row.get(6)?,
        payload: payload(row.get_ref(7)?.as_str()?),
        priority: priority_name(row.get(8)?).to_owned(),
        status: MessageStatus::Success,
        code: 0,
        is_read: own || seq <= conversation.read_mark(),
        is_peer_read: own && seq <= conversation.peer_read_seq,
        is_revoked: false,
        revoker: String::new(),
        is_modified: false,
        reactions: Vec::new(),
        cloud_custom_data: String::new(),
        at_user_list: Vec::new(),
        push_info: None,
        is_online_only: false,
        name_card: String::new(),
        is_resend: flags & SENT_AGAIN != 0,
        nick: names.of(&from)?,
        from,
    })
}

/// The payload's JSON as a value; what cannot be read is nothing.
pub(crate) fn payload(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap_or(serde_json::Value::Null)
}

/// Whom a message of `conversation` went to.
pub(crate) fn recipient(conversation: &Conversation, own: bool, me: &str) -> String {
    match conversation.peer() {
        Some(_) if !own => me.to_owned(),
        Some(peer) => peer.to_owned(),
        None => conversation
            .name
            .strip_prefix("GROUP")
            .unwrap_or_default()
            .to_owned(),
    }
}

/// Names of senders, each looked up once.
pub(crate) struct Names<'a> {
    db: &'a Connection,
    known: Vec<(String, String)>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(db: &'a Connection) -> Self {
        Self {
            db,
            known: Vec::new(),
        }
    }

    pub(crate) fn of(&mut self, user_id: &str) -> Result<String> {
        if let Some((_, nick)) = self.known.iter().find(|(id, _)| id == user_id) {
            return Ok(nick.clone());
        }
        let nick = profiles::nick(self.db, user_id)?;
        self.known.push((user_id.to_owned(), nick.clone()));
        Ok(nick)
    }
}

/// R-C3's priorities as numbers.
pub(crate) fn priority_number(priority: Priority) -> u8 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
        Priority::Lowest => 3,
    }
}

/// The number back as TIM's name.
pub(crate) fn priority_name(number: u8) -> &'static str {
    match number {
        0 => "High",
        2 => "Low",
        3 => "Lowest",
        _ => "Normal",
    }
}

/// A priority by TIM's name; anything else is Normal (R-C3).
pub(crate) fn priority_of(name: &str) -> Priority {
    match name {
        "High" => Priority::High,
        "Low" => Priority::Low,
        "Lowest" => Priority::Lowest,
        _ => Priority::Normal,
    }
}

/// What the list shows of a message: the first line of a text, at most 512 bytes, without control characters.
pub(crate) fn preview(message_type: &str, payload: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Text {
        text: String,
    }
    if message_type != tidings_protocol::MessageType::TEXT {
        return String::new();
    }
    let Ok(Text { text }) = serde_json::from_str::<Text>(payload) else {
        return String::new();
    };
    let line = text.trim_start().lines().next().unwrap_or_default();
    let plain: String = cut_text(line, limits::PREVIEW_BYTES)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    // A control character of two bytes became a space of one, so the cut still holds.
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_one_short_line_without_control_characters() {
        let of = |text: &str| preview("TIMTextElem", &serde_json::json!({ "text": text }).to_string());
        assert_eq!(of("hello\nworld"), "hello");
        assert_eq!(of("\n\n  second"), "second");
        assert_eq!(of("a\u{0}b\tc\u{85}d"), "a b c d");
        assert_eq!(of(&"名".repeat(5000)), "名".repeat(170));
        assert_eq!(of(""), "");
        assert_eq!(preview("TIMImageElem", "{}"), "");
        assert_eq!(preview("TIMTextElem", "[]"), "");
    }
}
