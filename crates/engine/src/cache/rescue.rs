//! A cache that cannot be used: set aside, its drafts and unsent messages rescued where they can be read (B6).

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use super::{conversations, messages, meta, outbox, schema};
use crate::view::CacheSetAside;
use crate::{EngineError, limits};

/// Opens the cache, or sets it aside and begins anew; then the report says so.
pub(super) fn open_or_begin_anew(file: &Path) -> Result<(Connection, Option<CacheSetAside>), EngineError> {
    let reason = match schema::open_writer(file) {
        Ok(connection) => return Ok((connection, None)),
        Err(schema::OpenError::Sqlite(error)) => return Err(error.into()),
        Err(schema::OpenError::Damaged) => "damaged",
        Err(schema::OpenError::Newer) => "newer",
    };
    let (connection, report) = set_aside(file, reason)?;
    Ok((connection, Some(report)))
}

/// Sets `file` aside, begins a new one, and rescues into it what can be read of the old one.
pub(super) fn set_aside(file: &Path, reason: &str) -> Result<(Connection, CacheSetAside), EngineError> {
    let kept = move_away(file)?;
    let mut connection = match schema::open_writer(file) {
        Ok(connection) => connection,
        Err(schema::OpenError::Sqlite(error)) => return Err(error.into()),
        Err(_) => {
            return Err(EngineError::Disk(std::io::Error::other(
                "a new cache cannot be made",
            )));
        }
    };
    let rescued = read_rescue(&kept);
    let mut report = CacheSetAside {
        reason: reason.to_owned(),
        drafts: 0,
        unsent: 0,
    };
    let transaction = connection.transaction()?;
    if let Some(owner) = &rescued.owner {
        meta::set(&transaction, meta::OWNER, owner)?;
    }
    for (name, text, time) in &rescued.drafts {
        let mut conversation = open_row(&transaction, name)?;
        conversation.draft.clone_from(text);
        conversation.draft_time = *time;
        conversation.settle();
        conversations::save(&transaction, &conversation)?;
        report.drafts += 1;
    }
    for (name, entry) in &rescued.unsent {
        let mut conversation = open_row(&transaction, name)?;
        // A row that was torn may be there twice; the first one counts.
        if outbox::append(&transaction, conversation.id, entry).is_ok() {
            report.unsent += 1;
        }
        outbox::settle(&transaction, &mut conversation)?;
        conversation.settle();
        conversations::save(&transaction, &conversation)?;
    }
    transaction.commit()?;
    tracing::warn!(
        reason,
        drafts = report.drafts,
        unsent = report.unsent,
        "the cache was set aside"
    );
    Ok((connection, report))
}

/// Removes the cache with everything that was set aside, and begins a new one: what was there is not left in free
/// pages (R-L7).
pub(super) fn begin_empty(file: &Path) -> Result<Connection, EngineError> {
    let aside = (1..=limits::SET_ASIDE_FILES).map(|number| beside(file, &format!(".damaged-{number}")));
    for path in aside.chain([file.to_owned()]) {
        for ending in ["", "-wal", "-shm"] {
            match std::fs::remove_file(beside(&path, ending)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
    }
    match schema::open_writer(file) {
        Ok(connection) => Ok(connection),
        Err(schema::OpenError::Sqlite(error)) => Err(error.into()),
        Err(_) => Err(EngineError::Disk(std::io::Error::other(
            "a new cache cannot be made",
        ))),
    }
}

fn open_row(db: &Connection, name: &str) -> rusqlite::Result<conversations::Conversation> {
    match conversations::load(db, name)? {
        Some(conversation) => Ok(conversation),
        None => conversations::begin(db, name),
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Renames the file and its companions to `cache.db.damaged-N`; the oldest of more than a few goes.
fn move_away(file: &Path) -> Result<PathBuf, EngineError> {
    let numbered = |number: usize| beside(file, &format!(".damaged-{number}"));
    let free = (1..=limits::SET_ASIDE_FILES).find(|number| !numbered(*number).exists());
    let number = match free {
        Some(number) => number,
        None => {
            for number in 1..=limits::SET_ASIDE_FILES {
                for ending in ["", "-wal", "-shm"] {
                    let from = beside(&numbered(number), ending);
                    if number == 1 {
                        let _ = std::fs::remove_file(from);
                    } else if from.exists() {
                        std::fs::rename(&from, beside(&numbered(number - 1), ending))?;
                    }
                }
            }
            limits::SET_ASIDE_FILES
        }
    };
    let kept = numbered(number);
    for ending in ["-wal", "-shm", ""] {
        let from = beside(file, ending);
        if from.exists() {
            std::fs::rename(from, beside(&kept, ending))?;
        }
    }
    Ok(kept)
}

#[derive(Default)]
struct Rescued {
    owner: Option<String>,
    drafts: Vec<(String, String, i64)>,
    unsent: Vec<(String, outbox::Entry)>,
}

/// Reads what can be read; an error ends the one list and not the other.
fn read_rescue(file: &Path) -> Rescued {
    let mut rescued = Rescued::default();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(db) = Connection::open_with_flags(file, flags) else {
        return rescued;
    };
    rescued.owner = db
        .query_row(
            "SELECT value FROM meta WHERE key = ?1",
            params![meta::OWNER],
            |row| row.get(0),
        )
        .ok();
    if let Ok(mut statement) =
        db.prepare("SELECT name, draft, draft_time FROM conversations WHERE draft <> '' ORDER BY id")
        && let Ok(rows) = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    {
        rescued.drafts = rows.map_while(Result::ok).take(limits::RESCUED_ROWS).collect();
    }
    // The conversations' names may be lost while the outbox is whole, and then nobody knows where to.
    if let Ok(mut statement) = db.prepare(
        "SELECT c.name, o.client_id, o.random, o.client_seq, o.type, o.payload, o.priority, o.time, o.failed, o.code,
            o.is_resend
         FROM outbox o JOIN conversations c ON c.id = o.conversation ORDER BY o.id",
    ) && let Ok(rows) = statement.query_map([], |row| {
        let entry = outbox::Entry {
            id: 0,
            client_id: row.get(1)?,
            random: row.get(2)?,
            client_seq: row.get(3)?,
            message_type: row.get(4)?,
            payload: row.get(5)?,
            priority: row.get(6)?,
            time: row.get(7)?,
            failed: row.get(8)?,
            code: row.get(9)?,
            is_resend: row.get(10)?,
        };
        Ok((row.get::<_, String>(0)?, entry))
    }) {
        rescued.unsent = rows
            .map_while(Result::ok)
            .filter(|(name, entry)| messages::payload(&entry.payload).is_object() && entry.request(name).is_some())
            .take(limits::RESCUED_ROWS)
            .collect();
    }
    rescued
}
