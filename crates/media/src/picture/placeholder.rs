//! What is shown before a picture is there: a thumbhash, and its average colour.

use super::Pixels;
use crate::error::MediaError;

/// The longest side that a thumbhash is made of, pixels; more changes nothing.
pub(super) const SIDE: u32 = 100;

/// Thumbhash and average colour.
pub(crate) fn of(pixels: &Pixels) -> Result<(Vec<u8>, [u8; 3]), MediaError> {
    let long = pixels.width().max(pixels.height());
    let (width, height) = if long <= SIDE {
        (pixels.width(), pixels.height())
    } else {
        let scaled = |side: u32| (side * SIDE / long).max(1);
        (scaled(pixels.width()), scaled(pixels.height()))
    };
    let small = pixels.scaled(width, height)?;
    let rgba = small.with_alpha();
    let hash = thumbhash::rgba_to_thumb_hash(width as usize, height as usize, &rgba);
    Ok((hash, small.flat().average()))
}
