//! The real app on a desk, without a driver: as a person's desktop starts it, with what only such an app does, such as letting its
//! page go while its window is hidden.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use crate::{Desk, DriverError, ProcessTree, kill_now};

/// How long a line of the log is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The app, killed when it is dropped.
pub struct DesktopApp {
    child: Child,
    lines: Receiver<(Instant, String)>,
}

impl DesktopApp {
    /// Starts `binary` on the profile in `folder`, which no other app has.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(desk: &Desk, binary: &Path, folder: &Path, arguments: &[&str]) -> Result<Self, DriverError> {
        let mut child = desk
            .command(binary)
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("WEBKIT_FORCE_SANDBOX", "0")
            .env("RUST_LOG", "info")
            .arg("--data-dir")
            .arg(folder)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| DriverError::Start {
                what: binary.display().to_string(),
                source,
            })?;
        let (sender, lines) = mpsc::channel();
        if let Some(output) = child.stderr.take() {
            thread::spawn(move || {
                BufReader::new(output)
                    .lines()
                    .map_while(Result::ok)
                    .try_for_each(|line| sender.send((Instant::now(), line)))
            });
        }
        Ok(Self { child, lines })
    }

    /// Waits for a line of its log with all these words; answers when it came. What came before it is not looked at again.
    ///
    /// # Errors
    /// When it does not come.
    pub fn says(&self, words: &[&str]) -> Result<Instant, DriverError> {
        let mut heard = Vec::new();
        loop {
            let Ok((at, line)) = self.lines.recv_timeout(PATIENCE) else {
                let heard = heard.join("\n");
                return Err(DriverError::NotReady(format!(
                    "{words:?} in the log, but\n{heard}\n"
                )));
            };
            if words.iter().all(|word| line.contains(word)) {
                return Ok(at);
            }
            heard.push(line);
        }
    }

    /// It and its children.
    pub fn processes(&self) -> ProcessTree {
        ProcessTree::of(self.child.id())
    }
}

impl Drop for DesktopApp {
    fn drop(&mut self) {
        for id in self.processes().ids {
            // Gone already is as good.
            let _ = kill_now(id);
        }
        let _ = self.child.wait();
    }
}
