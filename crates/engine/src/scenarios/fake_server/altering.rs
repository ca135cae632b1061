//! What becomes of a message later, and what a user wants of conversations and people.

use serde_json::json;
use serde_json::value::RawValue;
use tidings_protocol::{
    Altered, Blocked, ConversationId, Message, MessageType, Push, Reaction, Request, Sent, WireError, code,
};

use super::logs::{raw, refusal};
use super::{FakeServer, State, id};

impl State {
    fn alter(
        &mut self,
        me: &str,
        conversation: &ConversationId,
        seq: u64,
        change: impl FnOnce(&mut Message) -> Result<(), WireError>,
    ) -> Result<Sent, WireError> {
        let log = self.log(me, conversation);
        let place = usize::try_from(seq).unwrap().wrapping_sub(1);
        let Some(message) = log.messages.get_mut(place) else {
            return Err(refusal(code::NO_SUCH_MESSAGE));
        };
        change(message)?;
        log.revision += 1;
        message.revision = log.revision;
        let (sent, message) = (
            Sent {
                seq,
                revision: message.revision,
                time: message.time,
            },
            message.clone(),
        );
        self.tell(me, conversation, &Push::Message(message));
        Ok(sent)
    }

    pub(super) fn recall(
        &mut self,
        me: &str,
        conversation: &ConversationId,
        seq: u64,
    ) -> Result<Sent, WireError> {
        self.alter(me, conversation, seq, |message| {
            let recalled = message
                .altered
                .as_ref()
                .is_some_and(|it| it.recalled_by.is_some());
            if recalled || MessageType::is_of_the_server(&message.message_type) {
                return Err(refusal(code::NOT_RECALLABLE));
            }
            if message.from != id(me) {
                return Err(refusal(code::NO_PERMISSION));
            }
            message.payload = RawValue::from_string("{}".into()).unwrap();
            message.extras = None;
            message.altered = Some(Box::new(Altered {
                recalled_by: Some(id(me)),
                ..Altered::default()
            }));
            Ok(())
        })
    }

    pub(super) fn answer_about_altering(
        &mut self,
        me: &str,
        request: Request,
    ) -> Result<Box<RawValue>, WireError> {
        match request {
            Request::Recall(asked) => {
                if let Some(error) = self.faults.refuse_recalls.pop_front() {
                    return Err(error);
                }
                raw(&self.recall(me, &asked.conversation, asked.seq)?)
            }
            Request::Edit(asked) => raw(&self.alter(me, &asked.conversation, asked.seq, |message| {
                message.payload = asked.payload;
                message.altered.get_or_insert_default().edited = true;
                Ok(())
            })?),
            Request::React(asked) => raw(&self.alter(me, &asked.conversation, asked.seq, |message| {
                let reactions = &mut message.altered.get_or_insert_default().reactions;
                match reactions.iter_mut().find(|it| it.emoji == asked.emoji) {
                    Some(reaction) if asked.on => reaction.users.push(id(me)),
                    Some(reaction) => reaction.users.retain(|user| *user != id(me)),
                    None => reactions.push(Reaction {
                        emoji: asked.emoji,
                        users: vec![id(me)],
                    }),
                }
                reactions.retain(|it| !it.users.is_empty());
                Ok(())
            })?),
            Request::Settings(asked) => {
                let name = asked.conversation.to_string();
                let user = self.users.entry(me.to_owned()).or_default();
                let settings = user.settings.entry(name.clone()).or_default();
                settings.remind = asked.remind.unwrap_or(settings.remind);
                settings.pinned = asked.pinned.unwrap_or(settings.pinned);
                settings.marked_unread = asked.marked_unread.unwrap_or(settings.marked_unread);
                self.touch(me, &name);
                self.push(&[me], &Push::Heads {});
                raw(&json!({}))
            }
            Request::Block(asked) => {
                let user = self.users.entry(me.to_owned()).or_default();
                user.blocked.extend(asked.users);
                raw(&Blocked {
                    users: user.blocked.clone(),
                })
            }
            Request::Unblock(asked) => {
                let user = self.users.entry(me.to_owned()).or_default();
                user.blocked.retain(|blocked| !asked.users.contains(blocked));
                raw(&Blocked {
                    users: user.blocked.clone(),
                })
            }
            Request::Blocked {} => raw(&Blocked {
                users: self.users[me].blocked.clone(),
            }),
            other => panic!("the fake server does not know {other:?}"),
        }
    }
}

impl FakeServer {
    /// Somebody's other device recalls a message.
    pub(in super::super) fn recall(&self, who: &str, conversation: &str, seq: u64) {
        let conversation: ConversationId = conversation.parse().unwrap();
        self.0.lock().recall(who, &conversation, seq).unwrap();
    }

    /// As [`FakeServer::recall`], and the pushes are lost.
    pub(in super::super) fn recall_unheard(&self, who: &str, conversation: &str, seq: u64) {
        self.faults(|faults| faults.lose = 100);
        self.recall(who, conversation, seq);
        self.faults(|faults| faults.lose = 0);
    }
}
