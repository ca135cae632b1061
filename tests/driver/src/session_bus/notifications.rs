//! Somebody who shows notifications (org.freedesktop.Notifications).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use zbus::blocking::{Connection, connection};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;

use super::{bus_error, patiently};
use crate::{Desk, DriverError};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// A notification as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// How it is called here.
    pub id: u32,
    /// It took the place of one that was on the screen.
    pub is_replacement: bool,
    /// Its title.
    pub title: String,
    /// Its text, markup included.
    pub body: String,
    /// Actions: key, label, key, label.
    pub actions: Vec<String>,
    /// It is to make no sound.
    pub is_silent: bool,
    /// When it came, counted from the daemon's start.
    pub at: Duration,
}

#[derive(Default)]
struct State {
    abilities: Vec<String>,
    calls: Vec<Shown>,
    on_screen: Vec<u32>,
    last: u32,
}

type Shared = Arc<Mutex<State>>;

fn locked(state: &Shared) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Daemon {
    state: Shared,
    began: Instant,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    fn get_capabilities(&self) -> Vec<String> {
        locked(&self.state).abilities.clone()
    }

    #[expect(clippy::too_many_arguments, reason = "the interface has so many")]
    fn notify(
        &self,
        _app_name: String,
        replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expire_timeout: i32,
    ) -> u32 {
        let at = self.began.elapsed();
        let mut state = locked(&self.state);
        let is_replacement = state.on_screen.contains(&replaces_id);
        let id = if is_replacement {
            replaces_id
        } else {
            state.last += 1;
            let id = state.last;
            state.on_screen.push(id);
            id
        };
        let is_silent = hints
            .get("suppress-sound")
            .is_some_and(|value| bool::try_from(value).unwrap_or(false));
        state.calls.push(Shown {
            id,
            is_replacement,
            title: summary,
            body,
            actions,
            is_silent,
            at,
        });
        id
    }

    async fn close_notification(
        &self,
        id: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        locked(&self.state).on_screen.retain(|shown| *shown != id);
        Ok(Self::notification_closed(&emitter, id, 3).await?)
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let text = |text: &str| text.to_owned();
        (text("played"), text("Tidings"), text("1"), text("1.2"))
    }

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}

/// Somebody who shows notifications, and says what a person does with them. Gone when dropped.
pub struct Notifications {
    connection: Connection,
    state: Shared,
    began: Instant,
}

impl Notifications {
    /// Comes onto the desk, able to do what these words of the specification name (`body`, `actions`, ...).
    ///
    /// # Errors
    /// When the desk's bus cannot be reached, or somebody shows notifications there already.
    pub fn on(desk: &Desk, abilities: &[&str]) -> Result<Self, DriverError> {
        let began = Instant::now();
        let state = Shared::default();
        locked(&state).abilities = abilities.iter().map(ToString::to_string).collect();
        let daemon = Daemon {
            state: Arc::clone(&state),
            began,
        };
        let connection = connection::Builder::address(desk.bus())
            .and_then(|builder| builder.serve_at(PATH, daemon))
            .and_then(|builder| builder.name(NAME))
            .and_then(connection::Builder::build)
            .map_err(bus_error)?;
        Ok(Self {
            connection,
            state,
            began,
        })
    }

    /// Every notification that came, the first first.
    pub fn calls(&self) -> Vec<Shown> {
        locked(&self.state).calls.clone()
    }

    /// What is on the screen, each as it came last.
    pub fn on_screen(&self) -> Vec<Shown> {
        let state = locked(&self.state);
        let newest = |id: &u32| state.calls.iter().rfind(|call| call.id == *id).cloned();
        state.on_screen.iter().filter_map(newest).collect()
    }

    /// The time since it came onto the desk, as [`Shown::at`] counts.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Waits until one with this title and text is on the screen.
    ///
    /// # Errors
    /// When none comes.
    pub fn shows(&self, title: &str, body: &str) -> Result<Shown, DriverError> {
        let fits = |shown: &Shown| shown.title == title && shown.body == body;
        patiently(&format!("a notification {title:?} {body:?}"), || {
            self.on_screen().into_iter().find(|shown| fits(shown))
        })
        .map_err(|error| DriverError::NotReady(format!("{error}; there were {:#?}", self.calls())))
    }

    /// Waits until nothing is on the screen.
    ///
    /// # Errors
    /// When something stays.
    pub fn are_gone(&self) -> Result<(), DriverError> {
        patiently("an empty screen", || self.on_screen().is_empty().then_some(()))
    }

    /// A person clicks on the notification, or on the button of this action.
    ///
    /// # Errors
    /// When the bus is gone.
    pub fn act(&self, id: u32, action: &str) -> Result<(), DriverError> {
        self.say("ActionInvoked", &(id, action))
    }

    /// A person types an answer into it.
    ///
    /// # Errors
    /// When the bus is gone.
    pub fn reply(&self, id: u32, text: &str) -> Result<(), DriverError> {
        self.say("NotificationReplied", &(id, text))
    }

    /// A person waves it away.
    ///
    /// # Errors
    /// When the bus is gone.
    pub fn dismiss(&self, id: u32) -> Result<(), DriverError> {
        locked(&self.state).on_screen.retain(|shown| *shown != id);
        self.say("NotificationClosed", &(id, 2u32))
    }

    fn say(
        &self,
        signal: &str,
        body: &(impl serde::Serialize + zbus::zvariant::DynamicType),
    ) -> Result<(), DriverError> {
        self.connection
            .emit_signal(None::<&str>, PATH, NAME, signal, body)
            .map_err(bus_error)
    }
}

impl Drop for Notifications {
    fn drop(&mut self) {
        // The connection lives on until its last task has ended; whoever comes next needs the name at once.
        let _ = self.connection.release_name(NAME);
    }
}
