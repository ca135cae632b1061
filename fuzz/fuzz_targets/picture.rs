//! A picture, or a poster as the web view hands it over: probed, decoded, scaled, encoded (H22, H23).
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use tidings_media::{Limits, picture, probe};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { pixels: 1 << 20, decoded_bytes: 1 << 24, coefficient_bytes: 1 << 24, ..Limits::default() };
    let Ok(probed) = probe::probe_bytes(Cursor::new(bytes), &limits) else {
        return;
    };
    // Several of these run at once.
    let path = std::env::temp_dir().join(format!("tidings-fuzz-{}", std::process::id()));
    std::fs::write(&path, bytes).expect("a file for the picture");
    if let Ok(made) = picture::prepare(&path, &probed, &limits) {
        let large = made.large.unwrap_or(made.thumb);
        assert!(large.width.min(large.height) <= 720);
    }
});
