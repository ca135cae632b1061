//! Formats, and how their first bytes look.

use serde::{Deserialize, Serialize};

use super::{Read_, Source};

/// What a file can be sent and shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Kind {
    /// A picture that is shown in place.
    Image,
    /// A video that is played in place.
    Video,
    /// A sound that is played in place.
    Sound,
    /// Anything else.
    #[default]
    File,
}

/// What a file's content says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Format {
    Jpeg,
    Png,
    Gif,
    Webp,
    Bmp,
    Heif,
    Avif,
    Tiff,
    Ico,
    Svg,
    Html,
    Mp4,
    QuickTime,
    Webm,
    Matroska,
    Avi,
    Ogg,
    Mp3,
    M4a,
    Aac,
    Wav,
    Flac,
    Amr,
    Pdf,
    Zip,
    Gzip,
    SevenZip,
    Rar,
    /// Something that an operating system starts: ELF, PE, Mach-O, a script with `#!`.
    Program,
    #[default]
    Other,
}

impl Format {
    /// What a sound file of this format is shown as, before its tracks are known.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Jpeg | Self::Png | Self::Gif | Self::Webp | Self::Bmp => Kind::Image,
            Self::Mp4 | Self::QuickTime | Self::Webm | Self::Matroska => Kind::Video,
            Self::Ogg | Self::Mp3 | Self::M4a | Self::Aac | Self::Wav | Self::Flac => Kind::Sound,
            _ => Kind::File,
        }
    }

    /// The MIME type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Heif => "image/heif",
            Self::Avif => "image/avif",
            Self::Tiff => "image/tiff",
            Self::Ico => "image/vnd.microsoft.icon",
            Self::Svg => "image/svg+xml",
            Self::Html => "text/html",
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::Webm => "video/webm",
            Self::Matroska => "video/x-matroska",
            Self::Avi => "video/x-msvideo",
            Self::Ogg => "audio/ogg",
            Self::Mp3 => "audio/mpeg",
            Self::M4a => "audio/mp4",
            Self::Aac => "audio/aac",
            Self::Wav => "audio/wav",
            Self::Flac => "audio/flac",
            Self::Amr => "audio/amr",
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Gzip => "application/gzip",
            Self::SevenZip => "application/x-7z-compressed",
            Self::Rar => "application/vnd.rar",
            Self::Program | Self::Other => "application/octet-stream",
        }
    }

    /// The usual extension, without a dot; empty where the content does not say.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Bmp => "bmp",
            Self::Heif => "heic",
            Self::Avif => "avif",
            Self::Tiff => "tiff",
            Self::Ico => "ico",
            Self::Svg => "svg",
            Self::Html => "html",
            Self::Mp4 => "mp4",
            Self::QuickTime => "mov",
            Self::Webm => "webm",
            Self::Matroska => "mkv",
            Self::Avi => "avi",
            Self::Ogg => "ogg",
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Aac => "aac",
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Amr => "amr",
            Self::Pdf => "pdf",
            Self::Zip => "zip",
            Self::Gzip => "gz",
            Self::SevenZip => "7z",
            Self::Rar => "rar",
            Self::Program | Self::Other => "",
        }
    }
}

/// Formats whose first bytes are enough.
const STARTS: &[(&[u8], Format)] = &[
    (b"\xff\xd8\xff", Format::Jpeg),
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"GIF87a", Format::Gif),
    (b"GIF89a", Format::Gif),
    (b"II*\0", Format::Tiff),
    (b"MM\0*", Format::Tiff),
    (b"\0\0\x01\0", Format::Ico),
    (b"OggS", Format::Ogg),
    (b"ID3", Format::Mp3),
    (b"fLaC", Format::Flac),
    (b"#!AMR", Format::Amr),
    (b"%PDF-", Format::Pdf),
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"\x1f\x8b", Format::Gzip),
    (b"7z\xbc\xaf\x27\x1c", Format::SevenZip),
    (b"Rar!\x1a\x07", Format::Rar),
    (b"\x7fELF", Format::Program),
    (b"MZ", Format::Program),
    (b"\xfe\xed\xfa\xce", Format::Program),
    (b"\xfe\xed\xfa\xcf", Format::Program),
    (b"\xce\xfa\xed\xfe", Format::Program),
    (b"\xcf\xfa\xed\xfe", Format::Program),
    (b"\xca\xfe\xba\xbe", Format::Program),
    (b"#!", Format::Program),
];

/// What the first bytes say.
pub(super) fn of(source: &mut Source<'_>) -> Read_<Format> {
    let head = source.up_to(0, 1024)?.to_vec();
    if let Some((_, format)) = STARTS.iter().find(|(start, _)| head.starts_with(start)) {
        return Ok(*format);
    }
    let at = |from: usize, to: usize| head.get(from..to).unwrap_or_default();
    if at(0, 4) == b"RIFF" {
        return Ok(match at(8, 12) {
            b"WEBP" => Format::Webp,
            b"WAVE" => Format::Wav,
            b"AVI " => Format::Avi,
            _ => Format::Other,
        });
    }
    if at(0, 2) == b"BM" && matches!(at(14, 18), [12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]) {
        return Ok(Format::Bmp);
    }
    if matches!(
        at(4, 8),
        b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot"
    ) {
        return Ok(brand(&head));
    }
    if at(0, 4) == b"\x1a\x45\xdf\xa3" {
        let webm = head.windows(4).take(64).any(|four| four == b"webm");
        return Ok(if webm { Format::Webm } else { Format::Matroska });
    }
    // An MPEG frame: eleven set bits, then a version, a layer, a rate and a frequency that exist.
    if let [0xff, second, third, ..] = head.as_slice()
        && second & 0xe0 == 0xe0
    {
        if second & 0xf6 == 0xf0 {
            return Ok(Format::Aac);
        }
        if second & 0x18 != 0x08 && second & 0x06 == 0x02 && third & 0xf0 != 0xf0 && third & 0x0c != 0x0c {
            return Ok(Format::Mp3);
        }
    }
    Ok(markup(&head).unwrap_or_default())
}

/// The brands of an ISO file tell pictures from films and sounds.
fn brand(head: &[u8]) -> Format {
    if head.get(4..8) != Some(b"ftyp") {
        return Format::QuickTime;
    }
    let length = head
        .first_chunk::<4>()
        .map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let brands = || {
        head.get(8..length.clamp(8, head.len()))
            .unwrap_or_default()
            .chunks_exact(4)
            .enumerate()
            .filter(|(at, _)| *at != 1)
            .map(|(_, brand)| brand)
    };
    match head.get(8..12) {
        Some(b"qt  ") => return Format::QuickTime,
        Some(b"M4A " | b"M4B " | b"M4P ") => return Format::M4a,
        Some(b"avif" | b"avis") => return Format::Avif,
        _ => {}
    }
    if brands().any(|brand| brand == b"avif") {
        return Format::Avif;
    }
    if brands().any(|brand| {
        matches!(
            brand,
            b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"mif1" | b"msf1"
        )
    }) {
        return Format::Heif;
    }
    Format::Mp4
}

/// Markup that a browser would run if it were shown.
fn markup(head: &[u8]) -> Option<Format> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let first = text.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if text.get(first) != Some(&b'<') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let has = |what: &[u8]| lower.windows(what.len()).any(|part| part == what);
    if has(b"<svg") || has(b"<!doctype svg") {
        Some(Format::Svg)
    } else if has(b"<html") || has(b"<!doctype html") || has(b"<script") || has(b"<body") || has(b"<head") {
        Some(Format::Html)
    } else {
        None
    }
}

/// Whether a picture is something else at the same time: a page or a program at its head, an archive at its tail (H19).
pub(super) fn is_also_something_else(source: &mut Source<'_>) -> Result<bool, crate::error::MediaError> {
    const IN_THE_HEAD: &[&[u8]] = &[b"<script", b"<html", b"<svg", b"<body", b"<?php", b"%pdf-"];
    let head = source.up_to(0, 1024)?.to_ascii_lowercase();
    let in_head = IN_THE_HEAD
        .iter()
        .any(|what| head.windows(what.len()).any(|part| part == *what));
    // The end of an archive stands in its last 64 KiB, whatever is in front of it.
    let tail_from = source.len().saturating_sub(crate::limits::WINDOW_BYTES as u64);
    let tail = source.up_to(tail_from, crate::limits::WINDOW_BYTES)?;
    let length = source_end(tail);
    Ok(in_head || length)
}

/// Whether an archive's end record stands in `tail` and reaches to its end.
fn source_end(tail: &[u8]) -> bool {
    tail.windows(22).enumerate().any(|(at, record)| {
        record.starts_with(b"PK\x05\x06")
            && record
                .last_chunk::<2>()
                .is_some_and(|length| at + 22 + usize::from(u16::from_le_bytes(*length)) == tail.len())
    })
}
