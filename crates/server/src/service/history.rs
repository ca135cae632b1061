//! getMessageList (R-H1 to R-H4) and what changed in old messages.

use tidings_protocol::{ChangesRequest, ConversationId, HistoryRequest};

use super::peer;
use crate::bus::Reply;
use crate::space::Space;
use crate::store;

/// A page of history.
pub(super) fn history(space: &Space, asked: HistoryRequest, reply: Reply) {
    let me = reply.session().user.clone();
    if let ConversationId::Group(group) = asked.conversation {
        return space.store.ask(
            move |conn| store::read::group_page(conn, me.row, &group, asked.before, asked.limit),
            |result| reply.settle(result),
        );
    }
    let peer = match peer(&asked.conversation) {
        Ok(peer) => peer,
        Err(error) => return reply.refuse(error),
    };
    space.store.ask(
        move |conn| store::read::page(conn, (me.row, &me.id), &peer, asked.before, asked.limit),
        |result| reply.settle(result),
    );
}

/// The messages that changed.
pub(super) fn changes(space: &Space, asked: ChangesRequest, reply: Reply) {
    let me = reply.session().user.clone();
    if let ConversationId::Group(group) = &asked.conversation {
        let group = group.clone();
        return space.store.ask(
            move |conn| store::read::group_changes(conn, me.row, &group, &asked),
            |result| reply.settle(result),
        );
    }
    let peer = match peer(&asked.conversation) {
        Ok(peer) => peer,
        Err(error) => return reply.refuse(error),
    };
    space.store.ask(
        move |conn| store::read::changes(conn, (me.row, &me.id), &peer, &asked),
        |result| reply.settle(result),
    );
}
