//! What is on the screen, what is to be, and when: one notification for each conversation, replaced and counting up, never a
//! burst. Pure: it is told what happened and says what to do next.
//!
//! The first message is shown at once. After that [`TOKENS`] bounds how fast notifications follow each other, and where
//! more than [`AT_ONCE`] conversations wait for theirs, one summary stands for all of them.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use tidings_engine::notify::{self, Content, Face, Language, Notification, Urgency};

use crate::limits::{
    NOTIFICATION_PAUSE as PAUSE, NOTIFICATIONS_AT_ONCE as TOKENS, NOTIFICATIONS_WAITING as AT_ONCE,
    NOTIFIED_CONVERSATIONS as CONVERSATIONS, NOTIFIED_MESSAGES as KEPT,
};

/// No two sounds are closer than this.
const SOUNDS_APART: Duration = Duration::from_secs(2);

/// A message that is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// Its place in the log; none for one that is kept nowhere.
    pub(crate) seq: Option<u64>,
    /// What its sender's device calls it.
    pub(crate) client_id: String,
    /// The words.
    pub(crate) notification: Notification,
}

/// What a notification stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The messages of this conversation.
    Conversation(String),
    /// Those of several conversations.
    Summary,
}

/// A notification to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Show {
    /// What it stands for.
    pub(crate) key: Key,
    /// The one on the screen that it takes the place of, as the desktop calls it.
    pub(crate) replaces: Option<u32>,
    /// One line.
    pub(crate) title: String,
    /// One line.
    pub(crate) body: String,
    /// With a sound.
    pub(crate) sound: bool,
    /// How much it matters.
    pub(crate) urgency: Urgency,
    /// Whom it is from; none for several.
    pub(crate) face: Option<Face>,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Show this, and say how the desktop calls it ([`Board::shown`]).
    Show(Box<Show>),
    /// Take this one away.
    Close(u32),
    /// Ask again then (the monotonic clock's time).
    At(Duration),
    /// Nothing, until something happens.
    Nothing,
}

/// What a notification leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The conversation.
    pub(crate) conversation_id: String,
    /// The first message that was told of and is not read, where it has a place.
    pub(crate) seq: Option<u64>,
    /// The newest message's, as its sender set it (R-S5).
    pub(crate) extension: String,
}

#[derive(Debug, Default)]
struct Entry {
    name: String,
    /// The newest last.
    messages: VecDeque<Told>,
    /// Older ones that are not kept any longer.
    more: u64,
    /// How the desktop calls it, while it is on the screen.
    id: Option<u32>,
    shown_at: Option<Duration>,
    /// Since when it looks different from what is shown, counted in changes.
    due: Option<u64>,
    /// Its due change is a new message, which may sound.
    is_news: bool,
    /// The summary stands for it.
    is_folded: bool,
}

impl Entry {
    fn count(&self) -> u64 {
        self.messages.len() as u64 + self.more
    }
}

#[derive(Debug, Default)]
struct Summary {
    id: Option<u32>,
    shown_at: Option<Duration>,
    is_due: bool,
    is_news: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Board {
    entries: HashMap<String, Entry>,
    summary: Summary,
    closing: VecDeque<u32>,
    changes: u64,
    /// When the last [`TOKENS`] notifications were shown.
    spent: VecDeque<Duration>,
    sounded_at: Option<Duration>,
}

impl Board {
    /// A message came in that is told of.
    pub(crate) fn tell(&mut self, conversation: &str, name: &str, told: Told) {
        if !self.entries.contains_key(conversation) && self.entries.len() >= CONVERSATIONS {
            return;
        }
        self.changes += 1;
        let entry = self.entries.entry(conversation.to_owned()).or_default();
        name.clone_into(&mut entry.name);
        if entry.messages.len() == KEPT {
            entry.messages.pop_front();
            entry.more += 1;
        }
        entry.messages.push_back(told);
        if entry.is_folded {
            self.summary.is_due = true;
            self.summary.is_news = true;
        } else {
            entry.due.get_or_insert(self.changes);
            entry.is_news = true;
        }
    }

    /// What several conversations wait to tell becomes one summary, however few they are.
    pub(crate) fn fold(&mut self) {
        let is_fresh = |entry: &&mut Entry| entry.due.is_some() && entry.shown_at.is_none();
        let mut fresh: Vec<&mut Entry> = self.entries.values_mut().filter(is_fresh).collect();
        if fresh.len() > 1 {
            for entry in &mut fresh {
                (entry.is_folded, entry.due) = (true, None);
            }
            self.summary.is_due = true;
            self.summary.is_news = true;
        }
    }

    /// The conversation was read up to `read_seq`; so much of it is unread.
    pub(crate) fn read(&mut self, conversation: &str, read_seq: u64, unread: u64) {
        let Some(entry) = self.entries.get_mut(conversation) else {
            return;
        };
        if unread == 0 {
            self.leave(conversation);
            return;
        }
        let before = entry.count();
        entry
            .messages
            .retain(|told| told.seq.is_none_or(|seq| seq > read_seq));
        entry.more = entry.more.min(unread);
        self.after_less(conversation, before);
    }

    /// The message was recalled: nothing of it may stay on the screen (R-K4).
    pub(crate) fn recalled(&mut self, conversation: &str, client_id: &str) {
        let Some(entry) = self.entries.get_mut(conversation) else {
            return;
        };
        let before = entry.count();
        entry.messages.retain(|told| told.client_id != client_id);
        self.after_less(conversation, before);
    }

    fn after_less(&mut self, conversation: &str, before: u64) {
        let Some(entry) = self.entries.get_mut(conversation) else {
            return;
        };
        if entry.messages.is_empty() {
            self.leave(conversation);
        } else if entry.count() != before {
            if entry.is_folded {
                self.summary.is_due |= self.summary.id.is_some();
            } else if entry.id.is_some() {
                self.changes += 1;
                entry.due.get_or_insert(self.changes);
            }
        }
    }

    /// There is nothing to tell of this conversation any more.
    pub(crate) fn leave(&mut self, conversation: &str) {
        let Some(entry) = self.entries.remove(conversation) else {
            return;
        };
        self.closing.extend(entry.id);
        if entry.is_folded {
            if self.entries.values().any(|entry| entry.is_folded) {
                self.summary.is_due |= self.summary.id.is_some();
            } else {
                self.closing.extend(self.summary.id.take());
                self.summary = Summary::default();
            }
        }
    }

    /// There is nothing to tell of at all: signed out, or switched off.
    pub(crate) fn clear(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        self.closing
            .extend(entries.into_values().filter_map(|entry| entry.id));
        self.closing.extend(self.summary.id.take());
        self.summary = Summary::default();
    }

    /// The conversations that are waiting or on the screen.
    pub(crate) fn conversations(&self) -> Vec<String> {
        self.entries.keys().cloned().collect()
    }

    /// What to do now. After [`Next::Show`] and [`Next::Close`], ask again.
    pub(crate) fn next(&mut self, now: Duration, content: Content, language: Language) -> Next {
        if let Some(id) = self.closing.pop_front() {
            return Next::Close(id);
        }
        let free_at = match self.spent.front() {
            Some(first) if self.spent.len() >= TOKENS => *first + PAUSE * TOKENS as u32,
            _ => Duration::ZERO,
        };
        let settled = |shown_at: Option<Duration>| shown_at.map_or(Duration::ZERO, |at| at + PAUSE);
        let is_fresh = |entry: &&Entry| entry.due.is_some() && entry.shown_at.is_none();
        if free_at <= now && self.entries.values().filter(is_fresh).count() > AT_ONCE {
            self.fold();
        }
        let first = self
            .entries
            .iter()
            .filter_map(|(name, entry)| Some((settled(entry.shown_at).max(free_at), entry.due?, name)))
            .min();
        let summary_at = settled(self.summary.shown_at).max(free_at);
        if self.summary.is_due && first.as_ref().is_none_or(|(at, ..)| summary_at <= *at) {
            if summary_at > now {
                return Next::At(summary_at);
            }
            return Next::Show(Box::new(self.show_summary(now, content, language)));
        }
        match first {
            None => Next::Nothing,
            Some((at, ..)) if at > now => Next::At(at),
            Some((.., name)) => {
                let name = name.clone();
                self.show(&name, now)
                    .map_or(Next::Nothing, |show| Next::Show(Box::new(show)))
            }
        }
    }

    fn show(&mut self, conversation: &str, now: Duration) -> Option<Show> {
        let entry = self.entries.get_mut(conversation)?;
        let newest = entry.messages.back()?.notification.clone();
        entry.due = None;
        entry.shown_at = Some(now);
        let is_news = std::mem::take(&mut entry.is_news);
        let (count, replaces) = (entry.count(), entry.id);
        Some(Show {
            key: Key::Conversation(conversation.to_owned()),
            replaces,
            title: notify::counted(&newest.title, count),
            body: newest.body,
            sound: self.spend(now, newest.sound && is_news),
            urgency: newest.urgency,
            face: newest.face,
        })
    }

    fn show_summary(&mut self, now: Duration, content: Content, language: Language) -> Show {
        let mut folded: Vec<(&Entry, u64)> = self
            .entries
            .values()
            .filter(|entry| entry.is_folded)
            .map(|entry| {
                (
                    entry,
                    entry.messages.back().and_then(|told| told.seq).unwrap_or(0),
                )
            })
            .collect();
        folded.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.name.cmp(&other.0.name)));
        let names: Vec<String> = folded.iter().map(|(entry, _)| entry.name.clone()).collect();
        let messages = folded.iter().map(|(entry, _)| entry.count()).sum();
        let sounds = folded
            .iter()
            .any(|(entry, _)| entry.messages.back().is_some_and(|told| told.notification.sound));
        let (title, body) = notify::summary(messages, &names, content, language);
        let is_news = std::mem::take(&mut self.summary.is_news);
        self.summary.is_due = false;
        self.summary.shown_at = Some(now);
        Show {
            key: Key::Summary,
            replaces: self.summary.id,
            title,
            body,
            sound: self.spend(now, sounds && is_news),
            urgency: Urgency::Normal,
            face: None,
        }
    }

    /// Takes note that something is shown; answers whether it may sound.
    fn spend(&mut self, now: Duration, wants_sound: bool) -> bool {
        self.spent.push_back(now);
        if self.spent.len() > TOKENS {
            self.spent.pop_front();
        }
        let sounds = wants_sound && self.sounded_at.is_none_or(|at| now >= at + SOUNDS_APART);
        if sounds {
            self.sounded_at = Some(now);
        }
        sounds
    }

    /// The desktop shows it, and calls it `id`.
    pub(crate) fn shown(&mut self, key: &Key, id: u32) {
        match key {
            Key::Summary => self.summary.id = Some(id),
            Key::Conversation(name) => match self.entries.get_mut(name) {
                Some(entry) => entry.id = Some(id),
                // Read in the moment between.
                None => self.closing.push_back(id),
            },
        }
    }

    /// It is not on the screen any longer. `by_person`: somebody waved it away, and counting begins anew.
    pub(crate) fn was_closed(&mut self, id: u32, by_person: bool) {
        if self.summary.id == Some(id) {
            self.summary.id = None;
            if by_person {
                self.entries.retain(|_, entry| !entry.is_folded);
                self.summary = Summary::default();
            }
            return;
        }
        let Some(name) = self.conversation_of(id) else {
            return;
        };
        if by_person {
            self.entries.remove(&name);
        } else if let Some(entry) = self.entries.get_mut(&name) {
            entry.id = None;
        }
    }

    /// The desktop's notifications are a new program, which knows none of the old ids.
    pub(crate) fn forget_ids(&mut self) {
        self.closing.clear();
        self.summary.id = None;
        for entry in self.entries.values_mut() {
            entry.id = None;
        }
    }

    fn conversation_of(&self, id: u32) -> Option<String> {
        let found = self.entries.iter().find(|(_, entry)| entry.id == Some(id));
        found.map(|(name, _)| name.clone())
    }

    /// Whether this is the summary.
    pub(crate) fn is_summary(&self, id: u32) -> bool {
        self.summary.id == Some(id)
    }

    /// What the notification leads to; nothing for the summary, and for one that is not ours.
    pub(crate) fn target(&self, id: u32) -> Option<Target> {
        let name = self.conversation_of(id)?;
        let entry = self.entries.get(&name)?;
        let newest = entry.messages.back()?;
        Some(Target {
            seq: entry.messages.iter().find_map(|told| told.seq),
            extension: newest.notification.extension.clone(),
            conversation_id: name,
        })
    }
}

#[cfg(test)]
mod tests;
