//! Names of files as others gave them: made safe, shown as what they are, never overwriting (H19 to H21).

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use crate::limits;

/// What may be done with a received file (H19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// It may be given to the system's program for it.
    Allowed,
    /// It is shown in its folder and opened by nobody here.
    ShowInFolder,
}

/// Extensions of what is looked at and not run: pictures, videos, sounds, PDF, text.
const LOOKED_AT: &[&str] = &[
    "jpg", "jpeg", "png", "gif", "webp", "bmp", "heic", "heif", "avif", "tif", "tiff", "mp4", "m4v", "mov",
    "webm", "mkv", "avi", "mpg", "mpeg", "3gp", "ogv", "mp3", "m4a", "aac", "ogg", "oga", "opus", "wav",
    "flac", "amr", "pdf", "txt", "md", "log", "csv", "tsv", "srt", "vtt",
];

/// Extensions of what some system runs, mounts, installs or follows when it is opened.
const RUN: &[&str] = &[
    "7z",
    "action",
    "air",
    "apk",
    "app",
    "appimage",
    "applescript",
    "application",
    "appref-ms",
    "appx",
    "appxbundle",
    "arj",
    "asp",
    "aspx",
    "bas",
    "bash",
    "bat",
    "bin",
    "bundle",
    "cab",
    "chm",
    "class",
    "cmd",
    "com",
    "command",
    "cpl",
    "crx",
    "csh",
    "deb",
    "desktop",
    "dll",
    "dmg",
    "docm",
    "dotm",
    "dylib",
    "elf",
    "exe",
    "fish",
    "flatpak",
    "flatpakref",
    "fon",
    "gadget",
    "hta",
    "htm",
    "html",
    "inf",
    "ins",
    "img",
    "iso",
    "isp",
    "jar",
    "jnlp",
    "js",
    "jse",
    "ko",
    "kys",
    "library-ms",
    "lnk",
    "lua",
    "mam",
    "mht",
    "mhtml",
    "mjs",
    "mobileconfig",
    "mpkg",
    "msc",
    "msi",
    "msix",
    "msixbundle",
    "msp",
    "mst",
    "osx",
    "out",
    "paf",
    "php",
    "phar",
    "pif",
    "pkg",
    "pl",
    "pm",
    "potm",
    "ppam",
    "pptm",
    "prf",
    "prg",
    "ps1",
    "ps1xml",
    "ps2",
    "psc1",
    "psd1",
    "psm1",
    "py",
    "pyc",
    "pyo",
    "pyw",
    "pyz",
    "pyzw",
    "rb",
    "reg",
    "rpm",
    "run",
    "scf",
    "scpt",
    "scr",
    "sct",
    "search-ms",
    "service",
    "settingcontent-ms",
    "sh",
    "shb",
    "shs",
    "shtml",
    "sldm",
    "snap",
    "so",
    "svg",
    "svgz",
    "sys",
    "terminal",
    "theme",
    "themepack",
    "tool",
    "torrent",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "vxd",
    "wasm",
    "webloc",
    "website",
    "widget",
    "workflow",
    "ws",
    "wsc",
    "wsf",
    "wsh",
    "xbap",
    "xhtml",
    "xht",
    "xlam",
    "xll",
    "xlsm",
    "xltm",
    "xml",
    "xsl",
    "xslt",
    "zsh",
];

/// Extensions that are never saved as they are: a file manager follows or runs them without asking.
const DISARMED: &[&str] = &[
    "desktop",
    "lnk",
    "scf",
    "url",
    "library-ms",
    "search-ms",
    "webloc",
    "service",
    "pif",
];

/// Names that are devices on Windows, whatever extension they have.
const DEVICES: &[&str] = &[
    "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$", "COM0", "COM1", "COM2", "COM3", "COM4",
    "COM5", "COM6", "COM7", "COM8", "COM9", "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7",
    "LPT8", "LPT9",
];

/// Where the extension begins, at its dot: none at a leading dot, and none where what follows is no extension.
fn dot(name: &str) -> Option<usize> {
    let dot = name.rfind('.').filter(|dot| *dot > 0)?;
    let extension = name.get(dot + 1..)?;
    let plausible =
        !extension.is_empty() && extension.len() <= 32 && !extension.contains(char::is_whitespace);
    plausible.then_some(dot)
}

/// The extension that decides what opens the file, small letters, without its dot; empty where there is none.
#[must_use]
pub fn extension(name: &str) -> String {
    let trimmed = name.trim_end_matches(['.', ' ']);
    dot(trimmed)
        .and_then(|dot| trimmed.get(dot + 1..))
        .unwrap_or_default()
        .to_lowercase()
}

/// Whether a character changes how a name reads without being seen, or cannot be in one.
fn is_unwanted(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A name that can be given to a file in any folder on any system, from one that somebody else made up (H20).
///
/// Never empty, never with a separator, never a device, never hidden by a leading dot, at most 255 bytes with its
/// extension kept; and one that a file manager would follow ends in `.txt` (H19).
#[must_use]
pub fn safe(name: &str) -> String {
    // Only the last part of a path is its name, whichever system wrote it.
    let last = name
        .rsplit(['/', '\\'])
        .find(|part| !part.trim_matches(['.', ' ']).is_empty())
        .unwrap_or_default();
    let cleaned: String = last
        .chars()
        .filter(|character| !is_unwanted(*character))
        .map(|character| match character {
            ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            // Another kind of space at the end of a name is not seen either.
            other if other.is_whitespace() => ' ',
            other => other,
        })
        .collect();
    let mut name = cleaned
        .trim_start_matches(['.', ' ', '-', '~'])
        .trim_end_matches(['.', ' '])
        .to_owned();
    if name.is_empty() {
        "file".clone_into(&mut name);
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    if DEVICES.iter().any(|device| device.eq_ignore_ascii_case(stem)) || is_numbered_device(stem) {
        name.insert(0, '_');
    }
    // What it ends in is looked at when nothing will be cut off any more.
    let mut name = cut(&name, limits::NAME_BYTES);
    if DISARMED.contains(&extension(&name).as_str()) {
        name = cut(&name, limits::NAME_BYTES - ".txt".len());
        name.push_str(".txt");
    }
    name
}

/// Windows takes the superscript digits for digits.
fn is_numbered_device(stem: &str) -> bool {
    let upper = stem.to_uppercase();
    ["COM", "LPT"].iter().any(|device| {
        upper
            .strip_prefix(device)
            .is_some_and(|digit| matches!(digit, "\u{b9}" | "\u{b2}" | "\u{b3}"))
    })
}

/// At most `bytes` of the name, with its extension.
fn cut(name: &str, bytes: usize) -> String {
    if name.len() <= bytes {
        return name.to_owned();
    }
    let (stem, extension) = name.split_at(dot(name).unwrap_or(name.len()));
    let room = bytes.saturating_sub(extension.len());
    let end = (0..=room.min(stem.len()))
        .rev()
        .find(|end| stem.is_char_boundary(*end))
        .unwrap_or(0);
    let stem = stem.get(..end).unwrap_or_default().trim_end_matches(['.', ' ']);
    format!("{stem}{extension}")
}

/// The name in two parts, for showing: what stands before, and the extension with its dot that decides what opens the file.
/// A view keeps the second part visible however narrow it is (H7, H19).
#[must_use]
pub fn shown(name: &str) -> (String, String) {
    let safe = safe(name);
    let (stem, extension) = safe.split_at(dot(&safe).unwrap_or(safe.len()));
    (stem.to_owned(), extension.to_owned())
}

/// Whether some system runs, mounts, installs or follows what has this name (H19).
#[must_use]
pub fn runs_code(name: &str) -> bool {
    let extension = extension(name);
    RUN.contains(&extension.as_str()) || DISARMED.contains(&extension.as_str())
}

/// Whether a received file may be opened from here: its name and its type must both be of what is only looked at, and agree (H19).
#[must_use]
pub fn may_open(name: &str, mime: &str) -> Opening {
    let extension = extension(name);
    let mime = mime
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let harmless_type = match mime.split_once('/') {
        Some(("image", kind)) => !kind.contains("svg") && !kind.contains("xml"),
        Some(("video" | "audio", _)) => true,
        Some(("text", kind)) => matches!(
            kind,
            "plain" | "csv" | "markdown" | "tab-separated-values" | "vtt"
        ),
        Some(("application", kind)) => matches!(kind, "pdf" | "octet-stream"),
        _ => mime.is_empty(),
    };
    if harmless_type && LOOKED_AT.contains(&extension.as_str()) {
        Opening::Allowed
    } else {
        Opening::ShowInFolder
    }
}

/// Makes a new file in `folder` under the safe form of `name`, or under one with ` (2)` where that is taken (H21).
///
/// It follows no link, overwrites nothing, and is not executable.
///
/// # Errors
/// What the file system says.
pub fn unique(folder: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let safe = safe(name);
    let (stem, extension) = safe.split_at(dot(&safe).unwrap_or(safe.len()));
    for number in 1..=limits::NAME_TRIES {
        let suffix = if number == 1 {
            String::new()
        } else {
            format!(" ({number})")
        };
        let room = limits::NAME_BYTES.saturating_sub(suffix.len() + extension.len());
        let path = folder.join(format!("{}{suffix}{extension}", cut(stem, room)));
        let mut options = OpenOptions::new();
        // Where a link stands, it is there already.
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options
                .mode(0o600)
                .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
        }
        match options.open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests;
