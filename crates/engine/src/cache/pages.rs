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
    // What the server does not give (any more) is what this device has seen of it.
    let can_be_had =
        conversation.roams() && !conversation.is_gone() && (before.is_none() || top >= conversation.begins());
    let begins = if can_be_had {
        conversation.begins()
    } else {
        runs::oldest(db, conversation.id)?.map_or(top + 1, |run| run.first)
    };
    let mut missing = None;
    let mut shown = Vec::new();
    let mut next_before = None;
    if top >= begins {
        let mut run = runs::covering(db, conversation.id, top)?;
        if run.is_none() {
            missing = Some(missing_at(before)).filter(|_| can_be_had);
            if before.is_none() || !can_be_had {
                run = runs::at_or_before(db, conversation.id, top)?;
            }
        }
        next_before = before;
        if let Some(run) = run {
            shown = messages::range(db, &conversation, me, run.first, top.min(run.last), count)?;
            let short = shown.len() < usize::try_from(count).unwrap_or(usize::MAX);
            // Where there is room left, the run was seen down to its first message, hidden or not.
            let first = match shown.first().and_then(|message| message.seq) {
                Some(first) if !short => first,
                _ => run.first,
            };
            if short && first > begins && missing.is_none() && can_be_had {
                missing = Some(Missing::Below(run.first));
            }
            next_before = (first > begins).then_some(first);
        }
    } else if can_be_had && conversation.head_version == 0 && conversation.floor == 0 && before.is_none() {
        // Nothing is known of it, not even that it is empty.
        missing = Some(Missing::Newest);
    }
    if next_before.is_none() && missing.is_none() && can_be_had {
        next_before = kept_here(db, &conversation, begins)?;
    }
    if before.is_none() {
        append_outbox(db, me, &conversation, &mut shown)?;
    }
    Ok(Held {
        page: page(shown, missing, next_before),
        missing,
    })
}

/// Where to go on below the oldest message that the server still has: this device may have kept older ones.
fn kept_here(db: &Connection, conversation: &Conversation, begins: u64) -> Result<Option<u64>> {
    if begins <= conversation.cleared_seq + 1 {
        return Ok(None);
    }
    let kept = runs::at_or_before(db, conversation.id, begins - 1)?;
    Ok(kept.map(|run| run.last.min(begins - 1) + 1))
}

pub(super) fn missing_at(before: Option<u64>) -> Missing {
    before.map_or(Missing::Newest, Missing::Below)
}

pub(super) fn page(
    messages: Vec<MessageView>,
    missing: Option<Missing>,
    next_before: Option<u64>,
) -> MessagePage {
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
