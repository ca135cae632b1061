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
//! * `media`, `media_folder`: files; `attaching`: those that wait in the composer, `uploading`, `downloading`, `keeping`,
//!   `saving`, `browsing`, `transfers`: what becomes of them.
//! * `exporting`, `importing`: one's data out of a profile and into a new one; `export_format` is what lies between, `moving` how
//!   far it is.
//! * `messaging`, `altering`, `conversing`, `grouping`, `people`, `signing`: the verbs behind the handle.

mod account;
mod altering;
mod attaching;
mod backoff;
mod browsing;
mod cache;
mod connection;
mod connections;
mod conversing;
mod core;
mod downloading;
mod engine;
mod error;
mod events;
mod export_format;
mod exporting;
mod fill;
mod grouping;
mod hashing;
mod importing;
mod keeping;
pub mod limits;
mod link;
mod marks;
mod media;
mod media_folder;
mod messaging;
mod moving;
mod naming;
pub mod notify;
mod people;
mod preparing;
mod saving;
#[cfg(test)]
mod scenarios;
#[cfg(any(test, feature = "seeding"))]
pub mod seeding;
mod sending;
mod showing;
mod signing;
mod sync;
mod transfers;
mod uploading;
pub mod view;
mod wire;

pub use engine::{Engine, EngineConfig};
pub use error::{
    EXPORT_FOLDER, EXPORT_FULL, EXPORT_NEWER, EXPORT_OTHER, EXPORT_RUNNING, EXPORT_STOPPED, EngineError,
    HOST_DOWN, IMPORTED, NO_SUCH_PEER, NOT_AN_EXPORT, PROFILE_TAKEN,
};
pub use events::EventReceiver;
/// Where pictures are decoded; see [`EngineConfig::decoders`].
pub use tidings_media::worker::Pool as Decoders;
pub use wire::{
    Connector, Fetched, FileWire, FrameSink, FrameSource, NewFile, Pieces, SystemConnector, Wire,
};
