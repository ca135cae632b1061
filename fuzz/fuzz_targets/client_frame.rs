//! What a client may send: a hello, or a request whose payload is then checked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_protocol::{ClientFrame, Hello, Request, check_payload};

fuzz_target!(|bytes: &[u8]| {
    let _ = serde_json::from_slice::<Hello>(bytes);
    if let Ok(frame) = serde_json::from_slice::<ClientFrame>(bytes) {
        if let Request::Send(send) = &frame.request {
            let _ = check_payload(&send.message_type, &send.payload);
        }
        let again = serde_json::to_vec(&frame).expect("what was read can be written");
        serde_json::from_slice::<ClientFrame>(&again).expect("what was written can be read");
    }
});
