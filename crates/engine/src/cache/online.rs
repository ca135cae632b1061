//! Messages that are kept nowhere (R-S4): told, and forgotten.

use rusqlite::Result;
use tidings_protocol::{Message, UserId};

use super::Write;
use super::conversations::{self, Conversation};
use super::messages;
use crate::view::MessageView;

/// A message that was pushed to who is here only.
pub(crate) fn take(write: &mut Write<'_>, message: &Message) -> Result<()> {
    let (Ok(me), 0) = (UserId::new(write.me), message.seq) else {
        return Ok(());
    };
    if let Some(id) = message.conversation_for(&me) {
        let view = view(write, &id.to_string(), message)?;
        write.told.received.push(view);
    }
    Ok(())
}

/// The message as the UI sees it.
pub(crate) fn view(write: &mut Write<'_>, name: &str, message: &Message) -> Result<MessageView> {
    let conversation = match conversations::load(write.db, name)? {
        Some(conversation) => conversation,
        None => Conversation::empty(name),
    };
    messages::online_view(write.db, &conversation, write.me, message)
}
