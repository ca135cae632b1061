//! Telling the server, when it can be told, how far this user has read, what they took off the list, how they want
//! conversations, and what they recalled before it was known to be sent.

use std::sync::Arc;
use std::time::Duration;

use serde::de::IgnoredAny;
use tidings_protocol::{ErrorKind, MarkRead, MarkedRead, OfMessage, Removed, Request, Sent, WireError};
use tokio::time::sleep;

use crate::EngineError;
use crate::backoff::Backoff;
use crate::cache::{conversations, messages, reading, recalls, removals, wishes};
use crate::core::Core;
use crate::link::Link;

/// Sends all of these as long as the connection lives.
pub(crate) async fn run<T>(core: &Arc<Core>, link: &Arc<Link>) -> T {
    let mut backoff = Backoff::default();
    loop {
        match send_all(core, link).await {
            Ok(()) => {
                backoff.reset();
                tokio::select! {
                    () = core.marks_changed.notified() => {}
                    () = core.cache.owes() => {}
                }
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
    send_read_marks(core, link).await?;
    send_wishes(core, link).await?;
    send_recalls(core, link).await?;
    // A conversation whose newest head is not in yet may have been brought back by a message meanwhile.
    if link.knows_all_heads() {
        send_removals(core, link).await?;
    }
    Ok(())
}

/// The same again would be refused again.
fn is_final(refusal: &WireError) -> bool {
    !refusal.is_passing() && refusal.kind != ErrorKind::Unauthorised
}

async fn send_read_marks(core: &Arc<Core>, link: &Arc<Link>) -> Result<(), EngineError> {
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
                    Err(EngineError::Refused(refusal)) if is_final(&refusal) => None,
                    Err(error) => return Err(error),
                },
            };
            core.cache
                .take(move |write| Ok(reading::marked(write, &name, seq, answer)?))
                .await?;
        }
    }
}

async fn send_wishes(core: &Arc<Core>, link: &Arc<Link>) -> Result<(), EngineError> {
    loop {
        let wishes = core.cache.read(|db, _| wishes::unsent(db))?;
        if wishes.is_empty() {
            return Ok(());
        }
        for (name, wanted) in wishes {
            if let Some(request) = wishes::request(&name, wanted) {
                match link.ask::<IgnoredAny>(Request::Settings(request)).await {
                    Err(EngineError::Refused(refusal)) if is_final(&refusal) => {}
                    other => drop(other?),
                }
            }
            core.cache
                .take(move |write| Ok(wishes::done(write, &name, wanted)?))
                .await?;
        }
    }
}

/// Messages that were recalled in the outbox and reached the server all the same.
async fn send_recalls(core: &Arc<Core>, link: &Arc<Link>) -> Result<(), EngineError> {
    loop {
        let recalls = core.cache.read(|db, _| recalls::unsent(db))?;
        if recalls.is_empty() {
            return Ok(());
        }
        for recall in recalls {
            let sent: Option<Sent> = match recall.conversation.parse() {
                Err(_) => None,
                Ok(conversation) => {
                    let request = Request::Recall(OfMessage {
                        conversation,
                        seq: recall.seq,
                    });
                    match link.ask(request).await {
                        Ok(sent) => Some(sent),
                        Err(EngineError::Refused(refusal)) if is_final(&refusal) => None,
                        Err(error) => return Err(error),
                    }
                }
            };
            core.cache
                .take(move |write| {
                    recalls::done(write.db, recall.id)?;
                    if sent.is_none() {
                        // Others see it: so does this user.
                        messages::forget(write.db, &recall.conversation, recall.seq)?;
                    }
                    Ok(())
                })
                .await?;
        }
    }
}

async fn send_removals(core: &Arc<Core>, link: &Arc<Link>) -> Result<(), EngineError> {
    loop {
        let removals = core.cache.read(|db, _| removals::unsent(db))?;
        if removals.is_empty() {
            return Ok(());
        }
        for removal in removals {
            if let Ok(conversation) = removal.conversation.parse()
                && !removal.is_over
            {
                match link
                    .ask::<IgnoredAny>(Request::Delete(Removed {
                        conversation,
                        clear: removal.clear,
                    }))
                    .await
                {
                    Err(EngineError::Refused(refusal)) if is_final(&refusal) => {}
                    other => drop(other?),
                }
            }
            core.cache
                .take(move |write| Ok(removals::done(write.db, &removal)?))
                .await?;
        }
    }
}
