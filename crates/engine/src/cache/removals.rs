//! Conversations that this user took off the list and that the server has not taken off yet.

use rusqlite::{Connection, OptionalExtension, Result, params};

/// A conversation that is to be taken off the server's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Removal {
    /// Which one.
    pub(crate) conversation: String,
    /// Its newest message when it was taken off.
    pub(crate) seq: u64,
    /// A newer message has brought it back.
    pub(crate) is_over: bool,
}

/// The conversation is taken off, with all messages up to `seq`.
pub(crate) fn put(db: &Connection, conversation: i64, seq: u64) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO removals (conversation, seq) VALUES (?1, ?2)")?
        .execute(params![conversation, seq])?;
    Ok(())
}

/// The seq up to which the conversation is taken off, while the server does not know it.
pub(crate) fn seq(db: &Connection, conversation: i64) -> Result<Option<u64>> {
    db.prepare_cached("SELECT seq FROM removals WHERE conversation = ?1")?
        .query_row([conversation], |row| row.get(0))
        .optional()
}

/// What the server does not know yet.
pub(crate) fn unsent(db: &Connection) -> Result<Vec<Removal>> {
    let mut statement = db.prepare_cached(
        "SELECT c.name, r.seq, c.seq > r.seq FROM removals r JOIN conversations c ON c.id = r.conversation
         ORDER BY c.id LIMIT 100",
    )?;
    let removals = statement.query_map([], |row| {
        Ok(Removal {
            conversation: row.get(0)?,
            seq: row.get(1)?,
            is_over: row.get(2)?,
        })
    })?;
    removals.collect()
}

/// The server knows it, or it is over; not so when the conversation was taken off once more meanwhile.
pub(crate) fn done(db: &Connection, removal: &Removal) -> Result<()> {
    db.prepare_cached(
        "DELETE FROM removals WHERE seq = ?2 AND conversation = (SELECT id FROM conversations WHERE name = ?1)",
    )?
    .execute(params![removal.conversation, removal.seq])?;
    Ok(())
}
