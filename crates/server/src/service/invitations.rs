//! Invitations.

use std::time::Duration;

use tidings_protocol::WireError;

use super::bad_parameter;
use crate::limits;
use crate::server::InvitationCode;
use crate::space::{Space, hash_secret};
use crate::store::NewInvitation;

/// Makes an invitation for `uses` people, valid for `ttl`.
pub(crate) async fn make(space: &Space, uses: u32, ttl: Duration) -> Result<InvitationCode, WireError> {
    if uses == 0 || ttl.is_zero() {
        return Err(bad_parameter("an invitation that nobody could use"));
    }
    let ttl_ms = i64::try_from(ttl.min(limits::INVITATION_TTL).as_millis()).unwrap_or(i64::MAX);
    let expires_at_ms = space.clock.now_ms().saturating_add(ttl_ms);
    // 15 bytes are 20 letters: short enough for a link, and 2^120 is not guessed.
    let code = space.new_secret(15);
    let invitation = NewInvitation {
        code_hash: hash_secret(&code),
        uses,
        expires_at: expires_at_ms,
    };
    space
        .store
        .write(move |batch| batch.add_invitation(&invitation))
        .await?;
    Ok(InvitationCode { code, expires_at_ms })
}
