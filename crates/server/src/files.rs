//! The files of a space, which are their owner's alone (H51), on every system.
//!
//! Unix keeps that in modes. Elsewhere a file inherits who may read it from the folder that it is in.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Options under which a new file is its owner's alone.
#[cfg(unix)]
pub(crate) fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Options under which a new file is as private as its folder.
#[cfg(not(unix))]
pub(crate) fn private() -> OpenOptions {
    OpenOptions::new()
}

/// Makes the data folder, and those above it, for its owner alone. One that is there already keeps its mode: it may be shared on
/// purpose, and is not ours to close. What is in it is private anyway, so others who may look into it are worth a warning; others who may
/// write into it could put their own database in its place, so there no space is opened.
pub(crate) fn make_folder(data: &Path) -> io::Result<()> {
    if data.is_dir() {
        return judge_folder(data);
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(data)?;
    // Or the first messages would be safe in a folder that a power cut takes away.
    match data.parent() {
        Some(above) if above.as_os_str().is_empty() => sync_folder(Path::new(".")),
        Some(above) => sync_folder(above),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn judge_folder(data: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(data)?.permissions().mode();
    if mode & 0o002 != 0 {
        let words = "everybody on this computer may write into the data folder; close it first: chmod 700";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, words));
    }
    if mode & 0o077 != 0 {
        tracing::warn!(
            folder = %data.display(),
            mode = format_args!("{:o}", mode & 0o777),
            "others on this computer may look into the data folder; chmod 700 closes it"
        );
    }
    Ok(())
}

#[cfg(not(unix))]
fn judge_folder(_data: &Path) -> io::Result<()> {
    Ok(())
}

/// Brings a folder's entries to the disk: a file that was made or renamed there survives a power cut from then on.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Nothing to do: Windows opens no folders as files and keeps renames in its journal.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens the lock file of a space, making it where there is none.
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    private().write(true).create(true).truncate(false).open(path)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn h51_a_folder_that_it_makes_is_its_owners_alone_with_those_above_it() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("above/space");
        make_folder(&data).unwrap();
        assert_eq!((mode(&data), mode(data.parent().unwrap())), (0o700, 0o700));
        make_folder(&data).unwrap();
    }

    #[test]
    fn h51_a_folder_that_was_there_keeps_its_mode_and_is_refused_where_everybody_may_write() {
        let dir = tempfile::tempdir().unwrap();
        let set = |mode| std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(mode)).unwrap();
        set(0o755);
        make_folder(dir.path()).unwrap();
        assert_eq!(mode(dir.path()), 0o755);
        set(0o777);
        let refused = make_folder(dir.path()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(mode(dir.path()), 0o777);
    }
}
