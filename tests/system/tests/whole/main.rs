//! The whole system: real engines against a real server, through whole and broken networks.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

mod altering;
mod coming_back;
mod cuts;
mod damage;
mod devices;
mod doors;
mod exports;
mod files;
mod groups;
mod hostile;
mod lasting;
mod network;
mod talking;
mod withstanding;
