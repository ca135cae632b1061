//! A cache that cannot be used: set aside, its drafts and unsent messages rescued (B6).
//!
//! Whenever this is stopped, nothing that was typed is lost. The new cache is made beside the old one, as `cache.db.new`,
//! with what was rescued in it; only when it is on the disk, the old one is moved away, and then the new one takes its
//! name. So a `cache.db.new` without a `cache.db` is whole and is only to be renamed, and one beside a `cache.db` may be
//! half made and is thrown away.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use super::unsent::{self, Draft};
use super::{conversations, messages, meta, outbox, schema};
use crate::view::CacheSetAside;
use crate::{EngineError, limits};

/// Why the cache that is being made was begun; in `meta`, until it was told.
const BEGUN_BECAUSE: &str = "begun_because";

/// Called after each step; an error stops there, as a kill would.
type Step<'a> = &'a mut dyn FnMut() -> Result<(), EngineError>;

fn on() -> Result<(), EngineError> {
    Ok(())
}

/// Opens the cache, or sets it aside and begins anew; then the report says so.
pub(super) fn open_or_begin_anew(file: &Path) -> Result<(Connection, Option<CacheSetAside>), EngineError> {
    finish(file)?;
    let is_lost = fs::metadata(file).map_or(true, |data| data.len() == 0) && {
        let kept = unsent::read(file);
        !kept.drafts.is_empty() || !kept.unsent.is_empty()
    };
    let reason = if is_lost {
        "damaged"
    } else {
        match schema::open_writer(file) {
            Ok(connection) => {
                // Begun anew by an earlier run, which was stopped before it could say so.
                let report = told(&connection)?;
                return Ok((connection, report));
            }
            Err(schema::OpenError::Sqlite(error)) => return Err(error.into()),
            Err(schema::OpenError::Damaged) => "damaged",
            Err(schema::OpenError::Newer) => "newer",
        }
    };
    set_aside(file, reason)
}

/// Sets `file` aside and begins a new one with what can be rescued of it. No connection to it may be open.
pub(super) fn set_aside(
    file: &Path,
    reason: &str,
) -> Result<(Connection, Option<CacheSetAside>), EngineError> {
    // When this was tried before and the new one could not take its name, the old one is away already.
    if !finish(file)? {
        step_by_step(file, reason, &mut on)?;
    }
    let connection = open_new(file)?;
    let report = told(&connection)?;
    Ok((connection, report))
}

pub(super) fn step_by_step(file: &Path, reason: &str, step: Step<'_>) -> Result<(), EngineError> {
    let rescued = read_rescue(file);
    step()?;
    make(&beside(file, ".new"), reason, &rescued, step)?;
    step()?;
    move_away(file, step)?;
    step()?;
    take_place(file)?;
    step()
}

/// Makes the new cache, whole and in one file, on the disk when this returns.
fn make(new: &Path, reason: &str, rescued: &Rescued, step: Step<'_>) -> Result<(), EngineError> {
    remove_whole(new)?;
    let mut connection = open_new(new)?;
    step()?;
    let transaction = connection.transaction()?;
    meta::set(&transaction, BEGUN_BECAUSE, reason)?;
    if let Some(owner) = &rescued.owner {
        meta::set(&transaction, meta::OWNER, owner)?;
    }
    for (name, text, time) in &rescued.drafts {
        let mut conversation = open_row(&transaction, name)?;
        conversation.draft.clone_from(text);
        conversation.draft_time = *time;
        conversation.settle();
        conversations::save(&transaction, &conversation)?;
    }
    for (name, entry) in &rescued.unsent {
        let mut conversation = open_row(&transaction, name)?;
        // A row that was torn may be there twice; the first one counts.
        if outbox::append(&transaction, conversation.id, entry).is_err() {
            continue;
        }
        outbox::settle(&transaction, &mut conversation)?;
        conversation.settle();
        conversations::save(&transaction, &conversation)?;
    }
    transaction.commit()?;
    step()?;
    // The last connection brings the write-ahead log into the file and removes it.
    connection.close().map_err(|(_, error)| error)?;
    if beside(new, "-wal").exists() {
        return Err(EngineError::Disk(std::io::Error::other(
            "the new cache is not in one file",
        )));
    }
    File::options().write(true).open(new)?.sync_all()?;
    Ok(())
}

/// What a cache that was begun anew holds, told once.
fn told(db: &Connection) -> Result<Option<CacheSetAside>, EngineError> {
    let Some(reason) = meta::get(db, BEGUN_BECAUSE)? else {
        return Ok(None);
    };
    let count = |question: &str| db.query_row(question, [], |row| row.get(0));
    let report = CacheSetAside {
        reason,
        drafts: count("SELECT count(*) FROM conversations WHERE draft <> ''")?,
        unsent: count("SELECT count(*) FROM outbox")?,
    };
    meta::remove(db, BEGUN_BECAUSE)?;
    tracing::warn!(
        reason = report.reason,
        drafts = report.drafts,
        unsent = report.unsent,
        "the cache was set aside"
    );
    Ok(Some(report))
}

/// Finishes what was stopped half-way. `true`: the new cache has taken its place.
fn finish(file: &Path) -> Result<bool, EngineError> {
    let new = beside(file, ".new");
    if !new.exists() {
        return Ok(false);
    }
    if file.exists() {
        remove_whole(&new)?;
        return Ok(false);
    }
    // What was beside the old one belongs to it, wherever that is now.
    let kept = (1..=limits::SET_ASIDE_FILES)
        .rev()
        .map(|number| numbered(file, number))
        .find(|kept| kept.exists());
    for ending in ["-wal", "-shm"] {
        let left = beside(file, ending);
        if left.exists() {
            match &kept {
                Some(kept) => fs::rename(left, beside(kept, ending))?,
                None => fs::remove_file(left)?,
            }
        }
    }
    take_place(file)?;
    Ok(true)
}

fn take_place(file: &Path) -> Result<(), EngineError> {
    fs::rename(beside(file, ".new"), file)?;
    sync_folder(file)
}

fn sync_folder(file: &Path) -> Result<(), EngineError> {
    #[cfg(unix)]
    if let Some(folder) = file.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Removes the cache with everything that was set aside and the second file, and begins a new one: what was there is not
/// left in free pages (R-L7).
pub(super) fn begin_empty(file: &Path) -> Result<Connection, EngineError> {
    remove_whole(&beside(file, ".new"))?;
    for number in 1..=limits::SET_ASIDE_FILES {
        remove_whole(&numbered(file, number))?;
    }
    remove_whole(&unsent::beside(file))?;
    remove_whole(file)?;
    open_new(file)
}

/// Removes a database. Its write-ahead log goes first: left alone, it would be taken for the next one's.
fn remove_whole(file: &Path) -> Result<(), EngineError> {
    for ending in ["-wal", "-shm", ""] {
        match fs::remove_file(beside(file, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

fn open_new(file: &Path) -> Result<Connection, EngineError> {
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

fn numbered(file: &Path, number: usize) -> PathBuf {
    beside(file, &format!(".damaged-{number}"))
}

/// Renames the file and then its companions to `cache.db.damaged-N`; the oldest of more than a few goes.
fn move_away(file: &Path, step: Step<'_>) -> Result<(), EngineError> {
    if !file.exists() {
        return Ok(());
    }
    let free = (1..=limits::SET_ASIDE_FILES).find(|number| !numbered(file, *number).exists());
    let number = match free {
        Some(number) => number,
        None => {
            for number in 1..=limits::SET_ASIDE_FILES {
                for ending in ["", "-wal", "-shm"] {
                    let from = beside(&numbered(file, number), ending);
                    if number == 1 {
                        let _ = fs::remove_file(from);
                    } else if from.exists() {
                        fs::rename(&from, beside(&numbered(file, number - 1), ending))?;
                    }
                }
            }
            limits::SET_ASIDE_FILES
        }
    };
    let kept = numbered(file, number);
    for ending in ["", "-wal", "-shm"] {
        let from = beside(file, ending);
        if from.exists() {
            fs::rename(from, beside(&kept, ending))?;
        }
        step()?;
    }
    Ok(())
}

#[derive(Default)]
struct Rescued {
    owner: Option<String>,
    drafts: Vec<Draft>,
    unsent: Vec<(String, outbox::Entry)>,
}

/// Reads what can be read. Where a list of the cache could not be read to its end, the second file has the rest.
fn read_rescue(file: &Path) -> Rescued {
    let mut rescued = Rescued::default();
    let (mut all_drafts, mut all_unsent) = (false, false);
    if file.exists()
        && let Ok(db) = Connection::open_with_flags(
            file,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
    {
        rescued.owner = db
            .query_row(
                "SELECT value FROM meta WHERE key = ?1",
                params![meta::OWNER],
                |row| row.get(0),
            )
            .ok();
        all_drafts = drafts(&db, &mut rescued.drafts).is_ok();
        all_unsent = messages_that_wait(&db, &mut rescued.unsent).is_ok();
    }
    let kept = unsent::read(file);
    if kept.owner.is_some() && rescued.owner.is_some() && kept.owner != rescued.owner {
        return rescued;
    }
    rescued.owner = rescued.owner.or(kept.owner);
    if !all_drafts {
        for draft in kept.drafts {
            if !rescued.drafts.iter().any(|(name, ..)| *name == draft.0) {
                rescued.drafts.push(draft);
            }
        }
    }
    if !all_unsent {
        // The second file has them all and in order; what only the cache has comes after it.
        let known: HashSet<(String, String)> = kept
            .unsent
            .iter()
            .map(|(name, entry)| (name.clone(), entry.client_id.clone()))
            .collect();
        let only_there = std::mem::replace(&mut rescued.unsent, kept.unsent);
        rescued.unsent.extend(
            only_there
                .into_iter()
                .filter(|(name, entry)| !known.contains(&(name.clone(), entry.client_id.clone()))),
        );
    }
    rescued.drafts.retain(|(name, ..)| is_conversation(name));
    rescued.unsent.retain(|(name, entry)| {
        messages::payload(&entry.payload).is_object() && entry.request(name).is_some()
    });
    rescued.drafts.truncate(limits::RESCUED_ROWS);
    rescued.unsent.truncate(limits::RESCUED_ROWS);
    rescued
}

fn is_conversation(name: &str) -> bool {
    name.parse::<tidings_protocol::ConversationId>().is_ok()
}

fn drafts(db: &Connection, into: &mut Vec<Draft>) -> rusqlite::Result<()> {
    let mut statement =
        db.prepare("SELECT name, draft, draft_time FROM conversations WHERE draft <> '' ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()?
        && into.len() < limits::RESCUED_ROWS
    {
        into.push((row.get(0)?, row.get(1)?, row.get(2)?));
    }
    Ok(())
}

fn messages_that_wait(db: &Connection, into: &mut Vec<(String, outbox::Entry)>) -> rusqlite::Result<()> {
    // The conversations' names may be lost while the outbox is whole, and then nobody knows where to. A file of an
    // earlier version has no extras, or no files.
    let question = |rest: &str| {
        db.prepare(&format!(
            "SELECT o.id, c.name, o.client_id, o.random, o.client_seq, o.type, o.payload, o.priority, o.time, o.failed,
                o.code, o.is_resend, {rest}
             FROM outbox o LEFT JOIN conversations c ON c.id = o.conversation ORDER BY o.id"
        ))
    };
    let mut statement = question("o.extras, o.files, o.album")
        .or_else(|_| question("o.extras, 0, ''"))
        .or_else(|_| question("NULL, 0, ''"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()?
        && into.len() < limits::RESCUED_ROWS
    {
        into.push(unsent::entry(row)?);
    }
    Ok(())
}
