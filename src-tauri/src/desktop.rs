//! What Tidings is on the desktop beside its window: notifications, the tray, the badge, and what closing means. One task does
//! all of it, with its own ear at the engine, so that it works as well without a window as with one.

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
    limits::{CLOSING_AGAIN, DESKTOP_WAITING, PARTING},
    notifications::{Heard, Server, board::Board},
    settings::{self, NotificationContent, Settings},
    shell::Shell,
    shortcut,
    tray::{CONVERSATIONS, Choice, Tray, View},
    window::{self, MAIN},
};
use news::News;

/// The tray follows what is unread at this distance.
const TRAY_FOLLOWS: Duration = Duration::from_millis(200);
/// The window's place is kept when it has rested for so long.
const PLACE_RESTS: Duration = Duration::from_secs(1);
/// A hidden window's web view is let go after so long: time for the page to keep what was typed, and for second thoughts.
const LET_GO: Duration = Duration::from_secs(10);
/// What a web view leaves running is ended so long after it is gone ...
const LEFTOVERS: Duration = Duration::from_secs(2);
/// ... and WebKit hears of that within so long: a window that is opened before might ask a process that is just ending.
#[cfg(target_os = "linux")]
const HEARD_OF: Duration = Duration::from_millis(200);
/// What the page wants to keep before it goes gets so long.
const LAST_WORDS: Duration = Duration::from_millis(200);
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

/// A window that was let go is there for some moments more, and as long as it is, none can be opened in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Going {
    /// Nobody has wanted it since.
    Away,
    /// Somebody wants it: it comes again when it is gone.
    AndBack,
}

/// What closing the window means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    /// It hides; the app goes on in the tray.
    Hide,
    /// Something in it would be lost: it stays, out of the way.
    Keep,
    /// The end.
    Quit,
}

/// `has_tray`: the app is to go on in a tray, and there is one. `is_busy`: see [`crate::presence::Presence::is_busy`].
/// `is_meant`: the person was told of that just now, and closes again.
fn closing(has_tray: bool, is_busy: bool, is_meant: bool) -> Closing {
    match (has_tray, is_busy, is_meant) {
        (true, _, _) => Closing::Hide,
        (false, true, false) => Closing::Keep,
        _ => Closing::Quit,
    }
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
            Ask::CloseRequested => {
                let has_tray = self.shell.settings().close_to_tray && self.has_tray().await;
                let now = Instant::now();
                let is_meant = self.kept_open.is_some_and(|kept| now < kept + CLOSING_AGAIN);
                // What drives the window from outside means what it does.
                let is_busy = self.shell.presence.is_busy() && !self.shell.arguments.automation;
                match closing(has_tray, is_busy, is_meant) {
                    Closing::Hide => self.hide().await,
                    Closing::Keep => self.keep_open(now).await,
                    Closing::Quit => self.quit().await,
                }
            }
            Ask::Moved => self.timers.place = Some(Instant::now() + PLACE_RESTS),
            Ask::Focused(focused) => {
                self.shell.presence.set_focused(focused);
                if focused {
                    self.attract(None);
                }
            }
            Ask::Gone => match self.going.take() {
                Some(Going::AndBack) => self.open(None),
                Some(Going::Away) => self.timers.leftovers = Some(Instant::now() + LEFTOVERS),
                None => {}
            },
            Ask::Quit => self.quit().await,
        }
    }

    /// Brings the window to the front, or opens it anew where it was let go.
    fn open(&mut self, token: Option<&str>) {
        self.timers.let_go = None;
        self.timers.leftovers = None;
        self.timers.tray_comes = None;
        if self.going.is_some() && self.app.get_webview_window(MAIN).is_some() {
            self.going = Some(Going::AndBack);
            return;
        }
        window::show(&self.app, &self.shell, token);
        badge::show_title(&self.app, &app_name(&self.shell.arguments), self.news.total);
    }

    async fn hide(&mut self) {
        self.keep_place();
        if let Some(window) = self.app.get_webview_window(MAIN)
            && let Err(error) = window.hide()
        {
            tracing::warn!(%error, "the window cannot be hidden");
        }
        self.shell.presence.set_focused(false);
        // Driven from outside, the window is the driver's.
        if !self.shell.arguments.automation {
            self.timers.let_go = Some(Instant::now() + LET_GO);
        }
        let explained = {
            let mut place = self.shell.window_place.lock();
            std::mem::replace(&mut place.has_explained_tray, true)
        };
        if !explained {
            self.shell.save_window_place();
            self.explain_tray().await;
        }
    }

    /// The window goes out of the way and says why it is still there.
    async fn keep_open(&mut self, now: Instant) {
        self.kept_open = Some(now);
        if let Some(window) = self.app.get_webview_window(MAIN)
            && let Err(error) = window.minimize()
        {
            tracing::warn!(%error, "the window cannot be minimised");
        }
        self.explain_kept().await;
    }

    /// The hidden window's page and its process go; what is told from now on waits for the next one.
    fn let_go(&mut self) {
        let Some(window) = self.app.get_webview_window(MAIN) else {
            return;
        };
        if window.is_visible().unwrap_or(true) {
            return;
        }
        if self.shell.presence.is_busy() {
            self.timers.let_go = Some(Instant::now() + LET_GO);
            return;
        }
        self.shell.presence.rest();
        // The page had it: the next one is not to be led there again.
        self.shell.forget_link();
        self.shell.listeners.clear();
        match window.destroy() {
            Ok(()) => {
                self.going = Some(Going::Away);
                tracing::info!("the hidden window's web view was let go");
            }
            Err(error) => tracing::warn!(%error, "the hidden window stays"),
        }
    }

    /// Nothing of the web view stays behind. Who opens the window is this task, so it is not opened meanwhile.
    #[cfg_attr(not(target_os = "linux"), expect(clippy::unused_async))]
    async fn end_leftovers(&self) {
        #[cfg(target_os = "linux")]
        if self.app.webview_windows().is_empty() {
            leftovers::end();
            tokio::time::sleep(HEARD_OF).await;
        }
    }

    async fn quit(&mut self) {
        self.keep_place();
        if let Some(window) = self.app.get_webview_window(MAIN) {
            // The page keeps what was typed when it is hidden.
            let _ = window.hide();
            tokio::time::sleep(LAST_WORDS).await;
        }
        self.board.clear();
        if tokio::time::timeout(PARTING, self.show_what_is_due())
            .await
            .is_err()
        {
            tracing::debug!("notifications stay on the screen: who shows them says nothing");
        }
        self.app.exit(0);
    }

    async fn has_tray(&self) -> bool {
        #[cfg(target_os = "linux")]
        let has_tray = self.shell.bus.has_tray().await;
        #[cfg(not(target_os = "linux"))]
        let has_tray = self.tray.is_there();
        has_tray
    }

    fn keep_place(&self) {
        let Some(window) = self.app.get_webview_window(MAIN) else {
            return;
        };
        let before = *self.shell.window_place.lock();
        if let Some(place) = window::place_of(&window, before) {
            *self.shell.window_place.lock() = place;
            self.shell.save_window_place();
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_without_a_tray_is_kept_while_something_in_it_would_be_lost() {
        assert_eq!(closing(true, true, false), Closing::Hide);
        assert_eq!(closing(false, true, false), Closing::Keep);
        assert_eq!(closing(false, true, true), Closing::Quit);
        assert_eq!(closing(false, false, false), Closing::Quit);
    }
}
