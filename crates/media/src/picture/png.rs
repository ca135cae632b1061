//! PNG, row by row: a picture that is not interlaced is never kept as a whole.

use std::io::{BufRead, Seek};

use png::{ColorType, Decoder, Transformations};

use super::{Pixels, pixels::Shrinker};
use crate::{error::MediaError, limits::Limits};

fn wrong(error: png::DecodingError) -> MediaError {
    match error {
        png::DecodingError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            MediaError::Io(error)
        }
        png::DecodingError::LimitsExceeded => MediaError::TooLarge,
        _ => MediaError::Broken("its pixels make no sense"),
    }
}

/// Decodes at least in the sides `wanted`, or in its own.
pub(super) fn decode(
    reader: impl BufRead + Seek,
    limits: &Limits,
    wanted: (u32, u32),
) -> Result<Pixels, MediaError> {
    let most = png::Limits {
        bytes: limits.decoded_bytes as usize,
    };
    let mut decoder = Decoder::new_with_limits(reader, most);
    decoder.set_transformations(Transformations::normalize_to_color8());
    // What could be a bomb in them is not even unpacked (H22).
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(wrong)?;
    let info = reader.info();
    let (width, height, interlaced) = (info.width, info.height, info.interlaced);
    if !limits.allow(width, height) {
        return Err(MediaError::TooLarge);
    }
    let (colours, _) = reader.output_color_type();
    let channels = match colours {
        ColorType::GrayscaleAlpha | ColorType::Rgba => 4,
        _ => 3,
    };
    let mut shrinker = Shrinker::new((width, height), wanted, channels);
    if shrinker.keeps() > limits.decoded_bytes {
        return Err(MediaError::TooLarge);
    }
    let mut wide = Vec::new();
    if interlaced {
        let whole = reader
            .output_buffer_size()
            .filter(|bytes| *bytes as u64 <= limits.decoded_bytes)
            .ok_or(MediaError::TooLarge)?;
        let mut buffer = vec![0; whole];
        let frame = reader.next_frame(&mut buffer).map_err(wrong)?;
        for row in buffer.chunks_exact_mut(frame.line_size).take(height as usize) {
            take(&mut shrinker, colours, row, &mut wide);
        }
    } else {
        let length = reader.output_line_size(width).ok_or(MediaError::TooLarge)?;
        let mut row = vec![0; length];
        for number in 0..height {
            match reader.read_row(&mut row) {
                Ok(Some(_)) => take(&mut shrinker, colours, &mut row, &mut wide),
                Ok(None) => break,
                // Half a picture is shown as half a picture.
                Err(_) if number > height / 8 => break,
                Err(error) => return Err(wrong(error)),
            }
        }
    }
    shrinker.finish()
}

/// Gives a row to the shrinker, greys as colours; `wide` is kept for the next row.
fn take(shrinker: &mut Shrinker, colours: ColorType, row: &mut [u8], wide: &mut Vec<u8>) {
    match colours {
        ColorType::Grayscale => {
            wide.clear();
            wide.extend(row.iter().flat_map(|grey| [*grey; 3]));
            shrinker.row(wide);
        }
        ColorType::GrayscaleAlpha => {
            wide.clear();
            wide.extend(row.chunks_exact(2).flat_map(|pixel| match pixel {
                [grey, alpha] => [*grey, *grey, *grey, *alpha],
                _ => [0; 4],
            }));
            shrinker.row(wide);
        }
        _ => shrinker.row(row),
    }
}

/// Encodes RGBA, without alpha where nothing shows through.
pub(super) fn encode(width: u32, height: u32, rgba: &[u8]) -> Result<Vec<u8>, MediaError> {
    let length = width as usize * height as usize * 4;
    let rgba = rgba
        .get(..length)
        .ok_or(MediaError::Broken("it has fewer pixels than it says"))?;
    let opaque = rgba.chunks_exact(4).all(|pixel| pixel.last() == Some(&255));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_color(if opaque { ColorType::Rgb } else { ColorType::Rgba });
    let failed = |_| MediaError::Broken("it cannot be encoded");
    let mut writer = encoder.write_header().map_err(failed)?;
    if opaque {
        let rgb: Vec<u8> = rgba
            .chunks_exact(4)
            .flat_map(|pixel| pixel.iter().take(3).copied())
            .collect();
        writer.write_image_data(&rgb).map_err(failed)?;
    } else {
        writer.write_image_data(rgba).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
