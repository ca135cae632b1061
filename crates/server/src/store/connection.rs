//! Opening the database: permissions, settings, migrations.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use crate::config::Synchronous;
use crate::{files, limits};

/// The database's file in the data folder.
pub(super) const FILE: &str = "tidings.db";

/// Numbered from 1; `PRAGMA user_version` says how many of them a file has seen. Never edited, only added to.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
];

/// Opens for writing and migrates.
pub(super) fn open_for_writing(path: &Path, synchronous: Synchronous) -> Result<Connection, StoreError> {
    // SQLite gives the log and its index the permissions of the database, so this one file decides (H51).
    files::private()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| StoreError::Disk(error.to_string()))?;
    let mut conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(limits::DATABASE_BUSY)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", synchronous.pragma())?;
    // Checkpoints are the checkpointer's: inside a commit they would cost a lone message two more fsyncs.
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "cache_size", -limits::WRITER_CACHE_KIB)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    // What is recalled or no longer kept is overwritten in the file (R-K8). Adding a message frees nothing, so it costs nothing there.
    conn.pragma_update(None, "secure_delete", true)?;
    conn.set_prepared_statement_cache_capacity(128);
    migrate(&mut conn, MIGRATIONS)?;
    Ok(conn)
}

/// Opens for reading only.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    // Not SQLITE_OPEN_READ_ONLY: such a connection cannot recover a log that a killed process has left.
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(limits::DATABASE_BUSY)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "cache_size", -limits::READER_CACHE_KIB)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// Refuses what a newer version has written.
pub(super) fn check_version(conn: &Connection) -> Result<(), StoreError> {
    seen(conn).map(drop)
}

/// How many of the migrations a file has seen.
fn seen(conn: &Connection) -> Result<usize, StoreError> {
    let seen: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let seen = usize::try_from(seen).unwrap_or(usize::MAX);
    if seen > MIGRATIONS.len() {
        return Err(StoreError::Fault(
            "the data was written by a newer version of the server".to_owned(),
        ));
    }
    Ok(seen)
}

fn migrate(conn: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let transaction = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let seen = seen(&transaction)?;
    for migration in migrations.iter().skip(seen) {
        transaction.execute_batch(migration)?;
    }
    if seen < migrations.len() {
        transaction.pragma_update(
            None,
            "user_version",
            i64::try_from(migrations.len()).unwrap_or(i64::MAX),
        )?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(conn: &Connection) -> Vec<String> {
        let mut statement = conn
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name")
            .unwrap();
        statement
            .query_map([], |row| row.get::<_, String>(0))
            .unwrap()
            .map(|sql| plain(&sql.unwrap()))
            .collect()
    }

    /// Without comments and with one kind of white space: `ALTER TABLE` puts its columns where the text of the table ends.
    fn plain(sql: &str) -> String {
        let code = sql
            .lines()
            .map(|line| line.split("--").next().unwrap_or_default());
        let words: Vec<_> = code.flat_map(str::split_whitespace).collect();
        words
            .join(" ")
            .replace(" ,", ",")
            .replace("( ", "(")
            .replace(" )", ")")
    }

    #[test]
    fn the_migrations_make_the_schema_of_schema_sql() {
        let mut migrated = Connection::open_in_memory().unwrap();
        migrate(&mut migrated, MIGRATIONS).unwrap();
        let written = Connection::open_in_memory().unwrap();
        written.execute_batch(include_str!("schema.sql")).unwrap();
        assert_eq!(schema(&migrated), schema(&written));
    }

    #[test]
    fn what_an_older_version_wrote_is_kept_with_what_was_usual_then() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, &MIGRATIONS[..1]).unwrap();
        conn.execute_batch(
            "INSERT INTO conversations (low_user, high_user, seq, revision) VALUES (1, 2, 5, 5); \
             INSERT INTO members (user, conversation, peer, version, read_seq, unread, deleted) \
                 VALUES (1, 1, 2, 5, 5, 0, 0);",
        )
        .unwrap();
        migrate(&mut conn, MIGRATIONS).unwrap();
        let kept: (i64, i64, i64, i64, i64) = conn
            .query_row(
                "SELECT c.first_seq, m.cleared_seq, m.remind, m.pinned, m.marked_unread FROM conversations c \
                 JOIN members m ON m.conversation = c.id WHERE c.seq = 5",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
            )
            .unwrap();
        assert_eq!(kept, (1, 0, 0, 0, 0));
    }

    #[test]
    fn a_file_of_a_newer_version_is_refused_and_left_alone() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.pragma_update(None, "user_version", 99).unwrap();
        assert!(migrate(&mut conn, MIGRATIONS).is_err());
        assert!(schema(&conn).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn h51_the_database_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let conn = open_for_writing(&path, Synchronous::Full).unwrap();
        conn.execute_batch("CREATE TABLE t (a)").unwrap();
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
