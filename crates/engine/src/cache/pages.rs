//! Pages of history, as far as they are held.

use rusqlite::{Connection, Result};

use super::conversations::{self, Conversation};
use super::{messages, outbox, runs};
use crate::view::{MessagePage, MessageView};

/// What the cache can say to a question for a page.
#[derive(Debug)]
pub(crate) struct Held {
    /// The page, as far as it is held.
    pub(crate) page: MessagePage,
    /// What to ask the server for so that the page becomes whole; `None`: it is.
    pub(crate) missing: Option<Missing>,
}

/// What a page lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The newest messages.
    Newest,
    /// Those below this seq.
    Below(u64),
}

/// The newest `count` messages below `before` that hang together.
pub(crate) fn held(db: &Connection, me: &str, name: &str, before: Option<u64>, count: u32) -> Result<Held> {
    let Some(conversation) = conversations::load(db, name)? else {
        return Ok(Held {
            page: page(Vec::new(), None, before),
            missing: Some(missing_at(before)),
        });
    };
    let top = before.map_or(conversation.seq, |before| before.saturating_sub(1));
    let begins = conversation.floor.max(1);
    let mut missing = None;
    let mut shown = Vec::new();
    let mut next_before = None;
    if top >= begins {
        let mut run = runs::covering(db, conversation.id, top)?;
        if run.is_none() {
            missing = Some(missing_at(before));
            if before.is_none() {
                run = runs::newest(db, conversation.id)?;
            }
        }
        next_before = before;
        if let Some(run) = run {
            shown = messages::range(db, &conversation, me, run.first, top.min(run.last), count)?;
            let first = shown.first().and_then(|message| message.seq).unwrap_or(run.first);
            let short = shown.len() < usize::try_from(count).unwrap_or(usize::MAX);
            if short && first > begins && missing.is_none() {
                missing = Some(Missing::Below(run.first));
            }
            next_before = (first > begins).then_some(first);
        }
    } else if conversation.head_version == 0 && conversation.floor == 0 && before.is_none() {
        // Nothing is known of it, not even that it is empty.
        missing = Some(Missing::Newest);
    }
    if before.is_none() {
        append_outbox(db, me, &conversation, &mut shown)?;
    }
    Ok(Held {
        page: page(shown, missing, next_before),
        missing,
    })
}

fn missing_at(before: Option<u64>) -> Missing {
    before.map_or(Missing::Newest, Missing::Below)
}

fn page(messages: Vec<MessageView>, missing: Option<Missing>, next_before: Option<u64>) -> MessagePage {
    MessagePage {
        messages,
        next_before,
        is_completed: missing.is_none() && next_before.is_none(),
        is_cut_off: missing.is_some(),
    }
}

fn append_outbox(
    db: &Connection,
    me: &str,
    conversation: &Conversation,
    shown: &mut Vec<MessageView>,
) -> Result<()> {
    if conversation.waiting + conversation.failed > 0 {
        for entry in outbox::of_conversation(db, conversation.id)? {
            shown.push(outbox::view(db, me, conversation, &entry)?);
        }
    }
    Ok(())
}
