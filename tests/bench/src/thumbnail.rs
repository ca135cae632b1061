//! One picture to a thumbnail, whole process against whole process: `tidings-thumbnail` and `vipsthumbnail`, by turns.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use serde_json::Value;
use tidings_media::{Limits, picture};

use crate::{
    photos::{peak_kib, photo, thumbnailer, together},
    report::{Aim, Figures, median},
};

/// Turns for each picture.
const TURNS: usize = 15;

struct Sample {
    name: &'static str,
    file: &'static str,
    sides: (u32, u32),
    /// At most this share of libvips's time.
    wall: f64,
    /// At most this share of its memory.
    memory: Option<f64>,
}

const SAMPLES: &[Sample] = &[
    Sample {
        name: "12 MP JPEG",
        file: "photo12.jpg[Q=90]",
        sides: (4000, 3000),
        wall: 0.5,
        memory: Some(0.5),
    },
    Sample {
        name: "48 MP JPEG",
        file: "photo48.jpg[Q=90]",
        sides: (8000, 6000),
        wall: 0.75,
        memory: Some(0.5),
    },
    Sample {
        name: "24 MP PNG",
        file: "photo24.png",
        sides: (6000, 4000),
        wall: 0.42,
        memory: None,
    },
    Sample {
        name: "12 MP WebP",
        file: "photo12.webp[Q=80]",
        sides: (4000, 3000),
        wall: 1.1,
        memory: None,
    },
];

/// Runs the bench.
pub(crate) fn run() -> anyhow::Result<Value> {
    let folder = tempfile::tempdir()?;
    let program = thumbnailer()?;
    let mut figures = Figures::default();
    for sample in SAMPLES {
        let path = photo(folder.path(), sample.file, sample.sides, 1)?;
        let mut mine = tidings(&program, folder.path(), &path);
        let mut theirs = vips(folder.path(), &path, sample.sides);
        // Both find the file and their libraries in memory.
        together(std::slice::from_mut(&mut mine))?;
        together(std::slice::from_mut(&mut theirs))?;
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            here.push(together(std::slice::from_mut(&mut mine))?);
            there.push(together(std::slice::from_mut(&mut theirs))?);
        }
        let (here, there) = (median(&here), median(&there));
        let name = sample.name;
        figures.add(&format!("{name}: p50"), here, "ms", Aim::None);
        figures.add(&format!("{name}: p50, vipsthumbnail"), there, "ms", Aim::None);
        figures.add(
            &format!("{name}: share of its time"),
            here / there,
            "",
            Aim::Most(sample.wall),
        );
        let (here, there) = (peak_kib(&mut mine)? / 1024.0, peak_kib(&mut theirs)? / 1024.0);
        figures.add(&format!("{name}: peak memory"), here, "MiB", Aim::None);
        figures.add(
            &format!("{name}: peak memory, vipsthumbnail"),
            there,
            "MiB",
            Aim::None,
        );
        let aim = sample.memory.map_or(Aim::None, Aim::Most);
        figures.add(&format!("{name}: share of its memory"), here / there, "", aim);
        if name == "12 MP JPEG" {
            let preview = preview_ms(folder.path(), &path)?;
            figures.add("first preview out of EXIF, p50", preview, "ms", Aim::Most(5.0));
        }
        std::fs::remove_file(path)?;
    }
    Ok(figures.json())
}

fn tidings(program: &Path, out: &Path, path: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg(out).arg(path);
    command
}

/// To the same sides: 198 on the short one.
fn vips(out: &Path, path: &Path, (width, height): (u32, u32)) -> Command {
    let mut command = Command::new("vipsthumbnail");
    command
        .args(["--size", &format!("{}x198", width * 198 / height)])
        .arg("-o")
        .arg(out.join("%s.vips.jpg[Q=78]"))
        .arg(path);
    command
}

/// The same photo with a preview of 160 by 120 in its EXIF, as cameras write it.
fn preview_ms(folder: &Path, photo: &Path) -> anyhow::Result<f64> {
    let small: PathBuf = folder.join("small.jpg");
    let done = Command::new("vipsthumbnail")
        .args(["--size", "160x120", "-o"])
        .arg(&small)
        .arg(photo)
        .status()?;
    anyhow::ensure!(done.success(), "vipsthumbnail");
    let preview = std::fs::read(&small)?;
    let length = u32::try_from(preview.len())?;
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\x0e\0\0\0".to_vec();
    exif.extend(2u16.to_le_bytes());
    for (tag, value) in [(0x0201u16, 44u32), (0x0202, length)] {
        exif.extend(tag.to_le_bytes());
        exif.extend([4, 0, 1, 0, 0, 0]);
        exif.extend(value.to_le_bytes());
    }
    exif.extend([0; 4]);
    exif.extend(preview);
    let plain = std::fs::read(photo)?;
    let mut file = vec![0xff, 0xd8, 0xff, 0xe1];
    file.extend(u16::try_from(exif.len() + 2)?.to_be_bytes());
    file.extend(exif);
    file.extend(plain.into_iter().skip(2));
    let path = folder.join("with-preview.jpg");
    std::fs::write(&path, file)?;
    let mut times = Vec::new();
    for _ in 0..101 {
        let begin = Instant::now();
        let found = picture::first_preview(&path, &Limits::default())?;
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
        anyhow::ensure!(found.is_some(), "the preview was not found");
    }
    Ok(median(&times))
}
