//! System packages: what is needed, why, and how this distribution calls it.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead, IsTerminal, Write},
    process::Command,
};

use anyhow::{Result, bail};

use crate::process;

/// What something needs from the system.
#[derive(Clone, Copy)]
pub(crate) struct Package {
    debian: &'static str,
    fedora: &'static str,
    why: &'static str,
}

const fn package(debian: &'static str, fedora: &'static str, why: &'static str) -> Package {
    Package { debian, fedora, why }
}

/// To build and run the app.
pub(crate) const APP: &[Package] = &[
    package(
        "build-essential",
        "gcc-c++",
        "compiles the C parts (SQLite, libwebp) and links",
    ),
    package("cmake", "cmake", "builds libjpeg-turbo and libopus"),
    package("nasm", "nasm", "makes libjpeg-turbo fast"),
    package("pkg-config", "pkgconf-pkg-config", "finds the system's libraries"),
    package(
        "libwebkit2gtk-4.1-dev",
        "webkit2gtk4.1-devel",
        "the web view that draws the app",
    ),
    package(
        "libasound2-dev",
        "alsa-lib-devel",
        "the microphone, for voice messages",
    ),
    package(
        "gstreamer1.0-plugins-good",
        "gstreamer1-plugins-good",
        "plays videos and voices",
    ),
    package(
        "gstreamer1.0-libav",
        "gstreamer1-plugin-libav",
        "decodes the videos of phones and cameras",
    ),
    package("bubblewrap", "bubblewrap", "locks the web view into a sandbox"),
    package(
        "xdg-dbus-proxy",
        "xdg-dbus-proxy",
        "the sandbox's way to the desktop",
    ),
    package("xdg-utils", "xdg-utils", "opens links in the browser"),
    package(
        "fonts-noto-color-emoji",
        "google-noto-color-emoji-fonts",
        "emoji to draw",
    ),
];

/// To drive the real app in tests.
pub(crate) const TESTS: &[Package] = &[
    package(
        "xvfb",
        "xorg-x11-server-Xvfb",
        "a screen for the real app's tests",
    ),
    package("openbox", "openbox", "a window manager on that screen"),
    package(
        "webkit2gtk-driver",
        "/usr/bin/WebKitWebDriver",
        "drives the web view",
    ),
    package("dbus", "dbus-daemon", "a desktop session for the tests"),
    package("xdotool", "xdotool", "types and clicks as people do"),
    package("xclip", "xclip", "copies pictures and files as other programs do"),
    package("at-spi2-core", "at-spi2-core", "what screen readers hear"),
    package("fonts-dejavu-core", "dejavu-sans-fonts", "Latin letters to draw"),
    package(
        "fonts-noto-cjk",
        "google-noto-sans-cjk-fonts",
        "Chinese letters to draw",
    ),
];

/// To measure against, in benches.
pub(crate) const BENCHES: &[Package] = &[
    package("libvips-tools", "vips-tools", "makes thumbnails, for comparison"),
    package("nginx", "nginx", "takes uploads, for comparison"),
];

/// Node.js and npm, where there are none.
pub(crate) const NODE: &[Package] = &[
    package("nodejs", "nodejs", "builds the UI"),
    package("npm", "nodejs-npm", "fetches what the UI is built with"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Distribution {
    Debian,
    Fedora,
}

impl Distribution {
    fn here() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        Self::from_release(&fs::read_to_string("/etc/os-release").ok()?)
    }

    fn from_release(text: &str) -> Option<Self> {
        let fields: BTreeMap<&str, &str> = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key, value.trim_matches('"')))
            .collect();
        let names = ["ID", "ID_LIKE"]
            .into_iter()
            .filter_map(|key| fields.get(key))
            .flat_map(|value| value.split(' '));
        for name in names {
            match name {
                "debian" | "ubuntu" => return Some(Self::Debian),
                "fedora" | "rhel" => return Some(Self::Fedora),
                _ => {}
            }
        }
        None
    }

    fn name_of(self, package: Package) -> &'static str {
        match self {
            Self::Debian => package.debian,
            Self::Fedora => package.fedora,
        }
    }

    fn has(self, package: Package) -> bool {
        let name = self.name_of(package);
        match self {
            Self::Debian => process::ask("dpkg-query", &["-W", "-f", "${db:Status-Status}", name])
                .is_some_and(|status| status == "installed"),
            Self::Fedora => process::ask("rpm", &["-q", "--whatprovides", name]).is_some(),
        }
    }

    fn installing(self, names: &[&str]) -> Vec<Vec<String>> {
        let with = |start: &[&str]| {
            start
                .iter()
                .chain(names)
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        match self {
            Self::Debian => vec![
                vec!["apt-get".into(), "update".into()],
                with(&["apt-get", "install", "--yes", "--no-install-recommends"]),
            ],
            Self::Fedora => vec![with(&["dnf", "install", "--assumeyes"])],
        }
    }
}

/// Installs what is missing of `packages`. Says which and why, and asks first where somebody can answer.
pub(crate) fn ensure(packages: &[Package]) -> Result<()> {
    let Some(distribution) = Distribution::here() else {
        // macOS and Windows bring their web views; on other Linux systems the build says what it misses.
        return Ok(());
    };
    let missing: Vec<Package> = packages
        .iter()
        .copied()
        .filter(|package| !distribution.has(*package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing on this system:");
    for package in &missing {
        println!("  {:<24} {}", distribution.name_of(*package), package.why);
    }
    let names: Vec<&str> = missing
        .iter()
        .map(|package| distribution.name_of(*package))
        .collect();
    let is_root = process::ask("id", &["-u"]).is_some_and(|id| id == "0");
    let commands = distribution.installing(&names);
    if io::stdin().is_terminal() && std::env::var_os("CI").is_none() {
        let how = if is_root { "" } else { " (with sudo)" };
        print!("Install them now{how}? [Y/n] ");
        io::stdout().flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes") {
            let typed: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
            bail!("Not installed. By hand: {}", typed.join(" && "));
        }
    }
    for words in commands {
        let mut command = if is_root {
            Command::new("env")
        } else {
            Command::new("sudo")
        };
        command.arg("DEBIAN_FRONTEND=noninteractive").args(&words);
        process::run(&mut command)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_known_by_their_family() {
        let of = Distribution::from_release;
        assert_eq!(of("ID=debian\nVERSION_ID=\"12\"\n"), Some(Distribution::Debian));
        assert_eq!(
            of("NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"),
            Some(Distribution::Debian)
        );
        assert_eq!(of("ID=fedora\n"), Some(Distribution::Fedora));
        assert_eq!(
            of("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"),
            Some(Distribution::Fedora)
        );
        assert_eq!(of("ID=arch\n"), None);
    }
}
