//! How much is unread, on the window's title and on the desktop's task bar or dock.

use tauri::{AppHandle, Manager};

use crate::window::MAIN;

/// The app on launchers that follow Unity's interface (Dash to Dock, Plank, KDE's task bar), by its desktop file.
#[cfg(target_os = "linux")]
fn launcher() -> String {
    format!("application://{}.desktop", crate::DESKTOP_ENTRY)
}

/// A window's title with what is unread.
pub(crate) fn title(name: &str, unread: u64) -> String {
    match unread {
        0 => name.to_owned(),
        unread => format!("({unread}) {name}"),
    }
}

/// Shows it.
pub(crate) fn show_title(app: &AppHandle, name: &str, unread: u64) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    if let Err(error) = window.set_title(&title(name, unread)) {
        tracing::debug!(%error, "the window keeps its title");
    }
}

/// Shows the badge; 0 takes it away.
#[cfg(target_os = "linux")]
pub(crate) async fn show(bus: &crate::bus::Bus, unread: u64, is_urgent: bool) {
    use std::collections::HashMap;
    use zbus::zvariant::Value;

    let count = i64::try_from(unread).unwrap_or(i64::MAX);
    let properties: HashMap<&str, Value<'_>> = HashMap::from([
        ("count", count.into()),
        ("count-visible", (unread > 0).into()),
        ("urgent", is_urgent.into()),
    ]);
    let told = bus
        .emit(
            "/im/tidings/desktop",
            "com.canonical.Unity.LauncherEntry",
            "Update",
            &(launcher(), properties),
        )
        .await;
    if let Err(error) = told {
        tracing::debug!(%error, "no badge");
    }
}

/// Shows the badge; 0 takes it away.
#[cfg(not(target_os = "linux"))]
pub(crate) fn show(app: &AppHandle, unread: u64) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let count = i64::try_from(unread).ok().filter(|count| *count > 0);
    #[cfg(windows)]
    let shown = {
        // Windows has no number there, only a small picture over the icon.
        const SIZE: usize = 32;
        let picture = count.map(|_| {
            let mut rgba = vec![0; SIZE * SIZE * 4];
            for (at, pixel) in rgba.chunks_exact_mut(4).enumerate() {
                let middle = (SIZE as f64 - 1.0) / 2.0;
                let (x, y) = ((at % SIZE) as f64 - middle, (at / SIZE) as f64 - middle);
                if x.hypot(y) <= middle {
                    pixel.copy_from_slice(&[0xd9, 0x2d, 0x20, 0xff]);
                }
            }
            tauri::image::Image::new_owned(rgba, SIZE as u32, SIZE as u32)
        });
        window.set_overlay_icon(picture)
    };
    #[cfg(not(windows))]
    let shown = window.set_badge_count(count);
    if let Err(error) = shown {
        tracing::debug!(%error, "no badge");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_badge_is_for_the_desktop_file_that_the_packages_install() {
        let packaged = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/app");
        let installed = launcher().replace("application://", "");
        assert!(packaged.join(installed).is_file());
        let config: serde_json::Value = serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap();
        assert_eq!(config["identifier"], crate::DESKTOP_ENTRY);
    }

    #[test]
    fn the_title_counts_what_is_unread() {
        assert_eq!(title("Tidings", 0), "Tidings");
        assert_eq!(title("Tidings (work)", 3), "(3) Tidings (work)");
    }
}
