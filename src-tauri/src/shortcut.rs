//! The shortcut that brings the window to the front from anywhere: Ctrl+Alt+M, off by default.

use std::cell::RefCell;

use global_hotkey::{
    GlobalHotKeyEvent, GlobalHotKeyManager, HotKeyState,
    hotkey::{Code, HotKey, Modifiers},
};
use tauri::AppHandle;
use tokio::sync::mpsc;

use crate::desktop::Ask;

thread_local! {
    // Some systems want it made, used and dropped on the main thread.
    static MANAGER: RefCell<Option<GlobalHotKeyManager>> = const { RefCell::new(None) };
}

/// Whether this desktop lets an app have one. Wayland does not.
pub(crate) fn is_possible() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || (is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY"))
}

/// Takes the shortcut, or gives it back.
pub(crate) fn set(app: &AppHandle, wanted: bool, asks: mpsc::Sender<Ask>) {
    if !is_possible() {
        return;
    }
    let done = app.run_on_main_thread(move || {
        MANAGER.with_borrow_mut(|kept| {
            if !wanted {
                *kept = None;
            } else if kept.is_none() {
                match taken(asks) {
                    Ok(manager) => *kept = Some(manager),
                    Err(error) => tracing::info!(%error, "the shortcut cannot be had"),
                }
            }
        });
    });
    if let Err(error) = done {
        tracing::debug!(%error, "the shortcut stays as it is");
    }
}

fn taken(asks: mpsc::Sender<Ask>) -> global_hotkey::Result<GlobalHotKeyManager> {
    let manager = GlobalHotKeyManager::new()?;
    let key = HotKey::new(Some(Modifiers::CONTROL | Modifiers::ALT), Code::KeyM);
    manager.register(key)?;
    GlobalHotKeyEvent::set_event_handler(Some(move |event: GlobalHotKeyEvent| {
        if event.state == HotKeyState::Pressed && event.id == key.id() {
            let _ = asks.try_send(Ask::Open);
        }
    }));
    Ok(manager)
}
