//! Messages that were recalled while they were in the outbox. One of them may have reached the server all the same, its
//! answer lost: it is recalled there as soon as its place in the log is known.

use rusqlite::{Connection, Result, params};

use crate::limits;

/// A recall that the server is to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recall {
    pub(crate) id: i64,
    /// In which conversation.
    pub(crate) conversation: String,
    /// Where.
    pub(crate) seq: u64,
}

/// The message of this client id is not to be seen by anybody.
pub(crate) fn remember(db: &Connection, conversation: i64, client_id: &str) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO recalls (conversation, client_id) VALUES (?1, ?2)")?
        .execute(params![conversation, client_id])?;
    db.prepare_cached("DELETE FROM recalls WHERE seq IS NULL AND id <= (SELECT max(id) FROM recalls) - ?1")?
        .execute([limits::RECALLS_REMEMBERED])?;
    Ok(())
}

/// A message of one's own is at `seq`; `true`: it was recalled before anybody knew where.
pub(crate) fn arrived(db: &Connection, conversation: i64, client_id: &str, seq: u64) -> Result<bool> {
    let found = db
        .prepare_cached("UPDATE recalls SET seq = ?3 WHERE conversation = ?1 AND client_id = ?2")?
        .execute(params![conversation, client_id, seq])?;
    Ok(found > 0)
}

/// What the server does not know yet.
pub(crate) fn unsent(db: &Connection) -> Result<Vec<Recall>> {
    let mut statement = db.prepare_cached(
        "SELECT r.id, c.name, r.seq FROM recalls r JOIN conversations c ON c.id = r.conversation
         WHERE r.seq IS NOT NULL ORDER BY r.id LIMIT 100",
    )?;
    let recalls = statement.query_map([], |row| {
        Ok(Recall {
            id: row.get(0)?,
            conversation: row.get(1)?,
            seq: row.get(2)?,
        })
    })?;
    recalls.collect()
}

/// The server has done it, or never will.
pub(crate) fn done(db: &Connection, id: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM recalls WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}
