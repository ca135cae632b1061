//! What Tidings is on the desktop beside its window: notifications, the tray, the badge, and what closing means. One task does
//! all of it, with its own ear at the engine, so that it works as well without a window as with one.

mod closing;
#[cfg(target_os = "linux")]
mod leftovers;
mod news;
mod showing;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tauri::{AppHandle, Manager, UserAttentionType};
use tidings_engine::{
    Engine, EventReceiver,
    notify::{self, Content, Language},
    view::ConversationView,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use crate::{
    autostart, badge,
    cli::Arguments,
    events::OwnEvent,
    limits::DESKTOP_WAITING,
    notifications::{Heard, Server, board::Board},
    settings::{self, NotificationContent, Settings},
    shell::Shell,
    shortcut,
    tray::{CONVERSATIONS, Choice, Tray, View},
    window::{self, MAIN},
};
use closing::Going;
use news::News;

/// The tray follows what is unread at this distance.
const TRAY_FOLLOWS: Duration = Duration::from_millis(200);
/// The window's place is kept when it has rested for so long.
const PLACE_RESTS: Duration = Duration::from_secs(1);
/// A hidden start waits so long for a tray: the desktop may only just be starting.
const TRAY_COMES: Duration = Duration::from_secs(20);
/// ... and looks this often.
const TRAY_LOOK: Duration = Duration::from_secs(2);

/// What the rest of the shell asks of the desktop's task.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Bring the window to the front.
    Open,
    /// Show a notification, whatever the settings say; answers whether somebody shows any.
    Test(oneshot::Sender<bool>),
    /// What there is on this desktop.
    About(oneshot::Sender<Surroundings>),
    /// The settings changed; these were they.
    SettingsChanged(Settings),
    /// Somebody closes the window.
    CloseRequested,
    /// The window was moved, or got another size.
    Moved,
    /// The window has the focus now, or has it no longer.
    Focused(bool),
    /// The window is gone, with its page.
    Gone,
    /// The end, with everything kept.
    Quit,
}

/// What there is on this desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct Surroundings {
    /// A tray.
    pub(crate) tray: bool,
    /// Somebody who shows notifications.
    pub(crate) notifications: bool,
    /// An app may have a shortcut that works from anywhere.
    pub(crate) global_shortcut: bool,
}

/// What the task starts with.
pub(crate) struct Start {
    /// The engine.
    pub(crate) engine: Engine,
    /// The task's own ear.
    pub(crate) events: EventReceiver,
    /// What was unread before anything came in: messages by conversation. Nothing when nobody was signed in.
    pub(crate) unread_before: Option<HashMap<String, u64>>,
    /// What the shell asks.
    pub(crate) asks: mpsc::Receiver<Ask>,
}

#[derive(Default)]
struct Timers {
    tray: Option<Instant>,
    place: Option<Instant>,
    let_go: Option<Instant>,
    leftovers: Option<Instant>,
    /// Until when a hidden start waits for a tray, and when it looks next.
    tray_comes: Option<(Instant, Instant)>,
}

struct Desktop {
    app: AppHandle,
    shell: Arc<Shell>,
    engine: Engine,
    events: EventReceiver,
    asks: mpsc::Receiver<Ask>,
    choices: mpsc::Receiver<Choice>,
    heard: mpsc::Receiver<Heard>,
    server: Server,
    tray: Tray,
    board: Board,
    news: News,
    views: HashMap<String, ConversationView>,
    timers: Timers,
    badge: u64,
    /// The window was to be closed and was kept, then.
    kept_open: Option<Instant>,
    going: Option<Going>,
}

/// The person's language, for words that are not the page's.
pub(crate) fn language(settings: &Settings) -> Language {
    let is_chinese = match settings.language {
        settings::Language::English => false,
        settings::Language::SimplifiedChinese => true,
        settings::Language::System => crate::commands::app::locale().starts_with("zh"),
    };
    if is_chinese {
        Language::Chinese
    } else {
        Language::English
    }
}

fn content(settings: &Settings) -> Content {
    match settings.notification_content {
        NotificationContent::NameAndText => Content::NameAndText,
        NotificationContent::NameOnly => Content::NameOnly,
        NotificationContent::Nothing => Content::Nothing,
    }
}

/// What the app is called on the desktop.
pub(crate) fn app_name(arguments: &Arguments) -> String {
    match arguments.profile.as_str() {
        "default" => "Tidings".to_owned(),
        name => format!("Tidings ({name})"),
    }
}

/// Runs until the engine is closed.
pub(crate) async fn run(app: AppHandle, shell: Arc<Shell>, start: Start) {
    let settings = shell.settings();
    let (heard_sender, heard) = mpsc::channel(DESKTOP_WAITING);
    let (chosen, choices) = mpsc::channel(DESKTOP_WAITING);
    #[cfg(target_os = "linux")]
    let mut server = Server::new(Arc::clone(&shell.bus), heard_sender);
    #[cfg(not(target_os = "linux"))]
    let mut server = Server::new(heard_sender);
    server.prepare().await;
    let view = View {
        title: app_name(&shell.arguments),
        unread: 0,
        conversations: Vec::new(),
        do_not_disturb: settings.do_not_disturb,
        language: language(&settings),
    };
    #[cfg(target_os = "linux")]
    let tray = Tray::put(view, chosen).await;
    #[cfg(not(target_os = "linux"))]
    let tray = Tray::put(app.clone(), view, chosen).await;
    let now = Instant::now();
    let timers = Timers {
        tray: Some(now),
        tray_comes: (shell.arguments.hidden && !shell.arguments.automation)
            .then_some((now + TRAY_COMES, now)),
        ..Timers::default()
    };
    let news = News::new(
        start.engine.account().map(|account| account.profile.user_id),
        start.unread_before,
    );
    let mut desktop = Desktop {
        engine: start.engine,
        events: start.events,
        asks: start.asks,
        choices,
        heard,
        server,
        tray,
        board: Board::default(),
        news,
        views: HashMap::new(),
        timers,
        badge: 0,
        kept_open: None,
        going: None,
        app,
        shell,
    };
    desktop.follow_settings(None);
    desktop.work().await;
    desktop.tray.take_away().await;
}

impl Desktop {
    async fn work(&mut self) {
        loop {
            let board_at = self.show_what_is_due().await;
            let timers = &self.timers;
            let wake = [
                board_at,
                timers.tray,
                timers.place,
                timers.let_go,
                timers.leftovers,
                timers.tray_comes.map(|(_, look)| look),
                self.news.arrived_at(),
            ]
            .into_iter()
            .flatten()
            .min();
            tokio::select! {
                biased;
                Some(heard) = self.heard.recv() => self.hear(heard).await,
                Some(choice) = self.choices.recv() => self.choose(choice).await,
                Some(ask) = self.asks.recv() => self.answer(ask).await,
                event = self.events.next() => match event {
                    Some(event) => self.take(event).await,
                    None => return,
                },
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
            self.do_what_is_due().await;
        }
    }

    async fn do_what_is_due(&mut self) {
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.news.arrived_at()) {
            self.everything_arrived().await;
        }
        if is_due(self.timers.tray) {
            self.timers.tray = None;
            self.show_unread().await;
        }
        if is_due(self.timers.place) {
            self.timers.place = None;
            self.keep_place();
        }
        if is_due(self.timers.let_go) {
            self.timers.let_go = None;
            self.let_go();
        }
        if is_due(self.timers.leftovers) {
            self.timers.leftovers = None;
            self.end_leftovers().await;
        }
        if let Some((until, look)) = self.timers.tray_comes
            && look <= now
        {
            self.timers.tray_comes = if self.has_tray().await {
                None
            } else if until <= now {
                tracing::info!("a hidden start without a tray: the window opens minimised");
                window::open_minimised(&self.app, &self.shell);
                None
            } else {
                Some((until, now + TRAY_LOOK))
            };
        }
    }

    async fn choose(&mut self, choice: Choice) {
        match choice {
            Choice::Open => self.open(None),
            Choice::Conversation(conversation_id) => {
                self.open(None);
                self.shell
                    .tell_page(OwnEvent::ConversationOpened { conversation_id });
            }
            Choice::Settings => {
                self.open(None);
                self.shell.tell_page(OwnEvent::SettingsOpened {});
            }
            Choice::DoNotDisturb => {
                let settings = self.shell.settings();
                let changed = Settings {
                    do_not_disturb: !settings.do_not_disturb,
                    ..settings
                };
                if self.shell.set_settings(changed).is_err() {
                    tracing::warn!("the settings cannot be kept");
                }
            }
            Choice::Quit => self.quit().await,
        }
    }

    async fn answer(&mut self, ask: Ask) {
        match ask {
            Ask::Open => self.open(None),
            Ask::Test(answer) => {
                // Nobody waits for it any longer: then it need not be said.
                let _ = answer.send(self.show_test().await);
            }
            Ask::About(answer) => {
                let surroundings = Surroundings {
                    tray: self.has_tray().await,
                    notifications: self.server.is_there().await,
                    global_shortcut: shortcut::is_possible(),
                };
                let _ = answer.send(surroundings);
            }
            Ask::SettingsChanged(before) => {
                self.follow_settings(Some(before));
                self.timers.tray = Some(Instant::now());
            }
            Ask::CloseRequested => self.close().await,
            Ask::Moved => self.timers.place = Some(Instant::now() + PLACE_RESTS),
            Ask::Focused(focused) => {
                self.shell.presence.set_focused(focused);
                if focused {
                    self.attract(None);
                }
            }
            Ask::Gone => self.gone(),
            Ask::Quit => self.quit().await,
        }
    }

    async fn has_tray(&self) -> bool {
        #[cfg(target_os = "linux")]
        let has_tray = self.shell.bus.has_tray().await;
        #[cfg(not(target_os = "linux"))]
        let has_tray = self.tray.is_there();
        has_tray
    }

    /// Makes everything outside of the page as the settings have it.
    fn follow_settings(&mut self, before: Option<Settings>) {
        let settings = self.shell.settings();
        if !settings.notifications {
            self.board.clear();
        }
        window::zoom(&self.app, settings.zoom);
        if before.map_or(settings.global_shortcut, |before| {
            before.global_shortcut != settings.global_shortcut
        }) {
            shortcut::set(&self.app, settings.global_shortcut, self.shell.asks.clone());
        }
        // An entry that is there follows the program to where it is now.
        if before.map_or(settings.start_at_login, |before| {
            before.start_at_login != settings.start_at_login
        }) {
            let made = autostart::Entry::new(&self.shell.arguments)
                .and_then(|entry| autostart::set(&entry, settings.start_at_login));
            if let Err(error) = made {
                tracing::warn!(%error, "the start at sign-in cannot be changed");
            }
        }
    }

    /// Title, badge and tray show what is unread.
    async fn show_unread(&mut self) {
        let settings = self.shell.settings();
        let language = language(&settings);
        let most = tidings_engine::limits::LIST_CONVERSATIONS.min(100);
        let list = self.engine.conversation_list(most).await.unwrap_or_default();
        let conversations = list
            .iter()
            .filter(|each| each.unread_count > 0 && news::is_counted(each))
            .take(CONVERSATIONS)
            .map(|each| {
                (
                    each.conversation_id.clone(),
                    notify::name_of(each, language),
                    each.unread_count,
                )
            })
            .collect();
        let badge = self.news.badge();
        let title = app_name(&self.shell.arguments);
        badge::show_title(&self.app, &title, self.news.total);
        self.tray
            .show(View {
                title,
                unread: badge,
                conversations,
                do_not_disturb: settings.do_not_disturb,
                language,
            })
            .await;
        if std::mem::replace(&mut self.badge, badge) != badge {
            self.show_badge(false).await;
        }
    }

    async fn show_badge(&self, is_urgent: bool) {
        #[cfg(target_os = "linux")]
        badge::show(&self.shell.bus, self.badge, is_urgent).await;
        #[cfg(not(target_os = "linux"))]
        badge::show(&self.app, self.badge);
        #[cfg(not(target_os = "linux"))]
        let _ = is_urgent;
    }

    /// Asks for the person's attention on the task bar, or takes it back.
    fn attract(&self, kind: Option<UserAttentionType>) {
        if let Some(window) = self.app.get_webview_window(MAIN)
            && let Err(error) = window.request_user_attention(kind)
        {
            tracing::debug!(%error, "no attention on the task bar");
        }
    }

    fn tray_follows(&mut self) {
        self.timers
            .tray
            .get_or_insert_with(|| Instant::now() + TRAY_FOLLOWS);
    }
}
