//! RIFF: WebP and WAV.

use super::{Broken, Exif, Format, Found, Read_, Source, milliseconds};
use crate::limits::{self, Limits};

/// What is told of a WebP or a WAV.
pub(super) fn found(source: &mut Source<'_>, format: Format, limits: &Limits) -> Read_<Found> {
    if format == Format::Wav {
        wav(source)
    } else {
        webp(source, limits)
    }
}

fn webp(source: &mut Source<'_>, limits: &Limits) -> Read_<Found> {
    let mut found = Found::of(Format::Webp);
    let mut frames = 0;
    let mut at = 12;
    while at + 8 <= source.len() {
        source.part()?;
        let kind: [u8; 4] = source.array(at)?;
        let length = source.le32(at + 4)?;
        let from = at + 8;
        match &kind {
            b"VP8X" => {
                found.animated = source.u8(from)? & 2 != 0;
                found.width = 1 + le24(source, from + 4)?;
                found.height = 1 + le24(source, from + 7)?;
            }
            b"VP8 " if found.width == 0 => {
                if source.bytes(from + 3, 3)? != b"\x9d\x01\x2a" {
                    return Err(Broken::Nonsense);
                }
                found.width = u32::from(source.le16(from + 6)?) & 0x3fff;
                found.height = u32::from(source.le16(from + 8)?) & 0x3fff;
            }
            b"VP8L" if found.width == 0 => {
                if source.u8(from)? != 0x2f {
                    return Err(Broken::Nonsense);
                }
                let bits = source.le32(from + 1)?;
                found.width = 1 + (bits & 0x3fff);
                found.height = 1 + (bits >> 14 & 0x3fff);
            }
            b"ANMF" => {
                frames += 1;
                if frames > limits.frames {
                    return Err(Broken::TooMuch);
                }
            }
            b"EXIF" => {
                found.has_metadata = true;
                let bytes = source.up_to(from, (length as usize).min(limits::WINDOW_BYTES))?;
                // Some writers put JPEG's introduction in front.
                let exif = Exif::read(bytes.strip_prefix(b"Exif\0\0").unwrap_or(bytes));
                found.has_location |= exif.has_location;
            }
            b"XMP " => found.has_metadata = true,
            _ => {}
        }
        at = from + u64::from(length) + u64::from(length & 1);
    }
    if found.width == 0 {
        return Err(Broken::End);
    }
    // Not every web view turns a WebP by its EXIF, so nothing here does.
    Ok(found)
}

fn le24(source: &mut Source<'_>, at: u64) -> Read_<u32> {
    Ok(u32::from(source.le16(at)?) | u32::from(source.u8(at + 2)?) << 16)
}

fn wav(source: &mut Source<'_>) -> Read_<Found> {
    let mut found = Found::of(Format::Wav);
    let mut rate = None;
    let mut at = 12;
    while at + 8 <= source.len() {
        source.part()?;
        let kind: [u8; 4] = source.array(at)?;
        let length = source.le32(at + 4)?;
        match &kind {
            b"fmt " => rate = Some(source.le32(at + 16)?),
            b"data" => {
                // A recorder that was stopped leaves the length it began with.
                let there = u64::from(length).min(source.len() - at - 8);
                found.duration_ms = milliseconds(there, rate.ok_or(Broken::Nonsense)?.into());
                return Ok(found);
            }
            _ => {}
        }
        at += 8 + u64::from(length) + u64::from(length & 1);
    }
    Err(Broken::End)
}
