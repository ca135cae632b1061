//! PNG: its chunks.

use super::{Broken, Exif, Format, Found, Read_, Source};
use crate::limits::{self, Limits};

/// Chunks without which the picture is another one; a colour profile is judged by its size besides.
pub(crate) const CRITICAL: &[[u8; 4]] = &[
    *b"IHDR", *b"PLTE", *b"IDAT", *b"IEND", *b"tRNS", *b"pHYs", *b"gAMA", *b"cHRM", *b"sRGB", *b"cICP",
    *b"sBIT", *b"acTL", *b"fcTL", *b"fdAT",
];

/// What is told of a PNG.
pub(super) fn found(source: &mut Source<'_>, limits: &Limits) -> Read_<Found> {
    let mut found = Found::of(Format::Png);
    if source.bytes(12, 4)? != b"IHDR" {
        return Err(Broken::Nonsense);
    }
    found.width = source.be32(16)?;
    found.height = source.be32(20)?;
    let mut at = 8;
    // What stands behind the pixels is looked at as well: EXIF often does.
    while at + 12 <= source.len() {
        source.part()?;
        let length = source.be32(at)?;
        let kind: [u8; 4] = source.array(at + 4)?;
        match &kind {
            b"acTL" => {
                found.animated = source.be32(at + 8)? > 1;
                if source.be32(at + 8)? > limits.frames {
                    return Err(Broken::TooMuch);
                }
            }
            b"eXIf" => {
                found.has_metadata = true;
                let count = (length as usize).min(limits::WINDOW_BYTES);
                let exif = Exif::read(source.bytes(at + 8, count)?);
                found.has_location |= exif.has_location;
            }
            b"tEXt" | b"zTXt" | b"iTXt" | b"tIME" => found.has_metadata = true,
            b"IEND" => break,
            _ => {}
        }
        at += 12 + u64::from(length);
    }
    // Not every web view turns a PNG by its EXIF, so nothing here does.
    Ok(found)
}
