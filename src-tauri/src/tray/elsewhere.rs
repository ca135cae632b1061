//! The tray on Windows and macOS, by Tauri.

use tauri::{
    AppHandle,
    image::Image,
    menu::{CheckMenuItem, Menu, MenuItem, PredefinedMenuItem},
    tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent},
};
use tokio::sync::mpsc;

use super::{Choice, View, icon};
use crate::words::{menu_line, words};

const SIZE: usize = 32;

/// The icon in the tray.
pub(crate) struct Tray {
    app: AppHandle,
    icon: Option<TrayIcon>,
    shown: View,
}

impl Tray {
    /// Puts the icon into the tray. What is chosen there goes to `chosen`.
    pub(crate) async fn put(app: AppHandle, view: View, chosen: mpsc::Sender<Choice>) -> Self {
        let clicked = chosen.clone();
        let built = menu(&app, &view).and_then(|menu| {
            TrayIconBuilder::with_id("tidings")
                .icon(image(view.unread))
                .tooltip(&view.title)
                .menu(&menu)
                .show_menu_on_left_click(cfg!(target_os = "macos"))
                .on_menu_event(move |_, event| {
                    if let Some(choice) = choice(event.id().as_ref()) {
                        let _ = chosen.try_send(choice);
                    }
                })
                .on_tray_icon_event(move |_, event| {
                    if let TrayIconEvent::Click {
                        button: MouseButton::Left,
                        button_state: MouseButtonState::Up,
                        ..
                    } = event
                        && cfg!(windows)
                    {
                        let _ = clicked.try_send(Choice::Open);
                    }
                })
                .build(&app)
        });
        let icon = built
            .inspect_err(|error| tracing::info!(%error, "no icon in the tray"))
            .ok();
        Self {
            app,
            icon,
            shown: view,
        }
    }

    /// Whether the icon is there.
    pub(crate) fn is_there(&self) -> bool {
        self.icon.is_some()
    }

    /// Shows this from now on.
    pub(crate) async fn show(&mut self, view: View) {
        if self.shown == view {
            return;
        }
        if let Some(tray) = &self.icon {
            let shown = tray
                .set_icon(Some(image(view.unread)))
                .and_then(|()| tray.set_tooltip(Some(&view.title)))
                .and_then(|()| tray.set_menu(Some(menu(&self.app, &view)?)));
            if let Err(error) = shown {
                tracing::debug!(%error, "the tray's icon cannot be changed");
            }
        }
        self.shown = view;
    }

    /// Takes the icon away.
    pub(crate) async fn take_away(self) {
        self.app.remove_tray_by_id("tidings");
    }
}

fn image(unread: u64) -> Image<'static> {
    let picture = icon::drawn(SIZE, unread);
    Image::new_owned(picture.rgba, SIZE as u32, SIZE as u32)
}

/// What begins the id of a conversation's line.
const CONVERSATION: &str = "conversation:";

fn choice(id: &str) -> Option<Choice> {
    Some(match id {
        "open" => Choice::Open,
        "quiet" => Choice::DoNotDisturb,
        "settings" => Choice::Settings,
        "quit" => Choice::Quit,
        other => Choice::Conversation(other.strip_prefix(CONVERSATION)?.to_owned()),
    })
}

fn menu(app: &AppHandle, view: &View) -> tauri::Result<Menu<tauri::Wry>> {
    let words = words(view.language);
    let line = |id: &str, label: &str| MenuItem::with_id(app, id, label, true, None::<&str>);
    let menu = Menu::new(app)?;
    menu.append(&line("open", words.open_tidings)?)?;
    if !view.conversations.is_empty() {
        menu.append(&PredefinedMenuItem::separator(app)?)?;
        for (id, name, unread) in &view.conversations {
            let label = menu_line(name, *unread).replace('&', "&&");
            menu.append(&line(&format!("{CONVERSATION}{id}"), &label)?)?;
        }
    }
    menu.append(&PredefinedMenuItem::separator(app)?)?;
    menu.append(&CheckMenuItem::with_id(
        app,
        "quiet",
        words.do_not_disturb,
        true,
        view.do_not_disturb,
        None::<&str>,
    )?)?;
    menu.append(&line("settings", words.settings)?)?;
    menu.append(&PredefinedMenuItem::separator(app)?)?;
    menu.append(&line("quit", words.quit)?)?;
    Ok(menu)
}
