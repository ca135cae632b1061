//! A copy of the whole database, made beside whoever uses it.

use std::path::{Path, PathBuf};

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::{StoreError, connection};
use crate::files;

/// A copy that is on the disk, under a name that nobody opens yet.
pub(crate) struct CopiedDatabase {
    /// How large it is.
    pub(crate) bytes: u64,
    path: PathBuf,
    name: PathBuf,
}

impl CopiedDatabase {
    /// Gives it its name: from then on there is a space.
    pub(crate) fn name(&self) -> std::io::Result<()> {
        std::fs::rename(&self.path, &self.name)
    }
}

/// What is left in a folder of a database that is not there any more. SQLite would take its log for that of the next one.
pub(crate) fn leftover(dir: &Path) -> Option<PathBuf> {
    let files = ["-wal", "-shm", "-journal"].map(|end| dir.join(format!("{}{end}", connection::FILE)));
    files.into_iter().find(|file| file.exists())
}

/// Copies the database in the folder `from` into the folder `to` as it is at one moment, and checks the copy. Whoever writes meanwhile
/// is not held up. Blocks.
pub(crate) fn copy_database(from: &Path, to: &Path) -> Result<CopiedDatabase, StoreError> {
    let disk = |error: std::io::Error| StoreError::Disk(error.to_string());
    let name = to.join(connection::FILE);
    let path = to.join(format!("{}.part", connection::FILE));
    files::private()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .map_err(disk)?;
    let source = connection::open_for_reading(&from.join(connection::FILE))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(&path, flags)?;
    // In one step, so in one snapshot: smaller ones begin anew whenever somebody writes in between.
    Backup::new(&source, &mut copy)?.step(-1)?;
    // One file: the log of the original is in it already.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    let found: String = copy.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if found != "ok" {
        return Err(StoreError::Fault(format!("it is damaged: {found}")));
    }
    connection::check_version(&copy)?;
    copy.close().map_err(|(_, error)| error)?;
    let file = std::fs::File::open(&path).map_err(disk)?;
    file.sync_all().map_err(disk)?;
    let bytes = file.metadata().map_err(disk)?.len();
    Ok(CopiedDatabase { bytes, path, name })
}
