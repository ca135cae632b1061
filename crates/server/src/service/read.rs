//! setMessageRead (R-H5).

use std::sync::Arc;

use tidings_protocol::{ConversationId, MarkRead, MarkedRead, Push};

use super::{peer, peer_row, receipt};
use crate::bus::Reply;
use crate::space::Space;
use crate::store::to_db;

/// Marks as read; the devices of both learn of it. Where there is nothing yet, nothing is read.
pub(super) fn mark_read(space: &Arc<Space>, asked: &MarkRead, reply: Reply) {
    let peer = match &asked.conversation {
        ConversationId::Group(group) => {
            return super::groups::mark_read(space, group.clone(), asked.seq, reply);
        }
        conversation => match peer(conversation) {
            Ok(peer) => peer,
            Err(error) => return reply.refuse(error),
        },
    };
    let me = reply.session().user.clone();
    let seq = to_db(asked.seq);
    let bus = Arc::clone(&space.bus);
    let (row, other) = (me.row, peer.clone());
    space.store.work(
        move |batch| match peer_row(batch, &other)? {
            Some(other) => Ok(batch.mark_read(row, other, seq)?.map(|marked| (marked, other))),
            None => Ok(None),
        },
        move |result| match result {
            Ok(Some(((marked, changed), other))) => {
                if changed {
                    let receipt = Push::Receipt(receipt(me.id.clone(), &peer, marked));
                    bus.push(&[me.row, other], &receipt, Some(reply.session()));
                }
                reply.answer(&marked);
            }
            Ok(None) => reply.answer(&MarkedRead {
                read_seq: 0,
                unread: 0,
            }),
            Err(error) => reply.refuse(error.into()),
        },
    );
}
