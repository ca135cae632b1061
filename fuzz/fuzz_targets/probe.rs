//! What a file is, by its content (H23).
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use tidings_media::{Kind, Limits, probe::probe_bytes};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let probed = probe_bytes(Cursor::new(bytes), &limits).unwrap();
    assert_eq!(probed.size, bytes.len() as u64);
    assert!((1..=8).contains(&probed.orientation));
    if probed.kind == Kind::Image {
        assert!(limits.allow(probed.width.unwrap(), probed.height.unwrap()));
    }
});
