//! What a conversation is for one user alone (setMessageRemindType, pinning, the unread mark), and the blacklist.

use std::sync::Arc;

use tidings_protocol::{Blocked, ChangeSettings, ConversationId, Push, UserId, Users, limits};

use super::{bad_parameter, no_such_conversation, peer, peer_row};
use crate::bus::Reply;
use crate::space::Space;
use crate::store::{self, Batch, Settings, StoreError};

/// Sets what a conversation is for the user; the other devices learn of it by the heads.
pub(super) fn settings(space: &Arc<Space>, asked: &ChangeSettings, reply: Reply) {
    let settings = Settings {
        remind: asked.remind,
        pinned: asked.pinned,
        marked_unread: asked.marked_unread,
    };
    let me = reply.session().user.row;
    let conversation = asked.conversation.clone();
    let bus = Arc::clone(&space.bus);
    space.store.work(
        move |batch| {
            if let ConversationId::Group(group) = &conversation {
                return batch.set_in_group(me, group, settings);
            }
            let other = peer_row(batch, &peer(&conversation)?)?.ok_or_else(no_such_conversation)?;
            Ok(batch.set(me, other, settings)?.ok_or_else(no_such_conversation)?)
        },
        move |result| match result {
            Ok(changed) => {
                if changed {
                    bus.push(&[me], &Push::Heads {}, Some(reply.session()));
                }
                reply.answer(&serde_json::json!({}));
            }
            Err(error) => reply.refuse(error.into()),
        },
    );
}

/// addToBlacklist.
pub(super) fn block(space: &Arc<Space>, asked: Users, reply: Reply) {
    change_blocked(space, asked, reply, |batch, me, users| batch.block(me, users));
}

/// removeFromBlacklist.
pub(super) fn unblock(space: &Arc<Space>, asked: Users, reply: Reply) {
    change_blocked(space, asked, reply, |batch, me, users| batch.unblock(me, users));
}

/// getBlacklist.
pub(super) fn blocked(space: &Space, reply: Reply) {
    let me = reply.session().user.row;
    space.store.ask(
        move |conn| store::read::blocked_by(conn, me),
        |result| reply.settle(result),
    );
}

fn change_blocked(
    space: &Arc<Space>,
    asked: Users,
    reply: Reply,
    change: impl FnOnce(&mut Batch<'_>, i64, &[UserId]) -> Result<(usize, bool), StoreError> + Send + 'static,
) {
    if asked.users.len() > limits::BLOCKED {
        return reply.refuse(bad_parameter("too many people at once"));
    }
    // As with profiles: only asking for people who are not there is bounded (H40).
    let me = reply.session().user.row;
    let cost = u32::try_from(asked.users.len()).unwrap_or(u32::MAX).max(1);
    if let Err(error) = space.lookups.charge(me, cost, space.clock.monotonic()) {
        return reply.refuse(error);
    }
    let lookups = Arc::clone(&space.lookups);
    let bus = Arc::clone(&space.bus);
    space.store.work(
        move |batch| {
            let (found, changed) = change(batch, me, &asked.users)?;
            Ok((found, changed, batch.blocked_by(me)?))
        },
        move |result: Result<(usize, bool, Blocked), StoreError>| match result {
            Ok((found, changed, blocked)) => {
                lookups.give_back(&me, u32::try_from(found).unwrap_or(cost).min(cost));
                if changed {
                    bus.push(&[me], &Push::Heads {}, Some(reply.session()));
                }
                reply.answer(&blocked);
            }
            Err(error) => reply.refuse(error.into()),
        },
    );
}
