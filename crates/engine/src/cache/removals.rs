//! Conversations that this user took off the list and that the server has not taken off yet.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::{Open, Write, files, hidden, reading};

/// A conversation that is to be taken off the server's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Removal {
    /// Which one.
    pub(crate) conversation: String,
    /// Its newest message when it was taken off.
    pub(crate) seq: u64,
    /// A newer message has brought it back.
    pub(crate) is_over: bool,
    /// Its history goes as well.
    pub(crate) clear: bool,
}

/// This user takes the conversation off the list, as read; the server will hear of it when it can. Its draft goes; its
/// messages stay on the server, and with `clear` are not seen by this user again.
pub(crate) fn remove(write: &mut Write<'_>, name: &str, clear: bool) -> Result<()> {
    reading::mark_read(write, name)?;
    let mut open = write.open(name)?;
    let seq = open.it.seq;
    if seq > 0 || open.it.in_list {
        open.db
            .prepare_cached(
                "INSERT INTO removals (conversation, seq, clear) VALUES (?1, ?2, ?3) ON CONFLICT (conversation)
                 DO UPDATE SET seq = excluded.seq, clear = max(clear, excluded.clear)",
            )?
            .execute(params![open.it.id, seq, clear])?;
    }
    open.it.in_list = false;
    open.it.draft.clear();
    *open.erased = true;
    if clear {
        clear_up_to(&mut open, seq)?;
    }
    Ok(())
}

/// This user wants to see nothing up to `seq` any more: it leaves the cache, and the list's words with it.
pub(crate) fn clear_up_to(open: &mut Open<'_>, seq: u64) -> Result<()> {
    if seq <= open.it.cleared_seq {
        return Ok(());
    }
    open.it.cleared_seq = seq;
    files::release(open.db, open.it.id, 0, seq)?;
    for question in [
        "DELETE FROM messages WHERE conversation = ?1 AND seq <= ?2",
        "DELETE FROM hidden WHERE conversation = ?1 AND seq <= ?2",
        "DELETE FROM runs WHERE conversation = ?1 AND last <= ?2",
        "UPDATE runs SET first = ?2 + 1 WHERE conversation = ?1 AND first <= ?2",
    ] {
        open.db
            .prepare_cached(question)?
            .execute(params![open.it.id, seq])?;
    }
    open.it.told_seq = open.it.told_seq.max(seq);
    if open.it.last_seq <= seq {
        hidden::show_newest(open)?;
    }
    *open.erased = true;
    open.told.fill(&open.it.name);
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
        "SELECT c.name, r.seq, c.seq > r.seq, r.clear FROM removals r JOIN conversations c ON c.id = r.conversation
         ORDER BY c.id LIMIT 100",
    )?;
    let removals = statement.query_map([], |row| {
        Ok(Removal {
            conversation: row.get(0)?,
            seq: row.get(1)?,
            is_over: row.get(2)?,
            clear: row.get(3)?,
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
