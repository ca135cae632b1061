//! Files that were copied in a file manager, with every byte that a name may have: names that are no UTF-8 as well.

use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf};

use gtk::gdk;
use tauri::WebviewWindow;
use tokio::{sync::oneshot, time::timeout};

use crate::limits::{COPIED_FILES_WAIT, DROPPED_PATHS};

/// What a file manager puts on the clipboard.
const URI_LIST: &str = "text/uri-list";

/// The files on the clipboard; none where there are none, or whoever has them does not answer.
pub(crate) async fn copied_files(window: &WebviewWindow) -> Vec<PathBuf> {
    let (sender, receiver) = oneshot::channel();
    let asked = window.run_on_main_thread(move || {
        let clipboard = gtk::Clipboard::get(&gdk::SELECTION_CLIPBOARD);
        clipboard.request_contents(&gdk::Atom::intern(URI_LIST), move |_, answer| {
            // Below 0: nobody has any.
            let list = if answer.length() > 0 {
                answer.data()
            } else {
                Vec::new()
            };
            let _ = sender.send(list);
        });
    });
    if let Err(error) = asked {
        tracing::debug!(%error, "the clipboard cannot be asked for files");
        return Vec::new();
    }
    match timeout(COPIED_FILES_WAIT, receiver).await {
        Ok(Ok(list)) => paths(&list),
        _ => {
            tracing::debug!("whoever has the clipboard does not say which files are on it");
            Vec::new()
        }
    }
}

/// The files of this computer in a list of addresses.
fn paths(list: &[u8]) -> Vec<PathBuf> {
    list.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter_map(|line| line.strip_prefix(b"file://"))
        .map(|rest| rest.strip_prefix(b"localhost").unwrap_or(rest))
        .map(|path| {
            PathBuf::from(OsString::from_vec(
                percent_encoding::percent_decode(path).collect(),
            ))
        })
        .filter(|path| path.is_absolute())
        .take(DROPPED_PATHS)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    use super::*;

    #[test]
    fn a_name_that_is_no_utf_8_comes_with_the_others() {
        let list = b"# copied\r\nfile:///a/two%20words.txt\r\nfile:///a/caf%E9.txt\r\nfile://localhost/b\n";
        let found = paths(list);
        let expected: [&[u8]; 3] = [b"/a/two words.txt", b"/a/caf\xe9.txt", b"/b"];
        let expected = expected.map(|path| PathBuf::from(OsStr::from_bytes(path)));
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_elsewhere_or_nothing_is_left_out_and_there_are_not_too_many() {
        let list = b"https://evil.example/a\nfile://host/share\nfile://\ntext\n";
        assert!(paths(list).is_empty());
        assert!(paths(b"").is_empty());
        let many = b"file:///a\n".repeat(DROPPED_PATHS + 1);
        assert_eq!(paths(&many).len(), DROPPED_PATHS);
    }
}
