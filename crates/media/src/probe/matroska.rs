//! WebM and Matroska: also as recorders leave them, without lengths and without a duration.

use super::{Broken, Format, Found, Kind, Read_, Source};
use crate::limits;

/// An element: its id, and where its content begins and ends.
#[derive(Clone, Copy)]
struct Element {
    id: u32,
    from: u64,
    end: u64,
    /// It did not say how long it is.
    open: bool,
}

/// A number of variable length at `at`: it, without the mark of its length when `plain`, and how many bytes it has.
fn number(source: &mut Source<'_>, at: u64, plain: bool) -> Read_<(u64, u64)> {
    let first = source.u8(at)?;
    let length = first.leading_zeros() + 1;
    if length > 8 {
        return Err(Broken::Nonsense);
    }
    let mut value = u64::from(first);
    if plain {
        value &= (1 << (8 - length)) - 1;
    }
    for place in 1..u64::from(length) {
        value = value << 8 | u64::from(source.u8(at + place)?);
    }
    Ok((value, length.into()))
}

fn element(source: &mut Source<'_>, at: u64, end: u64) -> Read_<Element> {
    source.part()?;
    let (id, id_length) = number(source, at, false)?;
    let id = u32::try_from(id).map_err(|_| Broken::Nonsense)?;
    let (length, length_length) = number(source, at + id_length, true)?;
    let from = at + id_length + length_length;
    let open = length == (1 << (7 * length_length)) - 1;
    let stop = if open {
        end
    } else {
        from.saturating_add(length).min(end)
    };
    Ok(Element {
        id,
        from,
        end: stop.max(from),
        open,
    })
}

fn elements(
    source: &mut Source<'_>,
    from: u64,
    end: u64,
    mut each: impl FnMut(&mut Source<'_>, Element) -> Read_<bool>,
) -> Read_<()> {
    let mut at = from;
    while at + 2 <= end {
        let one = element(source, at, end)?;
        // Whether its content was looked at, or is to be walked through as if it stood outside.
        at = if each(source, one)? { one.from } else { one.end };
    }
    Ok(())
}

fn unsigned(source: &mut Source<'_>, one: Element) -> Read_<u64> {
    let length = one.end - one.from;
    if length > 8 {
        return Err(Broken::Nonsense);
    }
    let bytes = source.bytes(one.from, length as usize)?;
    Ok(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn float(source: &mut Source<'_>, one: Element) -> Read_<f64> {
    match one.end - one.from {
        4 => Ok(f32::from_bits(source.be32(one.from)?).into()),
        8 => Ok(f64::from_bits(source.be64(one.from)?)),
        _ => Err(Broken::Nonsense),
    }
}

const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CLUSTER: u32 = 0x1f43_b675;
const BLOCK_GROUP: u32 = 0xa0;

struct Film {
    scale: u64,
    duration: Option<f64>,
    width: u32,
    height: u32,
    video: bool,
    sound: bool,
    codecs: Vec<String>,
    cluster: u64,
    last: u64,
}

/// What is told of such a file.
pub(super) fn found(source: &mut Source<'_>) -> Read_<Found> {
    let end = source.len();
    let mut webm = false;
    let mut film = Film {
        scale: 1_000_000,
        duration: None,
        width: 0,
        height: 0,
        video: false,
        sound: false,
        codecs: Vec::new(),
        cluster: 0,
        last: 0,
    };
    let head = element(source, 0, end)?;
    elements(source, head.from, head.end, |source, one| {
        if one.id == 0x4282 {
            webm = source.up_to(one.from, 4)? == b"webm";
        }
        Ok(false)
    })?;
    let walked = elements(source, head.end, end, |source, one| walk(source, one, &mut film));
    match walked {
        Ok(()) => {}
        Err(Broken::Io(error)) => return Err(Broken::Io(error)),
        // What was cut off, or has more parts than are looked at, is known as far as it was read.
        Err(_) if film.video || film.sound => {}
        Err(other) => return Err(other),
    }
    let mut found = Found::of(if webm { Format::Webm } else { Format::Matroska });
    found.kind = match (film.video, film.sound) {
        (true, _) => Kind::Video,
        (false, true) => Kind::Sound,
        (false, false) => Kind::File,
    };
    (found.width, found.height) = (film.width, film.height);
    let nanoseconds = |units: f64| units * film.scale as f64;
    let most = limits::DURATION_MS as f64 * 1e6;
    let length = film
        .duration
        .map(nanoseconds)
        .filter(|length| length.is_finite() && *length > 0.0)
        .or_else(|| (film.last > 0).then(|| nanoseconds(film.last as f64)));
    found.duration_ms = length.map(|length| (length.min(most) / 1e6) as u64);
    found.codecs = film.codecs;
    Ok(found)
}

/// Looks at one element of the segment; whether to go on inside it.
fn walk(source: &mut Source<'_>, one: Element, film: &mut Film) -> Read_<bool> {
    match one.id {
        SEGMENT => return Ok(true),
        INFO => elements(source, one.from, one.end, |source, inner| {
            match inner.id {
                0x002a_d7b1 => film.scale = unsigned(source, inner)?.max(1),
                0x4489 => film.duration = Some(float(source, inner)?),
                _ => {}
            }
            Ok(false)
        })?,
        TRACKS => elements(source, one.from, one.end, |source, inner| {
            if inner.id == 0xae {
                track(source, inner, film)?;
            }
            Ok(false)
        })?,
        // Where the header says how long it plays, nobody needs to look at every cluster.
        CLUSTER => return Ok(film.duration.is_none() || one.open),
        BLOCK_GROUP => return Ok(film.duration.is_none()),
        0xe7 => {
            film.cluster = unsigned(source, one)?;
            film.last = film.last.max(film.cluster);
        }
        0xa3 | 0xa1 => {
            let (_, length) = number(source, one.from, true)?;
            let offset = source.be16(one.from + length)? as i16;
            let time = film.cluster.saturating_add_signed(offset.into());
            film.last = film.last.max(time);
        }
        _ => {}
    }
    Ok(false)
}

fn track(source: &mut Source<'_>, entry: Element, film: &mut Film) -> Read_<()> {
    let (mut kind, mut codec, mut sides, mut shown) = (0, None, (0, 0), (0, 0));
    elements(source, entry.from, entry.end, |source, one| {
        match one.id {
            0x83 => kind = unsigned(source, one)?,
            0x86 => {
                let bytes = source.up_to(one.from, (one.end - one.from).min(32) as usize)?;
                codec = Some(
                    bytes
                        .iter()
                        .filter(|byte| byte.is_ascii_graphic())
                        .map(|byte| char::from(*byte))
                        .collect::<String>(),
                );
            }
            0xe0 => elements(source, one.from, one.end, |source, inner| {
                let place = match inner.id {
                    0xb0 => &mut sides.0,
                    0xba => &mut sides.1,
                    0x54b0 => &mut shown.0,
                    0x54ba => &mut shown.1,
                    _ => return Ok(false),
                };
                *place = u32::try_from(unsigned(source, inner)?).map_err(|_| Broken::Nonsense)?;
                Ok(false)
            })?,
            _ => {}
        }
        Ok(false)
    })?;
    if film.codecs.len() < 8 {
        film.codecs.extend(codec);
    }
    match kind {
        1 if !film.video => {
            film.video = true;
            // Display sides may be a mere proportion; a film that small is none.
            let useful = shown.0 >= 16 && shown.1 >= 16;
            (film.width, film.height) = if useful { shown } else { sides };
        }
        2 => film.sound = true,
        _ => {}
    }
    Ok(())
}
