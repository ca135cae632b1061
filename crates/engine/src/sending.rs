//! Sending what waits in the outbox: in order within a conversation, several conversations at a time.
//!
//! What passes (no network, a busy server) pauses a conversation and is tried again for ever; what the server refuses marks
//! the message as failed and lets the next one go. Sending twice is harmless: the server knows the client id (H34).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tidings_protocol::{ErrorKind, Request, Sent, code};
use tokio::time::{Instant, sleep_until};

use crate::backoff::Backoff;
use crate::cache::{Durability, join, outbox};
use crate::core::Core;
use crate::fill::Filler;
use crate::link::Link;
use crate::{EngineError, limits};

#[derive(Default)]
struct Lane {
    busy: bool,
    paused_until: Option<Instant>,
    backoff: Backoff,
}

/// Sends as long as the connection lives.
pub(crate) async fn run<T>(core: &Arc<Core>, link: &Arc<Link>, filler: &Filler) -> T {
    let mut lanes: HashMap<String, Lane> = HashMap::new();
    let mut running = FuturesUnordered::new();
    loop {
        let now = Instant::now();
        let waiting = core
            .cache
            .read(|db, _| outbox::waiting(db))
            .unwrap_or_else(|error| {
                core.report("the outbox cannot be read", &error);
                Vec::new()
            });
        lanes.retain(|name, lane| lane.busy || waiting.contains(name));
        for name in waiting {
            if running.len() >= limits::SENDING_CONVERSATIONS {
                break;
            }
            let lane = lanes.entry(name.clone()).or_default();
            if !lane.busy && lane.paused_until.is_none_or(|until| until <= now) {
                lane.busy = true;
                running.push(async move { (send_all(core, link, filler, &name).await, name) });
            }
        }
        let room = running.len() < limits::SENDING_CONVERSATIONS;
        let resume = lanes
            .values()
            .filter(|lane| !lane.busy)
            .filter_map(|lane| lane.paused_until)
            .min()
            .filter(|_| room);
        tokio::select! {
            Some((sent, name)) = running.next(), if !running.is_empty() => {
                let lane = lanes.entry(name).or_default();
                lane.busy = false;
                match sent {
                    Ok(()) => *lane = Lane::default(),
                    Err(error) => {
                        let backoff = lane.backoff.next(core.chance.as_ref());
                        let told = error.view().retry_after_ms.map(Duration::from_millis);
                        lane.paused_until = Some(Instant::now() + told.unwrap_or(backoff).max(backoff / 2));
                    }
                }
            }
            () = core.outbox_changed.notified() => {}
            () = sleep_until(resume.unwrap_or_else(Instant::now)), if resume.is_some() => {}
        }
    }
}

/// Sends everything that waits in one conversation.
///
/// # Errors
/// What passes: the message at the head stays there.
async fn send_all(
    core: &Arc<Core>,
    link: &Arc<Link>,
    filler: &Filler,
    name: &str,
) -> Result<(), EngineError> {
    while let Some(entry) = core.cache.read(|db, _| outbox::next(db, name))? {
        let Some(request) = entry.request(name) else {
            fail(core, name, &entry.client_id, code::SEND_FAILED).await?;
            continue;
        };
        match link.ask::<Sent>(Request::Send(request)).await {
            Ok(sent) => {
                let conversation = name.to_owned();
                let hole = core
                    .cache
                    .take(move |write| Ok(join::sent(write, &conversation, &entry.client_id, sent)?))
                    .await?;
                if let Some(conversation) = hole {
                    filler.want(&conversation, None, Duration::from_millis(limits::GAP_WAIT_MS));
                }
            }
            // An answer that makes no sense, or a session that is no longer ours: not this message's fault.
            Err(error @ EngineError::NotTidings) => return Err(error),
            Err(EngineError::Refused(refusal)) if refusal.kind == ErrorKind::Unauthorised => {
                return Err(refusal.into());
            }
            Err(EngineError::Refused(refusal)) if !refusal.is_passing() => {
                fail(core, name, &entry.client_id, refusal.code).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Marks a message as failed with this code. `false`: it has left the outbox.
pub(crate) async fn fail(core: &Core, name: &str, client_id: &str, code: i32) -> Result<bool, EngineError> {
    let (name, client_id) = (name.to_owned(), client_id.to_owned());
    core.cache
        .write(Durability::Power, move |write| {
            let open = write.open(&name)?;
            let Some(entry) = outbox::get(open.db, open.it.id, &client_id)? else {
                return Ok(false);
            };
            outbox::fail(open.db, entry.id, code)?;
            outbox::settle(open.db, open.it)?;
            let failed = outbox::Entry {
                failed: true,
                code,
                ..entry
            };
            open.told
                .changed
                .push(outbox::view(open.db, open.me, open.it, &failed)?);
            Ok(true)
        })
        .await
}
