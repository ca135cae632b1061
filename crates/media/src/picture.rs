//! Pictures: the forms in which they are sent, and what is left out of them.

mod colour;
mod decode;
mod jpeg;
mod pixels;
mod placeholder;
mod png;
mod preview;
mod strip;
mod webp;

use std::path::Path;

pub use preview::first_preview;
pub(crate) use strip::stripped;
pub use strip::{Stripped, strip};

use crate::{
    error::{MediaError, guarded},
    limits::{self, Limits},
    probe::{Format, Kind, Probed},
};
pub(crate) use pixels::Pixels;

/// One form of a picture, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The file.
    pub bytes: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// JPEG, or WebP where there is transparency.
    pub format: Format,
}

impl Variant {
    /// How long the file is, bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// What is made of a picture before it is sent (R-I7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The original's width, upright, pixels.
    pub width: u32,
    /// The original's height, upright, pixels.
    pub height: u32,
    /// At most 720 on the short side, upright, nothing in it but pixels; none where the original is not larger than that.
    pub large: Option<Variant>,
    /// At most 198 on the short side, likewise, in sRGB; never larger than the original.
    pub thumb: Variant,
    /// A placeholder of some 25 bytes, as the thumbhash format has it.
    pub thumbhash: Vec<u8>,
    /// The average colour: red, green, blue.
    pub colour: [u8; 3],
}

/// Decodes the picture once and makes its forms. `probed` is what [`crate::probe::probe`] said of the same file.
///
/// # Errors
/// [`MediaError::Unsupported`] where `probed` is no picture, and whatever its decoder says.
pub fn prepare(path: &Path, probed: &Probed, limits: &Limits) -> Result<Picture, MediaError> {
    guarded(|| make(path, probed, limits, limits::LARGE_SIDE))
}

/// As [`prepare`], without the large form: several times as fast.
///
/// # Errors
/// As [`prepare`].
pub fn thumbnail(path: &Path, probed: &Probed, limits: &Limits) -> Result<Picture, MediaError> {
    guarded(|| make(path, probed, limits, limits::THUMB_SIDE))
}

/// The whole picture, upright: its sides, and red, green, blue and alpha of each pixel, row by row. For a clipboard.
///
/// # Errors
/// As [`prepare`]; [`MediaError::TooLarge`] also where all its pixels together are over the limits.
pub fn rgba(path: &Path, probed: &Probed, limits: &Limits) -> Result<(u32, u32, Vec<u8>), MediaError> {
    let (Kind::Image, Some(width), Some(height)) = (probed.kind, probed.width, probed.height) else {
        return Err(MediaError::Unsupported);
    };
    if u64::from(width) * u64::from(height) * 4 > limits.decoded_bytes {
        return Err(MediaError::TooLarge);
    }
    guarded(|| {
        let most = width.max(height);
        let decoded = decode::decode(path, probed, limits, (most, most))?;
        let pixels = decoded.pixels.turned(probed.orientation);
        Ok((pixels.width(), pixels.height(), pixels.with_alpha()))
    })
}

fn make(path: &Path, probed: &Probed, limits: &Limits, side: u32) -> Result<Picture, MediaError> {
    let (Kind::Image, Some(width), Some(height)) = (probed.kind, probed.width, probed.height) else {
        return Err(MediaError::Unsupported);
    };
    let wanted = fitting(width, height, side);
    // The decoder sees the picture as it is stored.
    let stored = if probed.orientation >= 5 {
        (wanted.1, wanted.0)
    } else {
        wanted
    };
    let decoded = decode::decode(path, probed, limits, stored)?;
    let pixels = colour::for_screens(
        decoded.pixels.scaled(stored.0, stored.1)?,
        decoded.profile.as_deref(),
    )?
    .turned(probed.orientation);
    let (thumb_width, thumb_height) = fitting(width, height, limits::THUMB_SIDE);
    let has_large = side > limits::THUMB_SIDE && (width, height) != wanted;
    let large = has_large.then(|| encode(&pixels, LARGE_QUALITY)).transpose()?;
    let thumb = pixels.scaled(thumb_width, thumb_height)?;
    let (thumbhash, colour) = placeholder::of(&thumb)?;
    Ok(Picture {
        width,
        height,
        large,
        thumb: encode(&thumb, THUMB_QUALITY)?,
        thumbhash,
        colour,
    })
}

/// The placeholder of a form that was made here, as in [`Picture`]: thumbhash and average colour. A video's poster needs one.
///
/// # Errors
/// What its decoder says.
pub fn placeholder(variant: &Variant, limits: &Limits) -> Result<(Vec<u8>, [u8; 3]), MediaError> {
    guarded(|| {
        let reader = std::io::Cursor::new(variant.bytes.as_slice());
        let wanted = fitting(variant.width, variant.height, placeholder::SIDE);
        placeholder::of(&decode::decode_from(reader, variant.format, limits, wanted)?.pixels)
    })
}

/// JPEG's quality, 1 to 100; WebP's is near it.
const LARGE_QUALITY: i32 = 82;
const THUMB_QUALITY: i32 = 78;

/// Encodes as what suits: JPEG, or WebP where something is transparent.
pub(crate) fn encode(pixels: &Pixels, quality: i32) -> Result<Variant, MediaError> {
    let (bytes, format) = if pixels.is_opaque() {
        (jpeg::encode(pixels, quality, None)?, Format::Jpeg)
    } else {
        (webp::encode(pixels, quality)?, Format::Webp)
    };
    Ok(Variant {
        bytes,
        width: pixels.width(),
        height: pixels.height(),
        format,
    })
}

/// The sides of a form that is at most `side` on the short side and not excessively long. Never larger than the original.
pub(crate) fn fitting(width: u32, height: u32, side: u32) -> (u32, u32) {
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (short, long) = (width.min(height), width.max(height));
    let (side, most) = (u64::from(side), u64::from(side * limits::LONG_SIDES));
    // Scale is `top / bottom`: the smaller of side / short and most / long, at most 1.
    let (mut top, mut bottom) = if side < short { (side, short) } else { (1, 1) };
    if most * bottom < top * long {
        (top, bottom) = (most, long);
    }
    let scaled =
        |length: u64| u32::try_from(((length * top + bottom / 2) / bottom).max(1)).unwrap_or(u32::MAX);
    (scaled(width), scaled(height))
}

/// A picture from a clipboard, as a PNG: `rgba` has four bytes for each pixel, row by row.
///
/// # Errors
/// [`MediaError::TooLarge`] where it is over the limits, [`MediaError::Broken`] where there are fewer bytes than pixels.
pub fn from_rgba(width: u32, height: u32, rgba: &[u8], limits: &Limits) -> Result<Vec<u8>, MediaError> {
    if !limits.allow(width, height) {
        return Err(MediaError::TooLarge);
    }
    guarded(|| png::encode(width, height, rgba))
}

#[cfg(test)]
mod tests;
