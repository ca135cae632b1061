//! What closing the window means, and what follows: it hides, its web view is let go, it comes again, or all ends.

use std::time::Duration;

use tauri::Manager;
use tokio::time::Instant;

#[cfg(target_os = "linux")]
use super::leftovers;
use super::{Desktop, app_name};
use crate::{
    badge,
    limits::{CLOSING_AGAIN, PARTING},
    window::{self, MAIN},
};

/// A hidden window's web view is let go after so long: time for the page to keep what was typed, and for second thoughts.
const LET_GO: Duration = Duration::from_secs(10);
/// What a web view leaves running is ended so long after it is gone ...
const LEFTOVERS: Duration = Duration::from_secs(2);
/// ... and WebKit hears of that within so long: a window that is opened before might ask a process that is just ending.
#[cfg(target_os = "linux")]
const HEARD_OF: Duration = Duration::from_millis(200);
/// What the page wants to keep before it goes gets so long.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A window that was let go is there for some moments more, and as long as it is, none can be opened in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Going {
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

impl Desktop {
    /// Somebody closes the window.
    pub(super) async fn close(&mut self) {
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

    /// The window is gone, with its page.
    pub(super) fn gone(&mut self) {
        match self.going.take() {
            Some(Going::AndBack) => self.open(None),
            Some(Going::Away) => self.timers.leftovers = Some(Instant::now() + LEFTOVERS),
            None => {}
        }
    }

    /// Brings the window to the front, or opens it anew where it was let go.
    pub(super) fn open(&mut self, token: Option<&str>) {
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
    pub(super) fn let_go(&mut self) {
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
    pub(super) async fn end_leftovers(&self) {
        #[cfg(target_os = "linux")]
        if self.app.webview_windows().is_empty() {
            leftovers::end();
            tokio::time::sleep(HEARD_OF).await;
        }
    }

    pub(super) async fn quit(&mut self) {
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

    pub(super) fn keep_place(&self) {
        let Some(window) = self.app.get_webview_window(MAIN) else {
            return;
        };
        let before = *self.shell.window_place.lock();
        if let Some(place) = window::place_of(&window, before) {
            *self.shell.window_place.lock() = place;
            self.shell.save_window_place();
        }
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
