//! The outbox: messages that the server does not have yet, or refused.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use tidings_protocol::{ClientId, ConversationId, Extras, MessageType, SendMessage};

use super::conversations::Conversation;
use super::groups::{from_json, to_json};
use super::messages;
use crate::view::{Flow, MessageStatus, MessageView};

/// A message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) client_id: String,
    pub(crate) random: u32,
    pub(crate) client_seq: u32,
    pub(crate) message_type: String,
    pub(crate) payload: String,
    pub(crate) priority: u8,
    pub(crate) time: i64,
    pub(crate) failed: bool,
    pub(crate) code: i32,
    pub(crate) is_resend: bool,
    pub(crate) extras: Option<Extras>,
    pub(crate) files: Files,
    /// Goes after those before it with the same word; empty: when it is ready.
    pub(crate) album: String,
}

/// What a message waits for before it can be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Files {
    /// Nothing: it has no files, or the server has them.
    #[default]
    There,
    /// Its files.
    Waits,
    /// Its files, and somebody has stopped them.
    Paused,
    /// Its attachment, which is still being prepared: its payload says which.
    Preparing,
}

impl Files {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::There => 0,
            Self::Waits => 1,
            Self::Paused => 2,
            Self::Preparing => 3,
        }
    }

    pub(crate) fn of(number: u8) -> Self {
        match number {
            1 => Self::Waits,
            2 => Self::Paused,
            3 => Self::Preparing,
            _ => Self::There,
        }
    }
}

const COLUMNS: &str = "id, client_id, random, client_seq, type, payload, priority, time, failed, code, is_resend, extras, files,
    album";

fn entry(row: &Row<'_>) -> Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        client_id: row.get(1)?,
        random: row.get(2)?,
        client_seq: row.get(3)?,
        message_type: row.get(4)?,
        payload: row.get(5)?,
        priority: row.get(6)?,
        time: row.get(7)?,
        failed: row.get(8)?,
        code: row.get(9)?,
        is_resend: row.get(10)?,
        extras: from_json(row, 11)?.map(|extras| *extras),
        files: Files::of(row.get(12)?),
        album: row.get(13)?,
    })
}

/// Puts a message at the end of the queue. Answers its id.
pub(crate) fn append(db: &Connection, conversation: i64, it: &Entry) -> Result<i64> {
    db.prepare_cached(
        "INSERT INTO outbox
            (conversation, client_id, random, client_seq, type, payload, priority, time, failed, code, is_resend, extras,
             files, album)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        conversation,
        it.client_id,
        it.random,
        it.client_seq,
        it.message_type,
        it.payload,
        it.priority,
        it.time,
        it.failed,
        it.code,
        it.is_resend,
        to_json(it.extras.as_ref()),
        it.files.number(),
        it.album,
    ])?;
    Ok(db.last_insert_rowid())
}

/// What goes with the message is this from now on.
pub(crate) fn put_extras(db: &Connection, it: &Entry) -> Result<()> {
    db.prepare_cached("UPDATE outbox SET extras = ?2 WHERE id = ?1")?
        .execute(params![it.id, to_json(it.extras.as_ref())])?;
    Ok(())
}

/// The message of this client id.
pub(crate) fn get(db: &Connection, conversation: i64, client_id: &str) -> Result<Option<Entry>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM outbox WHERE conversation = ?1 AND client_id = ?2"
    ))?
    .query_row(params![conversation, client_id], entry)
    .optional()
}

/// Whether a conversation's message of this client id is here.
pub(crate) fn is_here(db: &Connection, conversation: &str, client_id: &str) -> Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM outbox o JOIN conversations c ON c.id = o.conversation
         WHERE c.name = ?1 AND o.client_id = ?2)",
    )?
    .query_row(params![conversation, client_id], |row| row.get(0))
}

/// Takes the message of this client id out.
pub(crate) fn remove(db: &Connection, conversation: i64, client_id: &str) -> Result<Option<Entry>> {
    let found = get(db, conversation, client_id)?;
    if let Some(found) = &found {
        db.prepare_cached("DELETE FROM outbox WHERE id = ?1")?
            .execute([found.id])?;
    }
    Ok(found)
}

/// The server refused it.
pub(crate) fn fail(db: &Connection, id: i64, code: i32) -> Result<()> {
    db.prepare_cached("UPDATE outbox SET failed = 1, code = ?2 WHERE id = ?1")?
        .execute(params![id, code])?;
    Ok(())
}

/// It shall be tried again, its files first: the server may have let go of them meanwhile.
pub(crate) fn try_again(db: &Connection, id: i64) -> Result<()> {
    db.prepare_cached(
        "UPDATE outbox SET failed = 0, code = 0, is_resend = 1,
            files = CASE files WHEN 3 THEN 3 ELSE EXISTS (SELECT 1 FROM uploads WHERE message = outbox.id) END
         WHERE id = ?1",
    )?
    .execute([id])?;
    Ok(())
}

/// Its files are with the server, or are to be waited for, or are stopped.
pub(crate) fn put_files(db: &Connection, id: i64, files: Files) -> Result<()> {
    db.prepare_cached("UPDATE outbox SET files = ?2 WHERE id = ?1")?
        .execute(params![id, files.number()])?;
    Ok(())
}

/// Its attachment is prepared: this is what it says, and its files are to be waited for.
pub(crate) fn put_prepared(db: &Connection, id: i64, message_type: &str, payload: &str) -> Result<()> {
    db.prepare_cached("UPDATE outbox SET type = ?2, payload = ?3, files = ?4 WHERE id = ?1")?
        .execute(params![id, message_type, payload, Files::Waits.number()])?;
    Ok(())
}

/// A message whose attachment is being prepared. It has no row's number: a cache that was rescued gives it another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Preparing {
    /// Where it goes.
    pub(crate) conversation: String,
    pub(crate) client_id: String,
    pub(crate) message_type: String,
    pub(crate) payload: String,
}

/// The messages whose attachments are being prepared, the longest waiting first.
pub(crate) fn preparing(db: &Connection) -> Result<Vec<Preparing>> {
    db.prepare_cached(
        "SELECT c.name, o.client_id, o.type, o.payload FROM outbox o JOIN conversations c ON c.id = o.conversation
         WHERE o.files = 3 AND o.failed = 0 ORDER BY o.id",
    )?
    .query_map([], |row| {
        Ok(Preparing {
            conversation: row.get(0)?,
            client_id: row.get(1)?,
            message_type: row.get(2)?,
            payload: row.get(3)?,
        })
    })?
    .collect()
}

/// What messages whose attachments are not prepared yet are made of: type and payload of each, also of those that failed.
pub(crate) fn unprepared(db: &Connection) -> Result<Vec<(String, String)>> {
    db.prepare_cached("SELECT type, payload FROM outbox WHERE files = 3")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// All messages of a conversation, in the order they were written.
pub(crate) fn of_conversation(db: &Connection, conversation: i64) -> Result<Vec<Entry>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM outbox WHERE conversation = ?1 ORDER BY id"
    ))?;
    let entries = statement.query_map([conversation], entry)?;
    entries.collect()
}

/// How many there are at all.
pub(crate) fn count(db: &Connection) -> Result<u32> {
    db.prepare_cached("SELECT count(*) FROM outbox")?
        .query_row([], |row| row.get(0))
}

/// The names of conversations in which something waits, the longest waiting first.
pub(crate) fn waiting(db: &Connection) -> Result<Vec<String>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT c.name FROM outbox o JOIN conversations c ON c.id = o.conversation WHERE o.failed = 0 AND {IS_READY}
         GROUP BY o.conversation ORDER BY min(o.id)"
    ))?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}

/// Its files are with the server, and those of its album that come before it are not still on their way. What waits for files
/// holds up nothing else.
const IS_READY: &str = "o.files = 0 AND (o.album = '' OR NOT EXISTS (SELECT 1 FROM outbox b
    WHERE b.conversation = o.conversation AND b.id < o.id AND b.album = o.album AND b.failed = 0 AND b.files IN (1, 3)))";

/// What a conversation sends next.
pub(crate) fn next(db: &Connection, conversation: &str) -> Result<Option<Entry>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM outbox o WHERE conversation = (SELECT id FROM conversations WHERE name = ?1) AND failed = 0
            AND {IS_READY} ORDER BY id LIMIT 1"
    ))?
    .query_row([conversation], entry)
    .optional()
}

/// Brings what the conversation's row says of its outbox up to date.
pub(crate) fn settle(db: &Connection, conversation: &mut Conversation) -> Result<()> {
    let (waiting, failed) = db
        .prepare_cached("SELECT count(*) - total(failed), total(failed) FROM outbox WHERE conversation = ?1")?
        .query_row([conversation.id], |row| {
            Ok((row.get::<_, f64>(0)?, row.get::<_, f64>(1)?))
        })?;
    // Counts below `limits::OUTBOX_MESSAGES`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small whole numbers"
    )]
    {
        conversation.waiting = waiting as u32;
        conversation.failed = failed as u32;
    }
    let newest = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM outbox WHERE conversation = ?1 ORDER BY id DESC LIMIT 1"
        ))?
        .query_row([conversation.id], entry)
        .optional()?;
    match newest {
        Some(newest) => {
            conversation.out_time = newest.time;
            conversation.out_text = messages::preview(&newest.message_type, &newest.payload);
            conversation.out_payload = messages::small(&newest.message_type, &newest.payload);
            conversation.out_type = newest.message_type;
            conversation.out_failed = newest.failed;
        }
        None => {
            conversation.out_time = 0;
            conversation.out_text.clear();
            conversation.out_payload.clear();
            conversation.out_type.clear();
            conversation.out_failed = false;
        }
    }
    Ok(())
}

/// The message as the UI sees it.
pub(crate) fn view(
    db: &Connection,
    me: &str,
    conversation: &Conversation,
    it: &Entry,
) -> Result<MessageView> {
    let (nick, name_card) = messages::Names::new(db, conversation).of(me)?;
    let extras = it.extras.clone().unwrap_or_default();
    Ok(MessageView {
        conversation_id: conversation.name.clone(),
        client_id: it.client_id.clone(),
        seq: None,
        from: me.to_owned(),
        to: messages::recipient(conversation, true, me),
        flow: Flow::Out,
        time: it.time,
        random: it.random,
        client_sequence: it.client_seq,
        message_type: it.message_type.clone(),
        payload: messages::payload(&it.payload),
        priority: messages::priority_name(it.priority).to_owned(),
        status: if it.failed {
            MessageStatus::Fail
        } else {
            MessageStatus::UnSend
        },
        code: it.code,
        is_read: true,
        is_peer_read: false,
        is_revoked: false,
        revoker: String::new(),
        is_modified: false,
        reactions: Vec::new(),
        push_info: extras.push.map(messages::push_info_view),
        cloud_custom_data: extras.custom,
        at_user_list: extras.at,
        is_online_only: false,
        is_resend: it.is_resend,
        nick,
        name_card,
    })
}

/// The message as the UI sees it once it was recalled: it has left the outbox, and nothing of it is kept.
pub(crate) fn recalled_view(
    db: &Connection,
    me: &str,
    conversation: &Conversation,
    it: Entry,
) -> Result<MessageView> {
    let empty = Entry {
        payload: "{}".into(),
        extras: None,
        failed: false,
        code: 0,
        ..it
    };
    Ok(MessageView {
        status: MessageStatus::Success,
        is_revoked: true,
        revoker: me.to_owned(),
        ..view(db, me, conversation, &empty)?
    })
}

impl Entry {
    /// The request that sends it; `None` when the row does not hold what it must (a file changed by other hands).
    pub(crate) fn request(&self, conversation: &str) -> Option<SendMessage> {
        Some(SendMessage {
            conversation: conversation.parse::<ConversationId>().ok()?,
            client_id: ClientId::new(self.client_id.as_str()).ok()?,
            random: self.random,
            client_seq: self.client_seq,
            message_type: MessageType::new(self.message_type.as_str()),
            payload: serde_json::value::RawValue::from_string(self.payload.clone()).ok()?,
            priority: messages::priority_of(messages::priority_name(self.priority)),
            extras: self.extras.clone().map(Box::new),
            online_only: false,
        })
    }
}
