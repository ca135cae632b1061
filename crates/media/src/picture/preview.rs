//! The preview that cameras put into EXIF: there in milliseconds, before the picture itself is decoded.

use std::path::Path;

use super::{THUMB_QUALITY, Variant, colour, encode, jpeg};
use crate::{
    error::{MediaError, guarded},
    limits::Limits,
    probe, source,
    source::Source,
};

/// The preview inside the JPEG at `path`, upright, in the proportions of the picture and encoded anew; none where there is none.
///
/// # Errors
/// Where the file cannot be read, is no JPEG, or its preview cannot be decoded.
pub fn first_preview(path: &Path, limits: &Limits) -> Result<Option<Variant>, MediaError> {
    guarded(|| {
        let mut file = source::open(path)?;
        let mut source = Source::new(&mut file, limits.parts)?;
        if source.bytes(0, 3)? != b"\xff\xd8\xff" {
            return Err(MediaError::Unsupported);
        }
        let header = probe::read_jpeg(&mut source)?;
        let (Some((tiff, _)), Some((start, length))) = (header.tiff, header.exif.preview) else {
            return Ok(None);
        };
        if !limits.allow(header.width, header.height) {
            return Err(MediaError::TooLarge);
        }
        let bytes = source.bytes(tiff + start as u64, length)?;
        let decoded = jpeg::decode(bytes, limits, (u32::MAX / 2, u32::MAX / 2))?;
        let pixels = decoded
            .pixels
            .middle(header.width, header.height)?
            .turned(header.exif.orientation);
        let pixels = colour::for_screens(pixels, decoded.profile.as_deref())?;
        encode(&pixels, THUMB_QUALITY).map(Some)
    })
}
