//! Where a profile lives, and how its files are written.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::cli::Arguments;

/// Why a profile's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    /// There is no home to put it in.
    #[error("this system names no folder for data; use --data-dir")]
    NoDataFolder,
    /// The folder cannot be made or closed to others.
    #[error("cannot use the profile's folder {0}: {1}")]
    Folder(PathBuf, #[source] io::Error),
}

/// Finds the profile's folder and makes it, open to its owner only (H51).
///
/// # Errors
/// When there is no place for it, or it cannot be made.
pub(crate) fn prepare(arguments: &Arguments) -> Result<PathBuf, ProfileError> {
    let dir = match &arguments.data_dir {
        Some(dir) => dir.clone(),
        None => data_folder()
            .ok_or(ProfileError::NoDataFolder)?
            .join(arguments.profile.as_str()),
    };
    make_private_dir(&dir).map_err(|error| ProfileError::Folder(dir.clone(), error))?;
    dir.canonicalize()
        .map_err(|error| ProfileError::Folder(dir.clone(), error))
}

/// The folder that holds the profiles: `$XDG_DATA_HOME/tidings`, and what other systems have in its place.
fn data_folder() -> Option<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|dir| dir.is_absolute())
    };
    let base = if cfg!(windows) {
        from("APPDATA")
    } else if cfg!(target_os = "macos") {
        from("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("tidings"))
}

/// Makes a folder (and those above it) that only its owner may look into.
pub(crate) fn make_private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Writes a file so that after a crash at any point it holds either the old or the new content, readable by its owner only.
pub(crate) fn write_private_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let next = path.with_extension("next");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&next)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&next, path)?;
    // The new name is on disk only when the folder is; elsewhere than on Unix a folder cannot be opened for that.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[cfg(unix)]
    #[test]
    fn h51_folder_and_files_are_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().unwrap();
        let wanted = temp.path().join("deep/profile");
        let arguments =
            Arguments::try_parse_from(["tidings", "--data-dir", wanted.to_str().unwrap()]).unwrap();
        let dir = prepare(&arguments).unwrap();
        write_private_file(&dir.join("settings.json"), b"{}").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join("settings.json")), 0o600);
    }

    #[test]
    fn a_profile_in_the_place_of_a_file_is_refused_with_its_name() {
        let temp = tempfile::tempdir().unwrap();
        let taken = temp.path().join("taken");
        fs::write(&taken, "x").unwrap();
        let arguments =
            Arguments::try_parse_from(["tidings", "--data-dir", taken.to_str().unwrap()]).unwrap();
        assert!(matches!(prepare(&arguments), Err(ProfileError::Folder(dir, _)) if dir == taken));
    }
}
