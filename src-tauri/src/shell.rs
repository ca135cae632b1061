//! What the commands share: the engine, the host, the settings, the listeners.

use std::{path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use tidings_engine::{Engine, EngineConfig, EventReceiver, SystemConnector, view::ErrorView};
use tidings_protocol::{Chance, Clock, ErrorKind, SystemChance, SystemClock, code};
use tokio::sync::watch;

use crate::{
    cli::Arguments,
    clipboard::Clipboard,
    events::{Listeners, OwnEvent},
    host::Host,
    media_url::Pictures,
    refusal::{self, Answer, refusal},
    settings::{Settings, SettingsFile},
    streams::Streams,
};

/// The running shell of one profile.
pub(crate) struct Shell {
    pub(crate) arguments: Arguments,
    pub(crate) dir: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) listeners: Listeners,
    pub(crate) host: Host,
    pub(crate) clipboard: Clipboard,
    pub(crate) streams: Streams,
    pub(crate) pictures: Pictures,
    settings: Mutex<Settings>,
    settings_file: SettingsFile,
    /// The link that the app was opened with, or that came before anybody listened.
    link: Mutex<Option<String>>,
    engine: watch::Sender<Option<Answer<Engine>>>,
}

impl Shell {
    /// The shell of the profile in `dir`. Nothing runs yet: that is [`Shell::start`].
    pub(crate) fn new(arguments: Arguments, dir: PathBuf) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        let settings_file = SettingsFile::in_profile(&dir);
        Self {
            link: Mutex::new(arguments.checked_link()),
            host: Host::in_profile(dir.clone(), Arc::clone(&clock), Arc::clone(&chance)),
            settings: Mutex::new(settings_file.load()),
            settings_file,
            clipboard: Clipboard::default(),
            pictures: Pictures::default(),
            streams: Streams::bind(chance.as_ref()),
            listeners: Listeners::default(),
            engine: watch::Sender::new(None),
            arguments,
            dir,
            clock,
            chance,
        }
    }

    /// Starts the hosted space where there is one, then the engine. The window opens meanwhile; commands wait for this.
    pub(crate) async fn start(&self) -> Option<EventReceiver> {
        let moved = self.host.resume().await.unwrap_or_else(|error| {
            // The engine still shows what its cache holds, and says that the space does not run.
            tracing::error!(%error, "the hosted space does not start");
            None
        });
        let config = EngineConfig {
            dir: self.dir.clone(),
            clock: Arc::clone(&self.clock),
            chance: Arc::clone(&self.chance),
            connector: Arc::new(SystemConnector::default()),
            device_name: device_name(),
        };
        match Engine::open(config).await {
            Ok((engine, events)) => {
                let hosts = engine.account().is_some_and(|account| account.is_host);
                match moved {
                    // The engine dials nowhere before this: somebody else may have the port of the last start.
                    Some(address) if hosts => {
                        if let Err(error) = engine.set_server(&address).await {
                            tracing::error!(%error, "where the hosted space is now cannot be kept");
                        }
                    }
                    None if hosts => engine.host_is_down(),
                    _ => {}
                }
                engine.set_media_settings(self.settings().media);
                self.engine.send_replace(Some(Ok(engine)));
                Some(events)
            }
            Err(error) => {
                tracing::error!(%error, "the profile cannot be opened");
                self.engine.send_replace(Some(Err(error.view())));
                None
            }
        }
    }

    /// The engine, as soon as it is open.
    pub(crate) async fn engine(&self) -> Answer<Engine> {
        let mut opened = self.engine.subscribe();
        let engine = opened.wait_for(Option::is_some).await.map_err(|_| closing())?;
        engine.clone().unwrap_or_else(|| Err(closing()))
    }

    /// Ends everything in order: the engine first, so that it signs off before its own server goes.
    pub(crate) async fn close(&self) {
        self.clipboard.hand_over();
        let engine = self.engine.send_replace(Some(Err(closing())));
        if let Some(Ok(engine)) = engine {
            engine.close().await;
        }
        self.host.stop().await;
    }

    /// The settings as they are.
    pub(crate) fn settings(&self) -> Settings {
        *self.settings.lock()
    }

    /// Keeps new settings and tells everyone.
    pub(crate) fn set_settings(&self, settings: Settings) -> Answer<Settings> {
        let mut kept = self.settings.lock();
        if *kept != settings {
            self.settings_file
                .save(settings)
                .map_err(|error| refusal::disk(&error))?;
            if kept.media != settings.media
                && let Some(Ok(engine)) = &*self.engine.borrow()
            {
                engine.set_media_settings(settings.media);
            }
            *kept = settings;
            self.listeners.tell_own(OwnEvent::SettingsChanged { settings });
        }
        Ok(settings)
    }

    /// The link that the page has not been told of by an event.
    pub(crate) fn link(&self) -> Option<String> {
        self.link.lock().clone()
    }

    /// A link came while the app runs.
    pub(crate) fn open_link(&self, link: String) {
        if self.listeners.is_empty() {
            *self.link.lock() = Some(link);
        } else {
            self.listeners.tell_own(OwnEvent::LinkOpened { link });
        }
    }
}

fn closing() -> ErrorView {
    refusal(code::UNAVAILABLE, ErrorKind::Unavailable, "Tidings is closing")
}

/// What servers call this device.
pub(crate) fn device_name() -> String {
    let system = match std::env::consts::OS {
        "linux" => "Linux",
        "macos" => "macOS",
        "windows" => "Windows",
        other => other,
    };
    format!("Tidings on {system}")
}
