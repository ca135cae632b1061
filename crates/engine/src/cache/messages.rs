//! Held messages: their rows.

mod shown;

use rusqlite::{Connection, OptionalExtension, Result, params};
use serde_json::value::RawValue;
use tidings_protocol::{
    Altered, ClientId, ConversationId, ConversationKind, Message, MessageType, UserId, cut_text, limits,
};

use super::conversations::Conversation;
use super::groups::{from_json, to_json};
use super::{files, hidden, quotes};
use crate::view::MessageView;

use shown::view;
pub(crate) use shown::{
    Names, online_view, payload, preview, priority_name, priority_number, priority_of, push_info_view,
    recipient, small,
};

/// This device sent it.
pub(crate) const SENT_HERE: u8 = 1;
/// It was sent again after a failure (R-S9).
pub(crate) const SENT_AGAIN: u8 = 2;
/// This user has deleted it for themselves: its place is kept, and nothing else.
pub(crate) const HIDDEN: u8 = 4;

/// What became of a message that was put into the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    /// It is there now.
    New,
    /// It was there, and is recalled now.
    Recalled,
    /// It was there, and is edited now, or has other reactions.
    Modified,
    /// Another one was there: the server's log was put back to an older state.
    Replaced,
    /// It was there, as new as this or newer.
    Known,
}

struct Row {
    revision: u64,
    sender: String,
    client_id: String,
    recalled: bool,
}

fn known(db: &Connection, conversation: i64, seq: u64) -> Result<Option<Row>> {
    db.prepare_cached(
        "SELECT revision, sender, client_id, altered FROM messages WHERE conversation = ?1 AND seq = ?2",
    )?
    .query_row(params![conversation, seq], |row| {
        Ok(Row {
            revision: row.get(0)?,
            sender: row.get(1)?,
            client_id: row.get(2)?,
            recalled: from_json::<Altered>(row, 3)?.is_some_and(|it| it.recalled_by.is_some()),
        })
    })
    .optional()
}

/// Whether the message at `seq` is held and recalled.
pub(crate) fn is_recalled(db: &Connection, conversation: i64, seq: u64) -> Result<bool> {
    Ok(known(db, conversation, seq)?.is_some_and(|row| row.recalled))
}

/// What became of a message, cut to its limits.
fn altered_within_limits(altered: &Altered) -> Altered {
    let mut altered = altered.clone();
    if altered.recalled_by.is_some() {
        altered.reactions.clear();
    }
    altered.reactions.truncate(limits::REACTION_KINDS);
    altered
        .reactions
        .retain(|it| it.emoji.len() <= limits::REACTION_BYTES && !it.users.is_empty());
    for reaction in &mut altered.reactions {
        reaction.users.truncate(limits::REACTION_PEOPLE);
    }
    altered
}

/// Puts a message in its place. A message that is there already is only replaced by a newer revision of itself, or by
/// another message (the server's log was put back to an older state). Of a recalled one, and of one that this user has
/// deleted for themselves, nothing is kept but the place.
pub(crate) fn put(db: &Connection, conversation: i64, message: &Message, flags: u8) -> Result<Put> {
    let altered = message.altered.as_deref().map(altered_within_limits);
    let recalled = altered.as_ref().is_some_and(|it| it.recalled_by.is_some());
    let put = match known(db, conversation, message.seq)? {
        None => Put::New,
        Some(row) => {
            let same = row.sender == message.from.as_str() && row.client_id == message.client_id.as_str();
            if same && row.revision >= message.revision {
                return Ok(Put::Known);
            }
            match (same, recalled && !row.recalled) {
                (false, _) => Put::Replaced,
                (true, true) => Put::Recalled,
                (true, false) => Put::Modified,
            }
        }
    };
    let hidden = hidden::is(db, conversation, message.seq)?;
    let empty = recalled || hidden;
    let mut extras = message.extras.as_deref().filter(|extras| {
        // What a server sends over its own limits is not worth keeping.
        !empty && extras.check().is_ok() && !extras.is_empty()
    });
    let quoted = extras.and_then(|extras| quotes::quoted(&extras.custom));
    let without_quote;
    if let Some(seq) = quoted
        && let Some(extras) = &mut extras
        && is_recalled(db, conversation, seq)?
    {
        without_quote = quotes::without(extras);
        *extras = &without_quote;
    }
    db.prepare_cached(
        "INSERT INTO messages
            (conversation, seq, revision, sender, time, client_id, random, client_seq, type, payload, priority, flags,
             extras, altered, quotes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (conversation, seq) DO UPDATE SET revision = excluded.revision, sender = excluded.sender,
            time = excluded.time, client_id = excluded.client_id, random = excluded.random,
            client_seq = excluded.client_seq, type = excluded.type, payload = excluded.payload,
            priority = excluded.priority, extras = excluded.extras, altered = excluded.altered,
            quotes = excluded.quotes,
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
        if empty { "{}" } else { message.payload.get() },
        priority_number(message.priority),
        flags | if hidden { HIDDEN } else { 0 },
        to_json(extras),
        to_json(altered.as_ref().filter(|it| !it.is_empty() && !hidden)),
        quoted,
    ])?;
    files::put_uses(db, conversation, message, empty, put != Put::New)?;
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

/// Others' messages above `seq` that are held and count as unread: neither tips nor notices of what this user did.
pub(crate) fn count_of_others_above(
    db: &Connection,
    conversation: &Conversation,
    me: &str,
    seq: u64,
) -> Result<u64> {
    if !conversation.counts_unread() {
        return Ok(0);
    }
    db.prepare_cached(
        "SELECT count(*) FROM messages WHERE conversation = ?1 AND seq > ?2 AND sender <> ?3
            AND CASE type WHEN 'TIMGroupTipElem' THEN 0
                WHEN 'TIMGroupSystemNoticeElem' THEN NOT json_valid(payload)
                    OR coalesce(json_extract(payload, '$.operationType'), 0) NOT IN (6, 8)
                ELSE 1 END",
    )?
    .query_row(params![conversation.id, seq, me], |row| row.get(0))
}

/// What [`as_said`] reads, in its order.
pub(super) const AS_SAID: &str =
    "seq, revision, sender, time, client_id, random, client_seq, type, payload, priority, extras, altered";

/// A row as the server would say it; `None`: it cannot be read.
pub(super) fn as_said(
    row: &rusqlite::Row<'_>,
    conversation: &Conversation,
    me: &str,
) -> Result<Option<Message>> {
    let (from, client_id, payload): (String, String, String) = (row.get(2)?, row.get(4)?, row.get(8)?);
    let (Ok(id), Ok(from), Ok(client_id), Ok(payload)) = (
        conversation.name.parse::<ConversationId>(),
        UserId::new(from),
        ClientId::new(client_id),
        RawValue::from_string(payload),
    ) else {
        return Ok(None);
    };
    let own = from.as_str() == me;
    Ok(Some(Message {
        kind: match id {
            ConversationId::C2c(_) => ConversationKind::C2C,
            ConversationId::Group(_) => ConversationKind::GROUP,
            ConversationId::System => ConversationKind::System,
        },
        from,
        to: recipient(conversation, own, me),
        seq: row.get(0)?,
        revision: row.get(1)?,
        time: row.get(3)?,
        client_id,
        random: row.get(5)?,
        client_seq: row.get(6)?,
        message_type: MessageType::new(row.get::<_, String>(7)?),
        payload,
        priority: priority_of(priority_name(row.get(9)?)),
        cut: false,
        extras: from_json(row, 10)?,
        altered: from_json(row, 11)?,
    }))
}

/// The held message at `seq`, as the server would say it.
pub(crate) fn held(
    db: &Connection,
    conversation: &Conversation,
    me: &str,
    seq: u64,
) -> Result<Option<Message>> {
    let found = db
        .prepare_cached(&format!(
            "SELECT {AS_SAID} FROM messages WHERE conversation = ?1 AND seq = ?2 AND flags & 4 = 0"
        ))?
        .query_row(params![conversation.id, seq], |row| {
            as_said(row, conversation, me)
        })
        .optional()?;
    Ok(found.flatten())
}

/// The held message at `seq` counts as older than anything the server says of it.
pub(crate) fn forget(db: &Connection, name: &str, seq: u64) -> Result<()> {
    db.prepare_cached(
        "UPDATE messages SET revision = 0 WHERE seq = ?2
            AND conversation = (SELECT id FROM conversations WHERE name = ?1)",
    )?
    .execute(params![name, seq])?;
    Ok(())
}

/// A message as the list shows it.
pub(crate) struct Last {
    seq: u64,
    revision: u64,
    time: i64,
    sender: String,
    message_type: String,
    payload: String,
    revoker: String,
}

impl Last {
    pub(crate) fn of(message: &Message) -> Self {
        let recalled_by = message.altered.as_ref().and_then(|it| it.recalled_by.as_ref());
        Self {
            seq: message.seq,
            revision: message.revision,
            time: message.time,
            sender: message.from.to_string(),
            message_type: cut_text(message.message_type.as_str(), 64).to_owned(),
            payload: if recalled_by.is_some() {
                "{}".into()
            } else {
                message.payload.get().to_owned()
            },
            revoker: recalled_by.map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// Makes it the one that the list shows.
    pub(crate) fn show(self, it: &mut Conversation) {
        it.last_seq = self.seq;
        it.last_revision = self.revision;
        it.last_time = self.time;
        it.last_sender = self.sender;
        it.last_text = preview(&self.message_type, &self.payload);
        it.last_payload = if self.revoker.is_empty() {
            small(&self.message_type, &self.payload)
        } else {
            String::new()
        };
        it.last_type = self.message_type;
        it.last_revoker = self.revoker;
    }
}

/// The newest held message above `cleared_seq` that is not hidden.
pub(crate) fn newest_to_show(db: &Connection, conversation: i64, cleared_seq: u64) -> Result<Option<Last>> {
    db.prepare_cached(
        "SELECT seq, revision, time, sender, type, payload, altered FROM messages
         WHERE conversation = ?1 AND seq > ?2 AND flags & 4 = 0 ORDER BY seq DESC LIMIT 1",
    )?
    .query_row(params![conversation, cleared_seq], |row| {
        let altered = from_json::<Altered>(row, 6)?;
        Ok(Last {
            seq: row.get(0)?,
            revision: row.get(1)?,
            time: row.get(2)?,
            sender: row.get(3)?,
            message_type: row.get(4)?,
            payload: row.get(5)?,
            revoker: altered
                .and_then(|it| it.recalled_by)
                .map(String::from)
                .unwrap_or_default(),
        })
    })
    .optional()
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
    let mut names = Names::new(db, conversation);
    let mut statement = db.prepare_cached(
        "SELECT seq, sender, time, client_id, random, client_seq, type, payload, priority, flags, extras, altered
         FROM messages WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3 AND flags & 4 = 0
         ORDER BY seq DESC LIMIT ?4",
    )?;
    let mut rows = statement.query(params![conversation.id, first, last, most])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        messages.push(view(row, conversation, me, &mut names)?);
    }
    messages.reverse();
    Ok(messages)
}
