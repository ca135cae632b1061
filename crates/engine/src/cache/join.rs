//! Joining what the server says to the log that is held: pushes, answers to sends, pages, heads, receipts.
//!
//! Every function here may be called with anything, in any order, twice: what a hostile or broken server says never makes
//! a hole look whole, never duplicates a message and never moves a mark backwards (B15, B16, H55).

use rusqlite::Result;
use serde_json::value::RawValue;
use tidings_protocol::{
    Changes, ClientId, ConversationKind, Head, MarkedRead, Message, MessageType, Page, Receipt, Sent, UserId,
    code,
};

use super::messages::{self, Put, SENT_AGAIN, SENT_HERE};
use super::outbox;
use super::profiles;
use super::removals;
use super::runs::{self, Run};
use super::{Open, Write};
use crate::limits;

/// What a conversation needs from the server after its head was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wants {
    /// Which one.
    pub(crate) conversation: String,
    /// Its newest messages are not all held.
    pub(crate) newest: bool,
    /// Held messages have changed: ask for changes since this revision, up to this seq.
    pub(crate) changes: Option<(u64, u64)>,
}

/// The conversation that `message` belongs to, when it is one that this user can have and its numbers make sense.
fn place(me: &str, message: &Message) -> Option<String> {
    let sane = (1..=limits::SEQ_MOST).contains(&message.seq) && message.revision <= limits::SEQ_MOST;
    let me = UserId::new(me).ok()?;
    message
        .conversation_for(&me)
        .filter(|_| sane)
        .map(|id| id.to_string())
}

/// Puts one message into the log; the caller notes the run.
fn add(open: &mut Open<'_>, message: &Message) -> Result<Put> {
    let own = message.from.as_str() == open.me;
    let queued = open.it.waiting + open.it.failed > 0;
    let left = if own && queued {
        outbox::remove(open.db, open.it.id, message.client_id.as_str())?
    } else {
        None
    };
    let flags = left.as_ref().map_or(0, |entry| {
        SENT_HERE | if entry.is_resend { SENT_AGAIN } else { 0 }
    });
    let put = messages::put(open.db, open.it.id, message, flags)?;
    let it = &mut *open.it;
    if put == Put::New && !own && message.seq > it.unread_from.max(it.read_mark()) {
        it.unread += 1;
    }
    if message.seq > it.seq {
        it.seq = message.seq;
        it.in_list = true;
    }
    if put != Put::Known && message.seq >= it.last_seq {
        show_as_last(open, message);
    }
    if message.revision == open.it.revision + 1 && message.seq == open.it.revision_seq + 1 {
        open.it.revision += 1;
        open.it.revision_seq += 1;
    }
    if left.is_some() {
        outbox::settle(open.db, open.it)?;
    }
    if left.is_some() || put == Put::Changed {
        let views = messages::range(open.db, open.it, open.me, message.seq, message.seq, 1)?;
        open.told.changed.extend(views);
    }
    Ok(put)
}

fn show_as_last(open: &mut Open<'_>, message: &Message) {
    open.it.last_seq = message.seq;
    open.it.last_time = message.time;
    open.it.last_sender = message.from.to_string();
    open.it.last_type = tidings_protocol::cut_text(message.message_type.as_str(), 64).to_owned();
    open.it.last_text = messages::preview(message.message_type.as_str(), message.payload.get());
}

/// A pushed message. The answer names its conversation when its log has a hole now.
pub(crate) fn push(write: &mut Write<'_>, message: &Message) -> Result<Option<String>> {
    let Some(name) = place(write.me, message) else {
        return Ok(None);
    };
    let mut open = write.open(&name)?;
    add(&mut open, message)?;
    runs::add(
        open.db,
        open.it.id,
        Run {
            first: message.seq,
            last: message.seq,
        },
    )?;
    let joined = match runs::newest(open.db, open.it.id)? {
        Some(run) => run.last >= open.it.seq && run.first <= open.it.told_seq + 1,
        None => false,
    };
    Ok((!joined).then_some(name))
}

/// The server has stored a message of ours. The answer names the conversation when its log has a hole now.
pub(crate) fn sent(write: &mut Write<'_>, name: &str, client_id: &str, sent: Sent) -> Result<Option<String>> {
    let Ok(from) = UserId::new(write.me) else {
        return Ok(None);
    };
    let entry = {
        let open = write.open(name)?;
        match outbox::get(open.db, open.it.id, client_id)? {
            // The push was here first, or somebody threw it away meanwhile.
            None => return Ok(None),
            Some(entry) => entry,
        }
    };
    let (Ok(client_id), Ok(payload)) = (ClientId::new(client_id), RawValue::from_string(entry.payload))
    else {
        return Ok(None);
    };
    let (kind, to) = match name.strip_prefix("GROUP") {
        Some(group) => (ConversationKind::GROUP, group),
        None => (
            ConversationKind::C2C,
            name.strip_prefix("C2C").unwrap_or_default(),
        ),
    };
    let message = Message {
        kind,
        from,
        to: to.to_owned(),
        seq: sent.seq,
        revision: sent.revision,
        time: sent.time,
        client_id,
        random: entry.random,
        client_seq: entry.client_seq,
        message_type: MessageType::new(entry.message_type),
        payload,
        priority: messages::priority_of(messages::priority_name(entry.priority)),
        cut: false,
        extras: None,
        altered: None,
    };
    if place(write.me, &message).is_none() {
        // A seq that cannot be: the message must not be sent for ever, and must not be lost either.
        let open = write.open(name)?;
        outbox::fail(open.db, entry.id, code::SEND_FAILED)?;
        outbox::settle(open.db, open.it)?;
        return Ok(None);
    }
    push(write, &message)
}

/// A page of history below `before` (the newest without it). `tell`: a listener did not ask for it.
pub(crate) fn page(
    write: &mut Write<'_>,
    name: &str,
    before: Option<u64>,
    page: &Page,
    tell: bool,
) -> Result<()> {
    let me = write.me;
    let mut open = write.open(name)?;
    let told_before = open.it.told_seq;
    // The part that hangs together, from its newest message down.
    let mut expected = None;
    let mut whole: Vec<&Message> = page
        .messages
        .iter()
        .rev()
        .take_while(|message| {
            let fits = place(me, message).as_deref() == Some(name)
                && before.is_none_or(|before| message.seq < before)
                && expected.is_none_or(|seq| message.seq == seq);
            expected = Some(message.seq.wrapping_sub(1));
            fits
        })
        .collect();
    whole.reverse();
    let mut filled = false;
    for message in &whole {
        filled |= add(&mut open, message)? == Put::New && message.seq <= told_before;
    }
    if let (Some(first), Some(last)) = (whole.first(), whole.last()) {
        let had_none = runs::newest(open.db, open.it.id)?.is_none();
        runs::add(
            open.db,
            open.it.id,
            Run {
                first: first.seq,
                last: last.seq,
            },
        )?;
        if had_none && page.revision >= open.it.revision && page.revision <= limits::SEQ_MOST {
            open.it.revision = page.revision;
            open.it.revision_seq = page.seq.min(limits::SEQ_MOST);
        }
        if before.is_none()
            && last.seq > open.it.told_seq
            && runs::covering(open.db, open.it.id, open.it.told_seq + 1)?.is_none()
        {
            // Too much was missed to be news: it is history now.
            open.it.told_seq = last.seq;
            filled = true;
        }
    }
    if page.complete && whole.len() == page.messages.len() {
        open.it.floor = match (whole.first(), before) {
            (Some(first), _) => first.seq,
            (None, Some(before)) => before,
            (None, None) => page.seq.min(limits::SEQ_MOST) + 1,
        };
    }
    if before.is_none() {
        // The log's newest message, now: a head that promised more was wrong.
        let held = runs::newest(open.db, open.it.id)?.map_or(0, |run| run.last);
        open.it.seq = page.seq.min(limits::SEQ_MOST).max(held);
    }
    if tell && filled {
        open.told.fill(name);
    }
    Ok(())
}

/// Changes of held messages.
pub(crate) fn changes(write: &mut Write<'_>, name: &str, asked_seq: u64, changes: &Changes) -> Result<()> {
    let me = write.me;
    let mut open = write.open(name)?;
    for message in &changes.messages {
        let fits = place(me, message).as_deref() == Some(name);
        if fits && runs::covering(open.db, open.it.id, message.seq)?.is_some() {
            add(&mut open, message)?;
        }
    }
    if changes.revision > open.it.revision && changes.revision <= limits::SEQ_MOST {
        open.it.revision = changes.revision;
        open.it.revision_seq = asked_seq;
    }
    Ok(())
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
    let it = &mut *open.it;
    if it.head_version == 0 && fresh {
        it.told_seq = it.told_seq.max(head.seq);
    }
    it.head_version = head.version;
    if head.seq >= it.seq {
        // Taken off here, and the server does not know it yet.
        let is_removed = removals::seq(open.db, it.id)?.is_some_and(|seq| head.seq <= seq);
        it.in_list = !head.deleted && !is_removed;
    }
    it.seq = it.seq.max(head.seq);
    it.read_seq = it.read_seq.max(head.read_seq.min(it.seq));
    let peer_read = head.peer_read_seq.min(it.seq);
    if peer_read > it.peer_read_seq {
        it.peer_read_seq = peer_read;
        open.told.peer_read.insert(it.name.clone(), peer_read);
    }
    let mark = it.read_mark();
    let above = messages::count_of_others_above(open.db, it.id, me, mark.max(head.seq))?;
    // Where this user has read further than the head knows, what is left of its count is at most what lies above the mark.
    let left = if mark > head.read_seq {
        head.unread.min(head.seq.saturating_sub(mark))
    } else {
        head.unread
    };
    it.unread = left + above;
    it.unread_from = head.seq;
    if let Some(last) = &head.last
        && last.seq >= it.last_seq
        && place(me, last).as_deref() == Some(it.name.as_str())
    {
        show_as_last(open, last);
    }
    let it = &mut *open.it;
    let newest = runs::newest(open.db, it.id)?;
    let behind = newest.map_or(it.seq > 0, |run| run.last < it.seq);
    let mut changes = None;
    if head.revision > it.revision {
        let explained =
            head.seq >= it.revision_seq && head.revision - it.revision == head.seq - it.revision_seq;
        match newest {
            Some(run) if !explained => changes = Some((it.revision, run.last)),
            _ => {
                it.revision = head.revision;
                it.revision_seq = head.seq;
            }
        }
    }
    let wanted = behind || changes.is_some();
    Ok(wanted.then(|| Wants {
        conversation: it.name.clone(),
        newest: behind,
        changes,
    }))
}

/// Somebody has read: the other, or this user on another device.
pub(crate) fn receipt(write: &mut Write<'_>, receipt: &Receipt) -> Result<()> {
    if receipt.kind != ConversationKind::C2C {
        return Ok(());
    }
    let own = receipt.from.as_str() == write.me;
    if !own && receipt.to != write.me {
        return Ok(());
    }
    let name = format!(
        "C2C{}",
        if own {
            receipt.to.as_str()
        } else {
            receipt.from.as_str()
        }
    );
    if !super::conversations::exists(write.db, &name)? {
        return Ok(());
    }
    let mut open = write.open(&name)?;
    let seq = receipt.read_seq.min(open.it.seq);
    if own && seq > open.it.read_seq {
        open.it.read_seq = seq;
        count_unread(&mut open)?;
    }
    if (!own || receipt.to == open.me) && seq > open.it.peer_read_seq {
        open.it.peer_read_seq = seq;
        open.told.peer_read.insert(name, seq);
    }
    Ok(())
}

/// What is unread after the read mark has moved: counted where the messages are held, else the best bound, which
/// the next head corrects.
fn count_unread(open: &mut Open<'_>) -> Result<()> {
    let mark = open.it.read_mark();
    let held = messages::count_of_others_above(open.db, open.it.id, open.me, mark)?;
    let covered = mark >= open.it.unread_from
        || runs::covering(open.db, open.it.id, mark + 1)?.is_some_and(|run| run.last >= open.it.unread_from);
    open.it.unread = if covered {
        held
    } else {
        open.it.unread.min(open.it.seq.saturating_sub(mark))
    };
    Ok(())
}

/// This user has read everything that is known of; the server will hear of it when it can.
pub(crate) fn mark_read(write: &mut Write<'_>, name: &str) -> Result<()> {
    if !super::conversations::exists(write.db, name)? {
        return Ok(());
    }
    let open = write.open(name)?;
    if open.it.unread > 0 {
        open.it.wanted_read_seq = open.it.wanted_read_seq.max(open.it.seq);
        open.it.unread = 0;
    }
    Ok(())
}

/// This user takes the conversation off the list, as read; the server will hear of it when it can. Its draft goes, its
/// messages stay on the server.
pub(crate) fn remove(write: &mut Write<'_>, name: &str) -> Result<()> {
    mark_read(write, name)?;
    let open = write.open(name)?;
    if open.it.seq > 0 || open.it.in_list {
        removals::put(open.db, open.it.id, open.it.seq)?;
    }
    open.it.in_list = false;
    open.it.draft.clear();
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

/// Tells the messages that now hang together with those told before, each once, by rising seq (R-M1, R-S2).
pub(crate) fn announce(open: &mut Open<'_>) -> Result<()> {
    let next = open.it.told_seq + 1;
    let Some(run) = runs::covering(open.db, open.it.id, next)? else {
        return Ok(());
    };
    open.it.told_seq = run.last;
    if run.last - next >= limits::NEWS_AT_ONCE {
        open.told.fill(&open.it.name);
        return Ok(());
    }
    let here = sent_here(open, next, run.last)?;
    let most = u32::try_from(limits::NEWS_AT_ONCE).unwrap_or(u32::MAX);
    let news = messages::range(open.db, open.it, open.me, next, run.last, most)?;
    open.told.received.extend(
        news.into_iter()
            .filter(|message| message.seq.is_none_or(|seq| !here.contains(&seq))),
    );
    Ok(())
}

/// Which of the messages `first..=last` this very device has sent: they were told when they left the outbox.
fn sent_here(open: &Open<'_>, first: u64, last: u64) -> Result<Vec<u64>> {
    let mut statement = open.db.prepare_cached(
        "SELECT seq FROM messages WHERE conversation = ?1 AND seq BETWEEN ?2 AND ?3 AND flags & ?4 <> 0",
    )?;
    let seqs = statement.query_map(rusqlite::params![open.it.id, first, last, SENT_HERE], |row| {
        row.get(0)
    })?;
    seqs.collect()
}
