//! `tray-idle` and `warm-start`: what the app uses when it is hidden in the tray and connected, against itself with its window
//! open; and from a click on the tray's icon to the list on the screen.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tidings_driver::{Desk, DesktopApp, Tray};
use tidings_tests::{Home, ServerProcess};
use tokio::time::Instant;

use crate::app_start::program;
use crate::report::{Aim, Figures, median};

/// When memory is looked at, and for how long the processor is watched after that.
const SETTLED: Duration = Duration::from_secs(10);
const WATCHED: Duration = Duration::from_secs(120);
/// Clock ticks of `/proc` in a second.
const TICKS: f64 = 100.0;
/// How often the window is opened; the figure is the median.
const RUNS: usize = 5;

/// Measures. `TIDINGS_APP` and `TIDINGS_SERVER` name the binaries, built for release.
pub(crate) fn run() -> anyhow::Result<Value> {
    let desk = Desk::set_up()?;
    let tray = Tray::on(&desk)?;
    let server = ServerProcess::starts();
    server.has("ann");
    let app = program("TIDINGS_APP")?;
    let home = tokio::runtime::Runtime::new()?.block_on(Home::signed_in("ann", &server.address()));
    let hidden = DesktopApp::start(&desk, &app, home.folder(), &["--hidden"])?;
    tray.offers("Open Tidings")?;
    thread::sleep(SETTLED);
    let before = hidden.processes().usage();
    thread::sleep(WATCHED);
    let after = hidden.processes().usage();
    let idle = after.ticks.saturating_sub(before.ticks) as f64 / TICKS / WATCHED.as_secs_f64();

    // The window for the first time, and closed into the tray again until its web view has been let go.
    let mut starts = Vec::new();
    let mut open_memory = 0;
    for run in 0..RUNS {
        starts.push(opened(&hidden, &tray)?);
        if run == 0 {
            thread::sleep(SETTLED);
            open_memory = hidden.processes().usage().proportional;
        }
        thread::sleep(Duration::from_secs(1));
        desk.close_window("Tidings")?;
        hidden.says(&["web view was let go"])?;
    }
    thread::sleep(SETTLED);
    let again = hidden.processes().usage().proportional;
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let minimal = minimal_window(&desk)?;
    let mut figures = Figures::default();
    figures.add(
        "hidden, connected: processor",
        idle * 100.0,
        "% of a core",
        Aim::Most(0.2),
    );
    figures.add(
        "hidden from the start, proportional",
        megabytes(after.proportional),
        "MB",
        Aim::None,
    );
    figures.add(
        "with its window, proportional",
        megabytes(open_memory),
        "MB",
        Aim::None,
    );
    figures.add("hidden again, proportional", megabytes(again), "MB", Aim::None);
    figures.add(
        "hidden again to open",
        again as f64 / open_memory as f64,
        "times",
        Aim::Most(0.6),
    );
    let warm = median(&starts);
    figures.add("warm start, click to the list", warm, "ms", Aim::None);
    if let Some(minimal) = minimal {
        figures.add("minimal window painted", minimal, "ms", Aim::None);
        figures.add(
            "warm start above minimal window",
            warm - minimal,
            "ms",
            Aim::Most(300.0),
        );
    }
    Ok(figures.json())
}

/// Milliseconds from the click to the list.
fn opened(app: &DesktopApp, tray: &Tray) -> anyhow::Result<f64> {
    let clicked = Instant::now();
    tray.click()?;
    let painted = app.says(&["painted", "List"])?;
    Ok((painted - clicked).as_secs_f64() * 1000.0)
}

/// The minimal window's start, where the binary is given.
fn minimal_window(desk: &Desk) -> anyhow::Result<Option<f64>> {
    let Ok(binary) = program("TIDINGS_MINIMAL_WINDOW") else {
        return Ok(None);
    };
    let mut times = Vec::new();
    for _ in 0..RUNS {
        times.push(painted(desk, &binary).context("the minimal window")?);
    }
    Ok(Some(median(&times)))
}

fn painted(desk: &Desk, binary: &Path) -> anyhow::Result<f64> {
    crate::app_start::time(&mut crate::app_start::settled(desk, binary), |line| {
        line.contains("painted") && line.contains("page")
    })
}
