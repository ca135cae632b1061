//! What a person pastes, and what another program hands over (H18).
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_protocol::{ConversationId, InvitationLink, ServerAddress};

fuzz_target!(|text: &str| {
    let _ = ServerAddress::from_typed(text);
    if let Ok(id) = text.parse::<ConversationId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(link) = text.parse::<InvitationLink>() {
        assert_eq!(link.to_string().parse::<InvitationLink>().as_ref(), Ok(&link));
    }
});
