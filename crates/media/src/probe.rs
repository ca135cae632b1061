//! What a file is, by its content and never by its name (H19): kind, format, sides, duration.
//!
//! Only headers are read, in windows, and every length in them is checked against the file; nothing is decoded.

mod bmff;
mod exif;
mod flac;
mod format;
mod gif;
mod jpeg;
mod matroska;
mod mpeg;
mod ogg;
mod png;
mod riff;

use std::path::Path;

pub(crate) use exif::Exif;
pub use format::{Format, Kind};
pub(crate) use gif::colours as gif_colours;
pub(crate) use jpeg::read as read_jpeg;
pub(crate) use png::CRITICAL as PNG_CHUNKS_KEPT;

use crate::{
    error::MediaError,
    limits::{self, Limits},
    source::{self, Broken, Read_, Source},
};

/// What probing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// What the file can be sent and shown as. Anything that nothing here makes a picture, a video or a sound of is
    /// [`Kind::File`]: also a picture over [`Limits`], a damaged one, SVG, HTML, and files that are two things at once.
    pub kind: Kind,
    /// What its content says it is.
    pub format: Format,
    /// The MIME type of that content.
    pub mime: &'static str,
    /// The extension that goes with the content, without a dot; empty where nothing is known.
    pub extension: &'static str,
    /// Its length, bytes.
    pub size: u64,
    /// Its width as a person sees it, upright, pixels.
    pub width: Option<u32>,
    /// Its height as a person sees it, upright, pixels.
    pub height: Option<u32>,
    /// How long it plays, milliseconds.
    pub duration_ms: Option<u64>,
    /// How the stored picture must be turned to stand upright, as EXIF counts it, 1 to 8.
    pub orientation: u8,
    /// A picture, and no [`Kind::Image`]: it asks for more than [`Limits`] give.
    pub too_large: bool,
    /// A picture that moves.
    pub animated: bool,
    /// It says more than a picture has to: EXIF, XMP, comments (H25).
    pub has_metadata: bool,
    /// It says where it was taken (H25).
    pub has_location: bool,
    /// The codecs of its tracks, as the container names them (`avc1`, `V_VP9`), at most eight.
    pub codecs: Vec<String>,
}

/// What the reader of one format found.
#[derive(Debug, Default)]
struct Found {
    format: Format,
    kind: Kind,
    width: u32,
    height: u32,
    duration_ms: Option<u64>,
    orientation: u8,
    animated: bool,
    has_metadata: bool,
    has_location: bool,
    codecs: Vec<String>,
}

impl Found {
    fn of(format: Format) -> Self {
        Self {
            format,
            kind: format.kind(),
            orientation: 1,
            ..Self::default()
        }
    }
}

/// Looks at the file at `path`.
///
/// # Errors
/// Only where the file cannot be read, or is no file: what makes no sense is a [`Kind::File`].
pub fn probe(path: &Path, limits: &Limits) -> Result<Probed, MediaError> {
    let mut file = source::open(path)?;
    probe_bytes(&mut file, limits)
}

/// As [`probe`], of anything that can be read anywhere in: an open file, bytes in memory.
///
/// # Errors
/// As [`probe`].
pub fn probe_bytes<R: std::io::Read + std::io::Seek>(
    mut reader: R,
    limits: &Limits,
) -> Result<Probed, MediaError> {
    let mut source = Source::new(&mut reader, limits.parts)?;
    let size = source.len();
    let format = match format::of(&mut source) {
        Ok(format) => format,
        Err(Broken::Io(error)) => return Err(error.into()),
        Err(_) => Format::Other,
    };
    let mut too_large = false;
    let found = match read(&mut source, format, limits) {
        Ok(found) => found,
        Err(Broken::Io(error)) => return Err(error.into()),
        Err(broken) => {
            too_large = format.kind() == Kind::Image && matches!(broken, Broken::TooMuch);
            Found {
                kind: Kind::File,
                ..Found::of(format)
            }
        }
    };
    let mut kind = found.kind;
    let shown = (kind == Kind::Image || kind == Kind::Video) && found.width > 0 && found.height > 0;
    if kind == Kind::Image {
        let playable = limits.allow(found.width, found.height) && size <= limits.picture_bytes;
        too_large = !playable;
        if !playable || format::is_also_something_else(&mut source)? {
            kind = Kind::File;
        }
    }
    let (width, height) = if found.orientation >= 5 {
        (found.height, found.width)
    } else {
        (found.width, found.height)
    };
    Ok(Probed {
        kind,
        format: found.format,
        mime: mime(kind, found.format),
        extension: found.format.extension(),
        size,
        width: shown.then_some(width),
        height: shown.then_some(height),
        duration_ms: found
            .duration_ms
            .map(|duration| duration.min(limits::DURATION_MS)),
        orientation: found.orientation,
        too_large,
        animated: found.animated,
        has_metadata: found.has_metadata,
        has_location: found.has_location,
        codecs: found.codecs,
    })
}

fn read(source: &mut Source<'_>, format: Format, limits: &Limits) -> Read_<Found> {
    match format {
        Format::Jpeg => jpeg::found(source),
        Format::Png => png::found(source, limits),
        Format::Gif => gif::found(source, limits),
        Format::Webp | Format::Wav => riff::found(source, format, limits),
        Format::Bmp => bmp(source),
        Format::Mp4 | Format::QuickTime | Format::M4a | Format::Heif | Format::Avif => {
            bmff::found(source, format)
        }
        Format::Webm | Format::Matroska => matroska::found(source),
        Format::Ogg => ogg::found(source),
        Format::Mp3 | Format::Aac => mpeg::found(source, format),
        Format::Flac => flac::found(source),
        _ => Ok(Found::of(format)),
    }
}

/// The MIME type; a container without video is a sound's.
pub(crate) fn mime(kind: Kind, format: Format) -> &'static str {
    match (kind, format) {
        (Kind::Sound, Format::Webm) => "audio/webm",
        (Kind::Sound, Format::Matroska) => "audio/x-matroska",
        (_, format) => format.mime(),
    }
}

/// A BMP's header has either 16-bit sides (the oldest form) or 32-bit ones, the height negative where the rows begin at the top.
fn bmp(source: &mut Source<'_>) -> Read_<Found> {
    let mut found = Found::of(Format::Bmp);
    if source.le32(14)? == 12 {
        found.width = source.le16(18)?.into();
        found.height = source.le16(20)?.into();
    } else {
        found.width = source.le32(18)?;
        found.height = (source.le32(22)? as i32).unsigned_abs();
    }
    Ok(found)
}

/// What `units` of `1/scale` seconds are in milliseconds.
fn milliseconds(units: u64, scale: u64) -> Option<u64> {
    let duration = u128::from(units) * 1000 / u128::from((scale > 0).then_some(scale)?);
    u64::try_from(duration).ok()
}

#[cfg(test)]
mod tests;
