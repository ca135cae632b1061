//! History that is not here: fetched page by page before it is written.

use std::time::Duration;

use crate::cache::{conversations, dump};
use crate::fill::{Pulled, pull_page};
use crate::media::connected_soon;
use crate::{EngineError, limits};

use super::Export;

impl Export<'_> {
    /// Fetches what is missing of a conversation, as far as it can be had.
    pub(super) async fn fill(&mut self, name: &str) -> Result<(), EngineError> {
        let mut before: Option<Option<u64>> = None;
        while self.is_online {
            self.job.check()?;
            let hole = self.core.cache.read(|db, _| {
                let it = conversations::load(db, name)?;
                it.map_or(Ok(None), |it| dump::hole(db, &it))
            })?;
            let Some(hole) = hole else { return Ok(()) };
            // Each page must close some of it: a server that gives nothing, or a cache that is too full, ends this.
            let gets_on = match (before, hole) {
                (None, _) | (Some(None), Some(_)) => true,
                (Some(Some(last)), Some(first)) => first < last,
                (Some(_), None) => false,
            };
            if !gets_on {
                return Ok(());
            }
            let Some(link) = self.core.link() else {
                self.wait_for_connection().await?;
                continue;
            };
            let page = u32::try_from(tidings_protocol::limits::HISTORY_PAGE).unwrap_or(1);
            let pulled = pull_page(self.core, &link, name, hole, page, Pulled::Unseen);
            match self.job.unless_stopped(pulled).await {
                Ok(()) => before = Some(hole),
                Err(EngineError::Network(_) | EngineError::Timeout) => self.wait_for_connection().await?,
                Err(EngineError::Refused(error)) if error.is_passing() => {
                    let wait = error.retry_after_ms.unwrap_or(limits::GAP_WAIT_MS);
                    let wait = Duration::from_millis(wait.min(limits::EXPORT_WAIT_MS));
                    self.job
                        .unless_stopped(async {
                            tokio::time::sleep(wait).await;
                            Ok(())
                        })
                        .await?;
                }
                Err(EngineError::Refused(_)) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits a while for the connection; without one, the export goes on with what is here.
    pub(super) async fn wait_for_connection(&mut self) -> Result<(), EngineError> {
        let soon = connected_soon(self.core, Duration::from_millis(limits::EXPORT_WAIT_MS));
        match self.job.unless_stopped(soon).await {
            Ok(()) => {
                // Told a moment before the link is gone, or after it is there.
                tokio::task::yield_now().await;
                Ok(())
            }
            Err(EngineError::Network(_)) => {
                self.is_online = false;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
