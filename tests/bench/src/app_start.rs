//! `app-start`: from the start of the real app's process to list and newest page on the screen, on a cache of 1,000,000 messages in
//! 1,000 conversations, against a minimal Tauri window in the same run; then what both use once they are idle.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tidings_driver::{Desk, ProcessTree};
use tidings_protocol::{Clock, SystemClock};

use crate::report::{Aim, Figures};

/// How often each is started; the figures are medians. One start before these warms the disk's cache up and does not count.
const RUNS: usize = 7;
/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// When memory is looked at, and for how long the processor is watched after that.
const SETTLED: Duration = Duration::from_secs(10);
const WATCHED: Duration = Duration::from_secs(10);
/// Clock ticks of `/proc` in a second.
const TICKS: f64 = 100.0;

/// What a process and its children use once they have settled.
struct Idle {
    /// Bytes.
    resident: u64,
    /// Bytes.
    proportional: u64,
    /// Share of one core while nothing happens.
    idle: f64,
}

/// Measures. `TIDINGS_APP` and `TIDINGS_MINIMAL_WINDOW` name the two binaries, built for release.
pub(crate) fn run() -> anyhow::Result<Value> {
    let profile = crate::cache_seeded::profile()?.canonicalize()?;
    let (app, minimal) = (program("TIDINGS_APP")?, program("TIDINGS_MINIMAL_WINDOW")?);
    let desk = Desk::set_up()?;
    let app = || {
        let mut command = settled(&desk, &app);
        command.arg("--data-dir").arg(&profile).arg("--automation");
        command
    };
    let minimal = || settled(&desk, &minimal);
    let is_list = |line: &str| line.contains("painted") && line.contains("List");
    let is_page = |line: &str| line.contains("painted") && line.to_lowercase().contains("page");

    time(&mut minimal(), is_page)?;
    time(&mut app(), is_list)?;
    // An app that opens no conversation by itself paints no page; then the list is all that a start brings.
    let has_page = time(&mut app(), is_page).is_ok();
    let (mut minimal_ms, mut list_ms, mut page_ms) = (Vec::new(), Vec::new(), Vec::new());
    // In turn, so that whatever else the machine does meets both alike.
    for _ in 0..RUNS {
        minimal_ms.push(time(&mut minimal(), is_page)?);
        list_ms.push(time(&mut app(), is_list)?);
        if has_page {
            page_ms.push(time(&mut app(), is_page)?);
        }
    }
    let minimal_idle = watch(&mut minimal(), is_page)?;
    let app_idle = watch(&mut app(), is_list)?;
    let (minimal_ms, list_ms) = (median(minimal_ms), median(list_ms));
    let page_ms = has_page.then(|| median(page_ms));
    let all_ms = page_ms.unwrap_or(list_ms).max(list_ms);
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let above = app_idle.proportional as f64 - minimal_idle.proportional as f64;
    let mut figures = Figures::default();
    figures.add("minimal window painted", minimal_ms, "ms", Aim::None);
    figures.add("app's list painted", list_ms, "ms", Aim::None);
    if let Some(page_ms) = page_ms {
        figures.add("app's newest page painted", page_ms, "ms", Aim::None);
    }
    figures.add(
        "app to minimal window",
        all_ms / minimal_ms,
        "times",
        Aim::Most(1.25),
    );
    figures.add(
        "minimal window, resident",
        megabytes(minimal_idle.resident),
        "MB",
        Aim::None,
    );
    figures.add(
        "minimal window, proportional",
        megabytes(minimal_idle.proportional),
        "MB",
        Aim::None,
    );
    figures.add("app, resident", megabytes(app_idle.resident), "MB", Aim::None);
    figures.add(
        "app, proportional",
        megabytes(app_idle.proportional),
        "MB",
        Aim::None,
    );
    figures.add("app above minimal window", above / 1e6, "MB", Aim::Most(40.0));
    figures.add(
        "minimal window, idle",
        minimal_idle.idle * 100.0,
        "% of a core",
        Aim::None,
    );
    figures.add("app, idle", app_idle.idle * 100.0, "% of a core", Aim::Most(0.3));
    Ok(figures.json())
}

/// The program that this variable names.
pub(crate) fn program(variable: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os(variable).with_context(|| format!("{variable} names no program"))?;
    Ok(PathBuf::from(path).canonicalize()?)
}

/// A command with the settings that both have in common: what the app itself would choose here, for both.
pub(crate) fn settled(desk: &Desk, binary: &Path) -> Command {
    let mut command = desk.command(binary);
    command
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env("WEBKIT_FORCE_SANDBOX", "0")
        .env("RUST_LOG", "info");
    command
}

/// Starts it, waits for the words, ends it; answers the milliseconds between.
pub(crate) fn time(command: &mut Command, fits: impl Fn(&str) -> bool) -> anyhow::Result<f64> {
    let (started, painted_ms) = Running::start(command, fits)?;
    drop(started);
    Ok(painted_ms)
}

/// Starts it, lets it settle, and sees what it uses.
fn watch(command: &mut Command, fits: impl Fn(&str) -> bool) -> anyhow::Result<Idle> {
    let (running, _) = Running::start(command, fits)?;
    thread::sleep(SETTLED);
    let tree = ProcessTree::of(running.0.id());
    let usage = tree.usage();
    thread::sleep(WATCHED);
    let ticks = tree.usage().ticks.saturating_sub(usage.ticks);
    let idle = ticks as f64 / TICKS / WATCHED.as_secs_f64();
    Ok(Idle {
        resident: usage.resident,
        proportional: usage.proportional,
        idle,
    })
}

/// A process that is killed when it is dropped.
struct Running(Child);

impl Running {
    fn start(command: &mut Command, fits: impl Fn(&str) -> bool) -> anyhow::Result<(Self, f64)> {
        let clock = SystemClock::default();
        let begun = clock.monotonic();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut running = Self(child);
        let lines = running.lines();
        loop {
            let left = (begun + PATIENCE).saturating_sub(clock.monotonic());
            let line = lines
                .recv_timeout(left)
                .map_err(|_| anyhow::anyhow!("{command:?} painted nothing"))?;
            if fits(&line) {
                return Ok((running, (clock.monotonic() - begun).as_secs_f64() * 1000.0));
            }
        }
    }

    /// What it says on either output, line by line.
    fn lines(&mut self) -> Receiver<String> {
        let (sender, lines) = mpsc::channel();
        let second = sender.clone();
        if let Some(output) = self.0.stdout.take() {
            thread::spawn(move || {
                BufReader::new(output)
                    .lines()
                    .map_while(Result::ok)
                    .try_for_each(|line| sender.send(line))
            });
        }
        if let Some(output) = self.0.stderr.take() {
            thread::spawn(move || {
                BufReader::new(output)
                    .lines()
                    .map_while(Result::ok)
                    .try_for_each(|line| second.send(line))
            });
        }
        lines
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The whole tree: the web process outlives a killed app for a moment and would disturb the next start.
        for id in ProcessTree::of(self.0.id()).ids {
            let _ = tidings_driver::kill_now(id);
        }
        let _ = self.0.wait();
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
