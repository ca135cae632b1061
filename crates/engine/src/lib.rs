//! The headless client: cache, outbox, sync. No window, no Tauri.
//!
//! [`Engine`] is one profile: an account on a server, its cache on disk, its connection. Questions are answered from the
//! cache, what is asked to be sent goes through the outbox, and everything that happens comes out of one bounded queue of
//! [`view::EngineEvent`]s. The wire, the clock and chance are parameters ([`EngineConfig`]).
//!
//! * [`mod@cache`](self): one SQLite file, one writer, a few readers; the log of each conversation as runs of messages.
//! * `connection`, `link`: being connected, asking and being answered.
//! * `sync`, `fill`: joining what the server says to the log, and pulling what is missing.
//! * `sending`, `marks`: what goes out by itself, when it can; `naming`: how people are called in groups;
//!   [`notify`]: what a notification says.
//! * `messaging`, `altering`, `conversing`, `grouping`, `people`, `signing`: the verbs behind the handle.

mod account;
mod altering;
mod backoff;
mod cache;
mod connection;
mod conversing;
mod core;
mod engine;
mod error;
mod events;
mod fill;
mod grouping;
pub mod limits;
mod link;
mod marks;
mod messaging;
mod naming;
pub mod notify;
mod people;
#[cfg(test)]
mod scenarios;
#[cfg(any(test, feature = "seeding"))]
pub mod seeding;
mod sending;
mod signing;
mod sync;
pub mod view;
mod wire;

pub use engine::{Engine, EngineConfig};
pub use error::{EngineError, HOST_DOWN, NO_SUCH_PEER};
pub use events::EventReceiver;
pub use wire::{Connector, FrameSink, FrameSource, SystemConnector, Wire};
