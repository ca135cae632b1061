//! Notices: messages of the space in a user's own system conversation (R-M4).

use rusqlite::params;
use tidings_protocol::{
    ConversationKind, Handled, Message, MessageType, NamedGroup, Push, SystemNotice, UserId, notice,
};

use super::super::batch::Batch;
use super::super::{StoreError, from_db};
use super::state::Group;
use super::{SYSTEM, SYSTEM_ID};

/// What a notice tells.
pub(super) struct Notice<'a> {
    pub(super) operation: u8,
    pub(super) operator: &'a UserId,
    pub(super) words: &'a str,
}

impl Notice<'_> {
    fn payload(&self, group: &Group, handled: Option<Handled>) -> SystemNotice {
        SystemNotice {
            operation_type: self.operation,
            operator_id: self.operator.clone(),
            group_profile: NamedGroup::new(group.group_id.clone(), group.name.clone()),
            handle_message: self.words.to_owned(),
            user_defined_field: String::new(),
            handled,
        }
    }
}

impl Batch<'_> {
    /// Writes a notice to `user`; its place in their system conversation. What they did themselves is not unread.
    pub(super) fn notify(
        &mut self,
        user: i64,
        group: &Group,
        notice: &Notice<'_>,
    ) -> Result<i64, StoreError> {
        let message = self.of_the_server(MessageType::NOTICE, &notice.payload(group, None))?;
        let known = self
            .conversation(SYSTEM, user)?
            .map(|log| (log.id, log.seq, log.revision));
        let (log, seq, revision) = match known {
            Some(known) => known,
            None => (self.new_conversation(SYSTEM, user)?, 0, 0),
        };
        let inserted = self.insert.execute(params![
            log,
            seq + 1,
            SYSTEM,
            message.client_id.as_str(),
            revision + 1,
            self.now,
            message.random,
            message.client_seq,
            message.message_type.as_str(),
            message.priority as u8,
            message.payload.get(),
            None::<String>,
        ])?;
        if inserted == 0 {
            return Err(StoreError::Fault("a notice's seq was taken".to_owned()));
        }
        let counts = !notice::tells_own_deed(notice.operation);
        let (seq, revision) = self.added(SYSTEM, user, counts);
        let to = self.id_of(user)?;
        let push = Push::Message(Message {
            kind: ConversationKind::System,
            from: system_id()?,
            to: to.into(),
            seq: from_db(seq),
            revision: from_db(revision),
            time: self.now,
            client_id: message.client_id,
            random: message.random,
            client_seq: message.client_seq,
            message_type: message.message_type,
            payload: message.payload,
            priority: message.priority,
            cut: false,
            extras: None,
            altered: None,
        });
        self.memory.outbox.tell_user(user, &push);
        Ok(seq)
    }

    /// Writes into the notices that told of a request to join what became of it, so that nobody answers it again.
    pub(super) fn settle_notices(
        &mut self,
        told: &[(i64, i64)],
        group: &Group,
        notice: &Notice<'_>,
        handled: Handled,
    ) -> Result<(), StoreError> {
        let payload = serde_json::to_string(&notice.payload(group, Some(handled)))
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        for (user, seq) in told {
            let log = self.conversation(SYSTEM, *user)?;
            let Some((log, revision)) = log.map(|log| (log.id, log.revision + 1)) else {
                continue;
            };
            self.revised(SYSTEM, *user);
            let changed = self
                .conn
                .prepare_cached(
                    "UPDATE messages SET payload = ?3, changed = 1, revision = ?4 WHERE conversation = ?1 AND seq = ?2",
                )?
                .execute(params![log, seq, payload, revision])?;
            if changed > 0 {
                let to = self.id_of(*user)?;
                let message = self
                    .conn
                    .prepare_cached(&format!(
                        "SELECT {} FROM messages x WHERE x.conversation = ?1 AND x.seq = ?2",
                        super::super::messages::COLUMNS
                    ))?
                    .query(params![log, seq])?
                    .next()?
                    .map(|row| {
                        super::super::messages::message_of(
                            row,
                            0,
                            ConversationKind::System,
                            system_id()?,
                            to.into(),
                        )
                    })
                    .transpose()?;
                if let Some(message) = message {
                    self.memory.outbox.tell_user(*user, &Push::Message(message));
                }
            }
        }
        Ok(())
    }
}

/// The user id of the space itself.
pub(super) fn system_id() -> Result<UserId, StoreError> {
    super::state::known_user(SYSTEM_ID.to_owned())
}
