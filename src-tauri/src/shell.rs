//! What the commands share: the engine, the host, the settings, the listeners.

use std::{collections::HashMap, path::PathBuf, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tidings_engine::{Decoders, Engine, EngineConfig, EventReceiver, SystemConnector, view::ErrorView};
use tidings_media::worker;
use tidings_protocol::{Chance, Clock, ErrorKind, SystemChance, SystemClock, code};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    cli::Arguments,
    clipboard::Clipboard,
    desktop::Ask,
    dropping::Drops,
    events::{Listeners, OwnEvent, ShellEvent},
    host::Host,
    limits::DROPS,
    media_url::Pictures,
    picker::Folders,
    presence::Presence,
    recording::Recorder,
    refusal::{self, Answer, refusal},
    settings::{Settings, SettingsFile},
    streams::Streams,
    window_place::WindowPlace,
};

/// From one new start of a failed space to the next.
const HOST_RESTS: Duration = Duration::from_secs(10);

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
    pub(crate) drops: Drops,
    pub(crate) recorder: Recorder,
    /// Where dialogs were left.
    pub(crate) folders: Folders,
    /// Where files were saved to be shown, by their ids.
    pub(crate) saved: Mutex<HashMap<String, PathBuf>>,
    /// The last export, to be shown.
    pub(crate) exported: Mutex<Option<PathBuf>>,
    /// The export that the app was started to open, until that is begun.
    pub(crate) to_import: Mutex<Option<PathBuf>>,
    pub(crate) presence: Presence,
    pub(crate) window_place: Mutex<WindowPlace>,
    #[cfg(target_os = "linux")]
    pub(crate) bus: Arc<crate::bus::Bus>,
    /// What the desktop's task is asked.
    pub(crate) asks: mpsc::Sender<Ask>,
    /// What the page is to hear as soon as there is one.
    waiting: Mutex<Vec<OwnEvent>>,
    settings: Mutex<Settings>,
    settings_file: SettingsFile,
    /// The link that the app was opened with, or that came before anybody listened.
    link: Mutex<Option<String>>,
    engine: watch::Sender<Option<Answer<Engine>>>,
    /// Who is told that a start which failed is to be tried again.
    again: Mutex<Option<oneshot::Sender<()>>>,
}

impl Shell {
    /// The shell of the profile in `dir`. Nothing runs yet: that is [`Shell::start`].
    pub(crate) fn new(arguments: Arguments, dir: PathBuf, asks: mpsc::Sender<Ask>) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        let settings_file = SettingsFile::in_profile(&dir);
        Self {
            link: Mutex::new(arguments.invitation()),
            waiting: Mutex::new(
                arguments
                    .conversation()
                    .map(conversation_opened)
                    .into_iter()
                    .collect(),
            ),
            presence: Presence::default(),
            window_place: Mutex::new(WindowPlace::load(&dir)),
            #[cfg(target_os = "linux")]
            bus: Arc::default(),
            asks,
            host: Host::in_profile(dir.clone(), Arc::clone(&clock), Arc::clone(&chance)),
            settings: Mutex::new(settings_file.load()),
            settings_file,
            clipboard: Clipboard::default(),
            pictures: Pictures::default(),
            drops: Drops::default(),
            recorder: Recorder::default(),
            folders: Folders::in_profile(&dir),
            saved: Mutex::default(),
            exported: Mutex::default(),
            to_import: Mutex::new(arguments.import.clone()),
            streams: Streams::bind(chance.as_ref()),
            listeners: Listeners::default(),
            engine: watch::Sender::new(None),
            again: Mutex::default(),
            arguments,
            dir,
            clock,
            chance,
        }
    }

    /// Starts the hosted space where there is one, then the engine. The window opens meanwhile; commands wait for this.
    ///
    /// # Errors
    /// When the profile cannot be opened: then the receiver hears when somebody wants to try again.
    pub(crate) async fn start(&self) -> Result<Started, oneshot::Receiver<()>> {
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
            decoders: Arc::new(decoders()),
        };
        match Engine::open(config).await {
            Ok((engine, events)) => {
                let desktop_events = engine.listen();
                // Before anything comes in: what is new after this start is told from what was there.
                let unread_before = unread(&engine).await;
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
                if engine.account().is_some() && self.to_import.lock().take().is_some() {
                    self.tell_page(OwnEvent::ImportRefused {});
                }
                engine.set_media_settings(self.settings().media);
                self.engine.send_replace(Some(Ok(engine.clone())));
                Ok(Started {
                    engine,
                    events,
                    desktop_events,
                    unread_before,
                })
            }
            Err(error) => {
                tracing::error!(%error, "the profile cannot be opened");
                let (asked, again) = oneshot::channel();
                *self.again.lock() = Some(asked);
                self.engine.send_replace(Some(Err(error.view())));
                Err(again)
            }
        }
    }

    /// Starts the hosted space anew whenever it cannot go on, for as long as the app runs.
    pub(crate) async fn keep_hosting(&self) {
        loop {
            self.host.failed().await;
            tracing::error!("the hosted space cannot go on: it starts anew");
            let Ok(engine) = self.engine().await else { return };
            match self.host.restart().await {
                Ok(Some(address)) => {
                    if let Err(error) = engine.set_server(&address).await {
                        tracing::error!(%error, "where the hosted space is now cannot be kept");
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "the hosted space does not start");
                    engine.host_is_down();
                }
            }
            tokio::time::sleep(HOST_RESTS).await;
        }
    }

    /// The engine, as soon as it is open.
    pub(crate) async fn engine(&self) -> Answer<Engine> {
        let mut opened = self.engine.subscribe();
        let engine = opened.wait_for(Option::is_some).await.map_err(|_| closing())?;
        engine.clone().unwrap_or_else(|| Err(closing()))
    }

    /// The engine, as soon as it is open; where it could not be opened, once more.
    pub(crate) async fn engine_again(&self) -> Answer<Engine> {
        let asked = self.again.lock().take();
        if let Some(asked) = asked {
            self.engine.send_replace(None);
            if asked.send(()).is_err() {
                return Err(closing());
            }
        }
        self.engine().await
    }

    /// Ends everything in order: the engine first, so that it signs off before its own server goes.
    pub(crate) async fn close(&self) {
        self.clipboard.hand_over();
        self.again.lock().take();
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
        let settings = settings.within_bounds();
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
            let before = std::mem::replace(&mut *kept, settings);
            if self.asks.try_send(Ask::SettingsChanged(before)).is_err() {
                tracing::debug!("nobody follows the settings outside of the page");
            }
            self.listeners.tell_own(OwnEvent::SettingsChanged { settings });
        }
        Ok(settings)
    }

    /// The link that the page has not been told of by an event.
    pub(crate) fn link(&self) -> Option<String> {
        self.link.lock().clone()
    }

    /// The link has done its work, or the page that it waited for has had it.
    pub(crate) fn forget_link(&self) {
        *self.link.lock() = None;
    }

    /// Tells the page, now or as soon as there is one that listens. Of what waits for it the last of each kind is told, and of files
    /// that were opened what is kept of them.
    pub(crate) fn tell_page(&self, event: OwnEvent) {
        if !self.listeners.is_empty() {
            return self.listeners.tell_own(event);
        }
        let mut waiting = self.waiting.lock();
        let is_like = |other: &OwnEvent| std::mem::discriminant(other) == std::mem::discriminant(&event);
        let alike = waiting.iter().filter(|each| is_like(each)).count();
        let most = if matches!(event, OwnEvent::FilesOpened { .. }) {
            DROPS
        } else {
            1
        };
        if alike >= most
            && let Some(oldest) = waiting.iter().position(is_like)
        {
            waiting.remove(oldest);
        }
        waiting.push(event);
    }

    /// The page listens from now on; it hears what waited for it.
    pub(crate) fn page_listens(&self, channel: tauri::ipc::Channel<ShellEvent>) {
        self.listeners.add(channel);
        for event in std::mem::take(&mut *self.waiting.lock()) {
            self.listeners.tell_own(event);
        }
    }

    /// Keeps the window's place for the next start.
    pub(crate) fn save_window_place(&self) {
        let place = *self.window_place.lock();
        place.save(&self.dir);
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

/// What a start leads to.
pub(crate) struct Started {
    pub(crate) engine: Engine,
    /// For the page.
    pub(crate) events: EventReceiver,
    /// For what the app is beside its page.
    pub(crate) desktop_events: EventReceiver,
    /// Unread messages by conversation, where somebody is signed in.
    pub(crate) unread_before: Option<HashMap<String, u64>>,
}

async fn unread(engine: &Engine) -> Option<HashMap<String, u64>> {
    engine.account()?;
    let list = engine
        .conversation_list(tidings_engine::limits::LIST_CONVERSATIONS)
        .await
        .ok()?;
    let unread = list
        .into_iter()
        .filter(|each| each.unread_count > 0)
        .map(|each| (each.conversation_id, each.unread_count));
    Some(unread.collect())
}

/// What the page hears of a conversation that is to be opened.
pub(crate) fn conversation_opened(conversation_id: String) -> OwnEvent {
    OwnEvent::ConversationOpened { conversation_id }
}

fn closing() -> ErrorView {
    refusal(code::UNAVAILABLE, ErrorKind::Unavailable, "Tidings is closing")
}

/// Pictures are decoded by this program in processes of their own (H22).
fn decoders() -> Decoders {
    match std::env::current_exe() {
        Ok(program) => Decoders::new(
            program,
            vec![worker::ARGUMENT.into()],
            tidings_engine::limits::PREPARED_AT_ONCE,
        ),
        Err(error) => {
            tracing::warn!(%error, "this program does not know where it is: pictures are decoded in it");
            Decoders::in_process(tidings_engine::limits::PREPARED_AT_ONCE)
        }
    }
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn shell(dir: PathBuf) -> Shell {
        let (asks, _asked) = mpsc::channel(1);
        Shell::new(Arguments::parse_from(["tidings"]), dir, asks)
    }

    #[tokio::test]
    async fn a_start_that_failed_can_be_tried_again() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("profile");
        std::fs::write(&dir, "in the way").unwrap();
        let shell = Arc::new(shell(dir.clone()));
        let again = shell.start().await.err().unwrap();
        assert!(shell.engine().await.is_err());
        std::fs::remove_file(&dir).unwrap();
        std::fs::create_dir(&dir).unwrap();
        let trying = Arc::clone(&shell);
        let asked = tokio::spawn(async move { trying.engine_again().await.map(|_| ()) });
        again.await.unwrap();
        assert!(shell.start().await.is_ok());
        asked.await.unwrap().unwrap();
        shell.close().await;
        assert!(shell.engine_again().await.is_err());
    }

    #[tokio::test]
    async fn a_link_that_was_used_does_not_come_back() {
        let root = tempfile::tempdir().unwrap();
        let shell = shell(root.path().to_owned());
        shell.open_link("tidings://join/h:1/code".into());
        assert!(shell.link().is_some());
        shell.forget_link();
        assert_eq!(shell.link(), None);
    }

    #[tokio::test]
    async fn what_waits_for_a_page_is_the_last_of_each_kind_and_every_file_that_was_opened() {
        let root = tempfile::tempdir().unwrap();
        let shell = shell(root.path().to_owned());
        let files = |token: &str| OwnEvent::FilesOpened {
            files: 1,
            folders: 0,
            token: token.into(),
        };
        shell.tell_page(conversation_opened("C2Cann".into()));
        shell.tell_page(files("one"));
        shell.tell_page(conversation_opened("C2Cbob".into()));
        shell.tell_page(OwnEvent::LinkRefused {});
        shell.tell_page(files("two"));
        let waits = format!("{:?}", *shell.waiting.lock());
        assert!(!waits.contains("C2Cann"), "{waits}");
        for told in ["C2Cbob", "one", "two", "LinkRefused"] {
            assert!(waits.contains(told), "{told}: {waits}");
        }
        for _ in 0..=DROPS {
            shell.tell_page(files("more"));
        }
        assert_eq!(shell.waiting.lock().len(), 2 + DROPS);
    }
}
