//! Invitations. Only their hashes are kept.

use rusqlite::params;

use super::StoreError;
use super::batch::Batch;

/// An invitation to be made.
pub(crate) struct NewInvitation {
    pub(crate) code_hash: [u8; 32],
    pub(crate) uses: u32,
    /// Milliseconds since 1970.
    pub(crate) expires_at: i64,
}

impl Batch<'_> {
    /// Keeps an invitation, and forgets those that are over.
    pub(crate) fn add_invitation(&mut self, invitation: &NewInvitation) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("DELETE FROM invitations WHERE expires_at <= ?1 OR uses_left = 0")?
            .execute([self.now])?;
        self.conn
            .prepare_cached("INSERT INTO invitations (code_hash, uses_left, expires_at) VALUES (?1, ?2, ?3)")?
            .execute(params![
                invitation.code_hash,
                invitation.uses,
                invitation.expires_at
            ])?;
        Ok(())
    }

    /// Uses an invitation once. `false`: it is unknown, over or used up.
    pub(crate) fn use_invitation(&mut self, code_hash: &[u8; 32]) -> Result<bool, StoreError> {
        let used = self
            .conn
            .prepare_cached(
                "UPDATE invitations SET uses_left = uses_left - 1 \
                 WHERE code_hash = ?1 AND uses_left > 0 AND expires_at > ?2",
            )?
            .execute(params![code_hash, self.now])?;
        Ok(used > 0)
    }
}
