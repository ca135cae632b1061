//! The headless client: cache, outbox, sync. No window, no Tauri.

mod engine;
mod error;
mod events;
pub mod limits;
pub mod view;
mod wire;

pub use engine::{Engine, EngineConfig};
pub use error::{EngineError, NO_SUCH_PEER};
pub use events::EventReceiver;
pub use wire::{Connector, FrameSink, FrameSource, SystemConnector, Wire};
