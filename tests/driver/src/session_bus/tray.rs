//! A tray: the watcher that items register with, the host that draws them, and the person who clicks.

use std::sync::{Arc, Mutex, PoisonError};

use zbus::blocking::{Connection, connection};
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use super::{bus_error, patiently};
use crate::{Desk, DriverError};

const NAME: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

type Items = Arc<Mutex<Vec<String>>>;

struct Watcher {
    items: Items,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: String,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        self.items
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sender);
        Ok(Self::status_notifier_item_registered(&emitter, service).await?)
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(
        emitter: &SignalEmitter<'_>,
        service: String,
    ) -> zbus::Result<()>;
}

/// A tray with whatever is put into it. Gone when dropped.
pub struct Tray {
    connection: Connection,
    items: Items,
}

/// A line of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    id: i32,
    label: String,
}

type Layout = (
    i32,
    std::collections::HashMap<String, OwnedValue>,
    Vec<OwnedValue>,
);

impl Tray {
    /// Comes onto the desk.
    ///
    /// # Errors
    /// When the desk's bus cannot be reached, or there is a tray already.
    pub fn on(desk: &Desk) -> Result<Self, DriverError> {
        let items = Items::default();
        let watcher = Watcher {
            items: Arc::clone(&items),
        };
        let connection = connection::Builder::address(desk.bus())
            .and_then(|builder| builder.serve_at(PATH, watcher))
            .and_then(|builder| builder.name(NAME))
            .and_then(connection::Builder::build)
            .map_err(bus_error)?;
        Ok(Self { connection, items })
    }

    /// The newest item's name on the bus, as soon as there is one.
    fn item(&self) -> Result<String, DriverError> {
        patiently("an icon in the tray", || {
            self.items
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .last()
                .cloned()
        })
    }

    /// A person clicks on the icon.
    ///
    /// # Errors
    /// When there is no icon, or it does not answer.
    pub fn click(&self) -> Result<(), DriverError> {
        let item = self.item()?;
        self.connection
            .call_method(
                Some(item),
                "/StatusNotifierItem",
                Some(ITEM),
                "Activate",
                &(0i32, 0i32),
            )
            .map_err(bus_error)?;
        Ok(())
    }

    fn property(&self, name: &str) -> Result<OwnedValue, DriverError> {
        let item = self.item()?;
        self.connection
            .call_method(
                Some(item),
                "/StatusNotifierItem",
                Some(PROPERTIES),
                "Get",
                &(ITEM, name),
            )
            .and_then(|answer| answer.body().deserialize::<OwnedValue>())
            .map_err(bus_error)
    }

    /// The icon's pictures: side in pixels, then ARGB.
    ///
    /// # Errors
    /// When there is no icon, or it does not answer.
    pub fn pictures(&self) -> Result<Vec<(i32, Vec<u8>)>, DriverError> {
        let pictures =
            Vec::<(i32, i32, Vec<u8>)>::try_from(self.property("IconPixmap")?).map_err(bus_error)?;
        Ok(pictures
            .into_iter()
            .map(|(width, _, argb)| (width, argb))
            .collect())
    }

    fn lines(&self) -> Result<Vec<Line>, DriverError> {
        let path = OwnedObjectPath::try_from(self.property("Menu")?).map_err(bus_error)?;
        let asked = (0i32, -1i32, Vec::<String>::new());
        let answer = self
            .connection
            .call_method(Some(self.item()?), path, Some(MENU), "GetLayout", &asked)
            .map_err(bus_error)?;
        let (_, (_, _, children)): (u32, Layout) = answer.body().deserialize().map_err(bus_error)?;
        let line = |child: OwnedValue| {
            let (id, properties, _) = Layout::try_from(child).ok()?;
            let label = properties.get("label")?;
            let label: &str = label.downcast_ref().ok()?;
            Some(Line {
                id,
                label: label.replace("__", "_"),
            })
        };
        Ok(children.into_iter().filter_map(line).collect())
    }

    /// The menu's lines, from above.
    ///
    /// # Errors
    /// When there is no icon, or its menu does not answer.
    pub fn menu(&self) -> Result<Vec<String>, DriverError> {
        Ok(self.lines()?.into_iter().map(|line| line.label).collect())
    }

    /// Waits until the menu has this line.
    ///
    /// # Errors
    /// When it does not come.
    pub fn offers(&self, label: &str) -> Result<(), DriverError> {
        let found = patiently(&format!("{label:?} in the tray's menu"), || {
            self.menu().ok()?.iter().any(|line| line == label).then_some(())
        });
        found.map_err(|error| DriverError::NotReady(format!("{error}; there is {:?}", self.menu())))
    }

    /// A person chooses this line.
    ///
    /// # Errors
    /// When there is none such, or the menu does not answer.
    pub fn choose(&self, label: &str) -> Result<(), DriverError> {
        self.offers(label)?;
        let lines = self.lines()?;
        let line = lines.iter().find(|line| line.label == label);
        let id = line.map_or(0, |line| line.id);
        let path = OwnedObjectPath::try_from(self.property("Menu")?).map_err(bus_error)?;
        let event = (id, "clicked", Value::I32(0), 0u32);
        self.connection
            .call_method(Some(self.item()?), path, Some(MENU), "Event", &event)
            .map_err(bus_error)?;
        Ok(())
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        // The connection lives on until its last task has ended; a tray that is gone must not be taken for one.
        let _ = self.connection.release_name(NAME);
    }
}
