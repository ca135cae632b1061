//! The conversation list.

use rusqlite::{Connection, Result};

use super::conversations::{columns, from_row};
use crate::view::ConversationView;

/// The latest `limit` conversations, latest first: one walk down an index.
pub(crate) fn latest(db: &Connection, me: &str, limit: u32) -> Result<Vec<ConversationView>> {
    let mut statement = db.prepare_cached(concat!(
        "SELECT ",
        columns!(),
        " FROM conversations WHERE shown = 1 ORDER BY sort_time DESC, head_version DESC LIMIT ?1"
    ))?;
    let list = statement.query_map([limit], |row| Ok(from_row(row)?.view(me)))?;
    list.collect()
}

/// The names of the latest `limit` conversations whose newest messages are not all held, or of which fewer than `enough`
/// are held below them: what the background fills in, latest first.
pub(crate) fn wanting(db: &Connection, limit: usize, enough: u64) -> Result<Vec<String>> {
    let mut statement = db.prepare_cached(
        "SELECT name FROM (
            SELECT name, seq, floor,
                (SELECT first FROM runs WHERE conversation = id ORDER BY first DESC LIMIT 1) AS held_first,
                (SELECT last FROM runs WHERE conversation = id ORDER BY first DESC LIMIT 1) AS held_last, sort_time
            FROM conversations WHERE shown = 1 ORDER BY sort_time DESC, head_version DESC LIMIT ?1)
         WHERE seq > 0 AND (held_last IS NULL OR held_last < seq
            OR (held_first > max(floor, 1) AND held_last - held_first + 1 < ?2))
         ORDER BY sort_time DESC",
    )?;
    let names = statement.query_map((limit, enough), |row| row.get(0))?;
    names.collect()
}
