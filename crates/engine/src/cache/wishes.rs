//! Settings of conversations that this user has changed and that the server does not know yet.

use rusqlite::{Connection, OptionalExtension, Result, params};
use tidings_protocol::{ChangeSettings, ConversationSettings};

use super::conversations::{Conversation, remind_number, remind_of};
use super::{Open, Write};
use crate::view::SettingsChange;

fn row(db: &Connection, conversation: i64) -> Result<SettingsChange> {
    let found = db
        .prepare_cached("SELECT remind, pinned, marked_unread FROM wishes WHERE conversation = ?1")?
        .query_row([conversation], change)
        .optional()?;
    Ok(found.unwrap_or_default())
}

fn change(row: &rusqlite::Row<'_>) -> Result<SettingsChange> {
    Ok(SettingsChange {
        remind_type: row.get::<_, Option<u8>>(0)?.map(remind_of),
        is_pinned: row.get(1)?,
        is_marked_unread: row.get(2)?,
    })
}

fn apply(it: &mut Conversation, change: SettingsChange) {
    it.remind = change.remind_type.unwrap_or(it.remind);
    it.pinned = change.is_pinned.unwrap_or(it.pinned);
    it.marked_unread = change.is_marked_unread.unwrap_or(it.marked_unread);
}

/// This user wants the conversation so; the server will hear of it when it can.
pub(crate) fn wish(open: &mut Open<'_>, wanted: SettingsChange) -> Result<()> {
    let before = row(open.db, open.it.id)?;
    open.db
        .prepare_cached(
            "INSERT OR REPLACE INTO wishes (conversation, remind, pinned, marked_unread) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            open.it.id,
            wanted.remind_type.or(before.remind_type).map(remind_number),
            wanted.is_pinned.or(before.is_pinned),
            wanted.is_marked_unread.or(before.is_marked_unread),
        ])?;
    apply(open.it, wanted);
    Ok(())
}

/// The server says that the conversation is so; what this user wants since then stands above it.
pub(crate) fn learn(open: &mut Open<'_>, said: ConversationSettings) -> Result<()> {
    open.it.remind = said.remind;
    open.it.pinned = said.pinned;
    open.it.marked_unread = said.marked_unread;
    let wanted = row(open.db, open.it.id)?;
    apply(open.it, wanted);
    Ok(())
}

/// What the server does not know yet.
pub(crate) fn unsent(db: &Connection) -> Result<Vec<(String, SettingsChange)>> {
    let mut statement = db.prepare_cached(
        "SELECT w.remind, w.pinned, w.marked_unread, c.name FROM wishes w
         JOIN conversations c ON c.id = w.conversation ORDER BY c.id LIMIT 100",
    )?;
    let wishes = statement.query_map([], |row| Ok((row.get(3)?, change(row)?)))?;
    wishes.collect()
}

/// The request that tells the server.
pub(crate) fn request(name: &str, wanted: SettingsChange) -> Option<ChangeSettings> {
    Some(ChangeSettings {
        conversation: name.parse().ok()?,
        remind: wanted.remind_type,
        pinned: wanted.is_pinned,
        marked_unread: wanted.is_marked_unread,
    })
}

/// The server knows it, or never will; not so when this user has changed their mind meanwhile.
pub(crate) fn done(write: &mut Write<'_>, name: &str, told: SettingsChange) -> Result<()> {
    let open = write.open(name)?;
    if row(open.db, open.it.id)? == told {
        open.db
            .prepare_cached("DELETE FROM wishes WHERE conversation = ?1")?
            .execute([open.it.id])?;
    }
    Ok(())
}
