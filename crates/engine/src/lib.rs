//! The headless client: cache, outbox, sync. No window, no Tauri.

pub mod view;
