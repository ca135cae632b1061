//! A picture as it is made ready to be sent: nothing of where and by whom it was taken is left in it (H25).
#![no_main]

use std::{fs, path::PathBuf, sync::OnceLock};

use libfuzzer_sys::fuzz_target;
use tidings_media::{Kind, Limits, picture, probe};

/// In memory where there is such a folder: there are some thousand files a second.
fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let folder = folder.join(format!("tidings-fuzz-strip-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    })
}

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { pixels: 1 << 20, decoded_bytes: 1 << 24, coefficient_bytes: 1 << 24, ..Limits::default() };
    let (from, out) = (folder().join("from"), folder().join("out"));
    fs::write(&from, bytes).unwrap();
    let _ = fs::remove_file(&out);
    let probed = probe::probe(&from, &limits).unwrap();
    let _ = picture::first_preview(&from, &limits);
    if let Ok(stripped) = picture::strip(&from, &probed, &limits, &out) {
        let left = probe::probe(&out, &limits).unwrap();
        assert_eq!(left.kind, Kind::Image);
        assert_eq!(left.size, stripped.size);
        assert!(!left.has_location);
        // How it lies is said where turning it would lose a row, and nothing else.
        assert!(!left.has_metadata || left.orientation != 1);
    }
});
