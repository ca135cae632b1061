//! Telling the server how far this user has read, when it can be told.

use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::{ErrorKind, MarkRead, MarkedRead, Request};
use tokio::time::sleep;

use crate::EngineError;
use crate::backoff::Backoff;
use crate::cache::{conversations, join};
use crate::core::Core;
use crate::link::Link;

/// Sends read marks as long as the connection lives.
pub(crate) async fn run<T>(core: &Arc<Core>, link: &Arc<Link>) -> T {
    let mut backoff = Backoff::default();
    loop {
        match send_all(core, link).await {
            Ok(()) => {
                backoff.reset();
                core.marks_changed.notified().await;
            }
            Err(error) => {
                let wait = backoff.next(core.chance.as_ref());
                let told = error
                    .view()
                    .retry_after_ms
                    .map_or(Duration::ZERO, Duration::from_millis);
                sleep(wait.max(told)).await;
            }
        }
    }
}

async fn send_all(core: &Arc<Core>, link: &Arc<Link>) -> Result<(), EngineError> {
    loop {
        let marks = core.cache.read(|db, _| conversations::unsent_read_marks(db))?;
        if marks.is_empty() {
            return Ok(());
        }
        for (name, seq) in marks {
            let answer: Option<MarkedRead> = match name.parse() {
                Err(_) => None,
                Ok(conversation) => match link.ask(Request::Read(MarkRead { conversation, seq })).await {
                    Ok(marked) => Some(marked),
                    Err(EngineError::Refused(refusal))
                        if !refusal.is_passing() && refusal.kind != ErrorKind::Unauthorised =>
                    {
                        None
                    }
                    Err(error) => return Err(error),
                },
            };
            core.cache
                .take(move |write| Ok(join::marked(write, &name, seq, answer)?))
                .await?;
        }
    }
}
