//! Ogg: its first page and its last.

use super::{Broken, Format, Found, Kind, Read_, Source, milliseconds};
use crate::limits;

/// What is told of an Ogg file.
pub(super) fn found(source: &mut Source<'_>) -> Read_<Found> {
    let mut found = Found::of(Format::Ogg);
    let serial = source.le32(14)?;
    let packet = 27 + u64::from(source.u8(26)?);
    let head = source.up_to(packet, 32)?.to_vec();
    let (rate, before) = if head.starts_with(b"OpusHead") {
        found.codecs.push("opus".to_owned());
        (48_000, source.le16(packet + 10)?)
    } else if head.starts_with(b"\x01vorbis") {
        found.codecs.push("vorbis".to_owned());
        (source.le32(packet + 12)?, 0)
    } else {
        // Video in Ogg, Speex and others: files.
        found.kind = Kind::File;
        return Ok(found);
    };
    let last = last_position(source, serial)?;
    found.duration_ms = last.and_then(|last| milliseconds(last.saturating_sub(before.into()), rate.into()));
    Ok(found)
}

/// The position that the last page of this stream gives, samples. A page is at most 65,307 bytes, so the last two windows have it.
fn last_position(source: &mut Source<'_>, serial: u32) -> Read_<Option<u64>> {
    let window = limits::WINDOW_BYTES as u64;
    for windows in 1..=2 {
        let from = source.len().saturating_sub(window * windows);
        let bytes = source.up_to(from, limits::WINDOW_BYTES)?;
        let last = bytes.windows(27).rev().find_map(|page| {
            let position = u64::from_le_bytes(*page.get(6..)?.first_chunk()?);
            let same = page.get(14..18)? == serial.to_le_bytes();
            (page.starts_with(b"OggS\0") && same && position != u64::MAX).then_some(position)
        });
        if last.is_some() {
            return Ok(last);
        }
    }
    if source.len() < 28 {
        Err(Broken::End)
    } else {
        Ok(None)
    }
}
