//! The smallest window that Tauri can show: what the app's start and memory are measured against, and what the
//! driver is tried on. It says `painted page MILLISECONDS` (since 1970) on stdout once its page is on the screen.

use std::io::Write;

use tidings_protocol::{Clock, SystemClock};

#[tauri::command]
async fn painted(what: String) {
    let line = format!("painted {what} {}\n", SystemClock::default().now_ms());
    // Nobody may be listening any more; that is no reason to fall over.
    let _ = std::io::stdout().write_all(line.as_bytes());
}

fn main() {
    let outcome = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![painted])
        .run(tauri::generate_context!());
    if let Err(error) = outcome {
        let _ = writeln!(
            std::io::stderr(),
            "the minimal window could not be shown: {error}"
        );
        std::process::exit(1);
    }
}
