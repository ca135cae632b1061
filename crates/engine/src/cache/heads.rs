//! Joining heads to what is held.

use rusqlite::Result;
use tidings_protocol::{Head, cut_text, limits as wire_limits};

use super::join::{place, show_as_last};
use super::runs::{self, Run};
use super::{Open, Write};
use super::{groups, messages, profiles, removals, wishes};
use crate::limits;

/// What a conversation needs from the server after its head was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wants {
    /// Which one.
    pub(crate) conversation: String,
    /// Its newest messages are not all held.
    pub(crate) newest: bool,
    /// Held messages may have changed: the log's revision is so far above the one that is known.
    pub(crate) changes: Option<u64>,
}

/// Heads. `fresh`: this device knew nothing before, so nothing of it is news.
pub(crate) fn heads(write: &mut Write<'_>, heads: Vec<Head>, fresh: bool) -> Result<Vec<Wants>> {
    let mut wants = Vec::new();
    for head in heads {
        let numbers = [
            head.version,
            head.seq,
            head.revision,
            head.read_seq,
            head.peer_read_seq,
            head.unread,
            head.mention_seq,
            head.everybody_seq,
            head.cleared_seq,
        ];
        if numbers.iter().any(|number| *number > limits::SEQ_MOST) {
            continue;
        }
        let name = head.conversation.to_string();
        if let Some(profile) = head.profile.clone()
            && name.strip_prefix("C2C") == Some(profile.user_id.as_str())
        {
            profiles::put(write, profile)?;
        }
        let mut open = write.open(&name)?;
        if head.version <= open.it.head_version {
            continue;
        }
        if let Some(want) = one_head(&mut open, &head, fresh)? {
            wants.push(want);
        }
    }
    Ok(wants)
}

fn one_head(open: &mut Open<'_>, head: &Head, fresh: bool) -> Result<Option<Wants>> {
    let me = open.me;
    let was_in = open.it.membership.is_some();
    let is_first = open.it.head_version == 0;
    open.it.head_version = head.version;
    group(open, head)?;
    wishes::learn(open, head.settings)?;
    removals::clear_up_to(open, head.cleared_seq.min(head.seq))?;
    if is_first || (open.it.is_group() && !was_in && open.it.membership.is_some()) {
        told_so_far(open, head, fresh)?;
    }
    let gone = open.it.is_gone();
    let it = &mut *open.it;
    if head.seq >= it.seq || gone {
        // Taken off here, and the server does not know it yet.
        let is_removed = removals::seq(open.db, it.id)?.is_some_and(|seq| head.seq <= seq);
        // What this user has left does not come to the list any more.
        it.in_list = !head.deleted && !is_removed && (!gone || it.in_list);
    }
    it.seq = it.seq.max(head.seq);
    it.read_seq = it.read_seq.max(head.read_seq.min(it.seq));
    let peer_read = head.peer_read_seq.min(it.seq);
    if peer_read > it.peer_read_seq {
        it.peer_read_seq = peer_read;
        open.told.peer_read.insert(it.name.clone(), peer_read);
    }
    mentions(open, head)?;
    let it = &mut *open.it;
    let mark = it.read_mark();
    let above = messages::count_of_others_above(open.db, it, me, mark.max(head.seq))?;
    // Where this user has read further than the head knows, what is left of its count is at most what lies above the mark.
    let left = if mark > head.read_seq {
        head.unread.min(head.seq.saturating_sub(mark))
    } else {
        head.unread
    };
    it.unread = if it.counts_unread() { left + above } else { 0 };
    it.unread_from = head.seq;
    if let Some(last) = &head.last
        && place(me, last).as_deref() == Some(it.name.as_str())
    {
        show_as_last(open, last)?;
    }
    wants(open, head)
}

/// What a head says of a group, and of this user in it.
fn group(open: &mut Open<'_>, head: &Head) -> Result<()> {
    let Some(id) = open.it.name.strip_prefix("GROUP") else {
        return Ok(());
    };
    if let Some(profile) = head.group.as_deref().filter(|it| it.group.as_str() == id) {
        open.it.group = Some(Box::new(profile.clone().within_limits()));
    }
    open.it.membership = head.me.clone().map(|mut me| {
        let cut = cut_text(&me.name_card, wire_limits::NAME_CARD_BYTES).len();
        me.name_card.truncate(cut);
        me
    });
    if let Some(me) = &open.it.membership {
        groups::set_card(open.db, open.it.id, open.me, &me.name_card)?;
    }
    Ok(())
}

/// What came before this device heard of the conversation, or before this user came into the group, is no news.
fn told_so_far(open: &mut Open<'_>, head: &Head, fresh: bool) -> Result<()> {
    let pushed: Option<Run> = runs::newest(open.db, open.it.id)?;
    let it = &mut *open.it;
    if fresh {
        it.told_seq = it.told_seq.max(head.seq);
    } else if it.is_group() {
        // Only what was pushed since then can be held of a group without a head.
        let news = pushed.filter(|run| run.first > it.told_seq);
        it.told_seq = it.told_seq.max(news.map_or(head.seq, |run| run.first - 1));
    }
    Ok(())
}

fn mentions(open: &mut Open<'_>, head: &Head) -> Result<()> {
    let recalled = |seq: u64| messages::is_recalled(open.db, open.it.id, seq);
    let newer = |held: u64, said: u64| -> Result<u64> {
        if held > head.seq {
            return Ok(held);
        }
        Ok(if said > 0 && recalled(said)? { 0 } else { said })
    };
    let mention_seq = newer(open.it.mention_seq, head.mention_seq)?;
    let everybody_seq = newer(open.it.everybody_seq, head.everybody_seq)?;
    (open.it.mention_seq, open.it.everybody_seq) = (mention_seq, everybody_seq);
    Ok(())
}

fn wants(open: &mut Open<'_>, head: &Head) -> Result<Option<Wants>> {
    let it = &mut *open.it;
    let newest = runs::newest(open.db, it.id)?;
    let behind = it.seq >= it.begins() && newest.is_none_or(|run| run.last < it.seq);
    let mut changes = None;
    if head.revision > it.revision {
        let explained =
            head.seq >= it.revision_seq && head.revision - it.revision == head.seq - it.revision_seq;
        match newest {
            Some(_) if !explained => changes = Some(head.revision - it.revision),
            _ => {
                it.revision = head.revision;
                it.revision_seq = head.seq;
            }
        }
    }
    let can_be_had = it.roams() && !it.is_gone();
    let wanted = can_be_had && (behind || changes.is_some());
    Ok(wanted.then(|| Wants {
        conversation: it.name.clone(),
        newest: behind,
        changes,
    }))
}
