//! What files are called and what they may be shown as.

use std::path::Path;

use tidings_media::{Format, Kind, Limits, names, probe};

/// By its content, from a list of what may be shown or played; everything else is nothing in particular (H19, H29). Blocks.
pub(crate) fn mime(path: &Path) -> &'static str {
    const OTHER: &str = "application/octet-stream";
    let Ok(probed) = probe::probe(path, &Limits::default()) else {
        return OTHER;
    };
    let is_shown = match probed.format {
        // Damaged, too large, or two things at once: a file, whatever it begins with.
        _ if probed.kind == Kind::File => false,
        Format::Jpeg | Format::Png | Format::Gif | Format::Webp | Format::Bmp => true,
        Format::Mp4 | Format::QuickTime | Format::Webm | Format::Matroska => true,
        Format::Ogg | Format::Mp3 | Format::M4a | Format::Aac | Format::Wav | Format::Flac => true,
        _ => false,
    };
    if is_shown { probed.mime } else { OTHER }
}

/// What a message calls a file, made safe; empty stays so.
pub(crate) fn name(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        names::safe(said)
    }
}

/// What the file at `path` is called, made safe.
pub(crate) fn name_of(path: &Path) -> String {
    names::safe(&path.file_name().unwrap_or_default().to_string_lossy())
}
