//! The server from outside: real sockets, real files, and for some the real binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets what it does not expect ends"
)]

mod accounts;
mod altering;
mod client;
mod doors;
mod downloads;
#[cfg(unix)]
mod durability;
mod extras;
#[cfg(unix)]
mod file_kills;
mod file_rights;
mod file_sweep;
mod group_heads;
mod group_notices;
mod groups;
#[cfg(unix)]
mod host;
mod hostile;
mod lookups;
mod messages;
mod online;
mod overwriting;
mod personal;
mod priorities;
mod reading;
mod retention;
mod rights;
mod seats;
mod uploader;
mod uploads;
