//! Files of messages: which of them are here, and which messages name them.

use rusqlite::{Connection, OptionalExtension, Result, params};
use serde_json::value::RawValue;
use tidings_protocol::{FileId, MediaPayload, Message, MessageType};

use crate::limits;

/// What a message says of a file that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// Bytes; `None`: it does not say.
    pub(crate) size: Option<u64>,
    /// What the file is called; empty: it has no name.
    pub(crate) name: String,
    /// It is what the message is about, and no smaller picture of it.
    pub(crate) is_main: bool,
    /// In which conversation; empty: the message waits in the outbox.
    pub(crate) conversation: String,
}

/// Whether messages of this type carry files.
pub(crate) fn has_files(message_type: &str) -> bool {
    matches!(
        message_type,
        MessageType::IMAGE | MessageType::VIDEO | MessageType::FILE | MessageType::SOUND
    )
}

/// The files that a payload names; what cannot be read names none.
pub(crate) fn named(message_type: &str, payload: &RawValue) -> Vec<FileId> {
    if !has_files(message_type) {
        return Vec::new();
    }
    match MediaPayload::read(&MessageType::new(message_type), payload) {
        Ok(Some(read)) => read.files(),
        _ => Vec::new(),
    }
}

/// Notes which files the message at its place names now. `is_empty`: nothing of it is kept. What no message names any more
/// is to leave the media folder.
pub(super) fn put_uses(
    db: &Connection,
    conversation: i64,
    message: &Message,
    is_empty: bool,
    was_there: bool,
) -> Result<()> {
    let now = if is_empty {
        Vec::new()
    } else {
        named(message.message_type.as_str(), &message.payload)
    };
    if was_there {
        let before: Vec<String> = db
            .prepare_cached("SELECT file FROM file_uses WHERE conversation = ?1 AND seq = ?2")?
            .query_map(params![conversation, message.seq], |row| row.get(0))?
            .collect::<Result<_>>()?;
        for file in before {
            if !now.iter().any(|it| it.as_str() == file) {
                db.prepare_cached(
                    "DELETE FROM file_uses WHERE conversation = ?1 AND seq = ?2 AND file = ?3",
                )?
                .execute(params![conversation, message.seq, file])?;
                let_go(db, &file)?;
            }
        }
    }
    for file in now {
        db.prepare_cached("INSERT OR IGNORE INTO file_uses (conversation, seq, file) VALUES (?1, ?2, ?3)")?
            .execute(params![conversation, message.seq, file.as_str()])?;
        db.prepare_cached("DELETE FROM files_gone WHERE id = ?1")?
            .execute([file.as_str()])?;
    }
    Ok(())
}

/// The messages `first..=last` are not here any more.
pub(super) fn release(db: &Connection, conversation: i64, first: u64, last: u64) -> Result<()> {
    let files: Vec<String> = db
        .prepare_cached(
            "SELECT DISTINCT file FROM file_uses WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3",
        )?
        .query_map(params![conversation, first, last], |row| row.get(0))?
        .collect::<Result<_>>()?;
    if files.is_empty() {
        return Ok(());
    }
    db.prepare_cached("DELETE FROM file_uses WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3")?
        .execute(params![conversation, first, last])?;
    for file in files {
        let_go(db, &file)?;
    }
    Ok(())
}

/// Puts the file among those that leave the folder, unless somebody names it.
pub(super) fn let_go(db: &Connection, file: &str) -> Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO files_gone (id) SELECT ?1
         WHERE NOT EXISTS (SELECT 1 FROM file_uses WHERE file = ?1)
            AND NOT EXISTS (SELECT 1 FROM uploads WHERE file = ?1)",
    )?
    .execute([file])?;
    Ok(())
}

/// Some of the files that are to leave the folder.
pub(crate) fn gone(db: &Connection) -> Result<Vec<String>> {
    let most = i64::try_from(limits::FILES_REMOVED_AT_ONCE).unwrap_or(i64::MAX);
    db.prepare_cached("SELECT id FROM files_gone LIMIT ?1")?
        .query_map([most], |row| row.get(0))?
        .collect()
}

/// These have left the folder.
pub(crate) fn forget(db: &Connection, ids: &[String]) -> Result<()> {
    for id in ids {
        db.prepare_cached("DELETE FROM files_gone WHERE id = ?1")?
            .execute([id])?;
        db.prepare_cached("DELETE FROM files WHERE id = ?1")?
            .execute([id])?;
    }
    Ok(())
}

/// The file is in the folder, whole, and used at `now`.
pub(crate) fn put(db: &Connection, id: &str, size: u64, now: i64) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO files (id, size, used) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET size = excluded.size, used = max(used, excluded.used)",
    )?
    .execute(params![id, size, now])?;
    Ok(())
}

/// The file was used.
pub(crate) fn use_at(db: &Connection, id: &str, now: i64) -> Result<()> {
    db.prepare_cached("UPDATE files SET used = ?2 WHERE id = ?1 AND used < ?2 - ?3")?
        .execute(params![id, now, limits::FILE_USED_MS])?;
    Ok(())
}

/// The files that are known to be in the folder.
pub(crate) fn all(db: &Connection) -> Result<Vec<(String, u64)>> {
    db.prepare_cached("SELECT id, size FROM files")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// How many bytes in how many files, and how many of the bytes wait to be sent.
pub(crate) fn sums(db: &Connection) -> Result<(u64, u64, u64)> {
    let (bytes, files): (u64, u64) = db
        .prepare_cached("SELECT coalesce(sum(size), 0), count(*) FROM files")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let kept = db
        .prepare_cached("SELECT coalesce(sum(size), 0) FROM files WHERE id IN (SELECT file FROM uploads)")?
        .query_row([], |row| row.get(0))?;
    Ok((bytes, files, kept))
}

/// Files that can be had again, those that were not used for longest first, with their sizes.
pub(crate) fn oldest(db: &Connection, most: usize) -> Result<Vec<(String, u64)>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    db.prepare_cached(
        "SELECT id, size FROM files f WHERE NOT EXISTS (SELECT 1 FROM uploads u WHERE u.file = f.id)
         ORDER BY used LIMIT ?1",
    )?
    .query_map([most], |row| Ok((row.get(0)?, row.get(1)?)))?
    .collect()
}

/// What the oldest message that is held, or one that waits, says of this file. Whoever can read the file may name it again and say
/// something else; what their clocks say counts for nothing.
pub(crate) fn said(db: &Connection, id: &FileId) -> Result<Option<Said>> {
    let of = |row: &rusqlite::Row<'_>| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
        ))
    };
    let held = db
        .prepare_cached(
            "SELECT c.name, m.type, m.payload FROM file_uses u
             JOIN messages m ON m.conversation = u.conversation AND m.seq = u.seq
             JOIN conversations c ON c.id = u.conversation
             WHERE u.file = ?1 ORDER BY u.conversation, u.seq LIMIT 1",
        )?
        .query_row([id.as_str()], of)
        .optional()?;
    let found = match held {
        Some(held) => Some(held),
        None => db
            .prepare_cached(
                "SELECT '', o.type, o.payload FROM uploads u JOIN outbox o ON o.id = u.message
                 WHERE u.file = ?1 LIMIT 1",
            )?
            .query_row([id.as_str()], of)
            .optional()?,
    };
    let Some((conversation, message_type, payload)) = found else {
        return Ok(None);
    };
    let read = RawValue::from_string(payload)
        .ok()
        .and_then(|payload| MediaPayload::read(&MessageType::new(message_type), &payload).ok())
        .flatten();
    Ok(read.map(|read| said_by(&read, id, conversation)))
}

fn said_by(payload: &MediaPayload, id: &FileId, conversation: String) -> Said {
    let is = |uuid: &str| FileId::of_uuid(uuid).is_ok_and(|it| it == *id);
    let (size, name, is_main): (_, &str, _) = match payload {
        MediaPayload::Image(image) => {
            // Where several forms are one file, they have one size.
            let info = image.image_info_array.iter().find(|info| info.instance_id == *id);
            (info.map(|info| info.size), &image.file_name, is(&image.uuid))
        }
        MediaPayload::Video(video) if is(&video.video_uuid) => {
            (Some(video.video_size), &video.file_name, true)
        }
        MediaPayload::Video(video) => (Some(video.thumb_size), &video.file_name, false),
        MediaPayload::File(file) => (Some(file.file_size), &file.file_name, true),
        MediaPayload::Sound(sound) => (Some(sound.size), "", true),
    };
    Said {
        size,
        name: name.to_owned(),
        is_main,
        conversation,
    }
}
