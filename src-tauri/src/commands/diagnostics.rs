//! What helps to find a fault, as text that a person may pass on: versions, connection, sizes, places and the end of the log. No
//! message, no name, no token.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tidings_protocol::{ErrorKind, code};
use ts_rs::TS;

use super::Shared;
use crate::{
    limits::COUNTED_FILES,
    log_tail::LOG_TAIL,
    refusal::{Answer, refusal},
};

/// A report about this app on this computer.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct Diagnostics {
    /// Lines of plain text.
    pub(crate) text: String,
}

/// What of a profile is measured.
const PARTS: [(&str, &str); 6] = [
    ("messages", "cache.db"),
    ("messages, not yet written in", "cache.db-wal"),
    ("unsent", "unsent.db"),
    ("files", "media"),
    ("web view", "web"),
    ("hosted space", "space"),
];

#[tauri::command]
pub(crate) async fn diagnostics(shell: Shared<'_>) -> Answer<Diagnostics> {
    let engine = shell.engine().await;
    let connection = match &engine {
        Ok(engine) => format!("{:?}", engine.connection()),
        Err(error) => format!("the profile did not open: {} {}", error.code, error.message),
    };
    let account = match engine.ok().and_then(|engine| engine.account()) {
        None => "nobody is signed in",
        Some(account) if account.is_host => "signed in, to the space on this computer",
        Some(_) => "signed in",
    };
    let mut facts = vec![
        ("Tidings", env!("CARGO_PKG_VERSION").to_owned()),
        (
            "system",
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        ),
        (
            "web view",
            tauri::webview_version().unwrap_or_else(|_| "unknown".to_owned()),
        ),
        ("language", super::app::locale()),
        ("running for", format!("{} s", shell.clock.monotonic().as_secs())),
        ("profile", shell.arguments.profile.to_string()),
        ("folder", shell.dir.display().to_string()),
        ("account", account.to_owned()),
        ("connection", connection),
    ];
    let settings = serde_json::to_string(&shell.settings()).unwrap_or_default();
    facts.push(("settings", settings));
    let dir = shell.dir.clone();
    let text = tokio::task::spawn_blocking(move || report(&facts, &dir, &LOG_TAIL.lines()))
        .await
        .map_err(|_| refusal(code::INTERNAL, ErrorKind::Internal, "the report failed"))?;
    Ok(Diagnostics { text })
}

fn report(facts: &[(&str, String)], dir: &Path, log: &[String]) -> String {
    let mut text = String::new();
    for (what, value) in facts {
        let _ = writeln!(text, "{what}: {value}");
    }
    text.push_str("\nsizes\n");
    for (what, part) in PARTS {
        let (bytes, files) = size_of(&dir.join(part));
        if files > 0 {
            let _ = writeln!(text, "{what}: {bytes} bytes, {files} files");
        }
    }
    text.push_str("\nlog\n");
    for line in log {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Bytes and number of the files in a place, as far as [`COUNTED_FILES`]. Links are not followed.
fn size_of(place: &Path) -> (u64, usize) {
    let (mut bytes, mut files) = (0, 0);
    let mut left: Vec<PathBuf> = vec![place.to_path_buf()];
    while let Some(path) = left.pop() {
        let Ok(about) = fs::symlink_metadata(&path) else {
            continue;
        };
        if about.is_file() {
            bytes += about.len();
            files += 1;
        } else if about.is_dir()
            && let Ok(entries) = fs::read_dir(&path)
        {
            let room = COUNTED_FILES.saturating_sub(files + left.len());
            left.extend(entries.flatten().take(room).map(|entry| entry.path()));
        }
    }
    (bytes, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_says_facts_sizes_and_the_log() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("cache.db"), [0; 10]).unwrap();
        fs::create_dir_all(temp.path().join("media/ab")).unwrap();
        fs::write(temp.path().join("media/ab/abcd"), [0; 7]).unwrap();
        let facts = [("Tidings", "0.1.0".to_owned())];
        let text = report(&facts, temp.path(), &["INFO it began".to_owned()]);
        assert_eq!(
            text,
            "Tidings: 0.1.0\n\nsizes\nmessages: 10 bytes, 1 files\nfiles: 7 bytes, 1 files\n\nlog\nINFO it began\n"
        );
    }
}
