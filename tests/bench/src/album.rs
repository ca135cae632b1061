//! 100 photos of 12 megapixels at once: all their thumbnails, two at a time, against two `vipsthumbnail` side by side.

use std::{path::PathBuf, process::Command};

use serde_json::Value;

use crate::{
    photos::{photo, thumbnailer, together},
    report::{Aim, Figures, median},
};

/// Photos in the album, and different ones among them.
const PHOTOS: usize = 100;
const DIFFERENT: usize = 5;
/// Turns.
const TURNS: usize = 3;

/// Runs the bench.
pub(crate) fn run() -> anyhow::Result<Value> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    std::fs::create_dir(&out)?;
    let mut photos: Vec<PathBuf> = Vec::new();
    for number in 0..PHOTOS {
        let path = if number < DIFFERENT {
            let seed = u32::try_from(number)? + 1;
            photo(
                folder.path(),
                &format!("photo{number}.jpg[Q=90]"),
                (4000, 3000),
                seed,
            )?
        } else {
            let path = folder.path().join(format!("photo{number}.jpg"));
            let same = photos.get(number % DIFFERENT).cloned().unwrap_or_default();
            std::fs::hard_link(same, &path)?;
            path
        };
        photos.push(path);
    }
    let mut mine = Command::new(thumbnailer()?);
    mine.args(["-j", "2"]).arg(&out).args(&photos);
    let mut theirs: Vec<Command> = photos
        .chunks(PHOTOS / 2)
        .map(|half| {
            let mut command = Command::new("vipsthumbnail");
            command
                .args(["--size", "264x198", "-o"])
                .arg(out.join("%s.vips.jpg[Q=78]"))
                .args(half);
            command
        })
        .collect();
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        here.push(together(std::slice::from_mut(&mut mine))?);
        there.push(together(&mut theirs)?);
    }
    let (here, there) = (median(&here), median(&there));
    let mut figures = Figures::default();
    figures.add("all 100 previews, p50", here, "ms", Aim::None);
    figures.add("all 100 previews, vipsthumbnail, p50", there, "ms", Aim::None);
    figures.add("share of its time", here / there, "", Aim::Most(0.6));
    Ok(figures.json())
}
