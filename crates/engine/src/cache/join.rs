//! Joining what the server says to the log that is held: pushes, answers to sends, pages, heads, receipts.
//!
//! Every function here may be called with anything, in any order, twice: what a hostile or broken server says never makes
//! a hole look whole, never duplicates a message and never moves a mark backwards (B15, B16, H55).

use rusqlite::Result;
use serde::Deserialize;
use serde_json::value::RawValue;
use tidings_protocol::{
    Altered, Changes, ClientId, ConversationKind, EVERYBODY, Message, MessageType, Page, Sent, UserId, code,
    notice,
};

use super::messages::{self, Last, Put, SENT_AGAIN, SENT_HERE};
use super::runs::{self, Run};
use super::{Open, Write};
use super::{groups, hidden, outbox, quotes, recalls, uploads};
use crate::limits;

/// The conversation that `message` belongs to, when it is one that this user can have and its numbers make sense.
pub(super) fn place(me: &str, message: &Message) -> Option<String> {
    let sane = (1..=limits::SEQ_MOST).contains(&message.seq) && message.revision <= limits::SEQ_MOST;
    let me = UserId::new(me).ok()?;
    message
        .conversation_for(&me)
        .filter(|_| sane)
        .map(|id| id.to_string())
}

/// The same message with nothing left of it.
fn recalled(message: &Message, by: UserId) -> Message {
    Message {
        payload: RawValue::NULL.to_owned(),
        extras: None,
        altered: Some(Box::new(Altered {
            recalled_by: Some(by),
            ..Altered::default()
        })),
        ..message.clone()
    }
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
    if let Some(left) = &left {
        uploads::forget(open.db, left.id)?;
    }
    let flags = left.as_ref().map_or(0, |entry| {
        SENT_HERE | if entry.is_resend { SENT_AGAIN } else { 0 }
    });
    let was_recalled;
    let mut message = message;
    if own && recalls::arrived(open.db, open.it.id, message.client_id.as_str(), message.seq)? {
        was_recalled = recalled(message, message.from.clone());
        message = &was_recalled;
        *open.recalls = true;
    }
    let put = messages::put(open.db, open.it.id, message, flags)?;
    if put == Put::New && !own {
        count_new(open, message);
    }
    let it = &mut *open.it;
    if message.seq > it.seq {
        it.seq = message.seq;
        it.in_list = true;
        if message.message_type.as_str() == MessageType::GROUP_TIP {
            groups::count_members(it, message);
        }
    }
    if put != Put::Known {
        show_as_last(open, message)?;
    }
    let it = &mut *open.it;
    if message.revision == it.revision + 1 {
        if message.seq == it.revision_seq + 1 {
            it.revision += 1;
            it.revision_seq += 1;
        } else if message.seq <= it.revision_seq {
            it.revision += 1;
        }
    }
    if left.is_some() {
        outbox::settle(open.db, open.it)?;
    }
    tell(open, message.seq, put, left.is_some())?;
    Ok(put)
}

fn count_new(open: &mut Open<'_>, message: &Message) {
    let it = &mut *open.it;
    let is_news = match message.message_type.as_str() {
        MessageType::GROUP_TIP => false,
        MessageType::NOTICE => !tells_own_deed(message),
        _ => true,
    };
    let counts = it.counts_unread() && is_news;
    if counts && message.seq > it.unread_from.max(it.read_mark()) {
        it.unread += 1;
    }
    if let Some(extras) = message.extras.as_ref().filter(|_| it.is_group()) {
        if extras.at.iter().any(|at| at == open.me) {
            it.mention_seq = it.mention_seq.max(message.seq);
        }
        if extras.at.iter().any(|at| at == EVERYBODY) {
            it.everybody_seq = it.everybody_seq.max(message.seq);
        }
    }
}

/// Whether a notice tells this user what they did themselves.
fn tells_own_deed(message: &Message) -> bool {
    serde_json::from_str::<Operation>(message.payload.get())
        .is_ok_and(|payload| notice::tells_own_deed(payload.operation_type))
}

/// What of a notice is looked at here.
#[derive(Deserialize)]
struct Operation {
    #[serde(rename = "operationType")]
    operation_type: u8,
}

fn tell(open: &mut Open<'_>, seq: u64, put: Put, left_the_outbox: bool) -> Result<()> {
    let views = |open: &Open<'_>| messages::range(open.db, open.it, open.me, seq, seq, 1);
    match put {
        Put::Recalled => {
            let views = views(open)?;
            open.told.revoked.extend(views);
            for mention in [&mut open.it.mention_seq, &mut open.it.everybody_seq] {
                if *mention == seq {
                    *mention = 0;
                }
            }
            quotes::erase(open, seq)?;
        }
        Put::Modified => {
            let views = views(open)?;
            open.told.modified.extend(views);
            // The words before are not to be found either.
            *open.erased = true;
        }
        Put::New | Put::Replaced | Put::Known if left_the_outbox || put == Put::Replaced => {
            let views = views(open)?;
            open.told.changed.extend(views);
        }
        Put::New | Put::Replaced | Put::Known => {}
    }
    Ok(())
}

/// The list shows this message, unless it shows a newer one, or a newer state of it, or is not to show it.
pub(super) fn show_as_last(open: &mut Open<'_>, message: &Message) -> Result<()> {
    let it = &*open.it;
    let is_newer =
        message.seq > it.last_seq || (message.seq == it.last_seq && message.revision >= it.last_revision);
    if is_newer && message.seq > it.cleared_seq && !hidden::is(open.db, it.id, message.seq)? {
        Last::of(message).show(open.it);
    }
    Ok(())
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
    let can_be_had = open.it.roams() && !open.it.is_gone();
    Ok((!joined && can_be_had).then_some(name))
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
        extras: entry.extras.filter(|extras| !extras.is_empty()).map(Box::new),
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
    let cleared = open.it.cleared_seq;
    // The part that hangs together, from its newest message down.
    let mut expected = None;
    let mut whole: Vec<&Message> = page
        .messages
        .iter()
        .rev()
        .take_while(|message| {
            let fits = place(me, message).as_deref() == Some(name)
                && before.is_none_or(|before| message.seq < before)
                && message.seq > cleared
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

/// What the server has done to a held message of ours, or to one of somebody else's on our behalf, at `sent`. The push may
/// have been here first, and then nothing changes.
pub(crate) fn altered(
    write: &mut Write<'_>,
    name: &str,
    sent: Sent,
    alter: impl FnOnce(&mut Message),
) -> Result<()> {
    if sent.revision > limits::SEQ_MOST {
        return Ok(());
    }
    let mut open = write.open(name)?;
    let Some(mut message) = messages::held(open.db, open.it, open.me, sent.seq)? else {
        return Ok(());
    };
    if message.revision < sent.revision {
        alter(&mut message);
        message.revision = sent.revision;
        add(&mut open, &message)?;
    }
    Ok(())
}

/// As [`altered`]: nothing of the message is left.
pub(crate) fn was_recalled(write: &mut Write<'_>, name: &str, sent: Sent) -> Result<()> {
    let Ok(me) = UserId::new(write.me) else {
        return Ok(());
    };
    altered(write, name, sent, |message| *message = recalled(message, me))
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

/// Tells the messages that now hang together with those told before, each once, by rising seq (R-M1, R-S2).
pub(crate) fn announce(open: &mut Open<'_>) -> Result<()> {
    // What is news in a group is known when its head is: until then, nobody knows since when this user is in it.
    if open.it.is_group() && open.it.head_version == 0 {
        return Ok(());
    }
    if !open.it.roams()
        && let Some(run) = runs::newest(open.db, open.it.id)?
        && run.first > open.it.told_seq + 1
    {
        // What was missed in an audience is missed.
        open.it.told_seq = run.first - 1;
    }
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
