//! A conversation's media, files and links, as far as they are held, newest first.

use rusqlite::{Connection, Result, params};

use super::conversations::{self, Conversation};
use super::pages::{Held, missing_at, page};
use super::{messages, runs};
use crate::limits;
use crate::view::{MediaSection, MessageView};

/// Which messages belong to a section; recalled ones are left out later.
fn condition(section: MediaSection) -> &'static str {
    // The list of types is the index's, word for word, so that it is used.
    match section {
        MediaSection::Media => {
            "type IN ('TIMImageElem', 'TIMVideoFileElem', 'TIMFileElem') AND type <> 'TIMFileElem'"
        }
        MediaSection::Files => {
            "type IN ('TIMImageElem', 'TIMVideoFileElem', 'TIMFileElem') AND type = 'TIMFileElem'"
        }
        MediaSection::Links => {
            "type = 'TIMTextElem' AND (payload LIKE '%http://%' OR payload LIKE '%https://%')"
        }
    }
}

/// The newest `count` messages of the section below `before`, of what hangs together.
pub(crate) fn held(
    db: &Connection,
    me: &str,
    name: &str,
    section: MediaSection,
    before: Option<u64>,
    count: u32,
) -> Result<Held> {
    let nothing = |missing| Held {
        page: page(Vec::new(), missing, before.filter(|_| missing.is_some())),
        missing,
    };
    let Some(conversation) = conversations::load(db, name)? else {
        return Ok(nothing(None));
    };
    let top = before.map_or(conversation.seq, |before| before.saturating_sub(1));
    let can_be_had = conversation.roams() && !conversation.is_gone();
    let begins = conversation.begins();
    if top < begins {
        return Ok(nothing(None));
    }
    let run = match runs::covering(db, conversation.id, top)? {
        Some(run) => run,
        None if can_be_had => return Ok(nothing(Some(missing_at(before)))),
        None => match runs::at_or_before(db, conversation.id, top)? {
            Some(run) => run,
            None => return Ok(nothing(None)),
        },
    };
    let last = top.min(run.last);
    let first = match section {
        MediaSection::Media | MediaSection::Files => run.first,
        // There is no index for these.
        MediaSection::Links => run
            .first
            .max(last.saturating_sub(u64::from(limits::LINK_TEXTS) - 1)),
    }
    .max(begins);
    let (seqs, is_full) = seqs(db, &conversation, section, first, last, count)?;
    let mut shown: Vec<MessageView> = Vec::new();
    for seq in &seqs {
        shown.extend(messages::range(db, &conversation, me, *seq, *seq, 1)?);
    }
    shown.retain(|message| !message.is_revoked);
    let reached = if is_full { seqs.last().copied() } else { None }.unwrap_or(first);
    let is_below_run = reached == run.first && !is_full;
    let next_before = (reached > begins).then_some(reached);
    let missing = next_before
        .filter(|_| is_below_run && can_be_had)
        .map(|seq| missing_at(Some(seq)));
    Ok(Held {
        page: page(shown, missing, next_before),
        missing,
    })
}

fn seqs(
    db: &Connection,
    conversation: &Conversation,
    section: MediaSection,
    first: u64,
    last: u64,
    count: u32,
) -> Result<(Vec<u64>, bool)> {
    let seqs: Vec<u64> = db
        .prepare_cached(&format!(
            "SELECT seq FROM messages WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3 AND flags & 4 = 0
                AND {} ORDER BY seq DESC LIMIT ?4",
            condition(section)
        ))?
        .query_map(params![conversation.id, first, last, count], |row| row.get(0))?
        .collect::<Result<_>>()?;
    let is_full = seqs.len() >= usize::try_from(count).unwrap_or(usize::MAX);
    Ok((seqs, is_full))
}
