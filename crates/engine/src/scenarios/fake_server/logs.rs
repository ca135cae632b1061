//! Conversations: what is said, heads, pages, marks.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tidings_protocol::{
    Changes, ConversationId, ConversationKind, EVERYBODY, ErrorKind, Head, Heads, MarkedRead, Message,
    MessageType, Page, People, Push, Receipt, Request, SendMessage, Sent, UserId, WireError, code,
};

use super::{State, id, profile};

/// Which log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Pair(String, String),
    Group(String),
    System(String),
}

impl Place {
    pub(super) fn pair(one: &str, other: &str) -> Self {
        let mut names = [one.to_owned(), other.to_owned()];
        names.sort();
        let [first, second] = names;
        Self::Pair(first, second)
    }

    pub(super) fn of(me: &str, conversation: &ConversationId) -> Self {
        match conversation {
            ConversationId::C2c(other) => Self::pair(me, other.as_str()),
            ConversationId::Group(group) => Self::Group(group.to_string()),
            ConversationId::System => Self::System(me.to_owned()),
        }
    }
}

#[derive(Default)]
pub(super) struct Log {
    pub(super) messages: Vec<Message>,
    pub(super) revision: u64,
    pub(super) read: HashMap<String, u64>,
    /// Nothing below is kept.
    pub(super) first_seq: u64,
}

pub(super) fn refusal(code: i32) -> WireError {
    WireError::new(code, ErrorKind::Forbidden, "refused")
}

pub(super) fn raw(value: &impl Serialize) -> Result<Box<RawValue>, WireError> {
    Ok(to_raw_value(value).unwrap())
}

/// The client's count: tips do not count.
fn counts(me: &str, message: &Message) -> bool {
    message.from.as_str() != me && message.message_type.as_str() != MessageType::GROUP_TIP
}

impl State {
    pub(super) fn log(&mut self, me: &str, conversation: &ConversationId) -> &mut Log {
        self.logs.entry(Place::of(me, conversation)).or_default()
    }

    /// Who is in it, each with its name for them.
    pub(super) fn people(&self, me: &str, conversation: &ConversationId) -> Vec<(String, String)> {
        match conversation {
            ConversationId::C2c(other) => vec![
                (me.to_owned(), format!("C2C{other}")),
                (other.to_string(), format!("C2C{me}")),
            ],
            ConversationId::Group(group) => self
                .groups
                .get(group.as_str())
                .map(|group| group.members.keys().cloned().collect::<Vec<_>>())
                .unwrap_or_default()
                .into_iter()
                .map(|user| (user, conversation.to_string()))
                .collect(),
            ConversationId::System => vec![(me.to_owned(), conversation.to_string())],
        }
    }

    fn may(&self, me: &str, conversation: &ConversationId) -> Result<(), WireError> {
        match conversation {
            ConversationId::Group(group) => match self.groups.get(group.as_str()) {
                Some(group) if group.members.contains_key(me) => Ok(()),
                _ => Err(refusal(code::GROUP_GONE)),
            },
            _ => Ok(()),
        }
    }

    /// Something of the log changed: all who are in it hear of it.
    pub(super) fn tell(&mut self, me: &str, conversation: &ConversationId, push: &Push) {
        let people = self.people(me, conversation);
        for (user, name) in &people {
            self.touch(user, name);
        }
        let users: Vec<&str> = people.iter().map(|(user, _)| user.as_str()).collect();
        self.push(&users, push);
    }

    /// Stores a message at the end of a log and pushes it.
    pub(super) fn append(&mut self, me: &str, conversation: &ConversationId, mut message: Message) -> Sent {
        let log = self.log(me, conversation);
        log.revision += 1;
        message.seq = log.messages.len() as u64 + 1;
        message.revision = log.revision;
        message.time = 1_700_000_000_000 + i64::try_from(message.seq).unwrap();
        log.messages.push(message.clone());
        let sent = Sent {
            seq: message.seq,
            revision: message.revision,
            time: message.time,
        };
        for (user, name) in self.people(me, conversation) {
            if let Some(user) = self.users.get_mut(&user) {
                user.deleted.retain(|deleted| *deleted != name);
            }
        }
        self.tell(me, conversation, &Push::Message(message));
        sent
    }

    pub(super) fn send(&mut self, from: &str, send: SendMessage) -> Result<Sent, WireError> {
        let (kind, to) = match &send.conversation {
            ConversationId::C2c(to) => (ConversationKind::C2C, to.to_string()),
            ConversationId::Group(group) => (ConversationKind::GROUP, group.to_string()),
            ConversationId::System => return Err(refusal(code::BAD_CONVERSATION_ID)),
        };
        self.may(from, &send.conversation)?;
        if kind == ConversationKind::C2C
            && self
                .users
                .get(&to)
                .is_some_and(|user| user.blocked.contains(&id(from)))
        {
            return Err(refusal(code::BLOCKED));
        }
        let message = Message {
            kind,
            from: id(from),
            to,
            seq: 0,
            revision: 0,
            time: 1_700_000_000_000,
            client_id: send.client_id,
            random: send.random,
            client_seq: send.client_seq,
            message_type: send.message_type,
            payload: send.payload,
            priority: send.priority,
            cut: false,
            extras: send.extras,
            altered: None,
        };
        if send.online_only {
            let people = self.people(from, &send.conversation);
            let users: Vec<&str> = people.iter().map(|(user, _)| user.as_str()).collect();
            let sent = Sent {
                seq: 0,
                revision: 0,
                time: message.time,
            };
            self.push(&users, &Push::Online(message));
            return Ok(sent);
        }
        let known = self
            .log(from, &send.conversation)
            .messages
            .iter()
            .find(|it| it.from.as_str() == from && it.client_id == message.client_id);
        if let Some(known) = known {
            return Ok(Sent {
                seq: known.seq,
                revision: known.revision,
                time: known.time,
            });
        }
        Ok(self.append(from, &send.conversation, message))
    }

    fn head(&self, me: &str, name: &str, version: u64) -> Head {
        let conversation: ConversationId = name.parse().unwrap();
        let empty = Log::default();
        let log = self.logs.get(&Place::of(me, &conversation)).unwrap_or(&empty);
        let read_seq = log.read.get(me).copied().unwrap_or(0);
        let user = &self.users[me];
        let mention = |who: &str| {
            let mentioning = log.messages.iter().rev().find(|it| {
                let extras = it.extras.as_ref();
                extras.is_some_and(|extras| extras.at.iter().any(|at| at == who))
            });
            mentioning.map_or(0, |it| it.seq)
        };
        let mut head = Head {
            version,
            seq: log.messages.len() as u64,
            revision: log.revision,
            read_seq,
            peer_read_seq: 0,
            unread: log
                .messages
                .iter()
                .filter(|it| counts(me, it) && it.seq > read_seq)
                .count() as u64,
            last: log.messages.last().cloned(),
            profile: None,
            deleted: user.deleted.iter().any(|deleted| deleted == name),
            group: None,
            me: None,
            mention_seq: mention(me),
            everybody_seq: mention(EVERYBODY),
            cleared_seq: user.cleared.get(name).copied().unwrap_or(0),
            settings: user.settings.get(name).copied().unwrap_or_default(),
            conversation,
        };
        match &head.conversation {
            ConversationId::C2c(other) => {
                head.peer_read_seq = log.read.get(other.as_str()).copied().unwrap_or(0);
                head.profile = Some(profile(other.as_str()));
            }
            ConversationId::Group(group) => {
                if let Some(group) = self.groups.get(group.as_str()) {
                    group.head(me, &mut head);
                }
            }
            ConversationId::System => {}
        }
        head
    }

    pub(super) fn heads(&self, me: &str, since: u64, before: Option<u64>) -> Heads {
        let Some(user) = self.users.get(me) else {
            return Heads {
                version: 0,
                heads: Vec::new(),
                more: false,
            };
        };
        let mut changed: Vec<(u64, &str)> = user
            .heads
            .iter()
            .filter(|(_, version)| **version > since && before.is_none_or(|before| **version < before))
            .map(|(name, version)| (*version, name.as_str()))
            .collect();
        changed.sort_unstable_by(|a, b| b.cmp(a));
        let more = changed.len() > 100;
        changed.truncate(100);
        let heads = changed
            .into_iter()
            .map(|(version, name)| self.head(me, name, version))
            .collect();
        Heads {
            version: user.version,
            heads,
            more,
        }
    }

    pub(super) fn answer(&mut self, me: &str, request: Request) -> Result<Box<RawValue>, WireError> {
        match request {
            Request::Send(send) => {
                self.sends += 1;
                if let Some(error) = self.faults.refuse_sends.pop_front() {
                    return Err(error);
                }
                raw(&self.send(me, send)?)
            }
            Request::Heads(heads) => raw(&self.heads(me, heads.since, heads.before)),
            Request::History(asked) => {
                self.may(me, &asked.conversation)?;
                let log = self.log(me, &asked.conversation);
                let before = asked.before.unwrap_or(u64::MAX);
                let kept = |it: &&Message| it.seq < before && it.seq >= log.first_seq;
                let below = log.messages.iter().filter(kept);
                let mut messages: Vec<Message> = below.rev().take(asked.limit as usize).cloned().collect();
                messages.reverse();
                let complete = messages
                    .first()
                    .is_none_or(|first| first.seq == log.first_seq.max(1));
                raw(&Page {
                    messages,
                    seq: log.messages.len() as u64,
                    revision: log.revision,
                    complete,
                })
            }
            Request::Changes(asked) => {
                self.may(me, &asked.conversation)?;
                let log = self.log(me, &asked.conversation);
                let changed =
                    |it: &&Message| it.revision > asked.since && it.seq <= asked.seq && it.revision > it.seq;
                let mut messages: Vec<Message> = log.messages.iter().filter(changed).cloned().collect();
                messages.sort_by_key(|it| it.revision);
                let more = messages.len() > 100;
                messages.truncate(100);
                let revision = match messages.last() {
                    Some(last) if more => last.revision,
                    _ => log.revision,
                };
                raw(&Changes {
                    messages,
                    revision,
                    more,
                })
            }
            Request::Read(asked) => {
                self.may(me, &asked.conversation)?;
                let log = self.log(me, &asked.conversation);
                let newest = log.messages.len() as u64;
                let mark = log.read.entry(me.to_owned()).or_default();
                *mark = (*mark).max(asked.seq.min(newest));
                let read_seq = *mark;
                let unread = log
                    .messages
                    .iter()
                    .filter(|it| counts(me, it) && it.seq > read_seq)
                    .count() as u64;
                let marked = MarkedRead { read_seq, unread };
                match &asked.conversation {
                    ConversationId::C2c(other) => {
                        let push = Push::Receipt(Receipt::c2c(id(me), other, marked));
                        self.tell(me, &asked.conversation, &push);
                    }
                    other => {
                        let (kind, to) = match other {
                            ConversationId::Group(group) => (ConversationKind::GROUP, group.to_string()),
                            _ => (ConversationKind::System, me.to_owned()),
                        };
                        self.touch(me, &other.to_string());
                        let receipt = Receipt {
                            kind,
                            from: id(me),
                            to,
                            read_seq,
                        };
                        self.push(&[me], &Push::Receipt(receipt));
                    }
                }
                raw(&marked)
            }
            Request::Delete(asked) => {
                let name = asked.conversation.to_string();
                let seq = self.log(me, &asked.conversation).messages.len() as u64;
                let user = self.users.entry(me.to_owned()).or_default();
                user.deleted.push(name.clone());
                if asked.clear {
                    user.cleared.insert(name.clone(), seq);
                }
                self.touch(me, &name);
                self.push(&[me], &Push::Heads {});
                raw(&json!({}))
            }
            Request::Profiles(asked) => {
                let known = asked
                    .user_ids
                    .iter()
                    .filter(|id| self.users.contains_key(id.as_str()));
                raw(&People {
                    people: known.map(|id| profile(id.as_str())).collect(),
                })
            }
            Request::Find(_) => raw(&People {
                people: self.users.keys().map(|name| profile(name)).collect(),
            }),
            Request::UpdateProfile(update) => {
                let mut mine = profile(me);
                mine.nick = update.nick.unwrap_or(mine.nick);
                mine.avatar_colour = update.avatar_colour;
                raw(&mine)
            }
            Request::SignOut {} => raw(&json!({})),
            Request::Group(request) => self.answer_about_group(me, *request),
            other => self.answer_about_altering(me, other),
        }
    }

    /// The user row that must be there.
    pub(super) fn known(&self, user: &UserId) -> bool {
        self.users.contains_key(user.as_str())
    }
}
