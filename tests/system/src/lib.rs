//! What the tests of the whole system share: named people, real engines, a real server, a broken network.

// What is here fails a test when it cannot be done, and a test fails by panicking.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

mod broken_network;
mod clocks;
mod frames;
mod impostor;
mod people;
mod raw_client;
mod server_process;
mod space;

pub use broken_network::{BrokenNetwork, Counted, Mode};
pub use clocks::MovableClock;
pub use frames::Fate;
pub use impostor::Impostor;
pub use people::{Home, PASSWORD, PATIENCE, Person, c2c, plain, text_of};
pub use raw_client::RawClient;
pub use server_process::ServerProcess;
pub use space::Space;
