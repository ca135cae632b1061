//! What a hostile server may send (H55).
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_protocol::{Changes, Heads, Page, Push, ServerFrame, UserId};

fuzz_target!(|bytes: &[u8]| {
    let Ok(frame) = serde_json::from_slice::<ServerFrame>(bytes) else {
        return;
    };
    let me = UserId::new("me").expect("a user id");
    if let Some(welcome) = frame.welcome {
        let _ = welcome.me.within_limits();
    }
    if let Some(push) = frame.push {
        if let Ok(Push::Message(message)) = serde_json::from_str(push.get()) {
            let _ = message.conversation_for(&me);
        }
    }
    if let Some(ok) = frame.ok {
        let _ = serde_json::from_str::<Heads>(ok.get());
        let _ = serde_json::from_str::<Page>(ok.get());
        let _ = serde_json::from_str::<Changes>(ok.get());
    }
});
