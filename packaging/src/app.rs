//! The app's package.

use anyhow::Result;

use crate::{
    elf,
    icons::{self, ID},
    package::{Package, Source},
};

/// What makes video, sound, dialogs and notifications work on a plain desktop. The tray needs nothing but a host for it, which GNOME has as an
/// extension.
const RECOMMENDS: &[&str] = &[
    "bubblewrap",
    "fonts-noto-color-emoji | fonts-twemoji | fonts-emoji",
    "gstreamer1.0-libav",
    "gstreamer1.0-plugins-good",
    "pipewire-alsa | libasound2-plugins",
    "notification-daemon | gnome-shell | plasma-workspace | cinnamon | xfce4-notifyd | mate-notification-daemon | dunst | mako-notifier | sway-notification-center",
    "xdg-dbus-proxy",
    "xdg-desktop-portal",
    "xdg-desktop-portal-gtk | xdg-desktop-portal-gnome | xdg-desktop-portal-kde | xdg-desktop-portal-lxqt | xdg-desktop-portal-backend",
    "xdg-utils",
];

/// The same in Fedora's names.
const RPM_RECOMMENDS: &[&str] = &[
    "bubblewrap",
    "google-noto-color-emoji-fonts",
    "gstreamer1-plugins-good",
    "gstreamer1-plugin-openh264",
    "pipewire-alsa",
    "xdg-dbus-proxy",
    "xdg-desktop-portal",
    "xdg-utils",
];

/// Puts the package together.
pub(crate) fn package(source: &Source<'_>) -> Result<Package> {
    let program = source.program("tidings")?;
    let mut package = Package {
        name: "tidings",
        version: source.version.to_owned(),
        time: source.time,
        section: "net",
        summary: "desktop messenger for machines that people own",
        description: &[
            "Tidings is a messenger for people who want to own their conversations. The app can host a space by itself: one person starts it and invites the others with a link.",
            "Or one hosts the server, which is in the package tidings-server, and the app signs in to it.",
        ],
        needs: elf::needs(&program)?,
        depends: &[],
        recommends: RECOMMENDS,
        suggests: &["tidings-server", "ffmpeg", "gnome-shell-extension-appindicator"],
        rpm_recommends: RPM_RECOMMENDS,
        licences: Vec::new(),
        entries: Vec::new(),
        scripts: Vec::new(),
    };
    package.add_as("usr/bin/tidings", program, 0o755);
    let desktop = format!("{ID}.desktop");
    package.add(
        &format!("usr/share/applications/{desktop}"),
        source.read(&format!("packaging/app/{desktop}"))?,
    );
    // "Send to" in Xfce's file manager. No kinds of files in the entry above: where nothing else opens pictures, Tidings would.
    package.add(
        &format!("usr/share/Thunar/sendto/{desktop}"),
        source.read("packaging/app/sendto.desktop")?,
    );
    let metainfo = format!("{ID}.metainfo.xml");
    package.add(
        &format!("usr/share/metainfo/{metainfo}"),
        source.text(&format!("packaging/app/{metainfo}"))?,
    );
    for (place, file) in icons::hicolor() {
        package.add(&format!("usr/share/icons/hicolor/{place}"), source.read(&file)?);
    }
    package.add_gz(
        "usr/share/man/man1/tidings.1",
        &source.text("packaging/app/tidings.1")?,
    )?;
    package.add_papers(source)?;
    Ok(package)
}
