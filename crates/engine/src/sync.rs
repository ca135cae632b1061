//! Keeping the log joined: heads, pushes, heartbeat.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::{
    self as protocol, ConversationKind, GetHeads, People, Profile, ProfilesRequest, Push, Request, UserId,
    limits as wire_limits,
};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::cache::heads::{self as cached_heads, Wants};
use crate::cache::{conversations, groups, join, list, meta, online, profiles, reading};
use crate::core::{Core, OnlineOnly};
use crate::fill::Filler;
use crate::link::Link;
use crate::{EngineError, limits};

/// One connection's joining.
pub(crate) struct Sync<'a> {
    pub(crate) core: &'a Arc<Core>,
    pub(crate) link: &'a Arc<Link>,
    pub(crate) filler: &'a Filler,
    /// The cache that the hello spoke of; answers for it are not for another one.
    pub(crate) generation: u64,
}

/// Further pages of heads that are still to come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rest {
    since: u64,
    before: u64,
    version: u64,
    fresh: bool,
}

/// What became of a first page of heads.
pub(crate) enum Heads {
    /// It is in the cache; the rest comes in the background.
    Taken(Option<Rest>),
    /// They do not fit what is held: the server's log was put back to an older state (what came from it is forgotten), or
    /// the cache was begun anew meanwhile. Ask again, as the cache is now.
    AskAgain,
}

/// Heads pages in one go; whoever has more conversations than this times a hundred sees the rest when they change.
const HEADS_PAGES: usize = 1_000;

impl Sync<'_> {
    /// Takes in the heads that came with the welcome: after this the list is right.
    pub(crate) async fn first_heads(
        &self,
        heads: protocol::Heads,
        known: Option<u64>,
    ) -> Result<Heads, EngineError> {
        let (since, fresh) = (known.unwrap_or(0), known.is_none());
        let taken = self.take(heads, since, fresh, Duration::ZERO).await?;
        if matches!(taken, Heads::Taken(_)) {
            let wanting = self.core.cache.read(|db, _| {
                list::wanting(db, limits::FILLED_CONVERSATIONS, wire_limits::HISTORY_PAGE as u64)
            })?;
            for conversation in wanting {
                self.filler.want(&conversation, None, Duration::ZERO);
            }
        }
        Ok(taken)
    }

    async fn take(
        &self,
        page: protocol::Heads,
        since: u64,
        fresh: bool,
        wait: Duration,
    ) -> Result<Heads, EngineError> {
        if page.version < since || page.version > limits::SEQ_MOST {
            if page.version < since {
                tracing::warn!("the server's log was put back; everything is asked for again");
                self.core
                    .cache
                    .take(|write| Ok(meta::forget_server_state(write.db)?))
                    .await?;
                self.core.events.send(crate::view::EngineEvent::Overflow {});
                return Ok(Heads::AskAgain);
            }
            return Err(EngineError::NotTidings);
        }
        let version = page.version;
        let rest = page
            .heads
            .last()
            .filter(|last| page.more && last.version > since)
            .map(|last| Rest {
                since,
                before: last.version,
                version,
                fresh,
            });
        let (whole, generation) = (rest.is_none(), self.generation);
        let heads = page.heads;
        for head in &heads {
            let last = head.last.iter().map(|last| last.from.as_str());
            self.link.names.want(&head.conversation.to_string(), last);
        }
        let wants = self
            .core
            .cache
            .take(move |write| {
                if write.generation != generation {
                    return Ok(None);
                }
                let wants = cached_heads::heads(write, heads, fresh)?;
                if whole && (fresh || version != since) {
                    meta::set(write.db, meta::HEADS_VERSION, &version.to_string())?;
                }
                Ok(Some(wants))
            })
            .await?;
        let Some(wants) = wants else {
            return Ok(Heads::AskAgain);
        };
        self.want(wants, wait);
        if rest.is_none() {
            self.all_heads_are_in();
        }
        Ok(Heads::Taken(rest))
    }

    fn all_heads_are_in(&self) {
        self.link.learn_all_heads();
        self.core.marks_changed.notify_one();
    }

    fn want(&self, wants: Vec<Wants>, wait: Duration) {
        for Wants {
            conversation,
            changes,
            ..
        } in wants
        {
            self.filler.want(&conversation, changes, wait);
        }
    }

    /// Brings the further pages in. Their conversations are filled in when they are opened.
    async fn finish(&self, mut rest: Rest) -> Result<Heads, EngineError> {
        for _ in 0..HEADS_PAGES {
            let request = GetHeads {
                since: rest.since,
                before: Some(rest.before),
            };
            let page: protocol::Heads = self.link.ask(Request::Heads(request)).await?;
            let before = page.heads.last().map(|last| last.version);
            let more = page.more && before.is_some_and(|before| before < rest.before && before > rest.since);
            let (heads, Rest { fresh, version, .. }) = (page.heads, rest);
            let generation = self.generation;
            let is_taken = self
                .core
                .cache
                .take(move |write| {
                    if write.generation != generation {
                        return Ok(false);
                    }
                    cached_heads::heads(write, heads, fresh)?;
                    if !more {
                        // What changed meanwhile has a higher version and comes with the next heartbeat.
                        meta::set(write.db, meta::HEADS_VERSION, &version.to_string())?;
                    }
                    Ok(true)
                })
                .await?;
            if !is_taken {
                return Ok(Heads::AskAgain);
            }
            match before {
                Some(before) if more => rest.before = before,
                _ => break,
            }
        }
        self.all_heads_are_in();
        Ok(Heads::Taken(None))
    }

    /// Checks the heads at every beat, and when a push asks for it. Comes back when the connection is to be made anew.
    ///
    /// # Errors
    /// When a beat was not answered.
    pub(crate) async fn heartbeat(&self, rest: Option<Rest>) -> Result<(), EngineError> {
        if let Some(rest) = rest
            && let Heads::AskAgain = self.finish(rest).await?
        {
            return Ok(());
        }
        loop {
            tokio::select! {
                () = sleep(Duration::from_millis(wire_limits::HEARTBEAT_MS)) => {}
                () = self.link.check_heads.notified() => {}
            }
            let since = self
                .core
                .cache
                .read(|db, _| meta::heads_version(db))?
                .unwrap_or(0);
            let asked = Request::Heads(GetHeads { since, before: None });
            let page: protocol::Heads = match self.link.ask(asked).await {
                Err(EngineError::Refused(error)) if error.is_passing() => continue,
                other => other?,
            };
            // What the heads know and the log does not may be on its way as a push.
            let mut taken = self
                .take(page, since, false, Duration::from_millis(limits::GAP_WAIT_MS))
                .await?;
            if let Heads::Taken(Some(rest)) = taken {
                taken = self.finish(rest).await?;
            }
            if let Heads::AskAgain = taken {
                return Ok(());
            }
        }
    }

    /// Takes pushes in, as many in one transaction as have come.
    pub(crate) async fn pushes<T>(&self, mut pushed: mpsc::Receiver<Push>) -> T {
        let mut batch = Vec::new();
        let mut asked = HashSet::new();
        loop {
            if pushed.recv_many(&mut batch, limits::PUSHES_AT_ONCE).await == 0 {
                // The sender lives as long as the connection.
                std::future::pending::<()>().await;
            }
            let taken = std::mem::take(&mut batch);
            let mut check_heads = taken.iter().any(|push| matches!(push, Push::Heads {}));
            let sent_here = self.core.online_only.clone();
            let strangers = self.strangers(&taken, &mut asked).await;
            let joined = self
                .core
                .cache
                .take(move |write| take_pushes(write, taken, strangers, &sent_here))
                .await;
            match joined {
                Ok(joined) => {
                    check_heads |= joined.heads_unknown;
                    for (group, sender) in &joined.seen {
                        self.link.names.want(group, [sender.as_str()]);
                    }
                    for conversation in joined.holes {
                        self.filler
                            .want(&conversation, None, Duration::from_millis(limits::GAP_WAIT_MS));
                    }
                }
                // The heads' version has not moved on, so the next heads check finds what was lost here.
                Err(error) => self.core.report("pushes could not be stored", &error),
            }
            if check_heads {
                self.link.check_heads.notify_one();
            }
        }
    }

    /// The profiles of senders that are not known yet, each asked for once: their first words come with their name.
    async fn strangers(&self, pushes: &[Push], asked: &mut HashSet<UserId>) -> Vec<Profile> {
        let senders = pushes.iter().filter_map(|push| match push {
            Push::Message(message) | Push::Online(message) => Some(&message.from),
            _ => None,
        });
        let mut user_ids: Vec<UserId> = Vec::new();
        for sender in senders {
            let known = || {
                self.core
                    .cache
                    .read(|db, _| profiles::get(db, sender.as_str()))
                    .is_ok_and(|it| it.is_some())
            };
            let room = user_ids.len() < wire_limits::PROFILES_AT_ONCE && asked.len() < limits::STRANGERS;
            if room && !user_ids.contains(sender) && !asked.contains(sender) && !known() {
                user_ids.push(sender.clone());
            }
        }
        if user_ids.is_empty() {
            return Vec::new();
        }
        asked.extend(user_ids.iter().cloned());
        let people = self
            .link
            .ask::<People>(Request::Profiles(ProfilesRequest { user_ids }));
        match timeout(Duration::from_millis(limits::STRANGER_WAIT_MS), people).await {
            Ok(Ok(people)) => people
                .people
                .into_iter()
                .take(wire_limits::PROFILES_AT_ONCE)
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// What pushes led to.
#[derive(Default)]
struct Joined {
    /// Conversations whose log has a hole now.
    holes: Vec<String>,
    /// Who spoke in which group.
    seen: Vec<(String, UserId)>,
    /// The heads are to be asked for at once: there are conversations whose head is not known, or counts that only they
    /// can say.
    heads_unknown: bool,
}

fn take_pushes(
    write: &mut crate::cache::Write<'_>,
    pushes: Vec<Push>,
    strangers: Vec<Profile>,
    sent_here: &OnlineOnly,
) -> Result<Joined, EngineError> {
    let mut joined = Joined::default();
    let mut messages = false;
    for profile in strangers {
        profiles::put(write, profile)?;
    }
    for push in pushes {
        match push {
            Push::Message(message) => {
                messages = true;
                let hole = join::push(write, &message)?;
                if message.kind == ConversationKind::GROUP {
                    let name = format!("GROUP{}", message.to);
                    joined.heads_unknown |= lacks_head(write, &name)?;
                    joined.seen.push((name, message.from));
                }
                if let Some(conversation) = hole
                    && !joined.holes.contains(&conversation)
                {
                    joined.holes.push(conversation);
                }
            }
            Push::Online(message) => {
                if message.from.as_str() != write.me || !sent_here.knows(message.client_id.as_str()) {
                    online::take(write, &message)?;
                }
            }
            Push::Group(profile) => joined.heads_unknown |= !groups::put(write, *profile)?,
            Push::NameCard(card) => {
                groups::put_card(write, &card.group, card.user.as_str(), &card.name_card)?;
            }
            Push::Receipt(receipt) => joined.heads_unknown |= reading::receipt(write, &receipt)?,
            Push::Profile(profile) => profiles::put(write, profile)?,
            Push::Heads {} | Push::KickedOut { .. } => {}
        }
    }
    joined.heads_unknown |= messages && meta::heads_version(write.db)? == Some(0);
    Ok(joined)
}

/// A group that this user has only just come into, or is not in any more as far as is known: its head says which.
fn lacks_head(write: &mut crate::cache::Write<'_>, name: &str) -> Result<bool, EngineError> {
    if !conversations::exists(write.db, name)? {
        return Ok(false);
    }
    let open = write.open(name)?;
    Ok(open.it.head_version == 0 || open.it.membership.is_none())
}
