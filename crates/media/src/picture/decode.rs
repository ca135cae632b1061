//! From a file to pixels, no larger than needed.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read as _, Seek},
    path::Path,
};

use image::ImageDecoder;

use super::{Pixels, jpeg, png, webp};
use crate::{
    error::MediaError,
    limits::Limits,
    probe::{Format, Probed},
    source,
};

/// The window of a file that is streamed, bytes: small enough to stay near the processor beside what the decoder keeps there. One of
/// 256 KiB takes a twentieth more processor time for a PNG.
const STREAMED_BYTES: usize = 32 * 1024;

/// Pixels as they are stored, not turned.
pub(super) struct Decoded {
    pub(super) pixels: Pixels,
    /// The colour profile that they are meant in, where it is of a sane size.
    pub(super) profile: Option<Vec<u8>>,
}

/// Decodes what is at `path`, at least in the sides `wanted`, or in its own.
pub(super) fn decode(
    path: &Path,
    probed: &Probed,
    limits: &Limits,
    wanted: (u32, u32),
) -> Result<Decoded, MediaError> {
    // What is read whole is read into one buffer of the right length.
    let file = source::open(path)?;
    match probed.format {
        Format::Jpeg | Format::Webp => of_bytes(&whole(file, limits)?, probed.format, limits, wanted),
        format => decode_from(
            BufReader::with_capacity(STREAMED_BYTES, file),
            format,
            limits,
            wanted,
        ),
    }
}

fn of_bytes(
    bytes: &[u8],
    format: Format,
    limits: &Limits,
    wanted: (u32, u32),
) -> Result<Decoded, MediaError> {
    if format == Format::Jpeg {
        jpeg::decode(bytes, limits, wanted)
    } else {
        webp::decode(bytes, limits, wanted).map(plain)
    }
}

fn plain(pixels: Pixels) -> Decoded {
    Decoded {
        pixels,
        profile: None,
    }
}

/// As [`decode`], from anything that can be read.
pub(super) fn decode_from(
    mut reader: impl BufRead + Seek,
    format: Format,
    limits: &Limits,
    wanted: (u32, u32),
) -> Result<Decoded, MediaError> {
    match format {
        Format::Jpeg | Format::Webp => {
            let mut bytes = Vec::new();
            (&mut reader).take(limits.picture_bytes).read_to_end(&mut bytes)?;
            of_bytes(&bytes, format, limits, wanted)
        }
        Format::Png => png::decode(reader, limits, wanted).map(plain),
        Format::Gif => {
            let decoder = image::codecs::gif::GifDecoder::new(reader).map_err(wrong)?;
            other(decoder, limits).map(plain)
        }
        Format::Bmp => {
            let decoder = image::codecs::bmp::BmpDecoder::new(reader).map_err(wrong)?;
            other(decoder, limits).map(plain)
        }
        _ => Err(MediaError::Unsupported),
    }
}

/// The whole file.
pub(super) fn whole(file: File, limits: &Limits) -> Result<Vec<u8>, MediaError> {
    let length = file.metadata()?.len();
    if length > limits.picture_bytes {
        return Err(MediaError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(limits.picture_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn wrong(error: image::ImageError) -> MediaError {
    match error {
        image::ImageError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            MediaError::Io(error)
        }
        image::ImageError::Limits(_) => MediaError::TooLarge,
        image::ImageError::Unsupported(_) => MediaError::Unsupported,
        _ => MediaError::Broken("its pixels make no sense"),
    }
}

/// What `image` decodes: as a whole.
fn other(mut decoder: impl ImageDecoder, limits: &Limits) -> Result<Pixels, MediaError> {
    let (width, height) = decoder.dimensions();
    let bytes = u64::from(width) * u64::from(height) * 4;
    if !limits.allow(width, height) || bytes.max(decoder.total_bytes()) > limits.decoded_bytes {
        return Err(MediaError::TooLarge);
    }
    let mut most = image::Limits::no_limits();
    most.max_image_width = Some(limits.side);
    most.max_image_height = Some(limits.side);
    // The canvas and a frame on it.
    most.max_alloc = Some(limits.decoded_bytes * 2);
    decoder.set_limits(most).map_err(wrong)?;
    let decoded = image::DynamicImage::from_decoder(decoder).map_err(wrong)?;
    if decoded.color().has_alpha() {
        Pixels::rgba(width, height, decoded.into_rgba8().into_raw())
    } else {
        Pixels::rgb(width, height, decoded.into_rgb8().into_raw())
    }
}
