//! The tray on Linux: a StatusNotifierItem over D-Bus, in Rust alone. Nothing is loaded at runtime that could be missing; and
//! unlike with the indicator libraries, a click on the icon opens the window.

use ksni::{
    Category, Handle, Icon, MenuItem, OfflineReason, Status, ToolTip, TrayMethods,
    menu::{CheckmarkItem, StandardItem},
};
use tokio::sync::mpsc;

use super::{Choice, View, icon};
use crate::words::{menu_line, words};

/// The sizes that panels ask for, pixels.
const SIZES: [usize; 4] = [22, 32, 48, 64];

struct Item {
    view: View,
    chosen: mpsc::Sender<Choice>,
}

impl Item {
    fn choose(&self, choice: Choice) {
        if self.chosen.try_send(choice).is_err() {
            tracing::warn!("a choice in the tray was dropped");
        }
    }

    fn line(label: String, choice: Choice) -> MenuItem<Self> {
        MenuItem::Standard(StandardItem {
            // An underscore marks an access key there.
            label: label.replace('_', "__"),
            activate: Box::new(move |item: &mut Self| item.choose(choice.clone())),
            ..StandardItem::default()
        })
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "tidings".into()
    }

    fn title(&self) -> String {
        self.view.title.clone()
    }

    fn category(&self) -> Category {
        Category::Communications
    }

    fn status(&self) -> Status {
        Status::Active
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.choose(Choice::Open);
    }

    fn secondary_activate(&mut self, _x: i32, _y: i32) {
        self.choose(Choice::Open);
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        let argb = |size: usize| {
            let picture = icon::drawn(size, self.view.unread);
            let mut data = picture.rgba;
            for pixel in data.chunks_exact_mut(4) {
                pixel.rotate_right(1);
            }
            Icon {
                width: size as i32,
                height: size as i32,
                data,
            }
        };
        SIZES.into_iter().map(argb).collect()
    }

    fn tool_tip(&self) -> ToolTip {
        let title = match self.view.unread {
            0 => self.view.title.clone(),
            unread => format!("{} ({unread})", self.view.title),
        };
        ToolTip {
            title,
            ..ToolTip::default()
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let words = words(self.view.language);
        let mut items = vec![Self::line(words.open_tidings.into(), Choice::Open)];
        if !self.view.conversations.is_empty() {
            items.push(MenuItem::Separator);
            items.extend(self.view.conversations.iter().map(|(id, name, unread)| {
                Self::line(menu_line(name, *unread), Choice::Conversation(id.clone()))
            }));
        }
        items.push(MenuItem::Separator);
        items.push(MenuItem::Checkmark(CheckmarkItem {
            label: words.do_not_disturb.into(),
            checked: self.view.do_not_disturb,
            activate: Box::new(|item: &mut Self| item.choose(Choice::DoNotDisturb)),
            ..CheckmarkItem::default()
        }));
        items.push(Self::line(words.settings.into(), Choice::Settings));
        items.push(MenuItem::Separator);
        items.push(Self::line(words.quit.into(), Choice::Quit));
        items
    }

    fn watcher_online(&self) {
        tracing::debug!("a tray is there");
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::debug!(?reason, "no tray just now");
        // One may come: the desktop may only just be starting.
        true
    }
}

/// The icon in the tray, or the wish for one while there is no tray.
pub(crate) struct Tray {
    handle: Option<Handle<Item>>,
    shown: View,
}

impl Tray {
    /// Puts the icon into the tray. What is chosen there goes to `chosen`. Without a session bus nothing happens.
    pub(crate) async fn put(view: View, chosen: mpsc::Sender<Choice>) -> Self {
        let item = Item {
            view: view.clone(),
            chosen,
        };
        let handle = match item.assume_sni_available(true).spawn().await {
            Ok(handle) => Some(handle),
            Err(error) => {
                tracing::info!(%error, "no icon in the tray");
                None
            }
        };
        Self { handle, shown: view }
    }

    /// Shows this from now on.
    pub(crate) async fn show(&mut self, view: View) {
        if self.shown == view {
            return;
        }
        self.shown = view.clone();
        if let Some(handle) = &self.handle {
            handle.update(|item| item.view = view).await;
        }
    }

    /// Takes the icon away.
    pub(crate) async fn take_away(self) {
        if let Some(handle) = self.handle {
            handle.shutdown().await;
        }
    }
}
