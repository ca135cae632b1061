//! The verbs of conversations.

use tidings_protocol::{ConversationId, People, ProfilesRequest, Request};

use crate::cache::conversations::{self, Conversation};
use crate::cache::{Durability, join, list as cached_list, profiles};
use crate::core::Core;
use crate::view::ConversationView;
use crate::{EngineError, limits};

fn parsed(text: &str) -> Result<ConversationId, EngineError> {
    text.parse().map_err(|_| EngineError::BadConversation)
}

pub(crate) async fn mark_read(core: &Core, name: &str) -> Result<(), EngineError> {
    core.signed_in()?;
    parsed(name)?;
    let unread = core
        .cache
        .read(|db, _| Ok(conversations::load(db, name)?.is_some_and(|it| it.unread > 0)))?;
    if unread {
        let name = name.to_owned();
        core.cache
            .take(move |write| Ok(join::mark_read(write, &name)?))
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
    let known = core
        .cache
        .read(|db, me| Ok(conversations::load(db, name)?.map(|it| (it.view(me), it.peer_nick))))?;
    if let Some((view, Some(_))) = known {
        return Ok(view);
    }
    let ConversationId::C2c(peer) = id else {
        return known.map(|(view, _)| view).ok_or(EngineError::NoSuchConversation);
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
        let mut view = conversation.view(me);
        if let Some(profile) = profiles::get(db, peer.as_str())? {
            view.user_profile = Some(profile);
        }
        Ok(view)
    })
}

pub(crate) async fn delete(core: &Core, name: &str) -> Result<(), EngineError> {
    core.signed_in()?;
    parsed(name)?;
    let name = name.to_owned();
    core.cache
        .write(Durability::Power, move |write| {
            if !conversations::exists(write.db, &name)? {
                return Err(EngineError::NoSuchConversation);
            }
            Ok(join::remove(write, &name)?)
        })
        .await?;
    core.marks_changed.notify_one();
    Ok(())
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
                open.it.draft = text;
                open.it.draft_time = now;
            }
            Ok(())
        })
        .await
}
