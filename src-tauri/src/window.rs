//! The one window.

use std::{path::PathBuf, sync::Arc};

use tauri::{
    AppHandle, Manager, PhysicalPosition, PhysicalSize, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    webview::NewWindowResponse, window::Color,
};

use crate::{
    cli::DemoRole,
    events::Listeners,
    settings::Theme,
    shell::Shell,
    window_place::{Area, WindowPlace, fitted},
};

/// The window's label; the capability file names it.
pub(crate) const MAIN: &str = "main";

/// What the window is before the page has painted: the UI's own background, so that nothing flashes (`ui/src` has the same
/// values as `--ground`).
const LIGHT: Color = Color(0xff, 0xff, 0xff, 0xff);
const DARK: Color = Color(0x15, 0x18, 0x1a, 0xff);

/// The size of a window that nobody has sized yet, logical pixels.
const SIZE: (f64, f64) = (1100.0, 720.0);
/// The smallest size at which everything can be reached, logical pixels.
const LEAST_SIZE: (f64, f64) = (360.0, 480.0);

/// How the window opens.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    /// What the window is called.
    pub(crate) title: String,
    /// The profile's folder: what the web view keeps belongs to one profile and is as private as the rest.
    pub(crate) profile: PathBuf,
    /// Which colours.
    pub(crate) theme: Theme,
    /// How large everything is, percent.
    pub(crate) zoom: u16,
    /// Start without showing it.
    pub(crate) hidden: bool,
    /// Where it was.
    pub(crate) place: WindowPlace,
    /// Beside the other window of the demo.
    pub(crate) demo: Option<DemoRole>,
}

/// How this shell's window opens.
pub(crate) fn opening(shell: &Shell) -> Opening {
    let settings = shell.settings();
    Opening {
        title: crate::desktop::app_name(&shell.arguments),
        profile: shell.dir.clone(),
        theme: settings.theme,
        zoom: settings.zoom,
        hidden: false,
        demo: shell.arguments.demo,
        place: *shell.window_place.lock(),
    }
}

/// Opens the window.
///
/// # Errors
/// When the system gives none.
pub(crate) fn open(app: &AppHandle, opening: Opening, listeners: Listeners) -> tauri::Result<WebviewWindow> {
    let mut builder = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title(opening.title)
        .data_directory(opening.profile.join("web"))
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(LEAST_SIZE.0, LEAST_SIZE.1)
        .visible(!opening.hidden)
        .theme(asked_theme(opening.theme))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_page_load(move |_, payload| {
            if payload.event() == tauri::webview::PageLoadEvent::Started {
                listeners.clear();
            }
        });
    if let Some(colour) = asked_colour(opening.theme) {
        builder = builder.background_color(colour);
    }
    // Put where it was before anybody sees it.
    let area = (opening.demo.is_none())
        .then(|| fitted(opening.place.area?, &monitors(app)))
        .flatten();
    if area.is_some() || opening.place.is_maximised {
        builder = builder.visible(false);
    }
    if let Some(((x, y), (width, height))) = opening.demo.and_then(|role| half_of_the_screen(app, role)) {
        builder = builder.position(x, y).inner_size(width, height);
    }
    let window = builder.build()?;
    #[cfg(target_os = "linux")]
    keep_little(&window)?;
    if opening.theme == Theme::System {
        // Only the window knows which theme the desktop has. Nothing is painted before the event loop runs.
        let dark = window.theme().is_ok_and(|theme| theme == tauri::Theme::Dark);
        window.set_background_color(Some(if dark { DARK } else { LIGHT }))?;
    }
    if opening.zoom != 100 {
        window.set_zoom(f64::from(opening.zoom) / 100.0)?;
    }
    if let Some(area) = area {
        window.set_size(PhysicalSize::new(area.width, area.height))?;
        window.set_position(PhysicalPosition::new(area.x, area.y))?;
    }
    if opening.place.is_maximised && opening.demo.is_none() {
        window.maximize()?;
    }
    if !opening.hidden && (area.is_some() || opening.place.is_maximised) {
        window.show()?;
    }
    Ok(window)
}

/// Pictures that have left the page are on this computer's disk: the web view need not keep them, decoded, for a way back.
#[cfg(target_os = "linux")]
fn keep_little(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{CacheModel, WebContextExt, WebViewExt};
    window.with_webview(|view| {
        if let Some(context) = view.inner().context() {
            context.set_cache_model(CacheModel::DocumentViewer);
        }
    })
}

/// Everybody's work areas, the primary monitor's first.
fn monitors(app: &AppHandle) -> Vec<Area> {
    let primary = app.primary_monitor().ok().flatten();
    let all = app.available_monitors().unwrap_or_default();
    primary
        .into_iter()
        .chain(all)
        .map(|monitor| {
            let area = monitor.work_area();
            Area {
                x: area.position.x,
                y: area.position.y,
                width: area.size.width,
                height: area.size.height,
            }
        })
        .collect()
}

/// Where the window is, to be remembered; nothing while that says nothing (it is hidden or minimised).
pub(crate) fn place_of(window: &WebviewWindow, before: WindowPlace) -> Option<WindowPlace> {
    let is_there = window.is_visible().ok()? && !window.is_minimized().ok()?;
    if !is_there || window.is_fullscreen().ok()? {
        return None;
    }
    let is_maximised = window.is_maximized().ok()?;
    let (position, size) = (window.outer_position().ok()?, window.inner_size().ok()?);
    let area = Area {
        x: position.x,
        y: position.y,
        width: size.width,
        height: size.height,
    };
    Some(WindowPlace {
        // Where it goes back to is what counts.
        area: if is_maximised { before.area } else { Some(area) },
        is_maximised,
        ..before
    })
}

/// Brings the window to the front, or opens it anew where it was let go. `token`: what lets it, where the desktop wants one.
pub(crate) fn show(app: &AppHandle, shell: &Arc<Shell>, token: Option<&str>) {
    if app.get_webview_window(MAIN).is_some() {
        bring_to_front(app, token);
        return;
    }
    match open(app, opening(shell), shell.listeners.clone()) {
        Ok(_) => shell.presence.wake(),
        Err(error) => tracing::error!(%error, "the window cannot be opened"),
    }
}

/// Opens the window as small as it gets: on the task bar, where a tray was hoped for.
pub(crate) fn open_minimised(app: &AppHandle, shell: &Arc<Shell>) {
    show(app, shell, None);
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.minimize()
    {
        tracing::debug!(%error, "the window is not minimised");
    }
}

/// Makes everything in the window this large, percent.
pub(crate) fn zoom(app: &AppHandle, percent: u16) {
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.set_zoom(f64::from(percent) / 100.0)
    {
        tracing::debug!(%error, "the window does not zoom");
    }
}

/// How large a CSS pixel of the page is in the pixels in which the system says where a drag is: its own on Windows, the
/// desktop's logical ones elsewhere.
pub(crate) fn css_pixel(app: &AppHandle, shell: &Shell) -> f64 {
    let scale = match app.get_webview_window(MAIN) {
        Some(window) if cfg!(windows) => window.scale_factor().unwrap_or(1.0),
        _ => 1.0,
    };
    scale * f64::from(shell.settings().zoom.max(1)) / 100.0
}

/// Makes an open window follow the theme that was chosen.
pub(crate) fn follow_theme(app: &AppHandle, theme: Theme) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let followed = window
        .set_theme(asked_theme(theme))
        .and_then(|()| match asked_colour(theme) {
            Some(colour) => window.set_background_color(Some(colour)),
            None => Ok(()),
        });
    if let Err(error) = followed {
        tracing::debug!(%error, "the window does not follow the theme");
    }
}

/// Brings the window to the front, also when it is hidden or minimised.
fn bring_to_front(app: &AppHandle, token: Option<&str>) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    #[cfg(target_os = "linux")]
    if let Some(token) = token {
        let (named, token) = (window.clone(), token.to_owned());
        let given = window.run_on_main_thread(move || {
            use gtk::prelude::GtkWindowExt;
            if let Ok(window) = named.gtk_window() {
                window.set_startup_id(&token);
            }
        });
        if let Err(error) = given {
            tracing::debug!(%error, "the desktop's token was not used");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = token;
    let brought = window
        .show()
        .and_then(|()| window.unminimize())
        .and_then(|()| window.set_focus());
    if let Err(error) = brought {
        tracing::debug!(%error, "the window does not come to the front");
    }
}

fn asked_theme(theme: Theme) -> Option<tauri::Theme> {
    match theme {
        Theme::System => None,
        Theme::Light => Some(tauri::Theme::Light),
        Theme::Dark => Some(tauri::Theme::Dark),
    }
}

fn asked_colour(theme: Theme) -> Option<Color> {
    match theme {
        Theme::System => None,
        Theme::Light => Some(LIGHT),
        Theme::Dark => Some(DARK),
    }
}

/// H13: the window shows the app's own page and nothing else, ever.
fn is_ours(url: &Url) -> bool {
    let ours = if cfg!(windows) {
        url.scheme() == "http" && url.host_str() == Some("tauri.localhost") && url.port().is_none()
    } else {
        url.scheme() == "tauri" && url.host_str() == Some("localhost")
    };
    if !ours {
        tracing::warn!(scheme = url.scheme(), "the page tried to leave the app");
    }
    ours
}

/// Position and size, logical pixels, of one of two windows side by side.
fn half_of_the_screen(app: &AppHandle, role: DemoRole) -> Option<((f64, f64), (f64, f64))> {
    let monitor = app
        .primary_monitor()
        .ok()
        .flatten()
        .or_else(|| app.available_monitors().ok()?.into_iter().next())?;
    let scale = monitor.scale_factor();
    let area = monitor.work_area();
    let (corner, size) = (
        area.position.to_logical::<f64>(scale),
        area.size.to_logical::<f64>(scale),
    );
    // Room for the windows' own frames.
    let (gap, title_bar) = (8.0, 40.0);
    let width = (size.width / 2.0 - 2.0 * gap).clamp(LEAST_SIZE.0, SIZE.0);
    let height = (size.height - title_bar - 2.0 * gap).clamp(LEAST_SIZE.1, SIZE.1);
    let middle = corner.x + size.width / 2.0;
    let x = match role {
        DemoRole::Host => (middle - gap - width).max(corner.x),
        DemoRole::Guest => middle + gap,
    };
    Some(((x, corner.y + gap), (width, height)))
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;

    #[test]
    fn h13_the_window_never_leaves_the_app() {
        assert!(is_ours(&Url::parse("tauri://localhost/").unwrap()));
        for foreign in [
            "http://evil/",
            "http://tauri.evil.com/",
            "http://tauri.localhost.evil.com/",
            "http://tauri.localhost/",
            "https://localhost/",
            "tauri://localhost.evil.com/",
            "tauri://evil/",
            "ipc://localhost/",
            "asset://localhost/etc/passwd",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
            "blob:tauri://localhost/x",
        ] {
            assert!(!is_ours(&Url::parse(foreign).unwrap()), "{foreign}");
        }
    }
}
