//! The verbs that change a message after it was written: recall, edit, react, delete for oneself.

use serde_json::value::RawValue;
use tidings_protocol::{
    Altered, ConversationId, EditMessage, ErrorKind, MessageType, OfMessage, ReactTo, Reaction, Request,
    Sent, UserId, WireError, check_payload, code, limits as wire_limits,
};

use crate::cache::{Durability, conversations, hidden, join, messages, outbox, recalls};
use crate::core::Core;
use crate::view::MessageView;
use crate::{EngineError, fill, limits, preparing};

fn parsed(text: &str) -> Result<ConversationId, EngineError> {
    text.parse().map_err(|_| EngineError::BadConversation)
}

fn not_recallable(message: &'static str) -> EngineError {
    EngineError::Refused(WireError::new(
        code::NOT_RECALLABLE,
        ErrorKind::BadRequest,
        message,
    ))
}

fn no_such_message() -> EngineError {
    EngineError::Refused(WireError::new(
        code::NO_SUCH_MESSAGE,
        ErrorKind::NotFound,
        "there is no such message",
    ))
}

/// The message as it is held now.
fn held(core: &Core, name: &str, seq: u64) -> Result<Option<MessageView>, EngineError> {
    core.cache.read(|db, me| {
        let Some(conversation) = conversations::load(db, name)? else {
            return Ok(None);
        };
        Ok(messages::range(db, &conversation, me, seq, seq, 1)?.pop())
    })
}

/// As [`held`], fetched where it is not.
async fn fetched(core: &Core, name: &str, seq: u64) -> Result<MessageView, EngineError> {
    if let Some(view) = held(core, name, seq)? {
        return Ok(view);
    }
    if let Some(link) = core.link() {
        fill::pull_page(core, &link, name, Some(seq + 1), 1, fill::Pulled::Now).await?;
    }
    held(core, name, seq)?.ok_or_else(no_such_message)
}

/// Recalls a message of one's own: one that waits or has failed leaves the outbox, one that the server has is recalled
/// there.
pub(crate) async fn recall(
    core: &Core,
    name: &str,
    client_id: &str,
    seq: Option<u64>,
) -> Result<MessageView, EngineError> {
    core.signed_in()?;
    let conversation = parsed(name)?;
    if let Some(view) = recall_from_outbox(core, name, client_id).await? {
        return Ok(view);
    }
    let seq = match seq {
        Some(seq) => seq,
        None => sent_since(core, name, client_id)?.ok_or(EngineError::NoSuchMessage)?,
    };
    if let Some(view) = held(core, name, seq)? {
        if view.is_revoked {
            return Err(not_recallable("it is recalled already"));
        }
        if MessageType::new(view.message_type.as_str()).is_of_the_server() {
            return Err(not_recallable("what the server says cannot be recalled"));
        }
    }
    let sent: Sent = core
        .ask_now(Request::Recall(OfMessage { conversation, seq }))
        .await?;
    let sent = Sent { seq, ..sent };
    let owned = name.to_owned();
    core.cache
        .take(move |write| Ok(join::was_recalled(write, &owned, sent)?))
        .await?;
    fetched(core, name, seq).await
}

/// Where a message of one's own is that has left the outbox since somebody looked.
fn sent_since(core: &Core, name: &str, client_id: &str) -> Result<Option<u64>, EngineError> {
    core.cache.read(|db, me| {
        let Some(conversation) = conversations::load(db, name)? else {
            return Ok(None);
        };
        let known = messages::find_own(db, &conversation, me, client_id, limits::RECENT_MESSAGES)?;
        Ok(known.and_then(|view| view.seq))
    })
}

async fn recall_from_outbox(
    core: &Core,
    name: &str,
    client_id: &str,
) -> Result<Option<MessageView>, EngineError> {
    let (name, client_id) = (name.to_owned(), client_id.to_owned());
    let recalled = core
        .cache
        .write(Durability::Power, move |write| {
            if !conversations::exists(write.db, &name)? {
                return Ok(None);
            }
            let open = write.open(&name)?;
            let Some(entry) = outbox::remove(open.db, open.it.id, &client_id)? else {
                return Ok(None);
            };
            // One that waits may be on its way at this moment.
            recalls::remember(open.db, open.it.id, &client_id)?;
            outbox::settle(open.db, open.it)?;
            let view = outbox::recalled_view(open.db, open.me, open.it, entry.clone())?;
            open.told.revoked.push(view.clone());
            *open.erased = true;
            Ok(Some((view, entry)))
        })
        .await?;
    core.media.waiting_changed();
    let Some((view, gone)) = recalled else {
        return Ok(None);
    };
    preparing::thrown_away(core, &[gone]).await;
    Ok(Some(view))
}

/// Changes a text of one's own.
pub(crate) async fn edit(
    core: &Core,
    name: &str,
    seq: u64,
    payload: serde_json::Value,
) -> Result<MessageView, EngineError> {
    core.signed_in()?;
    let conversation = parsed(name)?;
    let payload = RawValue::from_string(payload.to_string())
        .map_err(|_| EngineError::BadParameter("the payload makes no JSON"))?;
    check_payload(&MessageType::text(), &payload)?;
    let request = Request::Edit(EditMessage {
        conversation,
        seq,
        payload: payload.clone(),
    });
    let sent: Sent = core.ask_now(request).await?;
    let sent = Sent { seq, ..sent };
    let owned = name.to_owned();
    core.cache
        .take(move |write| {
            Ok(join::altered(write, &owned, sent, |message| {
                message.payload = payload;
                let altered = message.altered.get_or_insert_default();
                altered.edited = true;
            })?)
        })
        .await?;
    fetched(core, name, seq).await
}

/// Puts a reaction to a message, or takes it back.
pub(crate) async fn react(
    core: &Core,
    name: &str,
    seq: u64,
    emoji: &str,
    on: bool,
) -> Result<MessageView, EngineError> {
    let account = core.signed_in()?;
    let me = UserId::new(account.user_id)?;
    let conversation = parsed(name)?;
    if emoji.is_empty() || emoji.len() > wire_limits::REACTION_BYTES {
        return Err(EngineError::BadParameter("not a reaction"));
    }
    let request = Request::React(ReactTo {
        conversation,
        seq,
        emoji: emoji.to_owned(),
        on,
    });
    let sent: Sent = core.ask_now(request).await?;
    let sent = Sent { seq, ..sent };
    let (owned, emoji) = (name.to_owned(), emoji.to_owned());
    core.cache
        .take(move |write| {
            Ok(join::altered(write, &owned, sent, |message| {
                reacted(message.altered.get_or_insert_default(), me, emoji, on);
            })?)
        })
        .await?;
    fetched(core, name, seq).await
}

fn reacted(altered: &mut Altered, me: UserId, emoji: String, on: bool) {
    let place = altered.reactions.iter_mut().find(|it| it.emoji == emoji);
    match place {
        Some(reaction) => {
            reaction.users.retain(|user| *user != me);
            if on {
                reaction.users.push(me);
            }
        }
        None if on => altered.reactions.push(Reaction {
            emoji,
            users: vec![me],
        }),
        None => {}
    }
    altered.reactions.retain(|it| !it.users.is_empty());
}

/// Hides messages on this device for good; those without a place in the log leave the outbox.
pub(crate) async fn delete_for_me(
    core: &Core,
    name: &str,
    seqs: &[u64],
    client_ids: &[String],
) -> Result<(), EngineError> {
    core.signed_in()?;
    parsed(name)?;
    if seqs.len() + client_ids.len() > limits::DELETED_AT_ONCE {
        return Err(EngineError::BadParameter("too many messages at once"));
    }
    let (name, seqs, client_ids) = (name.to_owned(), seqs.to_vec(), client_ids.to_vec());
    let gone = core
        .cache
        .write(Durability::Power, move |write| {
            if !conversations::exists(write.db, &name)? {
                return Err(EngineError::NoSuchConversation);
            }
            if hidden::count(write.db)? + seqs.len() > limits::HIDDEN_MESSAGES {
                return Err(EngineError::BadParameter("too many messages are deleted already"));
            }
            let mut open = write.open(&name)?;
            let mut gone = Vec::new();
            for client_id in &client_ids {
                gone.extend(outbox::remove(open.db, open.it.id, client_id)?);
            }
            outbox::settle(open.db, open.it)?;
            hidden::hide(&mut open, &seqs)?;
            Ok(gone)
        })
        .await?;
    core.media.waiting_changed();
    preparing::thrown_away(core, &gone).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_is_there_once_and_goes_with_its_last_person() {
        let (ann, bob) = (UserId::new("ann").unwrap(), UserId::new("bob").unwrap());
        let mut altered = Altered::default();
        for person in [&ann, &bob, &ann] {
            reacted(&mut altered, person.clone(), "👍".into(), true);
        }
        assert_eq!(altered.reactions.len(), 1);
        assert_eq!(altered.reactions[0].users, [bob.clone(), ann.clone()]);
        reacted(&mut altered, bob, "👍".into(), false);
        reacted(&mut altered, ann.clone(), "🎉".into(), false);
        reacted(&mut altered, ann, "👍".into(), false);
        assert!(altered.reactions.is_empty());
    }
}
