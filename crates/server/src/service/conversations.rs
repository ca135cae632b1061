//! getConversationList (R-H6), deleteConversation (R-H8), and the heads that a hello is answered with.

use std::sync::Arc;

use tidings_protocol::{GetHeads, Heads, Push, Receipt, Removed, Welcome, WireError};

use super::sign_in::Arrival;
use super::{no_such_conversation, peer};
use crate::bus::Reply;
use crate::space::Space;
use crate::store;

/// The heads that differ. Also the heartbeat: without a change it does not touch the database.
pub(super) fn heads(space: &Space, asked: GetHeads, reply: Reply) {
    let me = reply.session().user.clone();
    if asked.since == me.version() {
        return reply.answer(&Heads {
            version: asked.since,
            heads: Vec::new(),
            more: false,
        });
    }
    space.store.ask(
        move |conn| store::read::heads(conn, (me.row, &me.id), asked),
        |result| reply.settle(result),
    );
}

/// The answer to a hello. The session gets pushes already, so what happens meanwhile is not missed.
pub(crate) async fn welcome(space: &Space, arrival: &Arrival) -> Result<Welcome, WireError> {
    let me = arrival.session.user.clone();
    let (time, since) = (space.clock.now_ms(), arrival.since);
    let stands = arrival.stands();
    let welcome = space
        .store
        .read(move |conn| {
            stands(conn)?;
            let asked = GetHeads { since, before: None };
            let heads = store::read::heads(conn, (me.row, &me.id), asked)?;
            Ok(Welcome {
                me: store::read::profile(conn, me.row)?,
                time,
                heads,
            })
        })
        .await?;
    arrival.session.user.learn_version(welcome.heads.version);
    Ok(welcome)
}

/// Takes a conversation off the list, as read.
pub(super) fn delete(space: &Arc<Space>, asked: &Removed, reply: Reply) {
    let peer = match peer(&asked.conversation) {
        Ok(peer) => peer.clone(),
        Err(error) => return reply.refuse(error),
    };
    let me = reply.session().user.clone();
    let bus = Arc::clone(&space.bus);
    let (row, other, clear) = (me.row, peer.clone(), asked.clear);
    space.store.work(
        move |batch| {
            let other = batch.user_row(&other)?.ok_or_else(no_such_conversation)?;
            let (marked, read_more) = batch
                .delete(row, other, clear)?
                .ok_or_else(no_such_conversation)?;
            Ok((marked, read_more, other))
        },
        move |result| match result {
            Ok((marked, read_more, other)) => {
                if read_more {
                    let receipt = Push::Receipt(Receipt::c2c(me.id.clone(), &peer, marked));
                    bus.push(&[me.row, other], &receipt, Some(reply.session()));
                }
                bus.push(&[me.row], &Push::Heads {}, Some(reply.session()));
                reply.answer(&serde_json::json!({}));
            }
            Err(error) => reply.refuse(error.into()),
        },
    );
}
