//! getMessageList (R-H1 to R-H4) and what changed in old messages.

use tidings_protocol::{ChangesRequest, HistoryRequest};

use super::peer;
use crate::bus::Reply;
use crate::space::Space;
use crate::store;

/// A page of history.
pub(super) fn history(space: &Space, asked: HistoryRequest, reply: Reply) {
    let peer = match peer(&asked.conversation) {
        Ok(peer) => peer.clone(),
        Err(error) => return reply.refuse(error),
    };
    let me = reply.session().user.clone();
    space.store.ask(
        move |conn| store::read::page(conn, (me.row, &me.id), &peer, asked.before, asked.limit),
        |result| reply.settle(result),
    );
}

/// The messages that changed.
pub(super) fn changes(space: &Space, asked: ChangesRequest, reply: Reply) {
    let peer = match peer(&asked.conversation) {
        Ok(peer) => peer.clone(),
        Err(error) => return reply.refuse(error),
    };
    let me = reply.session().user.clone();
    space.store.ask(
        move |conn| store::read::changes(conn, (me.row, &me.id), &peer, &asked),
        |result| reply.settle(result),
    );
}
