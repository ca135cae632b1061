//! Starting, hidden, when the person signs in to this computer. One entry for each profile.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::cli::Arguments;

/// How this app is to be started then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    name: String,
    command: Vec<String>,
}

impl Entry {
    /// For the profile that these arguments name.
    ///
    /// # Errors
    /// When the system does not say where this program is, or its path is not text.
    pub(crate) fn new(arguments: &Arguments) -> io::Result<Self> {
        // An AppImage is mounted somewhere else each time; what it says of itself stays.
        let program = match std::env::var_os("APPIMAGE") {
            Some(image) => PathBuf::from(image),
            None => std::env::current_exe()?,
        };
        Self::of(&program, arguments)
    }

    fn of(program: &Path, arguments: &Arguments) -> io::Result<Self> {
        let text = |path: &Path| {
            path.to_str()
                .filter(|text| !text.contains(char::is_control))
                .map(str::to_owned)
                .ok_or_else(|| io::Error::other("the path cannot be written into an entry"))
        };
        let mut command = vec![text(program)?, "--hidden".to_owned()];
        let profile = arguments.profile.as_str();
        let mut name = "tidings".to_owned();
        if profile != "default" {
            command.extend(["--profile".to_owned(), profile.to_owned()]);
            name = format!("tidings-{profile}");
        }
        if let Some(dir) = &arguments.data_dir {
            command.extend(["--data-dir".to_owned(), text(&std::path::absolute(dir)?)?]);
        }
        Ok(Self { name, command })
    }
}

#[cfg(target_os = "linux")]
mod system {
    use super::*;

    fn file(entry: &Entry) -> Option<PathBuf> {
        let from = |name: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|dir| dir.is_absolute())
        };
        let config = from("XDG_CONFIG_HOME").or_else(|| from("HOME").map(|home| home.join(".config")))?;
        Some(config.join("autostart").join(format!("{}.desktop", entry.name)))
    }

    /// As the Desktop Entry Specification quotes: for the entry's own values first, then for `Exec`.
    pub(super) fn quoted(argument: &str) -> String {
        let mut out = String::from("\"");
        for letter in argument.chars() {
            match letter {
                '"' | '`' | '$' => out.extend(["\\\\", &letter.to_string()]),
                '\\' => out.push_str("\\\\\\\\"),
                '%' => out.push_str("%%"),
                other => out.push(other),
            }
        }
        out.push('"');
        out
    }

    pub(super) fn text(entry: &Entry) -> String {
        let command: Vec<String> = entry.command.iter().map(|each| quoted(each)).collect();
        format!(
            "[Desktop Entry]\nType=Application\nName=Tidings\nExec={}\nTerminal=false\nX-GNOME-Autostart-enabled=true\n",
            command.join(" ")
        )
    }

    pub(crate) fn set(entry: &Entry, wanted: bool) -> io::Result<()> {
        let file = file(entry).ok_or_else(|| io::Error::other("this system names no folder for it"))?;
        if !wanted {
            return match std::fs::remove_file(file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            };
        }
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        crate::profile::write_private_file(&file, text(entry).as_bytes())
    }
}

#[cfg(target_os = "macos")]
mod system {
    use super::*;

    pub(crate) fn set(entry: &Entry, wanted: bool) -> io::Result<()> {
        let home = std::env::var_os("HOME").ok_or_else(|| io::Error::other("there is no home"))?;
        let folder = PathBuf::from(home).join("Library/LaunchAgents");
        let file = folder.join(format!("im.tidings.{}.plist", entry.name));
        if !wanted {
            return match std::fs::remove_file(file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            };
        }
        std::fs::create_dir_all(folder)?;
        let escaped = |text: &String| {
            let plain = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            format!("<string>{plain}</string>")
        };
        let arguments: String = entry.command.iter().map(escaped).collect();
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict><key>Label</key><string>im.tidings.{}</string>\
             <key>ProgramArguments</key><array>{arguments}</array><key>RunAtLoad</key><true/></dict></plist>\n",
            entry.name
        );
        crate::profile::write_private_file(&file, text.as_bytes())
    }
}

#[cfg(windows)]
mod system {
    use super::*;

    const KEY: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run";

    pub(crate) fn set(entry: &Entry, wanted: bool) -> io::Result<()> {
        let mut command = std::process::Command::new("reg");
        if wanted {
            let quoted: Vec<String> = entry.command.iter().map(|each| format!("\"{each}\"")).collect();
            command
                .args(["add", KEY, "/v", &entry.name, "/t", "REG_SZ", "/f", "/d"])
                .arg(quoted.join(" "));
        } else {
            command.args(["delete", KEY, "/v", &entry.name, "/f"]);
        }
        let done = command.output()?.status.success();
        // What is not there cannot be removed, and need not be.
        if done || !wanted {
            Ok(())
        } else {
            Err(io::Error::other("the registry does not take it"))
        }
    }
}

/// Makes the entry, or removes it. Blocks.
///
/// # Errors
/// When the system does not let us.
pub(crate) fn set(entry: &Entry, wanted: bool) -> io::Result<()> {
    system::set(entry, wanted)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn the_entry_starts_this_profile_hidden() {
        let arguments =
            Arguments::try_parse_from(["tidings", "--profile", "work", "--data-dir", "/a b/100%"]).unwrap();
        let entry = Entry::of(Path::new("/opt/\"x\"/tidings"), &arguments).unwrap();
        assert_eq!(entry.name, "tidings-work");
        let text = system::text(&entry);
        let exec = text.lines().find(|line| line.starts_with("Exec=")).unwrap();
        assert_eq!(
            exec,
            r#"Exec="/opt/\\"x\\"/tidings" "--hidden" "--profile" "work" "--data-dir" "/a b/100%%""#
        );
        let plain = Entry::of(Path::new("/t"), &Arguments::try_parse_from(["tidings"]).unwrap()).unwrap();
        assert_eq!((plain.name.as_str(), plain.command.len()), ("tidings", 2));
        assert!(Entry::of(Path::new("/t\n[x]"), &arguments).is_err());
    }
}
