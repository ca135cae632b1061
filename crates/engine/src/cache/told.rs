//! What a transaction changed for a listener.

use std::collections::{BTreeMap, BTreeSet};

use crate::view::{ConversationView, EngineEvent, MessageView, OwnGroupView, ProfileView};

/// Collected during a transaction, sent after its commit.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) received: Vec<MessageView>,
    pub(crate) changed: Vec<MessageView>,
    pub(crate) revoked: Vec<MessageView>,
    pub(crate) modified: Vec<MessageView>,
    pub(crate) peer_read: BTreeMap<String, u64>,
    pub(crate) filled: Vec<String>,
    pub(crate) conversations: Vec<ConversationView>,
    pub(crate) removed: Vec<String>,
    pub(crate) profiles: Vec<ProfileView>,
    pub(crate) groups: Vec<OwnGroupView>,
    pub(crate) blocked: Option<Vec<String>>,
    pub(crate) total_unread: Option<u64>,
    /// Conversations that look different though their rows have not changed.
    pub(crate) again: BTreeSet<String>,
}

impl Told {
    /// Notes that history of `conversation` came in.
    pub(crate) fn fill(&mut self, conversation: &str) {
        if !self.filled.iter().any(|name| name == conversation) {
            self.filled.push(conversation.to_owned());
        }
    }

    /// Notes that `conversation` looks different, whether its row changes or not.
    pub(crate) fn again(&mut self, conversation: &str) {
        self.again.insert(conversation.to_owned());
    }

    /// As events, messages before the conversations that they change.
    pub(crate) fn into_events(self) -> Vec<EngineEvent> {
        let mut events = Vec::new();
        if !self.profiles.is_empty() {
            events.push(EngineEvent::ProfilesChanged {
                profiles: self.profiles,
            });
        }
        if !self.changed.is_empty() {
            events.push(EngineEvent::MessagesChanged {
                messages: self.changed,
            });
        }
        if !self.received.is_empty() {
            events.push(EngineEvent::MessagesReceived {
                messages: self.received,
            });
        }
        if !self.revoked.is_empty() {
            events.push(EngineEvent::MessagesRevoked {
                messages: self.revoked,
            });
        }
        if !self.modified.is_empty() {
            events.push(EngineEvent::MessagesModified {
                messages: self.modified,
            });
        }
        for (conversation_id, seq) in self.peer_read {
            events.push(EngineEvent::PeerRead { conversation_id, seq });
        }
        for conversation_id in self.filled {
            events.push(EngineEvent::HistoryFilled { conversation_id });
        }
        if !self.groups.is_empty() {
            events.push(EngineEvent::GroupsChanged { groups: self.groups });
        }
        if !self.conversations.is_empty() || !self.removed.is_empty() {
            events.push(EngineEvent::ConversationsChanged {
                conversations: self.conversations,
                removed_ids: self.removed,
            });
        }
        if let Some(count) = self.total_unread {
            events.push(EngineEvent::TotalUnreadChanged { count });
        }
        if let Some(user_ids) = self.blocked {
            events.push(EngineEvent::BlockedChanged { user_ids });
        }
        events
    }
}
