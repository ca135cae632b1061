//! The real `tidings-server` as a process of its own, which can be killed.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::{fs, thread};

use tempfile::TempDir;
use tidings_protocol::ServerAddress;

use crate::{PASSWORD, plain};

/// What the server says when it is ready.
const READY: &str = "listening on http://";

/// A server process on a data folder. Killed when it is dropped.
pub struct ServerProcess {
    folder: TempDir,
    address: SocketAddr,
    child: Option<Child>,
}

impl ServerProcess {
    /// A server on a new folder, where anybody may register.
    pub fn starts() -> Self {
        Self::starts_with("")
    }

    /// As [`ServerProcess::starts`], with more lines of configuration.
    pub fn starts_with(lines: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let config = format!("registration = \"open\"\n{lines}\n");
        fs::write(folder.path().join("test.toml"), config).unwrap();
        let mut server = Self {
            folder,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            child: None,
        };
        server.starts_again();
        server
    }

    /// Starts it on the same data and, from the second time on, the same port.
    pub fn starts_again(&mut self) {
        assert!(self.child.is_none(), "the server runs already");
        let mut child = Command::new(binary())
            .arg("--data")
            .arg(self.data())
            .arg("--config")
            .arg(self.folder.path().join("test.toml"))
            .args(["--listen", &self.address.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(self.log()))
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix(READY) else {
            panic!("the server said {line:?}; its log:\n{}", self.said());
        };
        self.address = address.parse().unwrap();
        self.child = Some(child);
        // Whatever else it says is taken, so that it never waits for a reader.
        thread::spawn(move || lines.lines().for_each(drop));
    }

    /// kill -9.
    pub fn is_killed(&mut self) {
        let mut child = self.child.take().expect("the server runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM, and waits for its end.
    pub fn is_stopped(&mut self) {
        let mut child = self.child.take().expect("the server runs");
        tidings_driver::terminate(child.id()).unwrap();
        assert!(
            child.wait().unwrap().success(),
            "SIGTERM ends it cleanly; its log:\n{}",
            self.said()
        );
    }

    /// Makes an account with the `user add` command, also while the server runs.
    pub fn has(&self, user: &str) {
        let mut child = Command::new(binary())
            .arg("--data")
            .arg(self.data())
            .args(["user", "add", user, "--nick", user])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::from(self.log()))
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(
            child.wait().unwrap().success(),
            "user add {user}:\n{}",
            self.said()
        );
    }

    /// Makes an invitation with the `invite` command.
    pub fn invitation(&self) -> String {
        let output = Command::new(binary())
            .arg("--data")
            .arg(self.data())
            .arg("invite")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "invite: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Where people find it.
    pub fn address(&self) -> ServerAddress {
        plain(self.address)
    }

    /// Where it listens.
    pub fn socket(&self) -> SocketAddr {
        self.address
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its log.
    pub fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn log(&self) -> fs::File {
        fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .unwrap()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The server's binary: `TIDINGS_SERVER`, or the one that cargo builds beside this test.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(given) = env::var_os("TIDINGS_SERVER") {
            return given.into();
        }
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--package", "tidings-server"])
            .status()
            .unwrap();
        assert!(built.success(), "tidings-server does not build");
        // …/target/debug/deps/whole-1234 is this test; the binaries are one folder up.
        let test = env::current_exe().unwrap();
        test.parent()
            .and_then(Path::parent)
            .unwrap()
            .join("tidings-server")
    })
}
