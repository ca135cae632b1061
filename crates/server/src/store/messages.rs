//! Reading logs.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::value::RawValue;
use tidings_protocol::{
    Changes, ChangesRequest, ClientId, ConversationKind, Message, MessageType, Page, UserId, limits,
};

use super::accounts::user_row;
use super::append::priority;
use super::{StoreError, from_db, to_db};

/// The columns that [`message`] reads, of a table called `x`.
pub(super) const COLUMNS: &str =
    "x.seq, x.revision, x.time, x.client_id, x.random, x.client_seq, x.type, x.payload, x.priority, x.sender";

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
    let text: String = row.get(at + 3)?;
    let payload: String = row.get(at + 7)?;
    Ok(Message {
        kind: ConversationKind::C2C,
        from: from.clone(),
        to: to.to_string(),
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
        extras: None,
        altered: None,
    })
}

struct Log {
    id: i64,
    seq: u64,
    revision: u64,
}

/// The log between two users. Its id is never told to anybody, and a client names a log only by the other user, so nobody can
/// ask for a log of others (H32). That there is no such user looks as if nothing had been written yet (H40).
fn log(conn: &Connection, me: i64, peer: &UserId) -> Result<Option<Log>, StoreError> {
    let Some(row) = user_row(conn, peer)? else {
        return Ok(None);
    };
    let log = conn
        .prepare_cached("SELECT id, seq, revision FROM conversations WHERE low_user = ?1 AND high_user = ?2")?
        .query_row(params![me.min(row), me.max(row)], |row| {
            Ok(Log {
                id: row.get(0)?,
                seq: from_db(row.get(1)?),
                revision: from_db(row.get(2)?),
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
        "SELECT {COLUMNS} FROM messages x WHERE conversation = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
    ))?;
    let mut rows = statement.query(params![log.id, before, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut messages = Vec::new();
    let mut bytes = 0;
    // A page is one frame and must fit into what may wait for one session; the rest is the next page.
    while let Some(row) = rows.next()?
        && bytes < crate::limits::PAGE_BYTES
    {
        let message = message(row, 0, me, peer)?;
        bytes += message.payload.get().len();
        messages.push(message);
    }
    messages.reverse();
    let complete = messages.first().is_none_or(|first| first.seq <= 1);
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
         ORDER BY revision LIMIT ?4"
    ))?;
    let most = i64::try_from(limits::HISTORY_PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![log.id, to_db(asked.since), to_db(asked.seq), most])?;
    let mut messages = Vec::new();
    let mut bytes = 0;
    let mut more = false;
    while let Some(row) = rows.next()? {
        // As a page of history.
        if messages.len() >= limits::HISTORY_PAGE || bytes >= crate::limits::PAGE_BYTES {
            more = true;
            break;
        }
        let message = message(row, 0, me, peer)?;
        bytes += message.payload.get().len();
        messages.push(message);
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
