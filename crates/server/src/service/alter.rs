//! revokeMessage (R-K1 to R-K7), editing, and reactions.

use std::sync::Arc;

use tidings_protocol::{
    ConversationId, EditMessage, ErrorKind, MessageType, OfMessage, Push, ReactTo, WireError, code, limits,
};

use super::bad_parameter;
use super::send::check_content;
use crate::bus::Reply;
use crate::config::Config;
use crate::space::Space;
use crate::store::{Alteration, AlteredNow, StoreError, Windows};

/// Recalls a message.
pub(super) fn recall(space: &Arc<Space>, asked: OfMessage, reply: Reply) {
    alter(space, asked.conversation, asked.seq, Alteration::Recall, reply);
}

/// Changes the text of a message.
pub(super) fn edit(space: &Arc<Space>, asked: EditMessage, reply: Reply) {
    if let Err(error) = check_content(&MessageType::text(), &asked.payload) {
        return reply.refuse(error);
    }
    let what = Alteration::Edit(asked.payload);
    alter(space, asked.conversation, asked.seq, what, reply);
}

/// Puts a reaction to a message, or takes it back.
pub(super) fn react(space: &Arc<Space>, asked: ReactTo, reply: Reply) {
    let ReactTo {
        conversation,
        seq,
        emoji,
        on,
    } = asked;
    if emoji.is_empty() || emoji.len() > limits::REACTION_BYTES || emoji.chars().any(char::is_control) {
        return reply.refuse(bad_parameter("not a reaction"));
    }
    alter(space, conversation, seq, Alteration::React { emoji, on }, reply);
}

fn alter(space: &Arc<Space>, conversation: ConversationId, seq: u64, what: Alteration, reply: Reply) {
    let me = reply.session().user.clone();
    let cost = match what {
        Alteration::React { .. } => 1,
        _ => crate::limits::ALTERING_COST,
    };
    if let Err(error) = space.sends.charge(me.row, cost, space.clock.monotonic()) {
        return reply.refuse(error);
    }
    let windows = windows(&space.config);
    let bus = Arc::clone(&space.bus);
    let recalled = matches!(what, Alteration::Recall).then(|| Arc::clone(space));
    let settled = move |is_done: bool| {
        if let Some(space) = recalled.filter(|_| is_done) {
            space.media.recalled.notify_one();
        }
    };
    match conversation {
        ConversationId::C2c(peer) => space.store.work(
            move |batch| batch.alter((me.row, &me.id), &peer, seq, &what, windows),
            move |result: Result<AlteredNow, StoreError>| {
                // Also to the session that asked: only what is stored says what became of two who reacted at once.
                if let Ok(AlteredNow {
                    push: Some((message, users)),
                    ..
                }) = &result
                {
                    bus.push(users, &Push::Message((**message).clone()), None);
                }
                settled(result.is_ok());
                reply.settle(result.map(|now| now.sent));
            },
        ),
        ConversationId::System => {
            let words = "notices stay as they are";
            reply.refuse(WireError::new(code::NOT_RECALLABLE, ErrorKind::Forbidden, words));
        }
        ConversationId::Group(group) => {
            let admins_recall = space.config.admins_recall;
            space.store.work(
                move |batch| {
                    batch.alter_in_group((me.row, &me.id), &group, seq, &what, windows, admins_recall)
                },
                move |result| {
                    settled(result.is_ok());
                    reply.settle(result);
                },
            );
        }
    }
}

fn windows(config: &Config) -> Windows {
    let window = |seconds: u32| (seconds > 0).then(|| i64::from(seconds) * 1000);
    Windows {
        recall: window(config.recall_seconds),
        edit: window(config.edit_seconds),
    }
}
