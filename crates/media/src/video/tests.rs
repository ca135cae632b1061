use super::*;
use crate::probe;
use crate::samples::{Sample, atom, moov};

fn limits() -> Limits {
    Limits::default()
}

fn film() -> Sample {
    let ftyp = atom(b"ftyp", b"isom\0\0\0\0isom");
    Sample::of(&[ftyp, moov(64, 48, false, 9_000)].concat())
}

/// A program that does what the script says, whatever it is asked.
#[cfg(unix)]
fn program(sample: &Sample, script: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = sample.path.with_file_name("program");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

#[test]
fn a_frame_is_taken_as_it_comes() {
    #[cfg(unix)]
    {
        let film = film();
        let program = program(&film, "head -c 9216 /dev/zero");
        let poster = poster_by(|| Command::new(&program), &film.path, &film.probed, &limits())
            .unwrap()
            .unwrap();
        assert_eq!(
            (poster.width, poster.height, poster.format),
            (64, 48, Format::Jpeg)
        );
    }
}

#[test]
fn h24_a_program_that_says_too_little_too_much_or_nothing_is_given_up() {
    let film = film();
    let gone = film.path.with_file_name("gone");
    assert_eq!(
        poster_by(|| Command::new(&gone), &film.path, &film.probed, &limits()).unwrap(),
        None
    );
    #[cfg(unix)]
    for script in [
        "exit 1",
        "head -c 9215 /dev/zero",
        "cat /dev/zero",
        "exec sleep 60",
    ] {
        let program = program(&film, script);
        let short = Limits {
            decode_ms: 200,
            ..limits()
        };
        let poster = poster_by(|| Command::new(&program), &film.path, &film.probed, &short).unwrap();
        assert_eq!(poster, None, "{script}");
    }
}

/// With the real program, where this computer has it.
#[test]
fn r_v7_a_real_film_gives_a_real_frame() {
    let folder = tempfile::tempdir().unwrap();
    for (name, mime) in [("a.mp4", "video/mp4"), ("a.mkv", "video/x-matroska")] {
        let path = folder.path().join(name);
        let made = Command::new("ffmpeg")
            .args(["-nostdin", "-loglevel", "quiet", "-f", "lavfi", "-i"])
            .args(["color=c=red:s=320x240:d=5:r=10", "-c:v", "mpeg4"])
            .arg(&path)
            .status();
        if !made.is_ok_and(|status| status.success()) {
            return;
        }
        let probed = probe::probe(&path, &limits()).unwrap();
        assert_eq!((probed.mime, probed.duration_ms), (mime, Some(5_000)));
        let frame = poster(&path, &probed, &limits()).unwrap().unwrap();
        assert_eq!((frame.width, frame.height), (320, 240));
        let (_, colour) = picture::placeholder(&frame, &limits()).unwrap();
        assert!(colour[0] > 200 && colour[1] < 40 && colour[2] < 40, "{colour:?}");
    }
}

#[test]
fn h24_a_playlist_is_no_video() {
    for bytes in [
        &b"#EXTM3U\nfile:///etc/passwd\n"[..],
        b"concat:/etc/passwd|x",
        b"ffconcat version 1.0\nfile x\n",
    ] {
        let sample = Sample::of(bytes);
        assert_eq!(sample.probed.kind, Kind::File);
        let poster = poster(&sample.path, &sample.probed, &limits());
        assert!(matches!(poster, Err(MediaError::Unsupported)));
    }
}
