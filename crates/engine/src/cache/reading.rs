//! How far this user and the other have read, and what is unread.

use rusqlite::Result;
use tidings_protocol::{ConversationKind, MarkedRead, Receipt};

use super::{Open, Write, messages, runs, wishes};
use crate::view::SettingsChange;

/// Somebody has read: the other, or this user on another device.
/// `true`: what is unread cannot be said without the next head.
pub(crate) fn receipt(write: &mut Write<'_>, receipt: &Receipt) -> Result<bool> {
    let own = receipt.from.as_str() == write.me;
    let name = match receipt.kind {
        ConversationKind::C2C if own => format!("C2C{}", receipt.to),
        ConversationKind::C2C if receipt.to == write.me => format!("C2C{}", receipt.from),
        ConversationKind::GROUP if own => format!("GROUP{}", receipt.to),
        ConversationKind::System if own => "@TIM#SYSTEM".to_owned(),
        // How far others have read in a group is asked for one message at a time.
        _ => return Ok(false),
    };
    if !super::conversations::exists(write.db, &name)? {
        return Ok(false);
    }
    let mut open = write.open(&name)?;
    let seq = receipt.read_seq.min(open.it.seq);
    let mut is_sure = true;
    if own && seq > open.it.read_seq {
        open.it.read_seq = seq;
        is_sure = count_unread(&mut open)?;
    }
    let peer = receipt.kind == ConversationKind::C2C && (!own || receipt.to == open.me);
    if peer && seq > open.it.peer_read_seq {
        open.it.peer_read_seq = seq;
        open.told.peer_read.insert(name, seq);
    }
    Ok(!is_sure)
}

/// What is unread after the read mark has moved: counted where the messages are held, else the best bound, which
/// the next head corrects (`false`).
fn count_unread(open: &mut Open<'_>) -> Result<bool> {
    let mark = open.it.read_mark();
    let held = messages::count_of_others_above(open.db, open.it, open.me, mark)?;
    let covered = mark >= open.it.unread_from
        || runs::covering(open.db, open.it.id, mark + 1)?.is_some_and(|run| run.last >= open.it.unread_from);
    open.it.unread = if covered {
        held
    } else {
        open.it.unread.min(open.it.seq.saturating_sub(mark))
    };
    Ok(covered || open.it.unread == 0)
}

/// This user has read everything that is known of; the server will hear of it when it can.
pub(crate) fn mark_read(write: &mut Write<'_>, name: &str) -> Result<()> {
    if !super::conversations::exists(write.db, name)? {
        return Ok(());
    }
    let mut open = write.open(name)?;
    if open.it.waits_to_be_read() && open.it.seq > open.it.read_mark() {
        open.it.wanted_read_seq = open.it.wanted_read_seq.max(open.it.seq);
        open.it.unread = 0;
    }
    if open.it.marked_unread {
        let opened = SettingsChange {
            is_marked_unread: Some(false),
            ..SettingsChange::default()
        };
        wishes::wish(&mut open, opened)?;
    }
    Ok(())
}

/// The server knows the read mark `asked` now; `None`: it refused it for good.
pub(crate) fn marked(
    write: &mut Write<'_>,
    name: &str,
    asked: u64,
    marked: Option<MarkedRead>,
) -> Result<()> {
    let open = write.open(name)?;
    let known = marked.map_or(asked, |marked| {
        marked.read_seq.clamp(asked.min(open.it.seq), open.it.seq)
    });
    open.it.read_seq = open.it.read_seq.max(known);
    if open.it.wanted_read_seq <= asked {
        open.it.wanted_read_seq = 0;
    }
    Ok(())
}
