//! A video's poster: a frame that an `ffmpeg` on PATH takes (R-V7). One that the web view took is prepared as any picture is.

use std::{
    ffi::OsString,
    io::Read as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use crate::{
    error::{MediaError, guarded},
    limits::{self, Limits},
    picture::{self, Pixels, Variant},
    probe::{Format, Kind, Probed},
};

/// What makes a poster.
pub(crate) const PROGRAM: &str = "ffmpeg";
/// JPEG's quality, 1 to 100.
const QUALITY: i32 = 80;
/// A poster is taken here where the video is long enough: many begin in the dark. Milliseconds.
const NOT_BEFORE_MS: u64 = 1_000;

/// A frame of the video at `path`, at most 720 on the short side; none where there is no `ffmpeg`, or it makes nothing of the file.
///
/// The program gets the one file and no way to another one: a demuxer by name, no protocol but files, no shell, no input;
/// its memory and its time are limited, and it is killed when that is over (H24).
///
/// # Errors
/// [`MediaError::Unsupported`] where `probed` is no video.
pub fn poster(path: &Path, probed: &Probed, limits: &Limits) -> Result<Option<Variant>, MediaError> {
    poster_by(|| Command::new(PROGRAM), path, probed, limits)
}

/// As [`poster`], with what starts the program: by another one that holds it, or, in tests, one that misbehaves.
pub(crate) fn poster_by(
    program: impl Fn() -> Command,
    path: &Path,
    probed: &Probed,
    limits: &Limits,
) -> Result<Option<Variant>, MediaError> {
    let demuxer = match (probed.kind, probed.format) {
        (Kind::Video, Format::Mp4 | Format::QuickTime) => "mov",
        (Kind::Video, Format::Webm | Format::Matroska) => "matroska",
        _ => return Err(MediaError::Unsupported),
    };
    let (Some(width), Some(height)) = (probed.width, probed.height) else {
        return Ok(None);
    };
    if !limits.allow(width, height) {
        return Ok(None);
    }
    let sides = picture::fitting(width, height, limits::LARGE_SIDE);
    let late = probed
        .duration_ms
        .is_some_and(|duration| duration > 3 * NOT_BEFORE_MS);
    let starts: &[u64] = if late { &[NOT_BEFORE_MS, 0] } else { &[0] };
    for start in starts {
        let taken = frame(program(), path, demuxer, sides, *start, limits)?;
        if let Some(bytes) = taken {
            let pixels = Pixels::rgb(sides.0, sides.1, bytes)?;
            return guarded(|| picture::encode(&pixels, QUALITY)).map(Some);
        }
    }
    Ok(None)
}

/// The pixels of one frame; none where the program is not there, fails, takes too long or answers something else.
fn frame(
    mut command: Command,
    path: &Path,
    demuxer: &str,
    sides: (u32, u32),
    start: u64,
    limits: &Limits,
) -> Result<Option<Vec<u8>>, MediaError> {
    let mut input = OsString::from("file:");
    input.push(std::path::absolute(path)?);
    command
        .args(["-nostdin", "-hide_banner", "-loglevel", "quiet", "-threads", "1"])
        .args(["-protocol_whitelist", "file,pipe", "-f", demuxer])
        .args(["-ss", &format!("{start}ms"), "-i"])
        .arg(input)
        .args([
            "-map",
            "0:v:0",
            "-frames:v",
            "1",
            "-an",
            "-sn",
            "-dn",
            "-threads",
            "1",
        ])
        .args(["-vf", &format!("scale={}:{}", sides.0, sides.1)])
        .args(["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"])
        // It would write a report where this says.
        .env_remove("FFREPORT")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else {
        return Ok(None);
    };
    limit(&child, limits);
    let wanted = sides.0 as usize * sides.1 as usize * 3;
    let bytes = read(&mut child, wanted, Duration::from_millis(limits.decode_ms));
    // What has answered may still be running, and must not be left as a zombie.
    let _ = child.kill();
    let _ = child.wait();
    Ok(bytes.filter(|bytes| bytes.len() == wanted))
}

/// What the program writes, up to one byte more than wanted; none when it takes too long.
fn read(child: &mut Child, wanted: usize, patience: Duration) -> Option<Vec<u8>> {
    let output = child.stdout.take()?;
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::Builder::new()
        .name("poster".to_owned())
        .spawn(move || {
            let mut bytes = Vec::new();
            let read = output.take(wanted as u64 + 1).read_to_end(&mut bytes);
            // Nobody listens any more after a time-out.
            let _ = sender.send(read.is_ok().then_some(bytes));
        })
        .ok()?;
    receiver.recv_timeout(patience).ok().flatten()
}

/// Memory, processor time, and no file to write to: a moment late for what was not held before.
#[cfg(target_os = "linux")]
fn limit(child: &Child, limits: &Limits) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else {
        return;
    };
    let seconds = limits.decode_ms.div_ceil(1000);
    for (resource, most) in [
        (Resource::Data, limits::WORKER_BYTES),
        (Resource::Cpu, seconds),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ] {
        let rlimit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        // A child that is gone already needs none.
        let _ = prlimit(Some(pid), resource, rlimit);
    }
}

#[cfg(not(target_os = "linux"))]
fn limit(_: &Child, _: &Limits) {}

#[cfg(test)]
mod tests;
