//! The verbs of messages, conversations and people.

use super::Engine;
use crate::view::{ConversationView, MessagePage, MessageView, OutgoingMessage, ProfileView, SettingsChange};
use crate::{EngineError, altering, conversing, messaging, people};

impl Engine {
    // Messages

    /// Puts a message into the outbox and comes back when it is on disk; `MessagesChanged` tells what becomes of it (R-S10).
    /// One for who is here only (R-S4) is sent at once, or not at all.
    ///
    /// # Errors
    /// When it cannot be a message: [`EngineError::BadConversation`], [`EngineError::Payload`], [`EngineError::BadId`]; for
    /// who is here only, also the server's refusal, or the network's.
    pub async fn send_message(&self, message: OutgoingMessage) -> Result<MessageView, EngineError> {
        messaging::send(&self.core, message).await
    }

    /// Sends a failed message again (R-S9). One that waits or is sent already comes back as it is.
    ///
    /// # Errors
    /// [`EngineError::NoSuchMessage`].
    pub async fn resend_message(
        &self,
        conversation: &str,
        client_id: &str,
    ) -> Result<MessageView, EngineError> {
        messaging::resend(&self.core, conversation, client_id).await
    }

    /// Throws a message away that failed or waits.
    ///
    /// # Errors
    /// [`EngineError::NoSuchMessage`].
    pub async fn discard_message(&self, conversation: &str, client_id: &str) -> Result<(), EngineError> {
        messaging::discard(&self.core, conversation, client_id).await
    }

    /// Recalls a message of one's own (R-K1). One that waits or has failed just leaves the outbox, whatever `seq` says.
    ///
    /// # Errors
    /// The server's refusal (R-K6), or the network's.
    pub async fn recall_message(
        &self,
        conversation: &str,
        client_id: &str,
        seq: Option<u64>,
    ) -> Result<MessageView, EngineError> {
        altering::recall(&self.core, conversation, client_id, seq).await
    }

    /// Changes a text of one's own. Needs a connection.
    ///
    /// # Errors
    /// [`EngineError::Payload`], the server's refusal, or the network's.
    pub async fn edit_message(
        &self,
        conversation: &str,
        seq: u64,
        payload: serde_json::Value,
    ) -> Result<MessageView, EngineError> {
        altering::edit(&self.core, conversation, seq, payload).await
    }

    /// Puts a reaction to a message, or takes it back. Needs a connection.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn react_to_message(
        &self,
        conversation: &str,
        seq: u64,
        emoji: &str,
        on: bool,
    ) -> Result<MessageView, EngineError> {
        altering::react(&self.core, conversation, seq, emoji, on).await
    }

    /// Hides messages on this device for good; those without a seq leave the outbox.
    ///
    /// # Errors
    /// [`EngineError::NoSuchConversation`], [`EngineError::BadParameter`] above a limit, or the cache's.
    pub async fn delete_messages_for_me(
        &self,
        conversation: &str,
        seqs: &[u64],
        client_ids: &[String],
    ) -> Result<(), EngineError> {
        altering::delete_for_me(&self.core, conversation, seqs, client_ids).await
    }

    /// A page of history, oldest first (R-H3): the newest without `before`, else what is below that seq. `count` is at
    /// most [`crate::limits::PAGE_MESSAGES`]. From the cache where it is held, else from the server; never with a hole.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], [`EngineError::BadConversation`], or the cache's.
    pub async fn message_page(
        &self,
        conversation: &str,
        before: Option<u64>,
        count: u32,
    ) -> Result<MessagePage, EngineError> {
        messaging::page(&self.core, conversation, before, count).await
    }

    /// Everything known of this conversation is read (R-H5); works without a connection.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], [`EngineError::BadConversation`], or the cache's.
    pub async fn mark_read(&self, conversation: &str) -> Result<(), EngineError> {
        conversing::mark_read(&self.core, conversation).await
    }

    // Conversations

    /// The latest conversations, latest first (R-H6), at most [`crate::limits::LIST_CONVERSATIONS`].
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn conversation_list(&self, limit: u32) -> Result<Vec<ConversationView>, EngineError> {
        conversing::list(&self.core, limit)
    }

    /// One conversation (R-H7); with a user to whom there is none yet, an empty one.
    ///
    /// # Errors
    /// [`EngineError::NoSuchPeer`], [`EngineError::BadConversation`].
    pub async fn conversation_profile(&self, conversation: &str) -> Result<ConversationView, EngineError> {
        conversing::profile(&self.core, conversation).await
    }

    /// What a conversation is for this user alone, on all their devices. Works without a connection: the server hears of it
    /// later.
    ///
    /// # Errors
    /// [`EngineError::NoSuchConversation`], or the cache's.
    pub async fn change_conversation_settings(
        &self,
        conversation: &str,
        change: SettingsChange,
    ) -> Result<ConversationView, EngineError> {
        conversing::change_settings(&self.core, conversation, change).await
    }

    /// How many messages are unread in all conversations that are told of; `TotalUnreadChanged` tells the next number.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn total_unread(&self) -> Result<u64, EngineError> {
        conversing::total_unread(&self.core)
    }

    /// Takes a conversation off the list; its messages stay on the server (R-H8), or with `clear` are not seen by this user
    /// any more. Works without a connection: the server
    /// hears of it later, unless a newer message has brought the conversation back by then.
    ///
    /// # Errors
    /// [`EngineError::NoSuchConversation`], or the cache's.
    pub async fn delete_conversation(&self, conversation: &str, clear: bool) -> Result<(), EngineError> {
        conversing::delete(&self.core, conversation, clear).await
    }

    /// Keeps what is typed in a conversation's composer; empty removes it. At most [`crate::limits::DRAFT_BYTES`].
    ///
    /// # Errors
    /// [`EngineError::BadParameter`] when it is too long.
    pub async fn set_draft(&self, conversation: &str, text: &str) -> Result<(), EngineError> {
        conversing::set_draft(&self.core, conversation, text).await
    }

    // People

    /// One's own profile.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn my_profile(&self) -> Result<ProfileView, EngineError> {
        people::mine(&self.core)
    }

    /// Profiles by id; ids that nobody has are left out. Without a connection, those known.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn user_profiles(&self, ids: &[String]) -> Result<Vec<ProfileView>, EngineError> {
        people::by_id(&self.core, ids).await
    }

    /// Changes one's own profile; what is `None` stays. Needs a connection.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn update_my_profile(
        &self,
        nick: Option<String>,
        avatar_colour: Option<u8>,
    ) -> Result<ProfileView, EngineError> {
        people::update_mine(&self.core, nick, avatar_colour).await
    }

    /// People of the space by the start of an id or part of a name. Without a connection, those known.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn find_people(&self, query: &str) -> Result<Vec<ProfileView>, EngineError> {
        people::find(&self.core, query).await
    }

    /// addToBlacklist: answers with all whom this user has blocked now. Needs a connection.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn block_users(&self, ids: &[String]) -> Result<Vec<String>, EngineError> {
        people::block(&self.core, ids).await
    }

    /// removeFromBlacklist: answers with all whom this user has blocked now. Needs a connection.
    ///
    /// # Errors
    /// The server's refusal, or the network's.
    pub async fn unblock_users(&self, ids: &[String]) -> Result<Vec<String>, EngineError> {
        people::unblock(&self.core, ids).await
    }

    /// getBlacklist. Without a connection, as last known.
    ///
    /// # Errors
    /// [`EngineError::NotSignedIn`], or the cache's.
    pub async fn blocked_users(&self) -> Result<Vec<String>, EngineError> {
        people::blocked(&self.core).await
    }
}
