//! How a conversation looks to a listener.

use rusqlite::{Connection, Result};

use super::conversations::Conversation;
use super::{groups, messages, profiles};
use crate::view::{ConversationView, LastMessageView, Mentioned, MessageStatus, RemindType};

impl Conversation {
    /// Whether a listener can see a difference between the two.
    pub(crate) fn looks_different(&self, other: &Self) -> bool {
        let looks = |it: &Self| Self {
            head_version: u64::from(it.is_gone()),
            revision: 0,
            revision_seq: 0,
            floor: 0,
            told_seq: 0,
            read_seq: 0,
            wanted_read_seq: it.read_mark(),
            unread_from: 0,
            mention_seq: 0,
            everybody_seq: it.mentioned() as u64,
            cleared_seq: 0,
            ..it.clone()
        };
        looks(self) != looks(other)
    }

    fn mentioned(&self) -> Mentioned {
        let mark = self.read_mark();
        match (self.mention_seq > mark, self.everybody_seq > mark) {
            (false, false) => Mentioned::None,
            (true, false) => Mentioned::Me,
            (false, true) => Mentioned::All,
            (true, true) => Mentioned::Both,
        }
    }

    fn take_last_message(&mut self, me: &str) -> Option<LastMessageView> {
        let out_is_newest =
            self.waiting + self.failed > 0 && (!self.out_failed || self.out_time >= self.last_time);
        if out_is_newest {
            return Some(LastMessageView {
                last_time: self.out_time,
                last_sequence: None,
                from_account: me.to_owned(),
                nick: String::new(),
                message_for_show: std::mem::take(&mut self.out_text),
                message_type: std::mem::take(&mut self.out_type),
                payload: messages::payload(&self.out_payload),
                is_revoked: false,
                revoker: String::new(),
                status: if self.out_failed {
                    MessageStatus::Fail
                } else {
                    MessageStatus::UnSend
                },
                is_peer_read: false,
            });
        }
        (self.last_seq > 0).then(|| LastMessageView {
            last_time: self.last_time,
            last_sequence: Some(self.last_seq),
            is_peer_read: self.last_sender == me && self.last_seq <= self.peer_read_seq,
            from_account: std::mem::take(&mut self.last_sender),
            nick: String::new(),
            message_for_show: std::mem::take(&mut self.last_text),
            message_type: std::mem::take(&mut self.last_type),
            payload: messages::payload(&self.last_payload),
            is_revoked: !self.last_revoker.is_empty(),
            revoker: std::mem::take(&mut self.last_revoker),
            status: MessageStatus::Success,
        })
    }

    /// The conversation as the list shows it.
    pub(crate) fn view(&self, db: &Connection, me: &str) -> Result<ConversationView> {
        self.clone().into_view(db, me)
    }

    /// As [`Conversation::view`], without copying a text.
    pub(crate) fn into_view(mut self, db: &Connection, me: &str) -> Result<ConversationView> {
        let conversation_type = if self.peer().is_some() {
            "C2C"
        } else if self.is_group() {
            "GROUP"
        } else {
            "@TIM#SYSTEM"
        };
        let mentioned = self.mentioned();
        let mut last_message = self.take_last_message(me);
        if let Some(last) = &mut last_message
            && conversation_type == "GROUP"
        {
            last.nick = groups::name_of(db, self.id, &last.from_account)?;
        }
        let nick = self.peer_nick.take().unwrap_or_default();
        Ok(ConversationView {
            conversation_type: conversation_type.to_owned(),
            unread_count: if self.remind == RemindType::Discard {
                0
            } else {
                self.unread
            },
            last_message,
            user_profile: self
                .peer()
                .map(|peer| profiles::view(peer, nick, self.peer_colour)),
            group_profile: self.group.as_deref().map(groups::view_of),
            membership: self.membership.as_deref().map(groups::membership_view),
            remind_type: self.remind,
            is_pinned: self.pinned,
            is_marked_unread: self.marked_unread,
            mentioned,
            read_seq: self.read_mark(),
            peer_read_seq: self.peer_read_seq,
            seq: self.seq,
            draft: self.draft,
            failed_count: self.failed,
            unsent_count: self.waiting,
            sort_time: self.sort_time,
            conversation_id: self.name,
        })
    }
}
