//! The verbs of conversations.

use tidings_protocol::{ConversationId, People, ProfilesRequest, Request};

use crate::cache::conversations::{self, Conversation};
use crate::cache::{Durability, list as cached_list, profiles, reading, removals, wishes};
use crate::core::Core;
use crate::view::{ConversationView, SettingsChange};
use crate::{EngineError, grouping, limits};

fn parsed(text: &str) -> Result<ConversationId, EngineError> {
    text.parse().map_err(|_| EngineError::BadConversation)
}

pub(crate) async fn mark_read(core: &Core, name: &str) -> Result<(), EngineError> {
    core.signed_in()?;
    parsed(name)?;
    let unread = core
        .cache
        .read(|db, _| Ok(conversations::load(db, name)?.is_some_and(|it| it.waits_to_be_read())))?;
    if unread {
        let name = name.to_owned();
        core.cache
            .take(move |write| Ok(reading::mark_read(write, &name)?))
            .await?;
        core.marks_changed.notify_one();
    }
    Ok(())
}

pub(crate) fn list(core: &Core, limit: u32) -> Result<Vec<ConversationView>, EngineError> {
    core.signed_in()?;
    core.cache
        .read(|db, me| cached_list::latest(db, me, limit.min(limits::LIST_CONVERSATIONS)))
}

pub(crate) async fn profile(core: &Core, name: &str) -> Result<ConversationView, EngineError> {
    core.signed_in()?;
    let id = parsed(name)?;
    let known = core.cache.read(|db, me| match conversations::load(db, name)? {
        Some(it) => {
            let is_whole = it.peer_nick.is_some() || it.group.is_some();
            Ok(Some((it.into_view(db, me)?, is_whole)))
        }
        None => Ok(None),
    })?;
    if let Some((view, true)) = known {
        return Ok(view);
    }
    let known = known.map(|(view, _)| view);
    let peer = match id {
        ConversationId::C2c(peer) => peer,
        ConversationId::Group(group) => return of_group(core, name, group.as_str(), known).await,
        // Everybody has it, whether anything was said in it or not.
        ConversationId::System => return known.map_or_else(|| empty(core, name), Ok),
    };
    let asked = core
        .ask_now::<People>(Request::Profiles(ProfilesRequest {
            user_ids: vec![peer.clone()],
        }))
        .await;
    let found = match asked {
        Ok(people) => people.people.into_iter().find(|profile| profile.user_id == peer),
        // Without a connection, nobody can say that there is no such user.
        Err(error) if error.is_passing() => None,
        Err(error) => return Err(error),
    };
    match (found, core.link().is_some()) {
        (Some(profile), _) => {
            core.cache
                .take(move |write| Ok(profiles::put(write, profile)?))
                .await?
        }
        (None, true) if known.is_none() => return Err(EngineError::NoSuchPeer),
        (None, _) => {}
    }
    core.cache.read(|db, me| {
        let conversation = match conversations::load(db, name)? {
            Some(conversation) => conversation,
            None => Conversation::empty(name),
        };
        let mut view = conversation.into_view(db, me)?;
        if let Some(profile) = profiles::get(db, peer.as_str())? {
            view.user_profile = Some(profile);
        }
        Ok(view)
    })
}

fn empty(core: &Core, name: &str) -> Result<ConversationView, EngineError> {
    core.cache
        .read(|db, me| Conversation::empty(name).into_view(db, me))
}

/// A group's conversation of which no profile is known yet.
async fn of_group(
    core: &Core,
    name: &str,
    group: &str,
    known: Option<ConversationView>,
) -> Result<ConversationView, EngineError> {
    match grouping::profile(core, group).await {
        Ok(profile) => {
            let mut view = match known {
                Some(view) => view,
                None => empty(core, name)?,
            };
            view.group_profile = Some(profile);
            Ok(view)
        }
        Err(error) => match known {
            Some(view) => Ok(view),
            None if error.is_passing() => Err(EngineError::NoSuchConversation),
            None => Err(EngineError::NoSuchPeer),
        },
    }
}

pub(crate) async fn delete(core: &Core, name: &str, clear: bool) -> Result<(), EngineError> {
    core.signed_in()?;
    parsed(name)?;
    let name = name.to_owned();
    core.cache
        .write(Durability::Power, move |write| {
            if !conversations::exists(write.db, &name)? {
                return Err(EngineError::NoSuchConversation);
            }
            Ok(removals::remove(write, &name, clear)?)
        })
        .await?;
    core.marks_changed.notify_one();
    Ok(())
}

/// Works without a connection: the server hears of it later.
pub(crate) async fn change_settings(
    core: &Core,
    name: &str,
    change: SettingsChange,
) -> Result<ConversationView, EngineError> {
    core.signed_in()?;
    parsed(name)?;
    let owned = name.to_owned();
    core.cache
        .write(Durability::Power, move |write| {
            if !conversations::exists(write.db, &owned)? {
                return Err(EngineError::NoSuchConversation);
            }
            if change == SettingsChange::default() {
                return Ok(());
            }
            let mut open = write.open(&owned)?;
            Ok(wishes::wish(&mut open, change)?)
        })
        .await?;
    core.marks_changed.notify_one();
    let view = core.cache.read(|db, me| match conversations::load(db, name)? {
        Some(it) => it.into_view(db, me).map(Some),
        None => Ok(None),
    })?;
    view.ok_or(EngineError::NoSuchConversation)
}

pub(crate) fn total_unread(core: &Core) -> Result<u64, EngineError> {
    core.signed_in()?;
    core.cache.read(|db, _| conversations::total_unread(db))
}

pub(crate) async fn set_draft(core: &Core, name: &str, text: &str) -> Result<(), EngineError> {
    core.signed_in()?;
    parsed(name)?;
    if text.len() > limits::DRAFT_BYTES {
        return Err(EngineError::BadParameter("the draft is too long"));
    }
    let (name, text, now) = (name.to_owned(), text.to_owned(), core.clock.now_ms());
    core.cache
        .write(Durability::Power, move |write| {
            // Compared in here: an earlier draft may still be on its way to the file.
            if text.is_empty() && !conversations::exists(write.db, &name)? {
                return Ok(());
            }
            let open = write.open(&name)?;
            if open.it.draft != text {
                *open.erased = text.is_empty();
                open.it.draft = text;
                open.it.draft_time = now;
            }
            Ok(())
        })
        .await
}
