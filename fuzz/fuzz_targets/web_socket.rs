//! What comes on a socket after the upgrade (H35): however the bytes are cut, the same is heard.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_server::fuzzing::frames;

const LIMIT: usize = 4096;

fuzz_target!(|input: (u8, &[u8])| {
    let (at_once, bytes) = input;
    let whole = frames(bytes, usize::MAX, LIMIT);
    assert_eq!(frames(bytes, usize::from(at_once), LIMIT), whole);
    for said in &whole.0 {
        // Written as text, a byte can become six.
        assert!(said.len() <= 6 * LIMIT + 16);
    }
});
