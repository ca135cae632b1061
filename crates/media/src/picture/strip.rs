//! "As a picture": nothing goes out but what makes the picture (H25).

use std::{io::Write as _, path::Path};

use flate2::read::ZlibDecoder;
use turbojpeg::{Transform, TransformOp, Transformer};

use super::{Pixels, decode, jpeg, png, webp};
use crate::{
    error::{MediaError, guarded},
    limits::{self, Limits},
    probe::{self, Exif, Format, Kind, PNG_CHUNKS_KEPT, Probed},
    source::{self, Source},
};

/// What was made of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stripped {
    /// How long the new file is, bytes.
    pub size: u64,
    /// Its pixels were encoded anew, because that made it much smaller. Else they are bit for bit what they were.
    pub reencoded: bool,
    /// What the new file is; another format than before only where it was encoded anew.
    pub format: Format,
    /// Upright, pixels.
    pub width: u32,
    /// Upright, pixels.
    pub height: u32,
}

/// Quality of a picture that is encoded anew in its full size.
const QUALITY: i32 = 85;

/// Writes the picture at `path` to `out`, which must not be there yet: upright, without EXIF, places, comments, previews and
/// whatever stands behind its end; a colour profile of a sane size stays. Where the pixels can be turned without
/// loss they are; where not, the new file says how it lies and nothing else.
///
/// # Errors
/// [`MediaError::Unsupported`] where `probed` is no picture; what its format says where it is damaged.
pub fn strip(path: &Path, probed: &Probed, limits: &Limits, out: &Path) -> Result<Stripped, MediaError> {
    let (stripped, bytes) = stripped(path, probed, limits)?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(out)?;
    file.write_all(&bytes)?;
    Ok(stripped)
}

/// As [`strip`], in memory.
pub(crate) fn stripped(
    path: &Path,
    probed: &Probed,
    limits: &Limits,
) -> Result<(Stripped, Vec<u8>), MediaError> {
    let (Kind::Image, Some(width), Some(height)) = (probed.kind, probed.width, probed.height) else {
        return Err(MediaError::Unsupported);
    };
    let (bytes, format, reencoded) = guarded(|| {
        let bytes = decode::whole(source::open(path)?, limits)?;
        let stripped = match probed.format {
            Format::Jpeg => upright(&bytes, limits)?,
            Format::Png => png_chunks(&bytes)?,
            Format::Gif => gif_blocks(&bytes)?,
            Format::Webp => webp_chunks(&bytes)?,
            Format::Bmp => bytes,
            _ => return Err(MediaError::Unsupported),
        };
        Ok(match smaller(path, probed, limits, stripped.len() as u64)? {
            Some((bytes, format)) => (bytes, format, true),
            None => (stripped, probed.format, false),
        })
    })?;
    // A chunk that lies about its length can take all others along.
    if probe::probe_bytes(std::io::Cursor::new(&bytes), limits)?.kind != Kind::Image {
        return Err(MediaError::Broken("nothing is left of it"));
    }
    let stripped = Stripped {
        size: bytes.len() as u64,
        reencoded,
        format,
        width,
        height,
    };
    Ok((stripped, bytes))
}

/// The picture encoded anew, where it is large, and that makes a difference worth a generation of JPEG.
fn smaller(
    path: &Path,
    probed: &Probed,
    limits: &Limits,
    size: u64,
) -> Result<Option<(Vec<u8>, Format)>, MediaError> {
    let (Some(width), Some(height)) = (probed.width, probed.height) else {
        return Ok(None);
    };
    let fits = u64::from(width) * u64::from(height) * 4 <= limits.decoded_bytes;
    if size < limits::REENCODE_FROM_BYTES || !fits || probed.animated {
        return Ok(None);
    }
    // What share of the length it must come down to, percent. What PNG holds well is no photo, and stays PNG.
    let most = match probed.format {
        Format::Jpeg => 70,
        Format::Png => 40,
        Format::Bmp => 90,
        _ => return Ok(None),
    };
    let decoded = match decode::decode(path, probed, limits, (width.max(height), width.max(height))) {
        Ok(decoded) => decoded,
        // What cannot be made smaller stays as it is.
        Err(MediaError::TooLarge | MediaError::TooHard) => return Ok(None),
        Err(error) => return Err(error),
    };
    let pixels = decoded.pixels.turned(probed.orientation);
    let (bytes, format) = encoded(probed.format, &pixels, decoded.profile.as_deref())?;
    let worth = bytes.len() as u64 * 100 <= size * most;
    Ok(worth.then_some((bytes, format)))
}

fn encoded(format: Format, pixels: &Pixels, profile: Option<&[u8]>) -> Result<(Vec<u8>, Format), MediaError> {
    if format == Format::Bmp || !pixels.is_opaque() {
        let bytes = png::encode(pixels.width(), pixels.height(), &pixels.with_alpha())?;
        Ok((bytes, Format::Png))
    } else {
        Ok((jpeg::encode(pixels, QUALITY, profile)?, Format::Jpeg))
    }
}

/// A JPEG without what is not picture, turned where that loses nothing.
fn upright(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, MediaError> {
    let mut cursor = std::io::Cursor::new(bytes);
    let mut source = Source::new(&mut cursor, limits.parts)?;
    let header = probe::read_jpeg(&mut source)?;
    let profile = jpeg::profile(bytes);
    let operation = match header.exif.orientation {
        2 => TransformOp::Hflip,
        3 => TransformOp::Rot180,
        4 => TransformOp::Vflip,
        5 => TransformOp::Transpose,
        6 => TransformOp::Rot90,
        7 => TransformOp::Transverse,
        8 => TransformOp::Rot270,
        _ => return jpeg_segments(bytes, None, profile.as_deref()),
    };
    // Turning keeps the coefficients twice.
    let keeps = u64::from(header.width) * u64::from(header.height) * header.samples / 64 * 4;
    let turned = (keeps <= limits.coefficient_bytes && header.components != 4)
        .then(|| {
            let mut transform = Transform::op(operation);
            transform.perfect = true;
            transform.copy_none = true;
            transform.optimize = true;
            Transformer::new().and_then(|mut transformer| transformer.transform_to_vec(&transform, bytes))
        })
        .and_then(Result::ok);
    match turned {
        Some(turned) => jpeg_segments(&turned, None, profile.as_deref()),
        None => jpeg_segments(bytes, Some(header.exif.orientation), profile.as_deref()),
    }
}

/// Copies what a decoder needs, up to the end of the picture, which is written where it is missing.
fn jpeg_segments(
    bytes: &[u8],
    orientation: Option<u8>,
    profile: Option<&[u8]>,
) -> Result<Vec<u8>, MediaError> {
    const CUT: MediaError = MediaError::Broken("it ends too early");
    let mut out = Vec::with_capacity(bytes.len());
    out.extend([0xff, 0xd8]);
    let mut extras = Vec::new();
    if let Some(orientation) = orientation {
        let tiff = Exif::only_orientation(orientation);
        extras.extend([0xff, 0xe1]);
        extras.extend((8 + tiff.len() as u16).to_be_bytes());
        extras.extend(b"Exif\0\0");
        extras.extend(tiff);
    }
    extras.extend(profile.and_then(jpeg::segment).unwrap_or_default());
    let mut extras = Some(extras);
    let mut at = 2;
    loop {
        let Some([0xff, marker, rest @ ..]) = bytes.get(at..) else {
            // It was cut off between two scans.
            out.extend([0xff, 0xd9]);
            return Ok(out);
        };
        match marker {
            0xff => {
                at += 1;
                continue;
            }
            0xd9 => {
                out.extend([0xff, 0xd9]);
                return Ok(out);
            }
            0x01 | 0xd0..=0xd8 => {
                at += 2;
                continue;
            }
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk().ok_or(CUT)?));
        let end = at + 2 + length;
        let segment = bytes.get(at..end).ok_or(CUT)?;
        // JFIF comes first, where it is there; what is added follows it.
        let is_jfif = *marker == 0xe0 && segment.get(4..9) == Some(b"JFIF\0");
        if !is_jfif && let Some(extras) = extras.take() {
            out.extend(extras);
        }
        match marker {
            0xe0 if is_jfif => {
                // Without the preview that it can carry.
                out.extend([0xff, 0xe0, 0, 16]);
                out.extend(segment.get(4..16).ok_or(CUT)?);
                out.extend([0, 0]);
            }
            // Adobe's segment says how colours are meant.
            0xee if segment.get(4..9) == Some(b"Adobe") => out.extend(segment),
            0xe0..=0xef | 0xfe => {}
            0xda => {
                out.extend(segment);
                let scan = bytes.get(end..).unwrap_or_default();
                let length = scan
                    .windows(2)
                    .position(
                        |two| matches!(two, [0xff, marker] if !matches!(marker, 0 | 0xd0..=0xd7 | 0xff)),
                    )
                    .unwrap_or(scan.len());
                out.extend(scan.get(..length).unwrap_or_default());
                at = end + length;
                continue;
            }
            _ => out.extend(segment),
        }
        at = end;
    }
}

/// A PNG's chunks that make the picture; a colour profile only where it unpacks to a sane size.
fn png_chunks(bytes: &[u8]) -> Result<Vec<u8>, MediaError> {
    let (signature, mut rest) = bytes
        .split_at_checked(8)
        .ok_or(MediaError::Broken("it ends too early"))?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend(signature);
    while let Some((head, _)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, kind @ ..] = *head;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some((chunk, behind)) = length
            .checked_add(12)
            .and_then(|whole| rest.split_at_checked(whole))
        else {
            break;
        };
        let keep = PNG_CHUNKS_KEPT.contains(&kind)
            || (kind == *b"iCCP" && is_sane_profile(chunk.get(8..8 + length).unwrap_or_default()));
        if keep {
            out.extend(chunk);
        }
        rest = behind;
        if kind == *b"IEND" {
            return Ok(out);
        }
    }
    out.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
    Ok(out)
}

/// Whether a packed profile is small, and unpacks to something small (H22).
fn is_sane_profile(content: &[u8]) -> bool {
    use std::io::Read as _;
    let Some(name) = content.iter().take(80).position(|byte| *byte == 0) else {
        return false;
    };
    let packed = content.get(name + 2..).unwrap_or_default();
    let mut most = ZlibDecoder::new(packed).take(limits::PROFILE_BYTES as u64 + 1);
    std::io::copy(&mut most, &mut std::io::sink())
        .is_ok_and(|length| length > 0 && length <= limits::PROFILE_BYTES as u64)
}

/// A GIF without comments and what programs left in it; its looping stays.
fn gif_blocks(bytes: &[u8]) -> Result<Vec<u8>, MediaError> {
    const CUT: MediaError = MediaError::Broken("it ends too early");
    let colours = |at: usize| {
        bytes
            .get(at)
            .map(|flags| probe::gif_colours(*flags) as usize)
            .ok_or(CUT)
    };
    // The end of the blocks that begin at `at`, or of the file.
    let blocks = |mut at: usize| loop {
        match bytes.get(at) {
            None => return bytes.len(),
            Some(0) => return at + 1,
            Some(length) => at += 1 + usize::from(*length),
        }
    };
    let mut at = 13 + colours(10)?;
    let mut out = bytes.get(..at).ok_or(CUT)?.to_vec();
    while let Some(kind) = bytes.get(at) {
        let (end, keep) = match kind {
            0x2c => {
                let Ok(colours) = colours(at + 9) else { break };
                (blocks(at + 11 + colours), true)
            }
            0x21 => {
                let looping = bytes.get(at + 3..at + 14) == Some(b"NETSCAPE2.0");
                (blocks(at + 2), bytes.get(at + 1) == Some(&0xf9) || looping)
            }
            _ => break,
        };
        if keep {
            out.extend(bytes.get(at..end.min(bytes.len())).unwrap_or_default());
        }
        at = end;
    }
    out.push(0x3b);
    Ok(out)
}

/// A WebP without EXIF and XMP.
fn webp_chunks(bytes: &[u8]) -> Result<Vec<u8>, MediaError> {
    const PROFILE: u8 = 0x20;
    const EXIF_AND_XMP: u8 = 0x0c;
    let inside = bytes.get(12..).ok_or(MediaError::Broken("it ends too early"))?;
    let sane = |kind: &[u8; 4], content: &[u8]| kind == b"ICCP" && content.len() <= limits::PROFILE_BYTES;
    let profile = webp::chunks(inside).any(|(kind, content)| sane(&kind, content));
    let mut out = Vec::with_capacity(bytes.len());
    for (kind, content) in webp::chunks(inside) {
        match &kind {
            b"VP8X" => {
                let mut content = content.to_vec();
                if let Some(flags) = content.first_mut() {
                    *flags &= !EXIF_AND_XMP;
                    if !profile {
                        *flags &= !PROFILE;
                    }
                }
                webp::put_chunk(&mut out, kind, &content);
            }
            b"ICCP" if !sane(&kind, content) => {}
            b"ICCP" | b"ANIM" | b"ANMF" | b"ALPH" | b"VP8 " | b"VP8L" => {
                webp::put_chunk(&mut out, kind, content);
            }
            _ => {}
        }
    }
    if out.is_empty() {
        return Err(MediaError::Broken("it ends too early"));
    }
    Ok(webp::file(&out))
}
