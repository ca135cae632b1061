//! The mark that a file has come from elsewhere, as browsers set it: systems and virus scanners ask before they run such a one. It names neither
//! who sent the file nor the space.

use std::fs::File;
use std::path::Path;

/// What is said of the origin.
#[cfg(any(target_os = "linux", windows))]
const ORIGIN: &str = "about:internet";

/// Marks a file that was just saved. There are file systems that keep no marks; it is saved all the same.
#[cfg(target_os = "linux")]
pub(crate) fn set(file: &File, _path: &Path, _now_ms: i64) {
    attribute(file, "user.xdg.origin.url", ORIGIN);
}

/// As on Linux. The time is seconds in hexadecimal digits; the first number says that nobody was asked yet.
#[cfg(target_os = "macos")]
pub(crate) fn set(file: &File, _path: &Path, now_ms: i64) {
    let value = format!("0081;{:x};Tidings;", now_ms.div_euclid(1000));
    attribute(file, "com.apple.quarantine", &value);
}

/// As on Linux, in a second stream of the file.
#[cfg(windows)]
pub(crate) fn set(_file: &File, path: &Path, _now_ms: i64) {
    let mut stream = path.as_os_str().to_owned();
    stream.push(":Zone.Identifier");
    if let Err(error) = std::fs::write(
        stream,
        format!("[ZoneTransfer]\r\nZoneId=3\r\nHostUrl={ORIGIN}\r\n"),
    ) {
        tracing::debug!(%error, "a saved file could not be marked");
    }
}

/// Nothing is known of this system.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(crate) fn set(_file: &File, _path: &Path, _now_ms: i64) {}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn attribute(file: &File, name: &str, value: &str) {
    use rustix::fs::{XattrFlags, fsetxattr};
    if let Err(error) = fsetxattr(file, name, value.as_bytes(), XattrFlags::empty()) {
        tracing::debug!(%error, "a saved file could not be marked");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_saved_file_says_that_it_came_from_elsewhere_and_not_from_whom() {
        let file = tempfile::NamedTempFile::new().unwrap();
        set(file.as_file(), file.path(), 1_700_000_000_000);
        let mut value = [0; 64];
        // A file system without such marks has nothing to show.
        if let Ok(length) = rustix::fs::fgetxattr(file.as_file(), "user.xdg.origin.url", &mut value[..]) {
            assert_eq!(&value[..length], b"about:internet");
        }
    }
}
