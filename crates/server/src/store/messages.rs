//! Reading logs.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tidings_protocol::{
    Changes, ChangesRequest, ClientId, ConversationKind, Message, MessageType, Page, UserId, limits,
};

use super::accounts::user_row;
use super::append::priority;
use super::groups::{SYSTEM, SYSTEM_ID};
use super::{StoreError, from_db, to_db};

/// The columns that [`message`] reads, of a table called `x`.
pub(super) const COLUMNS: &str = "x.seq, x.revision, x.time, x.client_id, x.random, x.client_seq, x.type, x.payload, x.priority, x.sender, \
     x.extras, x.altered";

/// Reads [`COLUMNS`] from column `at` on. `me` and `peer` are the two of the conversation, each with their row.
pub(super) fn message(
    row: &Row<'_>,
    at: usize,
    me: (i64, &UserId),
    peer: &UserId,
) -> Result<Message, StoreError> {
    let sender: i64 = row.get(at + 9)?;
    let (from, to) = if sender == me.0 {
        (me.1, peer)
    } else {
        (peer, me.1)
    };
    let kind = if peer.as_str() == SYSTEM_ID {
        ConversationKind::System
    } else {
        ConversationKind::C2C
    };
    message_of(row, at, kind, from.clone(), to.to_string())
}

/// Reads [`COLUMNS`] from column `at` on, but for the sender.
pub(super) fn message_of(
    row: &Row<'_>,
    at: usize,
    kind: ConversationKind,
    from: UserId,
    to: String,
) -> Result<Message, StoreError> {
    let text: String = row.get(at + 3)?;
    let payload: String = row.get(at + 7)?;
    Ok(Message {
        kind,
        from,
        to,
        seq: from_db(row.get(at)?),
        revision: from_db(row.get(at + 1)?),
        time: row.get(at + 2)?,
        client_id: ClientId::new(text).map_err(|error| StoreError::Fault(error.to_string()))?,
        random: row.get(at + 4)?,
        client_seq: row.get(at + 5)?,
        message_type: MessageType::new(row.get::<_, String>(at + 6)?),
        payload: RawValue::from_string(payload).map_err(|error| StoreError::Fault(error.to_string()))?,
        priority: priority(row.get(at + 8)?),
        cut: false,
        extras: from_json(row, at + 10)?,
        altered: from_json(row, at + 11)?,
    })
}

/// What may go with a message, as it is stored.
pub(super) fn to_json<T: Serialize>(value: Option<&T>) -> Result<Option<String>, StoreError> {
    let json = value.map(serde_json::to_string).transpose();
    json.map_err(|error| StoreError::Fault(error.to_string()))
}

fn from_json<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> Result<Option<Box<T>>, StoreError> {
    let json = row.get_ref(at)?.as_str_or_null();
    let json = json.map_err(|error| StoreError::Fault(error.to_string()))?;
    let value = json.map(serde_json::from_str).transpose();
    value.map_err(|error| StoreError::Fault(error.to_string()))
}

/// What the message that [`message`] reads takes of a page, bytes: about, and never much less.
pub(super) fn size(row: &Row<'_>, at: usize) -> usize {
    let bytes = |column| match row.get_ref(column) {
        Ok(ValueRef::Text(text)) => text.len(),
        _ => 0,
    };
    bytes(at + 7) + bytes(at + 10) + bytes(at + 11)
}

struct Log {
    id: i64,
    seq: u64,
    revision: u64,
    /// Nothing up to here is kept, or shown to this user.
    floor: i64,
}

/// The log between two users. Its id is never told to anybody, and a client names a log only by the other user, so nobody can
/// ask for a log of others (H32). That there is no such user looks as if nothing had been written yet (H40).
fn log(conn: &Connection, me: i64, peer: &UserId) -> Result<Option<Log>, StoreError> {
    let row = match peer.as_str() {
        SYSTEM_ID => SYSTEM,
        _ => match user_row(conn, peer)? {
            Some(row) => row,
            None => return Ok(None),
        },
    };
    let log = conn
        .prepare_cached(
            "SELECT c.id, c.seq, c.revision, max(c.first_seq - 1, m.cleared_seq) \
             FROM conversations c JOIN members m ON m.conversation = c.id AND m.user = ?3 \
             WHERE c.low_user = ?1 AND c.high_user = ?2",
        )?
        .query_row(params![me.min(row), me.max(row), me], |row| {
            Ok(Log {
                id: row.get(0)?,
                seq: from_db(row.get(1)?),
                revision: from_db(row.get(2)?),
                floor: row.get(3)?,
            })
        })
        .optional()?;
    Ok(log)
}

/// A page of history, for [`tidings_protocol::Request::History`].
pub(crate) fn page(
    conn: &Connection,
    me: (i64, &UserId),
    peer: &UserId,
    before: Option<u64>,
    limit: u32,
) -> Result<Page, StoreError> {
    let Some(log) = log(conn, me.0, peer)? else {
        return Ok(Page {
            messages: Vec::new(),
            seq: 0,
            revision: 0,
            complete: true,
        });
    };
    let limit = usize::try_from(limit)
        .unwrap_or(usize::MAX)
        .clamp(1, limits::HISTORY_PAGE);
    let before = before.map_or(i64::MAX, to_db);
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages x WHERE conversation = ?1 AND seq < ?2 AND seq > ?4 \
         ORDER BY seq DESC LIMIT ?3"
    ))?;
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![log.id, before, most, log.floor])?;
    let mut messages = Vec::new();
    let mut bytes = 0;
    // A page is one frame and must fit into what may wait for one session; the rest is the next page.
    while let Some(row) = rows.next()?
        && bytes < crate::limits::PAGE_BYTES
    {
        bytes += size(row, 0);
        messages.push(message(row, 0, me, peer)?);
    }
    messages.reverse();
    let complete = messages
        .first()
        .is_none_or(|first| to_db(first.seq) <= log.floor + 1);
    Ok(Page {
        messages,
        seq: log.seq,
        revision: log.revision,
        complete,
    })
}

/// For [`tidings_protocol::Request::Changes`].
pub(crate) fn changes(
    conn: &Connection,
    me: (i64, &UserId),
    peer: &UserId,
    asked: &ChangesRequest,
) -> Result<Changes, StoreError> {
    let Some(log) = log(conn, me.0, peer)? else {
        return Ok(Changes {
            messages: Vec::new(),
            revision: 0,
            more: false,
        });
    };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages x WHERE conversation = ?1 AND revision > ?2 AND changed = 1 AND seq <= ?3 \
         AND seq > ?5 ORDER BY revision LIMIT ?4"
    ))?;
    let most = i64::try_from(limits::HISTORY_PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![
        log.id,
        to_db(asked.since),
        to_db(asked.seq),
        most,
        log.floor
    ])?;
    let mut messages = Vec::new();
    let mut bytes = 0;
    let mut more = false;
    while let Some(row) = rows.next()? {
        // As a page of history.
        if messages.len() >= limits::HISTORY_PAGE || bytes >= crate::limits::PAGE_BYTES {
            more = true;
            break;
        }
        bytes += size(row, 0);
        messages.push(message(row, 0, me, peer)?);
    }
    let revision = match messages.last() {
        Some(last) if more => last.revision,
        _ => log.revision,
    };
    Ok(Changes {
        messages,
        revision,
        more,
    })
}
