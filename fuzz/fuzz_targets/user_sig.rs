//! A UserSig that somebody made up (H38): base64, zlib and JSON from a stranger, before anything is known of them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Nobody signs with the key by chance.
    assert!(!tidings_server::fuzzing::user_sig(text));
    assert!(!tidings_server::fuzzing::packed_user_sig(text.as_bytes()));
});
