//! Thumbnails from a command line, as `vipsthumbnail` makes them: what the benches of pictures measure, a process of its own.
//!
//! `tidings-thumbnail [-j N] FOLDER FILE...` writes a thumbnail of each file into the folder, N at a time.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::Context as _;
use tidings_media::{Limits, picture, probe::probe};

fn main() -> anyhow::Result<()> {
    let mut words = std::env::args_os().skip(1).peekable();
    let mut at_once = 1;
    if words.next_if(|word| word == "-j").is_some() {
        at_once = words.next().context("-j N")?.to_string_lossy().parse::<usize>()?;
    }
    let folder = PathBuf::from(words.next().context("FOLDER")?);
    let files: Vec<PathBuf> = words.map(PathBuf::from).collect();
    if at_once <= 1 {
        return files.iter().try_for_each(|file| make(file, &folder));
    }
    let waiting = Mutex::new(files.iter());
    let next = || waiting.lock().ok().and_then(|mut files| files.next());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(file) = next() {
                        make(file, &folder)?;
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| anyhow::anyhow!("a thread fell over"))?)
    })
}

fn make(file: &Path, folder: &Path) -> anyhow::Result<()> {
    let limits = Limits::default();
    let probed = probe(file, &limits)?;
    let made = picture::thumbnail(file, &probed, &limits)?;
    let mut name = file.file_stem().context("a name")?.to_owned();
    name.push(".thumb.");
    name.push(made.thumb.format.extension());
    std::fs::write(folder.join(name), made.thumb.bytes)?;
    Ok(())
}
