//! What the engine needs of the network.

use async_trait::async_trait;
use tidings_protocol::{Registered, Registration, ServerAddress, SignIn, SpaceInfo};

use super::FileWire;
use crate::EngineError;

/// The way to a server. [`crate::SystemConnector`] is the real one; tests pass their own.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    /// `GET /v1/space`.
    async fn space_info(&self, server: &ServerAddress) -> Result<SpaceInfo, EngineError>;
    /// `POST /v1/register`.
    async fn register(
        &self,
        server: &ServerAddress,
        request: &Registration,
    ) -> Result<Registered, EngineError>;
    /// `POST /v1/sign-in`.
    async fn sign_in(&self, server: &ServerAddress, request: &SignIn) -> Result<Registered, EngineError>;
    /// Opens the WebSocket. The caller sends the hello.
    async fn open(&self, server: &ServerAddress) -> Result<Wire, EngineError>;
    /// Opens a connection to the server's files, on behalf of the device that has this token.
    async fn files(&self, server: &ServerAddress, token: &str) -> Result<Box<dyn FileWire>, EngineError>;
}

/// An open WebSocket, as its two halves.
pub struct Wire {
    /// Where the client's frames go.
    pub sink: Box<dyn FrameSink>,
    /// Where the server's frames come from.
    pub source: Box<dyn FrameSource>,
}

/// Takes text frames.
#[async_trait]
pub trait FrameSink: Send {
    /// Sends one frame; waits while the network takes no more.
    async fn send(&mut self, frame: String) -> Result<(), EngineError>;
    /// Says goodbye, where the transport has a word for it.
    async fn close(&mut self);
}

/// Gives text frames.
#[async_trait]
pub trait FrameSource: Send {
    /// The next frame, at most [`tidings_protocol::limits::SERVER_FRAME_BYTES`] long. `None`: the server closed.
    async fn next(&mut self) -> Option<Result<String, EngineError>>;
}
