//! What WebKitGTK leaves running when its last web view is gone: its network process, and for each web view that there was a
//! proxy of the session's bus in a sandbox of its own. Nobody uses them any longer, the next web view brings its own, and a
//! program that lives in the tray for weeks would gather them.

use std::fs;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// As Linux names them, which is cut at 15 bytes: the network process, and the sandbox of a proxy.
const THEIRS: [&str; 2] = ["WebKitNetworkPr", "bwrap"];

/// Ends them. Only while there is no web view: they are those of all web views.
pub(super) fn end() {
    let mut ended = 0;
    for id in children().filter_map(Pid::from_raw) {
        // Held before it is looked at, so that what is ended is what was looked at.
        let Ok(process) = pidfd_open(id, PidfdFlags::empty()) else {
            continue;
        };
        let name = fs::read_to_string(format!("/proc/{}/comm", id.as_raw_nonzero())).unwrap_or_default();
        if THEIRS.contains(&name.trim_end()) && pidfd_send_signal(&process, Signal::TERM).is_ok() {
            ended += 1;
        }
    }
    tracing::info!(ended, "what the web view left running was ended");
}

/// The processes that this one has started and that still run. None where the kernel does not tell.
fn children() -> impl Iterator<Item = i32> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|line| {
            let ids: Vec<i32> = line.split_whitespace().filter_map(|id| id.parse().ok()).collect();
            ids
        })
}
