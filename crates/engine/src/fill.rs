//! Pulling messages that are missing: holes that a push or a head has shown, and the newest pages of the latest
//! conversations, so that they can be read offline.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use rusqlite::Connection;
use tidings_protocol::{
    Changes, ChangesRequest, ConversationId, HistoryRequest, Page, Request, limits as wire_limits,
};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::cache::{conversations, join, runs};
use crate::core::Core;
use crate::link::Link;
use crate::{EngineError, limits};

#[derive(Debug, Clone)]
struct Job {
    conversation: String,
    changes: Option<u64>,
    not_before: Instant,
}

/// What is missing, first come first served.
#[derive(Default)]
pub(crate) struct Filler {
    jobs: Mutex<VecDeque<Job>>,
    added: Notify,
}

/// What to ask for.
enum Pull {
    /// Always a whole page: a smaller one could miss the join to what was told when more arrives meanwhile.
    Newest,
    Below(u64, u64),
}

impl Filler {
    /// This conversation lacks messages, or (`changes`: at most so many) has changed ones; looked at again after `wait`,
    /// when a late push may have brought them.
    pub(crate) fn want(&self, conversation: &str, changes: Option<u64>, wait: Duration) {
        let mut jobs = self.jobs.lock();
        let not_before = Instant::now() + wait;
        match jobs.iter_mut().find(|job| job.conversation == conversation) {
            Some(job) => {
                job.not_before = job.not_before.min(not_before);
                job.changes = job.changes.max(changes);
            }
            None => jobs.push_back(Job {
                conversation: conversation.to_owned(),
                changes,
                not_before,
            }),
        }
        drop(jobs);
        self.added.notify_one();
    }

    fn due(&self) -> Option<Job> {
        let now = Instant::now();
        let mut jobs = self.jobs.lock();
        let place = jobs.iter().position(|job| job.not_before <= now)?;
        jobs.remove(place)
    }

    fn next_due(&self) -> Option<Instant> {
        self.jobs.lock().iter().map(|job| job.not_before).min()
    }

    /// Pulls what is wanted, a few at a time, and waits while somebody at the screen waits.
    pub(crate) async fn run<T>(&self, core: &Arc<Core>, link: &Arc<Link>) -> T {
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < limits::FILLS_AT_ONCE && !link.is_busy() {
                let Some(job) = self.due() else { break };
                running.push(self.pull(core, link, job));
            }
            let room = running.len() < limits::FILLS_AT_ONCE;
            let next_due = self.next_due().filter(|_| room && !link.is_busy());
            tokio::select! {
                Some(()) = running.next(), if !running.is_empty() => {}
                () = self.added.notified() => {}
                () = link.quiet.notified() => {}
                () = sleep_until(next_due.unwrap_or_else(Instant::now)), if next_due.is_some() => {}
                // Also a way out when `quiet` was told between the look and the wait.
                () = tokio::time::sleep(Duration::from_millis(limits::GAP_WAIT_MS)), if link.is_busy() => {}
            }
        }
    }

    async fn pull(&self, core: &Arc<Core>, link: &Arc<Link>, job: Job) {
        if let Err(error) = pull(core, link, &job).await {
            match error {
                EngineError::Network(_) | EngineError::Closed => {}
                error if error.is_passing() => {
                    let wait = error.view().retry_after_ms.unwrap_or(limits::BACKOFF_MOST_MS / 6);
                    self.want(
                        &job.conversation,
                        job.changes,
                        Duration::from_millis(wait.min(limits::BACKOFF_MOST_MS)),
                    );
                }
                error => core.report("history could not be filled in", &error),
            }
        }
    }
}

fn what_is_missing(db: &Connection, name: &str) -> rusqlite::Result<Option<Pull>> {
    let Some(conversation) = conversations::load(db, name)? else {
        return Ok(None);
    };
    let page = wire_limits::HISTORY_PAGE as u64;
    let newest = runs::newest(db, conversation.id)?;
    let begins = conversation.begins();
    if conversation.seq < begins || !conversation.roams() || conversation.is_gone() {
        return Ok(None);
    }
    // What is news in a group is known when its head is; until then its history would be taken for news.
    if conversation.is_group() && conversation.head_version == 0 {
        return Ok(None);
    }
    Ok(match newest {
        None => Some(Pull::Newest),
        Some(run) if run.last < conversation.seq => Some(Pull::Newest),
        // Something is held above what was told: the hole is between.
        Some(run) if run.first > conversation.told_seq + 1 => Some(Pull::Newest),
        Some(run) => {
            let held = run.last - run.first + 1;
            (run.first > begins && held < page).then(|| Pull::Below(run.first, page - held))
        }
    })
}

async fn pull(core: &Arc<Core>, link: &Arc<Link>, job: &Job) -> Result<(), EngineError> {
    let page = wire_limits::HISTORY_PAGE as u64;
    let mut missing = core.cache.read(|db, _| what_is_missing(db, &job.conversation))?;
    if missing.is_none() && job.changes.is_some_and(|most| most > page) {
        // The newest page is what a person sees: it is right before all that has changed is in.
        missing = Some(Pull::Newest);
    }
    if let Some(missing) = missing {
        let (before, limit) = match missing {
            Pull::Newest => (None, page),
            Pull::Below(seq, limit) => (Some(seq), limit),
        };
        pull_page(
            core,
            link,
            &job.conversation,
            before,
            u32::try_from(limit).unwrap_or(1),
            Pulled::Unasked,
        )
        .await?;
    }
    if job.changes.is_some() {
        pull_changes(core, link, &job.conversation).await?;
    }
    Ok(())
}

/// For whom a page is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pulled {
    /// Somebody at the screen waits for it, and needs no word that it came.
    Now,
    /// Nobody asked: who shows that conversation is told.
    Unasked,
    /// Nobody waits, and nobody is told.
    Unseen,
}

/// Pulls one page into the cache.
pub(crate) async fn pull_page(
    core: &Core,
    link: &Link,
    conversation: &str,
    before: Option<u64>,
    limit: u32,
    pulled: Pulled,
) -> Result<(), EngineError> {
    let id = conversation.parse().map_err(|_| EngineError::BadConversation)?;
    let request = Request::History(HistoryRequest {
        conversation: id,
        before,
        limit,
    });
    let page: Page = if pulled == Pulled::Now {
        link.ask_for_page_now(request).await?
    } else {
        link.ask_for_page(request).await?
    };
    let name = conversation.to_owned();
    core.cache
        .take(move |write| {
            Ok(join::page(
                write,
                &name,
                before,
                &page,
                pulled == Pulled::Unasked,
            )?)
        })
        .await
}

/// What the cache knows of a conversation's changes: up to which revision, for messages up to which seq.
fn known_changes(db: &Connection, name: &str) -> rusqlite::Result<Option<(u64, u64)>> {
    let Some(conversation) = conversations::load(db, name)? else {
        return Ok(None);
    };
    let newest = runs::newest(db, conversation.id)?;
    Ok(newest.map(|run| (conversation.revision, run.last)))
}

async fn pull_changes(core: &Core, link: &Link, name: &str) -> Result<(), EngineError> {
    let id: ConversationId = name.parse().map_err(|_| EngineError::BadConversation)?;
    loop {
        // Up to the newest that is held at the moment of asking: what changes in it later has a higher revision.
        let Some((since, seq)) = core.cache.read(|db, _| known_changes(db, name))? else {
            return Ok(());
        };
        let changes: Changes = link
            .ask_for_page(Request::Changes(ChangesRequest {
                conversation: id.clone(),
                since,
                seq,
            }))
            .await?;
        let more = changes.more && changes.revision > since;
        let owned = name.to_owned();
        core.cache
            .take(move |write| Ok(join::changes(write, &owned, seq, &changes)?))
            .await?;
        if !more {
            return Ok(());
        }
    }
}
