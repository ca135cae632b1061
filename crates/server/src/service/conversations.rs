//! getConversationList (R-H6), deleteConversation (R-H8), and the heads that a hello is answered with.

use std::sync::Arc;

use tidings_protocol::{ConversationId, GetHeads, Heads, Push, Removed, Welcome, WireError};

use super::sign_in::Arrival;
use super::{no_such_conversation, peer, peer_row, receipt};
use crate::bus::{Bus, Presence, Reply};
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
    let media = space.config.media.sizes();
    let recall_seconds = Some(space.config.recall_seconds);
    let stands = arrival.stands();
    enter_groups(space, &me).await?;
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
                media,
                recall_seconds,
            })
        })
        .await?;
    arrival.session.user.learn_version(welcome.heads.version);
    Ok(welcome)
}

/// From here on the user gets what is said in their groups. Comes before the heads are read, so that nothing falls between the two.
async fn enter_groups(space: &Space, me: &Arc<Presence>) -> Result<(), WireError> {
    loop {
        let changes = Bus::places(me);
        let row = me.row;
        let groups = space
            .store
            .read(move |conn| store::read::group_rows(conn, row))
            .await?;
        if space.bus.enter(me, &groups, changes) {
            return Ok(());
        }
    }
}

/// Takes a conversation off the list, as read.
pub(super) fn delete(space: &Arc<Space>, asked: &Removed, reply: Reply) {
    let peer = match &asked.conversation {
        ConversationId::Group(group) => {
            return super::groups::delete(space, group.clone(), asked.clear, reply);
        }
        conversation => match peer(conversation) {
            Ok(peer) => peer,
            Err(error) => return reply.refuse(error),
        },
    };
    let me = reply.session().user.clone();
    let bus = Arc::clone(&space.bus);
    let (row, other, clear) = (me.row, peer.clone(), asked.clear);
    space.store.work(
        move |batch| {
            let other = peer_row(batch, &other)?.ok_or_else(no_such_conversation)?;
            let (marked, read_more) = batch
                .delete(row, other, clear)?
                .ok_or_else(no_such_conversation)?;
            Ok((marked, read_more, other))
        },
        move |result| match result {
            Ok((marked, read_more, other)) => {
                if read_more {
                    let receipt = Push::Receipt(receipt(me.id.clone(), &peer, marked));
                    bus.push(&[me.row, other], &receipt, Some(reply.session()));
                }
                bus.push(&[me.row], &Push::Heads {}, Some(reply.session()));
                reply.answer(&serde_json::json!({}));
            }
            Err(error) => reply.refuse(error.into()),
        },
    );
}
