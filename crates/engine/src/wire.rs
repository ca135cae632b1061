//! The wire as a parameter: what the engine needs of the network, and the system's implementation of it.

mod connector;
mod files;
mod http;
mod system;
#[cfg(test)]
mod system_tests;
mod tls;

pub use connector::{Connector, FrameSink, FrameSource, Wire};
pub use files::{Fetched, FileWire, NewFile, Pieces};
pub use system::SystemConnector;
