//! The session bus of a Linux desktop: one connection for everything that the shell says on it.

use tokio::sync::Mutex;
use zbus::{Connection, Message, zvariant::DynamicType};

use crate::limits::DESKTOP_PATIENCE as PATIENCE;

/// Why something on the bus did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BusError {
    /// There is no bus, nobody has the name, or the answer was an error.
    #[error(transparent)]
    Bus(#[from] zbus::Error),
    /// No answer in time.
    #[error("no answer from the desktop")]
    Silence,
}

/// The session bus, connected to when it is first needed.
#[derive(Default)]
pub(crate) struct Bus(Mutex<Option<Connection>>);

impl Bus {
    /// The connection.
    pub(crate) async fn connection(&self) -> Result<Connection, BusError> {
        let mut kept = self.0.lock().await;
        if let Some(connection) = kept.as_ref() {
            return Ok(connection.clone());
        }
        let connection = patiently(Connection::session()).await?;
        Ok(kept.insert(connection).clone())
    }

    /// Calls a method.
    pub(crate) async fn call<Body>(
        &self,
        (name, path, interface): (&str, &str, &str),
        method: &str,
        body: &Body,
    ) -> Result<Message, BusError>
    where
        Body: serde::Serialize + DynamicType,
    {
        let connection = self.connection().await?;
        let answer = patiently(connection.call_method(Some(name), path, Some(interface), method, body)).await;
        if let Err(BusError::Bus(zbus::Error::InputOutput(_))) = &answer {
            // The bus is gone; the next one may be there already.
            *self.0.lock().await = None;
        }
        answer
    }

    /// Tells everyone on the bus.
    pub(crate) async fn emit<Body>(
        &self,
        path: &str,
        interface: &str,
        signal: &str,
        body: &Body,
    ) -> Result<(), BusError>
    where
        Body: serde::Serialize + DynamicType,
    {
        let connection = self.connection().await?;
        patiently(connection.emit_signal(None::<&str>, path, interface, signal, body)).await
    }

    /// Whether a tray is really there: a watcher with somebody who draws what it watches. Without one a hidden window would be
    /// lost to its user.
    pub(crate) async fn has_tray(&self) -> bool {
        let place = (
            "org.kde.StatusNotifierWatcher",
            "/StatusNotifierWatcher",
            "org.freedesktop.DBus.Properties",
        );
        let asked = ("org.kde.StatusNotifierWatcher", "IsStatusNotifierHostRegistered");
        let answer = self.call(place, "Get", &asked).await;
        answer.is_ok_and(|answer| {
            let body = answer.body();
            let value = body.deserialize::<zbus::zvariant::Value<'_>>();
            value.is_ok_and(|value| bool::try_from(value).unwrap_or(false))
        })
    }
}

async fn patiently<T>(work: impl Future<Output = zbus::Result<T>>) -> Result<T, BusError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(BusError::Silence),
    }
}
