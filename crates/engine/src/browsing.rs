//! A conversation's media, files and links.

use std::time::Duration;

use tidings_protocol::{ConversationId, limits as wire_limits};
use tokio::time::timeout;

use crate::cache::pages::Missing;
use crate::cache::sections;
use crate::core::Core;
use crate::view::{MediaSection, MessagePage};
use crate::{EngineError, fill, limits};

/// A page of them, newest first. Where the cache ends before the page is full, older messages are pulled, a few pages at a time: the
/// page may be short then, and is gone on with.
pub(crate) async fn media(
    core: &Core,
    name: &str,
    section: MediaSection,
    before: Option<u64>,
    count: u32,
) -> Result<MessagePage, EngineError> {
    core.signed_in()?;
    let _: ConversationId = name.parse().map_err(|_| EngineError::BadConversation)?;
    let count = count.clamp(1, limits::PAGE_MESSAGES);
    let before = before.map(|before| before.min(limits::SEQ_MOST));
    let held = || {
        core.cache
            .read(|db, me| sections::held(db, me, name, section, before, count))
    };
    let mut found = held()?;
    let mut cut_off = false;
    for _ in 0..limits::PAGE_PULLS {
        let Some(missing) = found.missing else { break };
        let below = match missing {
            Missing::Newest => None,
            Missing::Below(seq) => Some(seq),
        };
        let Some(link) = core.link() else {
            cut_off = true;
            break;
        };
        let limit = u32::try_from(wire_limits::HISTORY_PAGE).unwrap_or(u32::MAX);
        let pulled = fill::pull_page(core, &link, name, below, limit, fill::Pulled::Now);
        match timeout(Duration::from_millis(limits::PAGE_WAIT_MS), pulled).await {
            Ok(Ok(())) => {}
            Ok(Err(EngineError::Cache(error))) => return Err(error.into()),
            Ok(Err(_)) | Err(_) => {
                cut_off = true;
                break;
            }
        }
        let again = held()?;
        let stuck = again.missing == found.missing;
        found = again;
        if stuck {
            break;
        }
    }
    found.page.is_cut_off = cut_off;
    Ok(found.page)
}
