//! The headers of tus and HTTP's ranges, from whoever is signed in (H27, H28).
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, u64)| {
    let (text, size) = input;
    tidings_server::fuzzing::upload_headers(text);
    tidings_server::fuzzing::range(text, size);
    tidings_server::fuzzing::range(&format!("bytes={text}"), size);
});
