//! `unsent.db`: drafts and unsent messages a second time, in a small file of their own, for the day on which the cache
//! cannot be read (B6).
//!
//! It follows the cache's commits on the writer's thread and is never more than one commit behind a process that was
//! killed. It is not flushed to the disk by itself: that the cache is on disk is what counts, and this is only asked when
//! the cache is lost. A message that the server has by now and that is sent again from here is known there by its client
//! id. What goes wrong here is logged and stops nobody.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::hooks::Action;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Result, params};

use super::groups::{from_json, to_json};
use super::{meta, outbox, schema};
use crate::limits;

/// A draft: conversation, text, time.
pub(super) type Draft = (String, String, i64);

const VERSION: i64 = 3;
const SCHEMA: &str = "
    CREATE TABLE owner (name TEXT NOT NULL) STRICT;
    CREATE TABLE drafts (conversation TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL, time INTEGER NOT NULL) STRICT;
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,
        conversation TEXT NOT NULL,
        client_id TEXT NOT NULL,
        random INTEGER NOT NULL,
        client_seq INTEGER NOT NULL,
        type TEXT NOT NULL,
        payload TEXT NOT NULL,
        priority INTEGER NOT NULL,
        time INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        code INTEGER NOT NULL,
        is_resend INTEGER NOT NULL,
        extras TEXT,
        files INTEGER NOT NULL,
        album TEXT NOT NULL
    ) STRICT;
    PRAGMA user_version = 3;";

const EVERYTHING_UNSENT: &str =
    "SELECT o.id, c.name, o.client_id, o.random, o.client_seq, o.type, o.payload, o.priority,
    o.time, o.failed, o.code, o.is_resend, o.extras, o.files, o.album FROM outbox o JOIN conversations c ON c.id = o.conversation";

/// The outbox's rows that transactions have touched.
#[derive(Clone, Default)]
pub(super) struct Touched(Arc<Mutex<BTreeSet<i64>>>);

impl Touched {
    /// Notes every change of the outbox that `connection` makes.
    pub(super) fn watch(&self, connection: &mut Connection) -> Result<()> {
        let rows = Arc::clone(&self.0);
        connection.update_hook(Some(move |_: Action, database: &str, table: &str, row: i64| {
            if database == "main" && table == "outbox" {
                rows.lock().insert(row);
            }
        }))
    }

    fn take(&self) -> BTreeSet<i64> {
        std::mem::take(&mut *self.0.lock())
    }
}

/// What the second file holds.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) owner: Option<String>,
    pub(super) drafts: Vec<Draft>,
    pub(super) unsent: Vec<(String, outbox::Entry)>,
}

/// The open second file.
pub(super) struct Unsent {
    file: PathBuf,
    /// `None` while it cannot be used.
    connection: Option<Connection>,
    touched: Touched,
}

/// The second file beside the cache `cache`.
pub(super) fn beside(cache: &Path) -> PathBuf {
    cache.with_file_name("unsent.db")
}

impl Unsent {
    pub(super) fn new(cache: &Path) -> Self {
        Self {
            file: beside(cache),
            connection: None,
            touched: Touched::default(),
        }
    }

    /// Closes the file; it is opened again with the next copy.
    pub(super) fn close(&mut self) {
        self.connection = None;
    }

    /// Makes the file say what `cache` says, and follows its changes from now on.
    pub(super) fn copy(&mut self, cache: &mut Connection) {
        if let Err(error) = self.touched.watch(cache) {
            tracing::warn!(%error, "changes of the outbox cannot be followed");
        }
        self.touched.take();
        self.copy_all(cache);
    }

    /// Takes in what a commit changed.
    pub(super) fn follow(&mut self, cache: &Connection, drafts: &[Draft]) {
        let touched = self.touched.take();
        if touched.is_empty() && drafts.is_empty() {
            return;
        }
        let rows: Result<Vec<_>> = touched
            .into_iter()
            .map(|id| Ok((id, row_now(cache, id)?)))
            .collect();
        let written = rows.map(|rows| self.connection.is_some() && self.write_some(&rows, drafts).is_ok());
        match written {
            Ok(true) => {}
            Ok(false) => self.copy_all(cache),
            Err(error) => not_copied(&error),
        }
    }

    /// Brings what was removed out of the write-ahead log as well; `false`: it is still in use.
    pub(super) fn checkpoint(&self) -> Result<bool> {
        self.connection.as_ref().map_or(Ok(true), schema::checkpoint)
    }

    /// The transaction that touched rows did not come to its end.
    pub(super) fn forget_touched(&self) {
        self.touched.take();
    }

    fn copy_all(&mut self, cache: &Connection) {
        // Read before anything is written: a cache that cannot be read must not empty this.
        let all = match everything(cache) {
            Ok(all) => all,
            Err(error) => return not_copied(&error),
        };
        let Err(error) = self.write_all(&all) else {
            return;
        };
        self.connection = None;
        if schema::is_damage(&error) {
            remove(&self.file);
            if let Err(error) = self.write_all(&all) {
                not_copied(&error);
            }
        } else {
            not_copied(&error);
        }
    }

    fn open(&mut self) -> Result<&mut Connection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => open(&self.file)?,
        };
        Ok(self.connection.insert(connection))
    }

    fn write_all(&mut self, all: &Kept) -> Result<()> {
        let step = self.open()?.transaction()?;
        step.execute_batch("DELETE FROM owner; DELETE FROM drafts; DELETE FROM outbox;")?;
        if let Some(owner) = &all.owner {
            step.execute("INSERT INTO owner (name) VALUES (?1)", [owner])?;
        }
        for draft in &all.drafts {
            put_draft(&step, draft)?;
        }
        for (name, entry) in &all.unsent {
            put_unsent(&step, name, entry)?;
        }
        step.commit()
    }

    fn write_some(
        &mut self,
        rows: &[(i64, Option<(String, outbox::Entry)>)],
        drafts: &[Draft],
    ) -> Result<()> {
        let step = self.open()?.transaction()?;
        for draft in drafts {
            put_draft(&step, draft)?;
        }
        for (id, now) in rows {
            match now {
                Some((name, entry)) => put_unsent(&step, name, entry)?,
                None => drop(
                    step.prepare_cached("DELETE FROM outbox WHERE id = ?1")?
                        .execute([id])?,
                ),
            }
        }
        step.commit()
    }
}

fn not_copied(error: &rusqlite::Error) {
    tracing::warn!(%error, "the second file of unsent messages is not up to date");
}

/// What `cache` holds of what the second file holds.
fn everything(cache: &Connection) -> Result<Kept> {
    let drafts = cache
        .prepare_cached("SELECT name, draft, draft_time FROM conversations WHERE draft <> ''")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_>>()?;
    let unsent = cache
        .prepare_cached(EVERYTHING_UNSENT)?
        .query_map([], entry)?
        .collect::<Result<_>>()?;
    Ok(Kept {
        owner: meta::get(cache, meta::OWNER)?,
        drafts,
        unsent,
    })
}

fn row_now(cache: &Connection, id: i64) -> Result<Option<(String, outbox::Entry)>> {
    cache
        .prepare_cached(&format!("{EVERYTHING_UNSENT} WHERE o.id = ?1"))?
        .query_row([id], entry)
        .optional()
}

fn put_draft(db: &Connection, (name, text, time): &Draft) -> Result<()> {
    if text.is_empty() {
        db.prepare_cached("DELETE FROM drafts WHERE conversation = ?1")?
            .execute([name])?;
    } else {
        db.prepare_cached("INSERT OR REPLACE INTO drafts (conversation, text, time) VALUES (?1, ?2, ?3)")?
            .execute(params![name, text, time])?;
    }
    Ok(())
}

fn put_unsent(db: &Connection, name: &str, it: &outbox::Entry) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO outbox (id, conversation, client_id, random, client_seq, type, payload, priority, time,
            failed, code, is_resend, extras, files, album)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        it.id,
        name,
        it.client_id,
        it.random,
        it.client_seq,
        it.message_type,
        it.payload,
        it.priority,
        it.time,
        it.failed,
        it.code,
        it.is_resend,
        to_json(it.extras.as_ref()),
        it.files.number(),
        it.album,
    ])?;
    Ok(())
}

pub(super) fn entry(row: &rusqlite::Row<'_>) -> Result<(String, outbox::Entry)> {
    let entry = outbox::Entry {
        id: row.get(0)?,
        client_id: row.get(2)?,
        random: row.get(3)?,
        client_seq: row.get(4)?,
        message_type: row.get(5)?,
        payload: row.get(6)?,
        priority: row.get(7)?,
        time: row.get(8)?,
        failed: row.get(9)?,
        code: row.get(10)?,
        is_resend: row.get(11)?,
        extras: from_json(row, 12)?.map(|extras| *extras),
        files: outbox::Files::of(row.get(13)?),
        album: row.get(14)?,
    };
    Ok((row.get(1)?, entry))
}

fn open(file: &Path) -> Result<Connection> {
    if crate::engine::own_file(file).is_err() {
        return Err(schema::cannot_open());
    }
    let connection = opened(file)?;
    match connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)) {
        Ok(VERSION) => return Ok(connection),
        Ok(0) => {}
        // Another version's, or damaged: what it held is in the cache, or was rescued from here before.
        _ => {
            drop(connection);
            remove(file);
            return begin(file);
        }
    }
    drop(connection);
    begin(file)
}

fn begin(file: &Path) -> Result<Connection> {
    if crate::engine::own_file(file).is_err() {
        return Err(schema::cannot_open());
    }
    let connection = opened(file)?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

fn opened(file: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(std::time::Duration::from_millis(limits::SQLITE_BUSY_MS))?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", limits::WAL_BYTES)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    Ok(connection)
}

/// What the second file beside `cache` holds; what cannot be read is nothing.
pub(super) fn read(cache: &Path) -> Kept {
    let file = beside(cache);
    if !file.exists() {
        return Kept::default();
    }
    let held = || -> Result<Kept> {
        let db = opened(&file)?;
        let owner = db
            .query_row("SELECT name FROM owner", [], |row| row.get(0))
            .optional()?;
        let most = i64::try_from(limits::RESCUED_ROWS).unwrap_or(i64::MAX);
        let drafts = db
            .prepare("SELECT conversation, text, time FROM drafts LIMIT ?1")?
            .query_map([most], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_>>()?;
        // The first version knew nothing that goes with a message, the second nothing of files.
        let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let rest = match version {
            ..2 => "NULL, 0, ''",
            2 => "extras, 0, ''",
            3.. => "extras, files, album",
        };
        let unsent = db
            .prepare(&format!(
                "SELECT id, conversation, client_id, random, client_seq, type, payload, priority, time, failed, code,
                    is_resend, {rest} FROM outbox ORDER BY id LIMIT ?1",
            ))?
            .query_map([most], entry)?
            .collect::<Result<_>>()?;
        Ok(Kept {
            owner,
            drafts,
            unsent,
        })
    };
    held().unwrap_or_else(|error| {
        tracing::warn!(%error, "the second file of unsent messages cannot be read");
        Kept::default()
    })
}

/// Removes the second file.
pub(super) fn remove(file: &Path) {
    for ending in ["-wal", "-shm", ""] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "the second file of unsent messages cannot be removed");
            }
            _ => {}
        }
    }
}
