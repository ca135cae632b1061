//! Messages that this user has deleted for themselves. Their places stay, so that the log has no hole.

use rusqlite::{Connection, Result, params};

use super::{Open, files, messages};
use crate::limits;

/// Whether the message at `seq` is hidden.
pub(crate) fn is(db: &Connection, conversation: i64, seq: u64) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM hidden WHERE conversation = ?1 AND seq = ?2")?
        .exists(params![conversation, seq])
}

/// How many are hidden at all.
pub(crate) fn count(db: &Connection) -> Result<usize> {
    db.prepare_cached("SELECT count(*) FROM hidden")?
        .query_row([], |row| row.get(0))
}

/// Hides these messages, held or not.
pub(crate) fn hide(open: &mut Open<'_>, seqs: &[u64]) -> Result<()> {
    for seq in seqs.iter().filter(|seq| (1..=limits::SEQ_MOST).contains(*seq)) {
        open.db
            .prepare_cached("INSERT OR IGNORE INTO hidden (conversation, seq) VALUES (?1, ?2)")?
            .execute(params![open.it.id, seq])?;
        open.db
            .prepare_cached(
                "UPDATE messages SET payload = '{}', extras = NULL, altered = NULL, quotes = NULL, flags = flags | ?3
                 WHERE conversation = ?1 AND seq = ?2",
            )?
            .execute(params![open.it.id, seq, messages::HIDDEN])?;
        files::release(open.db, open.it.id, *seq, *seq)?;
    }
    if seqs.contains(&open.it.last_seq) {
        show_newest(open)?;
    }
    *open.erased = true;
    Ok(())
}

/// The list shows the newest held message that there is to be seen.
pub(crate) fn show_newest(open: &mut Open<'_>) -> Result<()> {
    let newest = messages::newest_to_show(open.db, open.it.id, open.it.cleared_seq)?;
    let it = &mut *open.it;
    match newest {
        Some(newest) => newest.show(it),
        None => {
            (it.last_seq, it.last_revision) = (0, 0);
            for text in [
                &mut it.last_sender,
                &mut it.last_type,
                &mut it.last_text,
                &mut it.last_payload,
                &mut it.last_revoker,
            ] {
                text.clear();
            }
        }
    }
    Ok(())
}
