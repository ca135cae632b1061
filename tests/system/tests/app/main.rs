//! The real app in real windows. Needs `TIDINGS_APP` (the `tidings` binary) and a display to be made (see `tidings-driver`); skipped
//! with a word where the app is not given. Pictures go to `TIDINGS_PICTURES`, by default `target/pictures`.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

mod automation;
mod desktop;
mod elsewhere;
mod exports;
mod groups;
mod heard;
mod hostile;
mod keyboard;
mod lasting;
mod looks;
mod media;
mod stage;
mod talking;
mod walk;
mod ways_in;
