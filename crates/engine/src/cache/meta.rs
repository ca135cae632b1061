//! The few single values.

use rusqlite::{Connection, OptionalExtension, Result, params};

/// Whose cache this is: user and server.
pub(crate) const OWNER: &str = "owner";
/// An import into this cache has begun and has not ended.
pub(crate) const IMPORTING: &str = "importing";
/// The heads version up to which every head is known.
pub(crate) const HEADS_VERSION: &str = "heads_version";

/// The value of `key`.
pub(crate) fn get(db: &Connection, key: &str) -> Result<Option<String>> {
    db.prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

/// Sets `key`.
pub(crate) fn set(db: &Connection, key: &str, value: &str) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![key, value])?;
    Ok(())
}

/// Forgets `key`.
pub(crate) fn remove(db: &Connection, key: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM meta WHERE key = ?1")?
        .execute([key])?;
    Ok(())
}

/// The heads version that is known; `None` before heads were ever taken in, so that nothing of them is news.
pub(crate) fn heads_version(db: &Connection) -> Result<Option<u64>> {
    Ok(get(db, HEADS_VERSION)?.and_then(|text| text.parse().ok()))
}

/// Everything that came from the server goes; drafts and the outbox stay.
pub(crate) fn forget_server_state(db: &Connection) -> Result<()> {
    db.execute_batch(
        "DELETE FROM messages;
         DELETE FROM file_uses;
         DELETE FROM runs;
         UPDATE conversations SET head_version = 0, seq = 0, revision = 0, revision_seq = 0, floor = 0, told_seq = 0,
            read_seq = 0, wanted_read_seq = 0, peer_read_seq = 0, unread = 0, unread_from = 0,
            last_seq = 0, last_time = 0, last_sender = '', last_type = '', last_text = '', in_list = 0,
            last_revision = 0, last_payload = '', last_revoker = '', group_profile = NULL, membership = NULL,
            mention_seq = 0, everybody_seq = 0, cleared_seq = 0,
            shown = (waiting + failed > 0 OR draft <> ''),
            sort_time = max(iif(waiting + failed > 0, out_time, 0), iif(draft <> '', draft_time, 0));
         DELETE FROM removals;
         DELETE FROM hidden;
         DELETE FROM recalls WHERE seq IS NOT NULL;
         DELETE FROM cards;
         DELETE FROM meta WHERE key = 'heads_version';",
    )
}
