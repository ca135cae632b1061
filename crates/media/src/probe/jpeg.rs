//! JPEG: its segments up to the first scan.

use super::{Broken, Exif, Format, Found, Read_, Source};
use crate::limits;

/// What a JPEG's header says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Jpeg {
    /// As stored, not turned.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) components: u8,
    /// Samples for each 64 pixels of the first component, all components together: what its coefficients need.
    pub(crate) samples: u64,
    /// Its coefficients must all be kept until the last scan is read.
    pub(crate) several_scans: bool,
    pub(crate) exif: Exif,
    /// Where EXIF's TIFF header stands in the file, and how long EXIF is.
    pub(crate) tiff: Option<(u64, usize)>,
    /// EXIF, XMP, IPTC or a comment.
    pub(crate) has_metadata: bool,
}

impl Jpeg {
    /// What a decoder must keep of its coefficients, bytes.
    pub(crate) fn coefficient_bytes(&self) -> u64 {
        if self.several_scans {
            (u64::from(self.width) * u64::from(self.height)).saturating_mul(self.samples) / 64 * 2
        } else {
            0
        }
    }
}

/// Reads the segments up to the first scan.
pub(crate) fn read(source: &mut Source<'_>) -> Read_<Jpeg> {
    let mut jpeg = Jpeg::default();
    let mut at = 2;
    loop {
        source.part()?;
        if source.u8(at)? != 0xff {
            return Err(Broken::Nonsense);
        }
        let marker = source.u8(at + 1)?;
        match marker {
            0xff => {
                at += 1;
                continue;
            }
            0x01 | 0xd0..=0xd8 => {
                at += 2;
                continue;
            }
            0x00 | 0xd9 => return Err(Broken::Nonsense),
            _ => {}
        }
        let length = source.be16(at + 2)?;
        if length < 2 {
            return Err(Broken::Nonsense);
        }
        let (from, inside) = (at + 4, usize::from(length) - 2);
        match marker {
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => frame(source, from, marker, &mut jpeg)?,
            0xda => {
                if jpeg.width == 0 || jpeg.height == 0 {
                    return Err(Broken::Nonsense);
                }
                jpeg.several_scans |= source.u8(from)? < jpeg.components;
                return Ok(jpeg);
            }
            0xe1 => {
                jpeg.has_metadata = true;
                if inside > 6 && source.bytes(from, 6)? == b"Exif\0\0" && jpeg.tiff.is_none() {
                    jpeg.exif = Exif::read(source.bytes(from + 6, inside - 6)?);
                    jpeg.tiff = Some((from + 6, inside - 6));
                }
            }
            0xe3..=0xed | 0xef | 0xfe => jpeg.has_metadata = true,
            _ => {}
        }
        at = from + inside as u64;
    }
}

fn frame(source: &mut Source<'_>, from: u64, marker: u8, jpeg: &mut Jpeg) -> Read_<()> {
    jpeg.height = source.be16(from + 1)?.into();
    jpeg.width = source.be16(from + 3)?.into();
    jpeg.components = source.u8(from + 5)?;
    jpeg.several_scans = matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce);
    if !(1..=4).contains(&jpeg.components) {
        return Err(Broken::Nonsense);
    }
    let (mut across, mut down, mut samples) = (1, 1, 0);
    for component in 0..u64::from(jpeg.components) {
        let factors = source.u8(from + 7 + component * 3)?;
        let (horizontal, vertical) = (u64::from(factors >> 4), u64::from(factors & 15));
        if !(1..=4).contains(&horizontal) || !(1..=4).contains(&vertical) {
            return Err(Broken::Nonsense);
        }
        across = across.max(horizontal);
        down = down.max(vertical);
        samples += horizontal * vertical;
    }
    jpeg.samples = samples * 64 / (across * down);
    Ok(())
}

/// What is told of a JPEG.
pub(super) fn found(source: &mut Source<'_>) -> Read_<Found> {
    let jpeg = read(source)?;
    Ok(Found {
        width: jpeg.width,
        height: jpeg.height,
        orientation: jpeg.exif.orientation,
        has_metadata: jpeg.has_metadata,
        has_location: jpeg.exif.has_location || has_place_in_xmp(source, jpeg.tiff)?,
        ..Found::of(Format::Jpeg)
    })
}

/// XMP may name the place as well; it stands in the head, beside EXIF.
fn has_place_in_xmp(source: &mut Source<'_>, exif: Option<(u64, usize)>) -> Read_<bool> {
    let from = exif.map_or(0, |(at, length)| at + length as u64);
    let head = source.up_to(from.min(source.len()), limits::WINDOW_BYTES)?;
    Ok(head.windows(8).any(|part| part == b"exif:GPS"))
}
