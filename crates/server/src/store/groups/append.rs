//! Appending to a group's log: one row for the message, one for its sender, whatever the number of members.

use std::sync::Arc;

use rusqlite::params;
use serde::Serialize;
use serde_json::value::RawValue;
use tidings_protocol::{
    ConversationKind, EVERYBODY, Extras, GroupId, GroupTip, GroupType, Message, MessageType, NamedGroup,
    Priority, Push, SendMessage, Sent, UserId, code, new_client_id,
};

use super::super::append::Files;
use super::super::batch::Batch;
use super::super::outbox::Item;
use super::super::{NamedFile, StoreError, from_db, to_db};
use super::state::{Bucket, Group};
use super::{outside, refuse};
use crate::bus::Session;

/// A message on its way into a log.
struct Entry<'a> {
    group: i64,
    sender: i64,
    from: &'a UserId,
    counts: bool,
}

impl Batch<'_> {
    /// Stores a message of a member; everybody in the group who is here gets it with the commit.
    pub(in super::super) fn append_to_group(
        &mut self,
        id: &GroupId,
        message: SendMessage,
        files: &[NamedFile],
        from: &Arc<Session>,
    ) -> Result<Sent, StoreError> {
        let sender = from.user.row;
        let Some(number) = self.group(id)? else {
            return Err(outside(false));
        };
        let seat = self.seat(number, sender)?;
        let now = self.now;
        let Some(known) = self.memory.groups.get(number) else {
            return Err(outside(false));
        };
        let group_type = known.group.group_type;
        let Some((seat, role)) = seat.and_then(|seat| Some((seat, seat.role?))) else {
            return Err(outside(seat.is_some() || group_type.can_be_found()));
        };
        if known.group.is_silent(&seat, role, now) {
            return refuse(code::MUTED, "may not speak in this group for now");
        }
        let log = known.group.log();
        let files = match self.files_of(files, sender, Some(log), message.client_id.as_str())? {
            Files::Rows(rows) => rows,
            Files::StoredBefore(sent) => return Ok(sent),
        };
        let entry = Entry {
            group: number,
            sender,
            from: &from.user.id,
            counts: true,
        };
        if message.online_only && group_type.roams() {
            return self.pass_on(&entry, message, Arc::clone(from));
        }
        let pushed = message.priority < Priority::Low || self.within_rate(number);
        if message.priority < Priority::Low {
            self.within_rate(number);
        }
        let at = message.extras.as_ref().map(|extras| extras.at.clone());
        let (sent, fresh) = self.add_to_log(&entry, message, pushed)?;
        if fresh {
            self.use_files(log, to_db(sent.seq), &files)?;
        }
        if fresh && let Some(at) = at {
            self.mention(number, &at, sent.seq)?;
        }
        Ok(sent)
    }

    /// Takes one of the group's messages a second, if one is left (R-C3).
    fn within_rate(&mut self, group: i64) -> bool {
        let most = f64::from(self.rules.group_messages_per_second);
        if most == 0.0 {
            return true;
        }
        let now = self.rules.clock.monotonic();
        let Some(known) = self.memory.groups.get(group) else {
            return true;
        };
        let bucket = known.bucket.get_or_insert(Bucket {
            tokens: most,
            at: now,
        });
        let gained = now.saturating_sub(bucket.at).as_secs_f64() * most;
        bucket.tokens = (bucket.tokens + gained).min(most);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }

    /// A message that is stored nowhere (R-S4).
    fn pass_on(
        &mut self,
        entry: &Entry<'_>,
        message: SendMessage,
        from: Arc<Session>,
    ) -> Result<Sent, StoreError> {
        let sent = Sent {
            seq: 0,
            revision: 0,
            time: self.now,
        };
        let to = message.conversation.clone();
        let tidings_protocol::ConversationId::Group(to) = to else {
            return Err(outside(false));
        };
        let message = of(entry, to.into(), message, sent);
        self.memory
            .outbox
            .tell_others(entry.group, &Push::Online(message), from);
        Ok(sent)
    }

    /// Adds a message; `false` where it was stored before.
    fn add_to_log(
        &mut self,
        entry: &Entry<'_>,
        mut message: SendMessage,
        pushed: bool,
    ) -> Result<(Sent, bool), StoreError> {
        let Some(known) = self.memory.groups.get(entry.group) else {
            return Err(outside(false));
        };
        let (log, to) = (known.group.log(), known.group.group_id.to_string());
        let (seq, revision) = (known.group.seq + 1, known.group.revision + 1);
        message.extras = message.extras.filter(|extras| !extras.is_empty());
        let extras = super::super::messages::to_json::<Extras>(message.extras.as_deref())?;
        let inserted = self.insert.execute(params![
            log,
            seq,
            entry.sender,
            message.client_id.as_str(),
            revision,
            self.now,
            message.random,
            message.client_seq,
            message.message_type.as_str(),
            message.priority as u8,
            message.payload.get(),
            extras,
        ])?;
        if inserted == 0 {
            let sent = self.stored_before(log, entry.sender, message.client_id.as_str())?;
            return Ok((sent, false));
        }
        let counts = i64::from(entry.counts);
        let memory = &mut *self.memory;
        memory.groups.change(entry.group, |group| {
            group.seq = seq;
            group.revision = revision;
            group.counted += counts;
        });
        if entry.counts {
            memory
                .groups
                .change_seat(entry.group, entry.sender, |seat| seat.seen += 1);
        }
        let sent = Sent {
            seq: from_db(seq),
            revision: from_db(revision),
            time: self.now,
        };
        if pushed {
            let message = of(entry, to, message, sent);
            let priority = message.priority;
            memory
                .outbox
                .tell_group(entry.group, priority, &Push::Message(message));
        } else {
            memory.outbox.items.push(Item::Nudge { group: entry.group });
        }
        Ok((sent, true))
    }

    /// Notes who was mentioned. Who is not in the group is left out.
    fn mention(&mut self, group: i64, at: &[String], seq: u64) -> Result<(), StoreError> {
        let seq = to_db(seq);
        for mentioned in at {
            if mentioned == EVERYBODY {
                self.memory
                    .groups
                    .change(group, |group| group.everybody_seq = seq);
                continue;
            }
            let Ok(user) = UserId::new(mentioned.as_str()) else {
                continue;
            };
            let Some(row) = self.user_row(&user)? else {
                continue;
            };
            if self.seat(group, row)?.is_some_and(|seat| seat.role.is_some()) {
                self.memory
                    .groups
                    .change_seat(group, row, |seat| seat.mention_seq = seq);
            }
        }
        Ok(())
    }

    /// Writes a tip of `operator` into the group's log (R-M5). The group's row says how it is after the change.
    pub(super) fn tip(
        &mut self,
        number: i64,
        operator: (i64, &UserId),
        fill: impl FnOnce(&Group, &mut GroupTip),
    ) -> Result<(), StoreError> {
        let Some(known) = self.memory.groups.get(number) else {
            return Err(outside(false));
        };
        let group = &known.group;
        let mut tip = GroupTip {
            operation_type: 0,
            operator_id: operator.1.clone(),
            user_id_list: Vec::new(),
            member_num: group.member_count,
            new_group_profile: tidings_protocol::ChangedProfile::default(),
            member_list: Vec::new(),
            group_profile: NamedGroup::new(group.group_id.clone(), group.name.clone()),
        };
        fill(group, &mut tip);
        let message = SendMessage {
            conversation: tidings_protocol::ConversationId::Group(group.group_id.clone()),
            ..self.of_the_server(MessageType::GROUP_TIP, &tip)?
        };
        let entry = Entry {
            group: number,
            sender: operator.0,
            from: operator.1,
            counts: false,
        };
        self.add_to_log(&entry, message, true).map(drop)
    }

    /// A message that the server writes. Its client id cannot be guessed, so nobody can take its place before.
    pub(super) fn of_the_server<T: Serialize>(
        &self,
        message_type: &str,
        payload: &T,
    ) -> Result<SendMessage, StoreError> {
        let payload = serde_json::to_string(payload).and_then(RawValue::from_string);
        Ok(SendMessage {
            conversation: tidings_protocol::ConversationId::System,
            client_id: new_client_id(&*self.rules.clock, &*self.rules.chance),
            random: self.rules.chance.next_u32(),
            client_seq: 0,
            message_type: MessageType::new(message_type),
            payload: payload.map_err(|error| StoreError::Fault(error.to_string()))?,
            priority: Priority::Normal,
            extras: None,
            online_only: false,
        })
    }
}

fn of(entry: &Entry<'_>, to: String, message: SendMessage, sent: Sent) -> Message {
    Message {
        kind: ConversationKind::GROUP,
        from: entry.from.clone(),
        to,
        seq: sent.seq,
        revision: sent.revision,
        time: sent.time,
        client_id: message.client_id,
        random: message.random,
        client_seq: message.client_seq,
        message_type: message.message_type,
        payload: message.payload,
        priority: message.priority,
        cut: false,
        extras: message.extras,
        altered: None,
    }
}

/// Whether messages of such a group are for those alone who are here.
pub(super) fn is_audience(group_type: GroupType) -> bool {
    !group_type.roams()
}
