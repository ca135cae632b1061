//! Roaming history is kept for some days (R-H6), and files for as long as there is a message that has them.

use tidings_protocol::WireError;
use tokio::time::Instant;

use crate::limits;
use crate::space::Space;
use crate::store;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Removes the messages that are kept no longer, the files that nobody has any more and what is too much of groups that were left, pausing so that nobody waits for it.
pub(crate) async fn purge(space: &Space) -> Result<(), WireError> {
    purge_messages(space).await?;
    forget_left(space).await?;
    super::file_sweep::sweep(space).await
}

async fn purge_messages(space: &Space) -> Result<(), WireError> {
    let days = i64::from(space.config.roaming_days);
    if days == 0 {
        return Ok(());
    }
    let before = space.clock.now_ms().saturating_sub(days * DAY_MS);
    // Above the least number there is, so that it has an opposite.
    let mut next = Some(-i64::MAX);
    while let Some(after) = next {
        let stale = space
            .store
            .read(move |conn| store::read::stale(conn, after, before))
            .await?;
        for log in stale.logs {
            while space.store.write(move |batch| batch.purge(log, before)).await? {
                tokio::time::sleep(limits::PURGE_PAUSE).await;
            }
        }
        next = stale.next;
    }
    Ok(())
}

/// Forgets the groups that were left longest ago, of users who have left very many.
async fn forget_left(space: &Space) -> Result<(), WireError> {
    let mut after = 0;
    loop {
        let users = space
            .store
            .read(move |conn| store::read::with_many_left(conn, after))
            .await?;
        let Some(last) = users.last().copied() else {
            return Ok(());
        };
        for user in users {
            space.store.write(move |batch| batch.forget_left(user)).await?;
            tokio::time::sleep(limits::PURGE_PAUSE).await;
        }
        after = last;
    }
}

/// Does so for ever.
pub(crate) async fn keep_purging(space: &Space) {
    let mut next = Instant::now() + limits::PURGE_FIRST;
    loop {
        // What was recalled goes earlier.
        while tokio::time::timeout_at(next, space.media.recalled.notified())
            .await
            .is_ok()
        {
            tokio::time::sleep(limits::RECALLED_FILES).await;
            if let Err(error) = super::file_sweep::remove_due(space).await {
                tracing::warn!(%error, "the files of recalled messages could not be removed; it is tried again");
            }
        }
        if let Err(error) = purge(space).await {
            tracing::warn!(%error, "old messages and files could not be removed; it is tried again");
        }
        if let Err(error) = super::collect_parts(space).await {
            tracing::warn!(%error, "the parts of uploads could not be looked through");
        }
        next = Instant::now() + limits::PURGE_EVERY;
    }
}
