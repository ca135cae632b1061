//! The real app on a desk, without a driver: as a person's desktop starts it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tidings_driver::{Desk, ProcessTree};
use tidings_tests::{Person, ServerProcess};
use tokio::time::Instant;

/// How long a line of the log is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The app, killed when it is dropped.
pub(crate) struct DesktopApp {
    child: Child,
    lines: Receiver<(Instant, String)>,
    _profile: TempDir,
}

impl DesktopApp {
    /// The app on a profile on which `user` is signed in already.
    pub(crate) fn signed_in(
        desk: &Desk,
        binary: &Path,
        server: &ServerProcess,
        user: &str,
        arguments: &[&str],
    ) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Runtime::new()?;
        // An engine signs in on the profile, and leaves it to the app.
        let home = runtime.block_on(async {
            let person = Person::signs_in(user, &server.address()).await;
            person.closes().await
        });
        let profile = tempfile::tempdir()?;
        copy(home.folder(), profile.path())?;
        let mut command = desk.command(binary);
        command
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("WEBKIT_FORCE_SANDBOX", "0")
            .env("RUST_LOG", "info")
            .arg("--data-dir")
            .arg(profile.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let (sender, lines) = mpsc::channel();
        if let Some(output) = child.stderr.take() {
            thread::spawn(move || {
                BufReader::new(output)
                    .lines()
                    .map_while(Result::ok)
                    .try_for_each(|line| sender.send((Instant::now(), line)))
            });
        }
        Ok(Self {
            child,
            lines,
            _profile: profile,
        })
    }

    /// Waits for a line of its log; answers when it came.
    pub(crate) fn says(&self, fits: impl Fn(&str) -> bool) -> anyhow::Result<Instant> {
        let mut heard = Vec::new();
        loop {
            let Ok((at, line)) = self.lines.recv_timeout(PATIENCE) else {
                anyhow::bail!("the app did not say it, but:\n{}", heard.join("\n"));
            };
            if fits(&line) {
                return Ok(at);
            }
            heard.push(line);
        }
    }

    /// It and its children.
    pub(crate) fn processes(&self) -> ProcessTree {
        ProcessTree::of(self.child.id())
    }
}

impl Drop for DesktopApp {
    fn drop(&mut self) {
        for id in self.processes().ids {
            // Gone already is as good.
            let _ = tidings_driver::kill_now(id);
        }
        let _ = self.child.wait();
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
