//! A film's boxes: what is behind its first one is anything (H24).
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use tidings_media::{Limits, limits::DURATION_MS, probe::probe_bytes};

fuzz_target!(|bytes: &[u8]| {
    let film = [b"\0\0\0\x10ftypisom\0\0\0\0".as_slice(), bytes].concat();
    let probed = probe_bytes(Cursor::new(film), &Limits::default()).unwrap();
    assert!(probed.duration_ms.is_none_or(|duration| duration <= DURATION_MS));
});
