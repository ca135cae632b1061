//! Opening the file: settings, version, migrations, and whether it can be trusted.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::limits;

/// The cache as it is now; what the migrations lead to.
#[cfg(test)]
const SCHEMA: &str = include_str!("schema.sql");

/// Number n leads from version n to version n + 1 (`PRAGMA user_version`).
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
];

/// Why a cache file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Not what a cache file must be; set it aside and begin anew.
    #[error("the cache is damaged")]
    Damaged,
    /// A newer version of Tidings wrote it; set it aside and begin anew.
    #[error("a newer version wrote the cache")]
    Newer,
    /// Something else: no permission, no space.
    #[error(transparent)]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        if is_damage(&error) {
            Self::Damaged
        } else {
            Self::Sqlite(error)
        }
    }
}

/// Whether `error` says that the file is not what it must be (B6).
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

pub(super) fn cannot_open() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN), None)
}

fn settings(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_millis(limits::SQLITE_BUSY_MS))?;
    connection.set_prepared_statement_cache_capacity(limits::PREPARED_STATEMENTS);
    connection.pragma_update(None, "cache_size", -limits::SQLITE_CACHE_KB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A damaged file must end in an error, not in a wrong answer.
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// Opens the one connection that writes, bringing the file up to this version.
pub(crate) fn open_writer(file: &Path) -> Result<Connection, OpenError> {
    // SQLite gives the files beside it the rights of this one.
    crate::engine::own_file(file).map_err(|_| OpenError::Sqlite(cannot_open()))?;
    let mut connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settings(&connection)?;
    let version: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        return Err(OpenError::Newer);
    }
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", limits::WAL_BYTES)?;
    // What was recalled or thrown away must not be found in the file any more.
    connection.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    let small = std::fs::metadata(file).is_ok_and(|data| data.len() <= limits::QUICK_CHECK_BYTES);
    if version > 0 && small {
        let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(OpenError::Damaged);
        }
    }
    for (number, migration) in MIGRATIONS.iter().enumerate().skip(version) {
        let step = connection.transaction()?;
        step.execute_batch(migration)?;
        step.pragma_update(None, "user_version", number + 1)?;
        step.commit()?;
    }
    // A file whose tables are gone though its version says otherwise is found here, not at the first message.
    connection
        .query_row("SELECT count(*) FROM meta WHERE key = 'owner'", [], |_| Ok(()))
        .and_then(|()| connection.query_row("SELECT max(id) FROM conversations", [], |_| Ok(())))
        .and_then(|()| connection.query_row("SELECT max(id) FROM outbox", [], |_| Ok(())))
        .map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::Unknown) => OpenError::Damaged,
            _ => error.into(),
        })?;
    Ok(connection)
}

/// Writes the write-ahead log into the file and empties it; `false`: somebody reads what it held before.
pub(crate) fn checkpoint(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        Ok(row.get::<_, i64>(0)? == 0)
    })
}

/// Opens a connection that can only read.
pub(crate) fn open_reader(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    settings(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema")
            .unwrap();
        let texts = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let mut plain: Vec<String> = texts.map(|text| without_comments(&text.unwrap())).collect();
        plain.sort();
        plain
    }

    /// A column that was added later stands elsewhere among comments and spaces than in the schema file.
    fn without_comments(sql: &str) -> String {
        let lines = sql
            .lines()
            .map(|line| line.split("--").next().unwrap_or_default());
        lines
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect()
    }

    #[test]
    fn the_migrations_lead_to_the_schema_file() {
        let dir = tempfile::tempdir().unwrap();
        let migrated = open_writer(&dir.path().join("cache.db")).unwrap();
        let written = Connection::open_in_memory().unwrap();
        written.execute_batch(SCHEMA).unwrap();
        assert_eq!(described(&migrated), described(&written));
    }

    #[cfg(unix)]
    #[test]
    fn h51_nobody_else_may_read_the_cache() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let _open = open_writer(&dir.path().join("cache.db")).unwrap();
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let file = file.unwrap();
            assert_eq!(
                file.metadata().unwrap().permissions().mode() & 0o077,
                0,
                "{:?}",
                file.file_name()
            );
        }
    }

    #[test]
    fn a_reader_cannot_write() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("cache.db");
        let _writer = open_writer(&file).unwrap();
        assert!(
            open_reader(&file)
                .unwrap()
                .execute("DELETE FROM meta", [])
                .is_err()
        );
    }

    #[test]
    fn b6_garbage_a_newer_version_and_missing_tables_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let garbage = dir.path().join("garbage.db");
        std::fs::write(&garbage, "not a database at all ".repeat(500)).unwrap();
        assert!(matches!(open_writer(&garbage), Err(OpenError::Damaged)));
        let newer = dir.path().join("newer.db");
        open_writer(&newer)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        assert!(matches!(open_writer(&newer), Err(OpenError::Newer)));
        let empty = dir.path().join("empty.db");
        open_writer(&empty)
            .unwrap()
            .execute_batch("DROP TABLE outbox")
            .unwrap();
        assert!(matches!(open_writer(&empty), Err(OpenError::Damaged)));
    }
}
