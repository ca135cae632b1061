//! The mouth: sockets, TLS, HTTP, WebSocket sessions. No use case lives here.

mod admission;
pub(crate) mod decoder;
mod files;
pub(crate) mod frames;
mod http;
mod listener;
mod patient;
pub(crate) mod ranges;
mod rewound;
mod session;
mod tls;
pub(crate) mod tus;
mod upgrade;

/// The word to whoever came through a listener that is stopped.
const GONE: &str = "the server does not listen here any longer";

pub(crate) use listener::{Listener, listen};
pub use tls::TlsIdentity;
