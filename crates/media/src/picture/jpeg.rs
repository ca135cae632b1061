//! JPEG, by libjpeg-turbo: decoded at an eighth, a quarter or a half where that is enough.

use std::io::Cursor;

use turbojpeg::{Colorspace, Compressor, Decompressor, Image, PixelFormat, ScalingFactor, Subsamp};

use super::{Pixels, decode::Decoded};
use crate::{
    error::MediaError,
    limits::{self, Limits},
    probe,
    source::Source,
};

/// What the library says of pictures that it decodes all the same.
const BEARABLE: &[&str] = &[
    "Corrupt JPEG data",
    "Premature end of JPEG file",
    "Unknown Adobe color transform code",
    "Inconsistent progression sequence",
    "Warning: unknown JFIF revision number",
    "Invalid SOS parameters for sequential JPEG",
];

fn wrong(error: turbojpeg::Error) -> MediaError {
    match error {
        turbojpeg::Error::TurboJpegError(words)
            if words.contains("scans") || words.contains("nsufficient memory") =>
        {
            MediaError::TooHard
        }
        _ => MediaError::Broken("its pixels make no sense"),
    }
}

/// Decodes at least in the sides `wanted`, or in its own.
pub(super) fn decode(bytes: &[u8], limits: &Limits, wanted: (u32, u32)) -> Result<Decoded, MediaError> {
    let mut cursor = Cursor::new(bytes);
    let mut source = Source::new(&mut cursor, limits.parts)?;
    let header = probe::read_jpeg(&mut source)?;
    if !limits.allow(header.width, header.height) {
        return Err(MediaError::TooLarge);
    }
    if header.coefficient_bytes() > limits.coefficient_bytes {
        return Err(MediaError::TooLarge);
    }
    let mut decompressor = Decompressor::new().map_err(wrong)?;
    decompressor.set_scan_limit(limits::JPEG_SCANS).map_err(wrong)?;
    let read = decompressor.read_header(bytes).map_err(wrong)?;
    if (read.width, read.height) != (header.width as usize, header.height as usize) {
        return Err(MediaError::Broken("it has two headers"));
    }
    let scale = if read.is_lossless {
        ScalingFactor::ONE
    } else {
        [
            ScalingFactor::ONE_EIGHTH,
            ScalingFactor::ONE_QUARTER,
            ScalingFactor::ONE_HALF,
        ]
        .into_iter()
        .find(|scale| {
            scale.scale(read.width) >= wanted.0 as usize && scale.scale(read.height) >= wanted.1 as usize
        })
        .unwrap_or(ScalingFactor::ONE)
    };
    let (width, height) = (scale.scale(read.width), scale.scale(read.height));
    let inks = matches!(read.colorspace, Colorspace::CMYK | Colorspace::YCCK);
    let format = if inks { PixelFormat::CMYK } else { PixelFormat::RGB };
    let pitch = width * format.size();
    if (pitch * height) as u64 > limits.decoded_bytes {
        return Err(MediaError::TooLarge);
    }
    decompressor.set_scaling_factor(scale).map_err(wrong)?;
    // What is missing of a picture that was cut off stays grey.
    let mut pixels = vec![128; pitch * height];
    let image = Image {
        pixels: pixels.as_mut_slice(),
        width,
        pitch,
        height,
        format,
    };
    match decompressor.decompress(bytes, image) {
        Ok(()) => {}
        Err(turbojpeg::Error::TurboJpegError(words))
            if BEARABLE.iter().any(|known| words.contains(known)) => {}
        Err(error) => return Err(wrong(error)),
    }
    if inks {
        pixels = from_inks(&pixels);
    }
    Ok(Decoded {
        pixels: Pixels::rgb(width as u32, height as u32, pixels)?,
        profile: if inks { None } else { profile(bytes) },
    })
}

/// Printers' colours, which JPEG keeps inverted, to those of a screen.
fn from_inks(pixels: &[u8]) -> Vec<u8> {
    let mixed = |ink: u8, black: u8| ((u32::from(ink) * u32::from(black) + 127) / 255) as u8;
    pixels
        .chunks_exact(4)
        .flat_map(|pixel| match pixel {
            [cyan, magenta, yellow, black] => [
                mixed(*cyan, *black),
                mixed(*magenta, *black),
                mixed(*yellow, *black),
            ],
            _ => [0; 3],
        })
        .collect()
}

/// Encodes; what shows through becomes white.
pub(super) fn encode(pixels: &Pixels, quality: i32, profile: Option<&[u8]>) -> Result<Vec<u8>, MediaError> {
    let mut compressor = Compressor::new().map_err(wrong)?;
    compressor.set_quality(quality).map_err(wrong)?;
    compressor.set_subsamp(Subsamp::Sub2x2).map_err(wrong)?;
    let flat;
    let pixels = if pixels.channels() == 3 {
        pixels
    } else {
        flat = pixels.clone().flat();
        &flat
    };
    let width = pixels.width() as usize;
    let bytes = compressor
        .compress_to_vec(Image {
            pixels: pixels.bytes(),
            width,
            pitch: width * 3,
            height: pixels.height() as usize,
            format: PixelFormat::RGB,
        })
        .map_err(wrong)?;
    Ok(match profile.and_then(segment) {
        Some(segment) => with_segment(bytes, &segment),
        None => bytes,
    })
}

const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// A colour profile as a segment, where it fits into one.
pub(super) fn segment(profile: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(2 + PROFILE.len() + 2 + profile.len()).ok()?;
    let mut segment = vec![0xff, 0xe2];
    segment.extend(length.to_be_bytes());
    segment.extend(PROFILE);
    segment.extend([1, 1]);
    segment.extend(profile);
    Some(segment)
}

/// Puts a segment behind the file's first one, which is JFIF's.
fn with_segment(bytes: Vec<u8>, segment: &[u8]) -> Vec<u8> {
    let behind = match bytes.get(2..6) {
        Some([0xff, 0xe0, high, low]) => 4 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => 2,
    };
    let Some((before, after)) = bytes.split_at_checked(behind) else {
        return bytes;
    };
    [before, segment, after].concat()
}

/// The segments of a JPEG up to its first scan: marker and content.
pub(super) fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut at = 2;
    std::iter::from_fn(move || {
        loop {
            match bytes.get(at..)? {
                [0xff, 0xff, ..] => at += 1,
                [0xff, 0x01 | 0xd0..=0xd8, ..] => at += 2,
                [0xff, 0xda | 0xd9 | 0, ..] => return None,
                [0xff, marker, high, low, ..] => {
                    let length = usize::from(u16::from_be_bytes([*high, *low]));
                    let content = bytes.get(at + 4..at + 2 + length)?;
                    at += 2 + length;
                    return Some((*marker, content));
                }
                _ => return None,
            }
        }
    })
}

/// The colour profile, where it is of a sane size (H25).
pub(super) fn profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut profile = Vec::new();
    let mut next = 1;
    for (marker, content) in segments(bytes) {
        if marker != 0xe2 {
            continue;
        }
        let Some([number, _, part @ ..]) = content.strip_prefix(PROFILE) else {
            continue;
        };
        if *number != next || profile.len() + part.len() > limits::PROFILE_BYTES {
            return None;
        }
        next = next.checked_add(1)?;
        profile.extend_from_slice(part);
    }
    // A profile says its own length, and who made it to which rules.
    let says = u32::from_be_bytes(*profile.first_chunk::<4>()?) as usize;
    (says == profile.len() && profile.get(36..40) == Some(b"acsp")).then_some(profile)
}
