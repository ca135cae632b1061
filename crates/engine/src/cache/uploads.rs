//! The files that messages in the outbox wait for.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use tidings_protocol::FileKind;

use super::files;
use super::outbox::Files;

/// A file on its way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    /// The message that waits for it, by the outbox's id.
    pub(crate) message: i64,
    /// Those with smaller numbers go first.
    pub(crate) place: u8,
    pub(crate) file: String,
    pub(crate) kind: FileKind,
    /// Bytes.
    pub(crate) size: u64,
    /// BLAKE3, 64 hexadecimal digits.
    pub(crate) hash: String,
    /// Bytes that the server had when it was last heard of.
    pub(crate) sent: u64,
    /// The server has all of it.
    pub(crate) finished: bool,
}

/// A message that waits for its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The outbox's id.
    pub(crate) message: i64,
    /// Where it goes.
    pub(crate) conversation: String,
    pub(crate) client_id: String,
    /// Somebody has stopped it.
    pub(crate) paused: bool,
    /// Bytes of all its files.
    pub(crate) total: u64,
    /// Bytes that the server has.
    pub(crate) sent: u64,
    /// The file that the message is about: the last to go.
    pub(crate) main: String,
}

fn number(kind: FileKind) -> u8 {
    match kind {
        FileKind::Image => 0,
        FileKind::Video => 1,
        FileKind::File => 2,
        FileKind::Sound => 3,
        FileKind::Preview => 4,
    }
}

fn kind(number: u8) -> FileKind {
    match number {
        0 => FileKind::Image,
        1 => FileKind::Video,
        3 => FileKind::Sound,
        4 => FileKind::Preview,
        _ => FileKind::File,
    }
}

/// Notes a file that a message waits for.
pub(crate) fn put(db: &Connection, it: &Upload) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO uploads (message, place, file, kind, size, hash, sent, finished)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        it.message,
        it.place,
        it.file,
        number(it.kind),
        it.size,
        it.hash,
        it.sent,
        it.finished,
    ])?;
    Ok(())
}

/// The files of one message, those that go first first.
pub(crate) fn of(db: &Connection, message: i64) -> Result<Vec<Upload>> {
    db.prepare_cached(
        "SELECT message, place, file, kind, size, hash, sent, finished FROM uploads WHERE message = ?1
         ORDER BY place",
    )?
    .query_map([message], upload)?
    .collect()
}

fn upload(row: &Row<'_>) -> Result<Upload> {
    Ok(Upload {
        message: row.get(0)?,
        place: row.get(1)?,
        file: row.get(2)?,
        kind: kind(row.get(3)?),
        size: row.get(4)?,
        hash: row.get(5)?,
        sent: row.get(6)?,
        finished: row.get(7)?,
    })
}

/// The messages that wait for their files, the longest waiting first.
pub(crate) fn waiting(db: &Connection) -> Result<Vec<Waiting>> {
    db.prepare_cached(
        "SELECT o.id, c.name, o.client_id, o.files, sum(u.size), sum(u.sent),
            (SELECT file FROM uploads WHERE message = o.id ORDER BY place DESC LIMIT 1)
         FROM outbox o JOIN uploads u ON u.message = o.id JOIN conversations c ON c.id = o.conversation
         WHERE o.files > 0 AND o.failed = 0 GROUP BY o.id ORDER BY o.id",
    )?
    .query_map([], |row| {
        Ok(Waiting {
            message: row.get(0)?,
            conversation: row.get(1)?,
            client_id: row.get(2)?,
            paused: Files::of(row.get(3)?) == Files::Paused,
            total: row.get(4)?,
            sent: row.get(5)?,
            main: row.get(6)?,
        })
    })?
    .collect()
}

/// Messages that wait for files of which only the payload is known: they were rescued from a damaged cache. The outbox's id,
/// the type and the payload of each.
pub(crate) fn unknown(db: &Connection) -> Result<Vec<(i64, String, String)>> {
    db.prepare_cached(
        "SELECT id, type, payload FROM outbox o WHERE files IN (1, 2)
            AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.message = o.id) ORDER BY id",
    )?
    .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
    .collect()
}

/// Where a message of the outbox is: conversation, client id, type.
pub(crate) fn message(db: &Connection, id: i64) -> Result<Option<(String, String, String)>> {
    db.prepare_cached(
        "SELECT c.name, o.client_id, o.type FROM outbox o JOIN conversations c ON c.id = o.conversation
         WHERE o.id = ?1",
    )?
    .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    .optional()
}

/// The server has so much of it.
pub(crate) fn reached(db: &Connection, it: &Upload, sent: u64) -> Result<()> {
    db.prepare_cached("UPDATE uploads SET sent = ?3, finished = ?4 WHERE message = ?1 AND place = ?2")?
        .execute(params![it.message, it.place, sent, sent >= it.size])?;
    Ok(())
}

/// The message has left the outbox for the log.
pub(super) fn forget(db: &Connection, message: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM uploads WHERE message = ?1")?
        .execute([message])?;
    Ok(())
}

/// Files of messages that were thrown away.
pub(crate) fn thrown_away(db: &Connection) -> Result<Vec<Upload>> {
    db.prepare_cached(
        "SELECT message, place, file, kind, size, hash, sent, finished FROM uploads u
         WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = u.message)",
    )?
    .query_map([], upload)?
    .collect()
}

/// The server was told that this file is not wanted any more, or need not be told: it leaves the folder as well, unless
/// another message names it.
pub(crate) fn drop_thrown_away(db: &Connection, it: &Upload) -> Result<()> {
    db.prepare_cached("DELETE FROM uploads WHERE message = ?1 AND place = ?2")?
        .execute(params![it.message, it.place])?;
    files::let_go(db, &it.file)
}
