//! Photos to measure with, made by libvips: smooth noise in three colours, and the grain of a sensor over it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::Context as _;

/// A file of these sides, in the format that the name's ending says, with options of libvips behind it.
pub(crate) fn photo(
    folder: &Path,
    name: &str,
    (width, height): (u32, u32),
    seed: u32,
) -> anyhow::Result<PathBuf> {
    let part = |name: &str| folder.join(format!("{name}.v")).display().to_string();
    let (width, height) = (width.to_string(), height.to_string());
    let colours = ["red", "green", "blue"].map(part);
    for (colour, number) in colours.iter().zip(seed * 3..) {
        let seed = number.to_string();
        vips(&[
            "perlin",
            colour,
            &width,
            &height,
            "--cell-size",
            "300",
            "--uchar",
            "--seed",
            &seed,
        ])?;
    }
    let (smooth, grain, both, whole) = (part("smooth"), part("grain"), part("both"), part("whole"));
    vips(&["bandjoin", &colours.join(" "), &smooth])?;
    let seed = seed.to_string();
    vips(&[
        "gaussnoise",
        &grain,
        &width,
        &height,
        "--mean",
        "0",
        "--sigma",
        "6",
        "--seed",
        &seed,
    ])?;
    vips(&["add", &smooth, &grain, &both])?;
    vips(&["cast", &both, &whole, "uchar"])?;
    let file = folder.join(name);
    let target = file.display().to_string();
    vips(&["copy", &whole, &target])?;
    let path = PathBuf::from(target.split('[').next().unwrap_or_default());
    for part in colours.iter().chain([&smooth, &grain, &both, &whole]) {
        std::fs::remove_file(part)?;
    }
    Ok(path)
}

fn vips(words: &[&str]) -> anyhow::Result<()> {
    let done = Command::new("vips")
        .args(words)
        .status()
        .context("this bench compares with libvips: apt-get install libvips-tools")?;
    anyhow::ensure!(done.success(), "vips {}", words.join(" "));
    Ok(())
}

/// `cargo xtask bench` says where it is; else it is beside this program.
pub(crate) fn thumbnailer() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("TIDINGS_THUMBNAIL") {
        return Ok(path.into());
    }
    let beside = std::env::current_exe()?.with_file_name("tidings-thumbnail");
    anyhow::ensure!(
        beside.exists(),
        "build it first: cargo build --release -p tidings-thumbnail"
    );
    Ok(beside)
}

/// How long these take when they run side by side, milliseconds.
pub(crate) fn together(commands: &mut [Command]) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let mut children = Vec::new();
    for command in commands {
        children.push(command.spawn().with_context(|| format!("{command:?}"))?);
    }
    for child in &mut children {
        anyhow::ensure!(child.wait()?.success(), "a program failed");
    }
    Ok(begin.elapsed().as_secs_f64() * 1000.0)
}

/// The most memory that it had, KiB. The kernel's own mark is read until the process is gone, so the last millisecond may be missing.
pub(crate) fn peak_kib(command: &mut Command) -> anyhow::Result<f64> {
    let mut child = command.spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak: f64 = 0.0;
    while child.try_wait()?.is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = mark.and_then(|mark| mark.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or_default());
        std::thread::sleep(std::time::Duration::from_micros(200));
    }
    anyhow::ensure!(child.wait()?.success(), "a program failed");
    Ok(peak)
}
