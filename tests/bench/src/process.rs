//! Processes that are measured: the real server and the floor, each a process of its own, so that its figures are its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tidings_server::Synchronous;

/// Clock ticks of `/proc` in a second.
const TICKS: f64 = 100.0;

/// A running process that listens.
pub(crate) struct Measured {
    child: Child,
    pub(crate) addr: SocketAddr,
    /// The process itself: the child, or the child's child where it is traced.
    pid: u32,
    /// Where `strace` writes each call.
    calls: Option<PathBuf>,
    /// Kept open: a server that says something more must not fail for it.
    _out: BufReader<ChildStdout>,
}

/// What to start.
pub(crate) enum What {
    /// The real server.
    Server,
    /// The bare loop.
    Floor,
    /// The bare loop, with every message for everybody.
    FloorForAll,
}

impl Measured {
    /// Starts it on the folder `data`; port 0 picks one. With `count_fsyncs`, under `strace`, which slows nothing but those calls.
    pub(crate) fn start(
        what: &What,
        data: &Path,
        synchronous: Synchronous,
        port: u16,
        count_fsyncs: bool,
    ) -> anyhow::Result<Self> {
        let mut words: Vec<std::ffi::OsString> = match what {
            What::Server => {
                let config = data.with_extension("toml");
                std::fs::write(&config, config_text(synchronous))?;
                vec![
                    server_binary()?.into(),
                    "--data".into(),
                    data.into(),
                    "--listen".into(),
                    format!("127.0.0.1:{port}").into(),
                    "--config".into(),
                    config.into(),
                ]
            }
            What::Floor | What::FloorForAll => vec![
                std::env::current_exe()?.into(),
                crate::floor::ARGUMENT.into(),
                data.into(),
                pragma(synchronous).into(),
                if let What::FloorForAll = what {
                    crate::floor::FOR_ALL.into()
                } else {
                    "pairs".into()
                },
            ],
        };
        let calls = count_fsyncs.then(|| data.with_extension("strace"));
        if let Some(calls) = &calls {
            let mut traced: Vec<std::ffi::OsString> = [
                "strace",
                "-f",
                "--seccomp-bpf",
                "-qq",
                "-e",
                "trace=fsync,fdatasync",
                "-e",
                "signal=none",
                "-o",
            ]
            .map(Into::into)
            .to_vec();
            traced.push(calls.into());
            traced.append(&mut words);
            words = traced;
        }
        let (program, arguments) = words.split_first().context("no program")?;
        let mut child = Command::new(program)
            .args(arguments)
            .env("TIDINGS_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{}", program.display()))?;
        let mut out = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        out.read_line(&mut line)?;
        let addr = line
            .trim_end()
            .strip_prefix("listening on http://")
            .context("it does not listen")?
            .parse()?;
        let pid = if count_fsyncs {
            only_child(child.id())?
        } else {
            child.id()
        };
        Ok(Self {
            child,
            addr,
            pid,
            calls,
            _out: out,
        })
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let after_name = stat.rsplit_once(')').context("stat")?.1;
        let mut fields = after_name.split_whitespace().skip(11);
        let mut ticks = || {
            fields
                .next()
                .and_then(|field| field.parse::<f64>().ok())
                .context("stat")
        };
        Ok(Duration::from_secs_f64((ticks()? + ticks()?) / TICKS))
    }

    /// Resident memory, KiB.
    pub(crate) fn resident_kib(&self) -> anyhow::Result<f64> {
        resident_kib(self.pid)
    }

    /// Where its threads are listed.
    pub(crate) fn task_dir(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/task", self.pid))
    }

    /// Calls of fsync and fdatasync so far.
    pub(crate) fn fsyncs(&self) -> anyhow::Result<usize> {
        let calls = self.calls.as_ref().context("not counted")?;
        // strace writes whole lines, perhaps a little late.
        std::thread::sleep(Duration::from_millis(200));
        let text = std::fs::read_to_string(calls)?;
        // A call that another thread's call interrupts in the output has two lines; count its end.
        Ok(text
            .lines()
            .filter(|line| line.contains("sync") && !line.contains("unfinished"))
            .count())
    }

    /// Ends it at once, as a power cut of the process would.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.signal(rustix::process::Signal::KILL)?;
        self.child.wait()?;
        Ok(())
    }

    fn signal(&self, signal: rustix::process::Signal) -> anyhow::Result<()> {
        let pid = i32::try_from(self.pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .context("pid")?;
        rustix::process::kill_process(pid, signal)?;
        Ok(())
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        let _ = self.signal(rustix::process::Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Resident memory of a process, KiB.
pub(crate) fn resident_kib(pid: u32) -> anyhow::Result<f64> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Rss:"))
        .context("smaps_rollup")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn only_child(pid: u32) -> anyhow::Result<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    Ok(children
        .split_whitespace()
        .next()
        .context("strace has no child")?
        .parse()?)
}

/// As SQLite calls it.
pub(crate) fn pragma(synchronous: Synchronous) -> &'static str {
    match synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    }
}

fn config_text(synchronous: Synchronous) -> String {
    // One user does here in seconds what many do in an hour.
    format!(
        "synchronous = \"{}\"\nregistration = \"open\"\n[limits]\nsends = {{ burst = 10000000, per_minute = 10000000 }}\n",
        pragma(synchronous).to_lowercase()
    )
}

/// `cargo xtask bench` says where it is; else it is beside this program.
fn server_binary() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("TIDINGS_SERVER") {
        return Ok(path.into());
    }
    let beside = std::env::current_exe()?.with_file_name("tidings-server");
    anyhow::ensure!(
        beside.exists(),
        "build the server first: cargo build --release -p tidings-server"
    );
    Ok(beside)
}

/// What the figures were measured on.
pub(crate) fn machine() -> Value {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    json!({"cpu": model.trim_start_matches([' ', '\t', ':']), "cores": cores, "kernel": kernel.trim()})
}
