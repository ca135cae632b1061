//! Names that others gave to files (H20).
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_media::names;

fuzz_target!(|name: &str| {
    let safe = names::safe(name);
    assert!(!safe.is_empty() && safe.len() <= 255);
    assert!(!safe.contains(['/', '\\', '\0', ':', '\u{202e}']));
    assert_eq!(names::safe(&safe), safe);
    let (stem, extension) = names::shown(name);
    assert_eq!(format!("{stem}{extension}"), safe);
});
