//! GIF: its blocks, counted.

use super::{Broken, Format, Found, Read_, Source};
use crate::limits::{GIF_BLOCKS, Limits};

/// What is told of a GIF.
pub(super) fn found(source: &mut Source<'_>, limits: &Limits) -> Read_<Found> {
    let mut found = Found::of(Format::Gif);
    found.width = source.le16(6)?.into();
    found.height = source.le16(8)?.into();
    let mut at = 13 + colours(source.u8(10)?);
    let mut frames = 0;
    let mut blocks_left = GIF_BLOCKS;
    loop {
        // A GIF that was cut off shows what it has.
        let kind = match source.u8(at) {
            Ok(kind) => kind,
            Err(Broken::End) if frames > 0 => break,
            Err(other) => return Err(other),
        };
        at = match kind {
            0x2c => {
                frames += 1;
                if frames > limits.frames {
                    return Err(Broken::TooMuch);
                }
                let flags = match source.u8(at + 9) {
                    Ok(flags) => flags,
                    Err(Broken::End) => break,
                    Err(other) => return Err(other),
                };
                blocks(source, at + 11 + colours(flags), &mut blocks_left)?
            }
            0x21 => {
                source.part()?;
                let label = source.u8(at + 1)?;
                let looping = label == 0xff && source.up_to(at + 3, 11)? == b"NETSCAPE2.0";
                found.has_metadata |= matches!(label, 0xfe | 0xff | 0x01) && !looping;
                blocks(source, at + 2, &mut blocks_left)?
            }
            0x3b => break,
            _ => return Err(Broken::Nonsense),
        };
    }
    if frames == 0 {
        return Err(Broken::Nonsense);
    }
    found.animated = frames > 1;
    Ok(found)
}

/// How long the colour table is that these flags announce, bytes.
pub(crate) fn colours(flags: u8) -> u64 {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

/// Where the blocks that begin at `at` end.
fn blocks(source: &mut Source<'_>, mut at: u64, left: &mut u32) -> Read_<u64> {
    loop {
        *left = left.checked_sub(1).ok_or(Broken::TooMuch)?;
        let length = match source.u8(at) {
            Ok(length) => length,
            Err(Broken::End) => return Ok(source.len()),
            Err(other) => return Err(other),
        };
        at += 1 + u64::from(length);
        if length == 0 {
            return Ok(at);
        }
    }
}
