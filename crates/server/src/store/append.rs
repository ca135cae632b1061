//! Appending a message to a log: the one path that everything else makes way for.

use std::ops::Range;

use rusqlite::{OptionalExtension, params};
use tidings_protocol::{
    ConversationId, ConversationKind, ErrorKind, Message, Priority, Push, SendMessage, Sent, WireError, code,
};

use super::batch::Batch;
use super::{NamedFile, StoreError, from_db};
use crate::bus::{Reply, Session};
use crate::gateway::frames;

pub(super) const INSERT: &str = "INSERT OR IGNORE INTO messages (conversation, seq, sender, client_id, revision, \
     changed, time, random, client_seq, type, priority, payload, extras) \
     VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// A message to be stored and delivered, checked already.
pub(crate) struct Append {
    pub(crate) message: SendMessage,
    /// The files that it names.
    pub(crate) files: Vec<NamedFile>,
    /// Owed to the sender's session, which also says who sends.
    pub(crate) reply: Reply,
}

/// A message that will be on disk with the commit.
pub(super) struct Appended {
    pub(super) reply: Reply,
    pub(super) sent: Sent,
    /// Where its push is among the group's frames; empty for one that was stored before.
    pub(super) frame: Range<usize>,
    sender: i64,
    receiver: i64,
}

/// What [`Batch::files_of`] finds.
pub(super) enum Files {
    /// The rows of the files.
    Rows(Vec<i64>),
    /// The message needs none.
    StoredBefore(Sent),
}

/// Where a message goes.
struct Place {
    receiver: i64,
    log: i64,
    seq: i64,
    revision: i64,
    /// The receiver has blocked the sender.
    refused: bool,
}

impl Appended {
    /// A session that it is not delivered to: who sends what is not stored knows of it already.
    pub(super) fn except(&self) -> Option<&Session> {
        (self.sent.seq == 0).then(|| &**self.reply.session())
    }

    /// The users to whom it is delivered.
    pub(super) fn users(&self) -> impl Iterator<Item = i64> {
        let users = if self.frame.is_empty() {
            [None, None]
        } else {
            [
                Some(self.receiver),
                Some(self.sender).filter(|sender| *sender != self.receiver),
            ]
        };
        users.into_iter().flatten()
    }
}

impl Batch<'_> {
    /// Stores `append` and writes its push to the end of `frames`.
    pub(super) fn append(
        &mut self,
        append: Append,
        frames: &mut Vec<u8>,
    ) -> Result<Appended, (Reply, StoreError)> {
        let Append {
            message,
            files,
            reply,
        } = append;
        if let ConversationId::Group(group) = &message.conversation {
            let group = group.clone();
            return match self.append_to_group(&group, message, &files, reply.session()) {
                Ok(sent) => Ok(Appended {
                    reply,
                    sent,
                    frame: 0..0,
                    sender: 0,
                    receiver: 0,
                }),
                Err(error) => Err((reply, error)),
            };
        }
        match self.store(message, &files, &reply, frames) {
            Ok((sent, frame, receiver)) => {
                let sender = reply.session().user.row;
                Ok(Appended {
                    reply,
                    sent,
                    frame,
                    sender,
                    receiver,
                })
            }
            Err(error) => Err((reply, error)),
        }
    }

    fn store(
        &mut self,
        message: SendMessage,
        files: &[NamedFile],
        reply: &Reply,
        frames: &mut Vec<u8>,
    ) -> Result<(Sent, Range<usize>, i64), StoreError> {
        let SendMessage {
            conversation,
            client_id,
            random,
            client_seq,
            message_type,
            payload,
            priority,
            extras,
            online_only,
        } = message;
        let ConversationId::C2c(to) = conversation else {
            return Err(WireError::new(
                code::BAD_CONVERSATION_ID,
                ErrorKind::BadRequest,
                "not a conversation",
            )
            .into());
        };
        let from = &reply.session().user;
        let sender = from.row;
        let receiver = self.user_row(&to)?;
        let known = match receiver {
            Some(receiver) => self.conversation(sender, receiver)?.map(|log| Place {
                receiver,
                log: log.id,
                seq: log.seq,
                revision: log.revision,
                refused: log.blocks(receiver, sender),
            }),
            None => None,
        };
        let log = known.as_ref().map(|place| place.log);
        let files = match self.files_of(files, sender, log, client_id.as_str())? {
            Files::Rows(rows) => rows,
            Files::StoredBefore(sent) => return Ok((sent, 0..0, receiver.unwrap_or_default())),
        };
        let place = match known {
            Some(known) => known,
            None => self.first_message(sender, receiver, online_only)?,
        };
        let Place {
            receiver,
            log: id,
            seq,
            revision,
            refused,
        } = place;
        if refused {
            // What was stored before the sender was blocked is stored.
            return match self.find_stored(id, sender, client_id.as_str())? {
                Some(sent) if !online_only => Ok((sent, 0..0, receiver)),
                _ => Err(super::personal::blocked().into()),
            };
        }
        let extras = extras.filter(|extras| !extras.is_empty());
        if online_only {
            let message = Message {
                kind: ConversationKind::C2C,
                from: from.id.clone(),
                to: to.into(),
                seq: 0,
                revision: 0,
                time: self.now,
                client_id,
                random,
                client_seq,
                message_type,
                payload,
                priority,
                cut: false,
                extras,
                altered: None,
            };
            let (sent, frame) = online(message, frames);
            return Ok((sent, frame, receiver));
        }
        let extras_json = super::messages::to_json(extras.as_deref())?;
        let inserted = self.insert.execute(params![
            id,
            seq + 1,
            sender,
            client_id.as_str(),
            revision + 1,
            self.now,
            random,
            client_seq,
            message_type.as_str(),
            priority as u8,
            payload.get(),
            extras_json,
        ])?;
        if inserted == 0 {
            return Ok((
                self.stored_before(id, sender, client_id.as_str())?,
                0..0,
                receiver,
            ));
        }
        self.use_files(id, seq + 1, &files)?;
        let (seq, revision) = self.added(sender, receiver, true);
        let sent = Sent {
            seq: from_db(seq),
            revision: from_db(revision),
            time: self.now,
        };
        let start = frames.len();
        let push = Push::Message(Message {
            kind: ConversationKind::C2C,
            from: from.id.clone(),
            to: to.into(),
            seq: sent.seq,
            revision: sent.revision,
            time: sent.time,
            client_id,
            random,
            client_seq,
            message_type,
            payload,
            priority,
            cut: false,
            extras,
            altered: None,
        });
        frames::push(frames, &push);
        Ok((sent, start..frames.len(), receiver))
    }

    /// Makes the conversation of somebody's first message to somebody else, where that is to be stored. What bounds it bounds how many users
    /// can be found by writing to them, so it comes before anything that tells whether there is one (H40).
    fn first_message(
        &mut self,
        sender: i64,
        receiver: Option<i64>,
        online_only: bool,
    ) -> Result<Place, StoreError> {
        self.rules.lookups.take(sender, self.rules.clock.monotonic())?;
        let refuse = |code, kind, words: &str| Err(WireError::new(code, kind, words).into());
        let Some(receiver) = receiver else {
            return refuse(code::NO_SUCH_USER, ErrorKind::NotFound, "there is no such user");
        };
        let mut place = Place {
            receiver,
            log: 0,
            seq: 0,
            revision: 0,
            refused: self.has_blocked(receiver, sender)?,
        };
        if online_only || place.refused {
            return Ok(place);
        }
        if self.count_conversations(sender)? >= u64::from(self.rules.conversations_per_user) {
            let words = "this user has as many conversations as may be";
            return refuse(code::LIMIT_REACHED, ErrorKind::Forbidden, words);
        }
        place.log = self.new_conversation(sender, receiver)?;
        Ok(place)
    }

    /// The files of a message that is to be stored. One that was stored before is stored, whatever became of its files since.
    pub(super) fn files_of(
        &mut self,
        named: &[NamedFile],
        sender: i64,
        log: Option<i64>,
        client_id: &str,
    ) -> Result<Files, StoreError> {
        match self.usable_files(named, sender) {
            Ok(rows) => Ok(Files::Rows(rows)),
            Err(StoreError::Refused(error)) => {
                let before = match log {
                    Some(log) => self.find_stored(log, sender, client_id)?,
                    None => None,
                };
                before.map(Files::StoredBefore).ok_or(StoreError::Refused(error))
            }
            Err(error) => Err(error),
        }
    }

    /// The answer that the first send of this message got (H34).
    pub(super) fn stored_before(
        &self,
        conversation: i64,
        sender: i64,
        client_id: &str,
    ) -> Result<Sent, StoreError> {
        self.find_stored(conversation, sender, client_id)?
            // The place was taken and not by this message: the memory and the disk disagree.
            .ok_or_else(|| StoreError::Fault("a log's seq was taken".to_owned()))
    }

    fn find_stored(
        &self,
        conversation: i64,
        sender: i64,
        client_id: &str,
    ) -> Result<Option<Sent>, StoreError> {
        let found = self
            .conn
            .prepare_cached(
                "SELECT seq, revision, time FROM messages WHERE conversation = ?1 AND sender = ?2 AND client_id = ?3",
            )?
            .query_row(params![conversation, sender, client_id], |row| {
                Ok(Sent { seq: from_db(row.get(0)?), revision: from_db(row.get(1)?), time: row.get(2)? })
            })
            .optional()?;
        Ok(found)
    }
}

/// Writes the push of a message that is stored nowhere (R-S4) to the end of `frames`.
pub(super) fn online(message: Message, frames: &mut Vec<u8>) -> (Sent, Range<usize>) {
    let sent = Sent {
        seq: message.seq,
        revision: message.revision,
        time: message.time,
    };
    let start = frames.len();
    frames::push(frames, &Push::Online(message));
    (sent, start..frames.len())
}

/// A priority as it is stored.
pub(super) fn priority(number: i64) -> Priority {
    match number {
        0 => Priority::High,
        2 => Priority::Low,
        3 => Priority::Lowest,
        _ => Priority::Normal,
    }
}
