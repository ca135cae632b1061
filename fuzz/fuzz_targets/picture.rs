//! A poster as the web view hands it over: probed, decoded, scaled, encoded (H22, H23).
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_media::{Limits, video};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { pixels: 1 << 20, decoded_bytes: 1 << 24, coefficient_bytes: 1 << 24, ..Limits::default() };
    if let Ok(poster) = video::poster_from_jpeg(bytes, &limits) {
        assert!(poster.width.min(poster.height) <= 720);
    }
});
