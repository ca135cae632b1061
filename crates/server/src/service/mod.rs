//! The use cases. Whoever asks, by whichever mouth of the server, asks here.

mod accounts;
mod alter;
mod conversations;
mod file_sweep;
pub(crate) mod files;
mod groups;
mod history;
mod host;
mod invitations;
mod personal;
mod profiles;
mod read;
mod retention;
mod send;
mod sign_in;

use std::sync::Arc;

use tidings_protocol::{
    ConversationId, ConversationKind, ErrorKind, MarkedRead, Receipt, Request, UserId, WireError, code,
};

pub(crate) use accounts::{add_user, device_token, people, register};
pub(crate) use conversations::welcome;
pub(crate) use file_sweep::collect_parts;
pub(crate) use host::{remove_user, roster, set_password, settle};
pub(crate) use invitations::make as make_invitation;
pub(crate) use retention::{keep_purging, purge};
pub(crate) use sign_in::{arrive, sign_in};

use crate::bus::Reply;
use crate::space::Space;
use crate::store::{Batch, SYSTEM, SYSTEM_ID, StoreError};

/// Does what a signed-in device asks. Returns at once; the reply is given when it is done.
pub(crate) fn request(space: &Arc<Space>, request: Request, reply: Reply) {
    match request {
        Request::Send(message) => send::send(space, message, reply),
        Request::Heads(asked) => conversations::heads(space, asked, reply),
        Request::History(asked) => history::history(space, asked, reply),
        Request::Changes(asked) => history::changes(space, asked, reply),
        Request::Read(asked) => read::mark_read(space, &asked, reply),
        Request::Delete(asked) => conversations::delete(space, &asked, reply),
        Request::Profiles(asked) => profiles::profiles(space, asked, reply),
        Request::Find(asked) => profiles::find(space, asked, reply),
        Request::UpdateProfile(asked) => profiles::update(space, asked, reply),
        Request::Group(asked) => groups::request(space, *asked, reply),
        Request::SignOut {} => sign_in::sign_out(space, reply),
        Request::Recall(asked) => alter::recall(space, asked, reply),
        Request::Edit(asked) => alter::edit(space, asked, reply),
        Request::React(asked) => alter::react(space, asked, reply),
        Request::Settings(asked) => personal::settings(space, &asked, reply),
        Request::Block(asked) => personal::block(space, asked, reply),
        Request::Unblock(asked) => personal::unblock(space, asked, reply),
        Request::Blocked {} => personal::blocked(space, reply),
    }
}

/// The other side of a conversation that has two: a user, or the space itself.
fn peer(conversation: &ConversationId) -> Result<UserId, WireError> {
    match conversation {
        ConversationId::C2c(peer) => Ok(peer.clone()),
        ConversationId::System => UserId::new(SYSTEM_ID).map_err(|_| no_such_conversation()),
        ConversationId::Group(_) => Err(no_such_conversation()),
    }
}

/// The row of a [`peer`].
fn peer_row(batch: &mut Batch<'_>, peer: &UserId) -> Result<Option<i64>, StoreError> {
    if is_reserved(peer) {
        return Ok((peer.as_str() == SYSTEM_ID).then_some(SYSTEM));
    }
    batch.user_row(peer)
}

/// Whether nobody may have this id.
fn is_reserved(id: &UserId) -> bool {
    id.as_str()
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("@TIM#"))
}

/// What the devices of a reader, and of the other side, learn of a reading.
fn receipt(reader: UserId, peer: &UserId, marked: MarkedRead) -> Receipt {
    Receipt {
        kind: if is_reserved(peer) {
            ConversationKind::System
        } else {
            ConversationKind::C2C
        },
        ..Receipt::c2c(reader, peer, marked)
    }
}

fn no_such_conversation() -> WireError {
    WireError::new(
        code::NO_SUCH_CONVERSATION,
        ErrorKind::NotFound,
        "no such conversation",
    )
}

fn bad_parameter(words: &str) -> WireError {
    WireError::new(code::BAD_PARAMETER, ErrorKind::BadRequest, words)
}
