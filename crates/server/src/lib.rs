//! The IM server: a library, which the app embeds to host a space, and the binary `tidings-server`.
//!
//! * `gateway` is the mouth: sockets, TLS, HTTP, WebSocket sessions.
//! * `service` holds the use cases, one file a group of verbs. They know nothing of sockets.
//! * `media` has the bytes of files.
//! * `store` is the SQLite store; `bus` knows who is here. The store is the truth and the bus a hint: a use case writes, and
//!   tells the bus after the commit.
//!
//! Everything that can grow has a limit: [`limits`], [`Limits`] and [`tidings_protocol::limits`].

mod address;
mod bus;
mod config;
mod copies;
mod descriptors;
mod files;
#[doc(hidden)]
pub mod fuzzing;
mod gateway;
pub mod limits;
mod media;
mod passwords;
mod rate;
mod server;
mod service;
mod space;
mod store;
mod user_sig;

pub use address::Network;
pub use config::{Allowance, Config, Limits, Media, S3, Synchronous};
pub use copies::{Copied, CopyError, backup, restore};
pub use descriptors::raise_descriptor_limit;
pub use gateway::TlsIdentity;
pub use server::{InvitationCode, Listening, Server, ServerError};
pub use store::Person;
