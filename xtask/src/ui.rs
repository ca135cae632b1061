//! The UI: its packages and its build.

use std::{
    fs, io,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;

use crate::{licences, node, process};

/// Fetches the UI's packages where the lock file has changed since the last time.
pub(crate) fn install() -> Result<()> {
    node::ensure()?;
    let ui = process::root().join("ui");
    let changed = |file: &str| fs::metadata(ui.join(file)).and_then(|meta| meta.modified()).ok();
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    process::run(&mut node::npm(&["ci", "--no-audit", "--no-fund"])?)
}

/// Builds the UI into `ui/dist`, unless it is there already: a touched `dist` would make Cargo build the app again.
pub(crate) fn build() -> Result<()> {
    install()?;
    licences::write()?;
    let ui = process::root().join("ui");
    let stamp = process::target().join("ui.stamp");
    let sources = fingerprint(&ui)?;
    let is_built = fs::read_to_string(ui.join("dist/index.html")).is_ok_and(|page| page.contains("<script"));
    if is_built && fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
        return Ok(());
    }
    process::run(&mut node::npm(&["run", "build"])?)?;
    fs::create_dir_all(process::target())?;
    fs::write(stamp, sources)?;
    Ok(())
}

/// Which sources there are and when the last of them changed.
fn fingerprint(ui: &Path) -> io::Result<String> {
    let (mut files, mut latest) = (0_u64, UNIX_EPOCH);
    let mut folders = vec![ui.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if ["node_modules", "dist", "dist-fake", ".vite"]
                .iter()
                .any(|skipped| name == *skipped)
            {
                continue;
            }
            let meta = entry.metadata()?;
            if meta.is_dir() {
                folders.push(entry.path());
            } else {
                files += 1;
                latest = latest.max(meta.modified()?);
            }
        }
    }
    Ok(format!("{files} files, the last of {}\n", nanos(latest)))
}

fn nanos(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_sees_sources_and_not_what_is_made_of_them() {
        let temp = tempfile::tempdir().unwrap();
        let ui = temp.path();
        fs::create_dir_all(ui.join("src")).unwrap();
        fs::create_dir_all(ui.join("dist")).unwrap();
        fs::write(ui.join("src/a.ts"), "1").unwrap();
        let before = fingerprint(ui).unwrap();
        fs::write(ui.join("dist/a.js"), "1").unwrap();
        assert_eq!(fingerprint(ui).unwrap(), before);
        fs::write(ui.join("src/b.ts"), "1").unwrap();
        assert_ne!(fingerprint(ui).unwrap(), before);
    }
}
