//! `tidings-server backup` and `tidings-server restore`.

use std::path::Path;

use tidings_server::Copied;

use super::{check_space, say};

/// Copies the space into the new folder `to`.
pub(crate) fn backup(data: &Path, to: &Path) -> Result<(), String> {
    check_space(data)?;
    done(tidings_server::backup(data, to), to)
}

/// Makes a space in `data` of the backup in `from`.
pub(crate) fn restore(from: &Path, data: &Path) -> Result<(), String> {
    done(tidings_server::restore(from, data), data)
}

fn done(copied: Result<Copied, tidings_server::CopyError>, to: &Path) -> Result<(), String> {
    let copied = copied.map_err(|error| error.to_string())?;
    say(&format!(
        "{}: a database of {} KiB, {} files",
        to.display(),
        copied.database_bytes / 1024,
        copied.files
    ))
}
