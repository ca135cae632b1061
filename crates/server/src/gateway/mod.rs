//! The mouth: sockets, TLS, HTTP, WebSocket sessions. No use case lives here.

mod admission;
mod decoder;
pub(crate) mod frames;
mod http;
mod listener;
mod rewound;
mod session;
mod tls;
mod upgrade;

pub(crate) use listener::{Listener, listen};
pub use tls::TlsIdentity;
