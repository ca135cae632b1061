//! The handle: one method for each verb, and nothing else.

use std::path::PathBuf;
use std::sync::Arc;

use tidings_protocol::{Chance, Clock, Registration, ServerAddress, SignIn, SpaceInfo};

use crate::EngineError;
use crate::events::EventReceiver;
use crate::view::{
    AccountView, ConnectionState, ConversationView, MessagePage, MessageView, OutgoingMessage, ProfileView,
};
use crate::wire::Connector;

/// What an engine is made of.
pub struct EngineConfig {
    /// The profile's folder, mode 0700. It is made when it is not there.
    pub dir: PathBuf,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub chance: Arc<dyn Chance>,
    /// The way to servers.
    pub connector: Arc<dyn Connector>,
    /// What the server calls this device.
    pub device_name: String,
}

/// One profile's client.
#[derive(Clone)]
pub struct Engine {}

macro_rules! soon {
    () => {
        Err(EngineError::NotSignedIn)
    };
}

#[allow(missing_docs, clippy::unused_async, unused_variables)]
impl Engine {
    pub async fn open(config: EngineConfig) -> Result<(Self, EventReceiver), EngineError> {
        let (_, r) = crate::events::channel();
        Ok((Self {}, r))
    }
    pub fn account(&self) -> Option<AccountView> {
        None
    }
    pub fn connection(&self) -> ConnectionState {
        ConnectionState::Disconnected
    }
    pub async fn space_info(&self, server: &ServerAddress) -> Result<SpaceInfo, EngineError> {
        soon!()
    }
    pub async fn register(
        &self,
        server: &ServerAddress,
        registration: Registration,
        is_host: bool,
    ) -> Result<AccountView, EngineError> {
        soon!()
    }
    pub async fn sign_in(&self, server: &ServerAddress, sign_in: SignIn) -> Result<AccountView, EngineError> {
        soon!()
    }
    /// With a device token that the embedding host made (`Server::device_token`).
    pub async fn adopt_token(
        &self,
        server: &ServerAddress,
        token: tidings_protocol::Registered,
        is_host: bool,
    ) -> Result<AccountView, EngineError> {
        soon!()
    }
    pub async fn set_server(&self, server: &ServerAddress) -> Result<(), EngineError> {
        soon!()
    }
    pub async fn sign_out(&self) -> Result<(), EngineError> {
        soon!()
    }
    pub async fn send_message(&self, message: OutgoingMessage) -> Result<MessageView, EngineError> {
        soon!()
    }
    pub async fn resend_message(
        &self,
        conversation: &str,
        client_id: &str,
    ) -> Result<MessageView, EngineError> {
        soon!()
    }
    pub async fn discard_message(&self, conversation: &str, client_id: &str) -> Result<(), EngineError> {
        soon!()
    }
    pub async fn message_page(
        &self,
        conversation: &str,
        before: Option<u64>,
        count: u32,
    ) -> Result<MessagePage, EngineError> {
        soon!()
    }
    pub async fn mark_read(&self, conversation: &str) -> Result<(), EngineError> {
        soon!()
    }
    pub async fn conversation_list(&self, limit: u32) -> Result<Vec<ConversationView>, EngineError> {
        soon!()
    }
    pub async fn conversation_profile(&self, conversation: &str) -> Result<ConversationView, EngineError> {
        soon!()
    }
    pub async fn delete_conversation(&self, conversation: &str) -> Result<(), EngineError> {
        soon!()
    }
    pub async fn set_draft(&self, conversation: &str, text: &str) -> Result<(), EngineError> {
        soon!()
    }
    pub async fn my_profile(&self) -> Result<ProfileView, EngineError> {
        soon!()
    }
    pub async fn user_profiles(&self, ids: &[String]) -> Result<Vec<ProfileView>, EngineError> {
        soon!()
    }
    pub async fn update_my_profile(
        &self,
        nick: Option<String>,
        avatar_colour: Option<u8>,
    ) -> Result<ProfileView, EngineError> {
        soon!()
    }
    pub async fn find_people(&self, query: &str) -> Result<Vec<ProfileView>, EngineError> {
        soon!()
    }
    pub async fn close(self) {}
}
