//! What a transaction changed for a listener.

use std::collections::BTreeMap;

use crate::view::{ConversationView, EngineEvent, MessageView, ProfileView};

/// Collected during a transaction, sent after its commit.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) received: Vec<MessageView>,
    pub(crate) changed: Vec<MessageView>,
    pub(crate) peer_read: BTreeMap<String, u64>,
    pub(crate) filled: Vec<String>,
    pub(crate) conversations: Vec<ConversationView>,
    pub(crate) removed: Vec<String>,
    pub(crate) profiles: Vec<ProfileView>,
}

impl Told {
    /// Notes that history of `conversation` came in.
    pub(crate) fn fill(&mut self, conversation: &str) {
        if !self.filled.iter().any(|name| name == conversation) {
            self.filled.push(conversation.to_owned());
        }
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
        for (conversation_id, seq) in self.peer_read {
            events.push(EngineEvent::PeerRead { conversation_id, seq });
        }
        for conversation_id in self.filled {
            events.push(EngineEvent::HistoryFilled { conversation_id });
        }
        if !self.conversations.is_empty() || !self.removed.is_empty() {
            events.push(EngineEvent::ConversationsChanged {
                conversations: self.conversations,
                removed_ids: self.removed,
            });
        }
        events
    }
}
