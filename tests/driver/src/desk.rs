//! A display with what a desktop app expects to find on one.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::{App, DriverError};

/// A display, a window manager and a session bus; all end with it.
#[derive(Debug)]
pub struct Desk {
    display: String,
    bus: String,
    home: TempDir,
    /// Apps tell the accessibility bus what they show.
    is_heard: bool,
    // In the order in which they must end: the display last.
    servants: Vec<Child>,
}

/// A session bus on which nothing is there but what a test puts there: what else this computer has (somebody who shows notifications, for
/// instance) is not started by being spoken to.
const BUS: &str = "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
    \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\
    <busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>\
    <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy>\
    </busconfig>\n";

impl Desk {
    /// Sets a desk up. Needs Debian's `xvfb`, `openbox` and `dbus`.
    ///
    /// # Errors
    /// When one of the programs is missing or does not come up.
    pub fn set_up() -> Result<Self, DriverError> {
        Self::set_up_with(false)
    }

    /// The same, with apps that tell a [`ScreenReader`](crate::ScreenReader) what they show.
    ///
    /// # Errors
    /// As [`Desk::set_up`].
    pub fn set_up_to_be_heard() -> Result<Self, DriverError> {
        Self::set_up_with(true)
    }

    fn set_up_with(is_heard: bool) -> Result<Self, DriverError> {
        let home = TempDir::new()?;
        for folder in ["runtime", "data", "config", "cache"] {
            fs::create_dir(home.path().join(folder))?;
        }
        fs::set_permissions(home.path().join("runtime"), fs::Permissions::from_mode(0o700))?;

        let mut xvfb = Command::new("Xvfb");
        xvfb.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1600x1000x24",
            "-nolisten",
            "tcp",
            "-dpi",
            "96",
        ]);
        let (xvfb, number) = start_and_read_line("Xvfb", &mut xvfb)?;
        let mut desk = Self {
            display: format!(":{number}"),
            bus: String::new(),
            home,
            is_heard,
            servants: vec![xvfb],
        };

        let mut bus = desk.command(Path::new("dbus-daemon"));
        let config = desk.home.path().join("bus.conf");
        fs::write(&config, BUS)?;
        bus.arg(format!("--config-file={}", config.display())).args([
            "--nofork",
            "--nopidfile",
            "--print-address=1",
        ]);
        let (bus, address) = start_and_read_line("dbus-daemon", &mut bus)?;
        desk.bus = address;
        desk.servants.insert(0, bus);

        let mut openbox = desk.command(Path::new("openbox"));
        let openbox = openbox
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let openbox = openbox.spawn().map_err(|source| DriverError::Start {
            what: "openbox".into(),
            source,
        })?;
        desk.servants.insert(0, openbox);
        Ok(desk)
    }

    /// A command whose windows open on this desk, and whose folders are the desk's own.
    pub fn command(&self, program: &Path) -> Command {
        let home = self.home.path();
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("HOME", home)
            .env("PATH", self.path())
            .env("XDG_RUNTIME_DIR", home.join("runtime"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_CURRENT_DESKTOP", "openbox")
            .env("GDK_BACKEND", "x11")
            .env("LANG", "C.UTF-8")
            .env("LC_ALL", "C.UTF-8")
            .env("LANGUAGE", "en")
            .env_remove("WAYLAND_DISPLAY");
        if !self.is_heard {
            // Its bus would be started for each app anew.
            command.env("NO_AT_BRIDGE", "1").env("GTK_A11Y", "none");
        }
        command
    }

    /// The desk's own programs come before the computer's.
    fn path(&self) -> OsString {
        let mut path = self.home.path().join("bin").into_os_string();
        if let Some(rest) = env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        path
    }

    /// Every dialog for files is answered with this path from now on, as a person would who is asked by `zenity`.
    ///
    /// # Errors
    /// When the stand-in cannot be written.
    pub fn answers_dialogs(&self, path: &Path) -> Result<(), DriverError> {
        let bin = self.home.path().join("bin");
        fs::create_dir_all(&bin)?;
        fs::write(bin.join("answer"), path.as_os_str().as_encoded_bytes())?;
        let zenity = bin.join("zenity");
        fs::write(&zenity, "#!/bin/sh\nexec cat \"$(dirname \"$0\")/answer\"\n")?;
        Ok(fs::set_permissions(zenity, fs::Permissions::from_mode(0o755))?)
    }

    /// Starts `binary` with `args`, driven.
    ///
    /// # Errors
    /// When the driver (Debian's `webkit2gtk-driver`) is missing, or the app does not show a window.
    pub fn start(&self, binary: &Path, args: &[&str]) -> Result<App, DriverError> {
        App::start(self, binary, args)
    }

    /// The titles of the windows on the screen.
    ///
    /// # Errors
    /// When `xdotool` (Debian's package of this name) is missing.
    pub fn windows(&self) -> Result<Vec<String>, DriverError> {
        let ids = self.xdotool(&["search", "--onlyvisible", "--name", "."])?;
        let names = ids
            .lines()
            .map(|id| self.xdotool(&["getwindowname", id]).unwrap_or_default());
        Ok(names.map(|name| name.trim().to_owned()).collect())
    }

    /// Closes the window whose title ends so, the way the cross on its frame does.
    ///
    /// # Errors
    /// When there is none, or `xdotool` is missing.
    pub fn close_window(&self, title: &str) -> Result<(), DriverError> {
        let ids = self.xdotool(&["search", "--onlyvisible", "--name", &format!("{title}$")])?;
        let id = ids
            .lines()
            .next()
            .ok_or_else(|| DriverError::NotReady(format!("the window {title}")))?;
        self.xdotool(&[
            "windowactivate",
            "--sync",
            id,
            "key",
            "--clearmodifiers",
            "alt+F4",
        ])?;
        Ok(())
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<String, DriverError> {
        let output = self
            .command(Path::new("xdotool"))
            .args(arguments)
            .output()
            .map_err(|source| DriverError::Start {
                what: "xdotool".into(),
                source,
            })?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The session bus's address.
    pub(crate) fn bus(&self) -> &str {
        &self.bus
    }

    /// The display's name, for example `:7`.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// A new file of this desk, for a program to write its output to.
    pub(crate) fn new_output(&self) -> io::Result<(fs::File, PathBuf)> {
        tempfile::Builder::new()
            .prefix("output-")
            .tempfile_in(self.home.path())?
            .keep()
            .map_err(|error| error.error)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        for servant in &mut self.servants {
            // It may have ended by itself; either way it is gone afterwards.
            let _ = servant.kill();
            let _ = servant.wait();
        }
    }
}

/// Starts a program that prints one line when it is ready.
fn start_and_read_line(what: &str, command: &mut Command) -> Result<(Child, String), DriverError> {
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().map_err(|source| DriverError::Start {
        what: what.into(),
        source,
    })?;
    let mut line = String::new();
    if let Some(output) = child.stdout.as_mut() {
        BufReader::new(output).read_line(&mut line)?;
    }
    if line.trim().is_empty() {
        let _ = child.kill();
        let _ = child.wait();
        return Err(DriverError::NotReady(what.into()));
    }
    Ok((child, line.trim().to_owned()))
}
