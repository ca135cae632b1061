//! The verbs of messages.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tidings_protocol::{
    ClientId, ConversationId, ConversationKind, Extras, Message, MessageType, PushInfo, Request, Sent,
    UserId, check_payload, limits as wire_limits,
};
use tokio::time::timeout;

use crate::attaching::{self, ToSend, payloads};
use crate::cache::pages::{self, Missing};
use crate::cache::uploads::{self, Upload};
use crate::cache::{Durability, conversations, files, messages, online, outbox};
use crate::core::Core;
use crate::view::{MessagePage, MessageView, OutgoingMessage};
use crate::{EngineError, fill, limits, preparing};

fn conversation(text: &str) -> Result<ConversationId, EngineError> {
    text.parse().map_err(|_| EngineError::BadConversation)
}

/// What goes with a message, checked; `None`: nothing does.
fn extras(message: &OutgoingMessage) -> Result<Option<Extras>, EngineError> {
    let push = message.push_info.clone().map(|push| PushInfo {
        title: push.title,
        description: push.description,
        extension: push.extension,
        disable: push.disable_push,
        ignore_ios_badge: push.ignore_ios_badge,
        android_oppo_channel_id: push.android_oppo_channel_id,
    });
    let extras = Extras {
        push: push.filter(|push| *push != PushInfo::default()),
        custom: message.cloud_custom_data.clone(),
        at: message.at_user_list.clone(),
    };
    extras
        .check()
        .map_err(|_| EngineError::BadParameter("what goes with the message is over its limit"))?;
    Ok((!extras.is_empty()).then_some(extras))
}

pub(crate) async fn send(core: &Arc<Core>, message: OutgoingMessage) -> Result<MessageView, EngineError> {
    let attachment = message.attachment.as_ref().map(|it| it.id.clone());
    let sent = sent(core, message).await;
    if let (Err(_), Some(attachment)) = (&sent, attachment) {
        attaching::not_sent(core, &attachment);
    }
    sent
}

async fn sent(core: &Arc<Core>, message: OutgoingMessage) -> Result<MessageView, EngineError> {
    let account = core.signed_in()?;
    let to = conversation(&message.conversation_id)?;
    if to == ConversationId::System {
        return Err(EngineError::BadConversation);
    }
    ClientId::new(message.client_id.as_str())?;
    let mut message = message;
    let mut uploads = Vec::new();
    let mut album = String::new();
    let mut waits_for = outbox::Files::There;
    let mut carried_by_it = None;
    if let Some(attachment) = message.attachment.take() {
        if message.online_user_only || attachment.album.len() > wire_limits::CLIENT_ID_BYTES {
            return Err(EngineError::BadParameter("not a message that can carry a file"));
        }
        // Sent before: its attachment may be gone by now.
        if let Some(known) = known(core, &message.conversation_id, &message.client_id)? {
            return Ok(known);
        }
        let (message_type, payload) = match attaching::to_send(core, &account.user_id, &attachment).await? {
            ToSend::Ready(chosen_as) => {
                let carried = payloads::carry(core, &account.user_id, &attachment, chosen_as).await?;
                uploads = carried.uploads;
                waits_for = outbox::Files::Waits;
                carried_by_it = Some(attachment.id);
                (carried.message_type, carried.payload)
            }
            ToSend::Preparing(message_type, payload) => {
                waits_for = outbox::Files::Preparing;
                (message_type, payload)
            }
        };
        message.message_type = message_type.to_owned();
        message.payload = messages::payload(&payload);
        album = attachment.album;
    }
    let payload = RawValue::from_string(message.payload.to_string())
        .map_err(|_| EngineError::BadParameter("the payload makes no JSON"))?;
    // What is still being prepared was checked with the files that it will name.
    if waits_for != outbox::Files::Preparing {
        check_payload(&MessageType::new(message.message_type.as_str()), &payload)?;
    }
    let entry = outbox::Entry {
        id: 0,
        extras: extras(&message)?,
        client_id: message.client_id,
        random: message.random,
        client_seq: message.client_sequence,
        message_type: message.message_type,
        payload: String::from(Box::<str>::from(payload)),
        priority: messages::priority_number(messages::priority_of(&message.priority)),
        time: core.clock.now_ms(),
        failed: false,
        code: 0,
        is_resend: false,
        files: waits_for,
        album,
    };
    if message.online_user_only {
        return send_to_who_is_here(core, &account.user_id, &message.conversation_id, &entry).await;
    }
    let name = message.conversation_id;
    let view = core
        .cache
        .write(Durability::Power, move |write| {
            let open = write.open(&name)?;
            // Sent before: the same message again is the same message.
            if let Some(known) = outbox::get(open.db, open.it.id, &entry.client_id)? {
                return Ok(outbox::view(open.db, open.me, open.it, &known)?);
            }
            let recent = messages::find_own(
                open.db,
                open.it,
                open.me,
                &entry.client_id,
                limits::RECENT_MESSAGES,
            )?;
            if let Some(known) = recent {
                return Ok(known);
            }
            if outbox::count(open.db)? >= limits::OUTBOX_MESSAGES {
                return Err(EngineError::BadParameter("too many messages wait already"));
            }
            let id = outbox::append(open.db, open.it.id, &entry)?;
            for upload in uploads {
                files::put(open.db, &upload.file, upload.size, entry.time)?;
                uploads::put(
                    open.db,
                    &Upload {
                        message: id,
                        ..upload
                    },
                )?;
            }
            outbox::settle(open.db, open.it)?;
            Ok(outbox::view(open.db, open.me, open.it, &entry)?)
        })
        .await?;
    if let Some(attachment) = carried_by_it {
        attaching::was_sent(core, &attachment);
    }
    core.outbox_changed.notify_one();
    core.media.waiting_changed();
    Ok(view)
}

/// The message of one's own that has this client id, in the outbox or among the newest.
fn known(core: &Core, name: &str, client_id: &str) -> Result<Option<MessageView>, EngineError> {
    core.cache.read(|db, me| {
        let Some(it) = conversations::load(db, name)? else {
            return Ok(None);
        };
        match outbox::get(db, it.id, client_id)? {
            Some(entry) => Ok(Some(outbox::view(db, me, &it, &entry)?)),
            None => messages::find_own(db, &it, me, client_id, limits::RECENT_MESSAGES),
        }
    })
}

/// R-S4: now or not at all, past the outbox.
async fn send_to_who_is_here(
    core: &Core,
    me: &str,
    name: &str,
    entry: &outbox::Entry,
) -> Result<MessageView, EngineError> {
    let mut request = entry
        .request(name)
        .ok_or(EngineError::BadParameter("the message makes no request"))?;
    request.online_only = true;
    core.online_only.remember(&entry.client_id);
    let sent: Sent = core.ask_now(Request::Send(request.clone())).await?;
    let (kind, to) = match &request.conversation {
        ConversationId::C2c(user) => (ConversationKind::C2C, user.to_string()),
        ConversationId::Group(group) => (ConversationKind::GROUP, group.to_string()),
        ConversationId::System => return Err(EngineError::BadConversation),
    };
    let message = Message {
        kind,
        from: UserId::new(me)?,
        to,
        seq: 0,
        revision: 0,
        time: sent.time,
        client_id: request.client_id,
        random: request.random,
        client_seq: request.client_seq,
        message_type: request.message_type,
        payload: request.payload,
        priority: request.priority,
        cut: false,
        extras: request.extras,
        altered: None,
    };
    let name = name.to_owned();
    core.cache
        .take(move |write| Ok(online::view(write, &name, &message)?))
        .await
}

pub(crate) async fn resend(core: &Core, name: &str, client_id: &str) -> Result<MessageView, EngineError> {
    core.signed_in()?;
    conversation(name)?;
    let (name, client_id) = (name.to_owned(), client_id.to_owned());
    let view = core
        .cache
        .write(Durability::Power, move |write| {
            if !conversations::exists(write.db, &name)? {
                return Err(EngineError::NoSuchMessage);
            }
            let open = write.open(&name)?;
            let Some(entry) = outbox::get(open.db, open.it.id, &client_id)? else {
                return messages::find_own(open.db, open.it, open.me, &client_id, limits::RECENT_MESSAGES)?
                    .ok_or(EngineError::NoSuchMessage);
            };
            if !entry.failed {
                return Ok(outbox::view(open.db, open.me, open.it, &entry)?);
            }
            outbox::try_again(open.db, entry.id)?;
            outbox::settle(open.db, open.it)?;
            let entry = outbox::Entry {
                failed: false,
                code: 0,
                is_resend: true,
                ..entry
            };
            let view = outbox::view(open.db, open.me, open.it, &entry)?;
            open.told.changed.push(view.clone());
            Ok(view)
        })
        .await?;
    core.outbox_changed.notify_one();
    core.media.waiting_changed();
    Ok(view)
}

pub(crate) async fn discard(core: &Core, name: &str, client_id: &str) -> Result<(), EngineError> {
    core.signed_in()?;
    conversation(name)?;
    let (name, client_id) = (name.to_owned(), client_id.to_owned());
    let gone = core
        .cache
        .write(Durability::Power, move |write| {
            if !conversations::exists(write.db, &name)? {
                return Err(EngineError::NoSuchMessage);
            }
            let open = write.open(&name)?;
            let gone = outbox::remove(open.db, open.it.id, &client_id)?.ok_or(EngineError::NoSuchMessage)?;
            outbox::settle(open.db, open.it)?;
            *open.erased = true;
            Ok(gone)
        })
        .await?;
    core.media.waiting_changed();
    preparing::thrown_away(core, &[gone]).await;
    Ok(())
}

pub(crate) async fn page(
    core: &Core,
    name: &str,
    before: Option<u64>,
    count: u32,
) -> Result<MessagePage, EngineError> {
    core.signed_in()?;
    conversation(name)?;
    let count = count.clamp(1, limits::PAGE_MESSAGES);
    let before = before.map(|before| before.min(limits::SEQ_MOST));
    let held = || core.cache.read(|db, me| pages::held(db, me, name, before, count));
    let mut found = held()?;
    // A pull may end at another hole; a page of a hundred at most has few of them.
    for _ in 0..limits::PAGE_PULLS {
        let (Some(missing), Some(link)) = (found.missing, core.link()) else {
            break;
        };
        let below = match missing {
            Missing::Newest => None,
            Missing::Below(seq) => Some(seq),
        };
        let limit = u32::try_from(wire_limits::HISTORY_PAGE).unwrap_or(u32::MAX);
        let pulled = fill::pull_page(core, &link, name, below, limit, fill::Pulled::Now);
        match timeout(Duration::from_millis(limits::PAGE_WAIT_MS), pulled).await {
            Ok(Ok(())) => {}
            // A conversation that the server does not know has no messages to miss.
            Ok(Err(EngineError::Refused(refusal))) if !refusal.is_passing() => {
                found.page.is_cut_off = false;
                found.page.is_completed = found.page.next_before.is_none();
                return Ok(found.page);
            }
            // The cache alone answers; what comes later is told by `HistoryFilled`.
            Ok(Err(EngineError::Cache(error))) => return Err(error.into()),
            Ok(Err(_)) | Err(_) => break,
        }
        let again = held()?;
        let stuck = again.missing == found.missing && again.page.messages.len() == found.page.messages.len();
        found = again;
        if stuck {
            break;
        }
    }
    if let Some(link) = core.link() {
        let senders = found.page.messages.iter().map(|message| message.from.as_str());
        link.names.want(name, senders);
    }
    Ok(found.page)
}
