//! ISO base media files: MP4, MOV, M4A; also with the index at the end, and in fragments.

use super::{Broken, Format, Found, Kind, Read_, Source, milliseconds};
use crate::limits;

/// A box: its kind, and where its content begins and ends.
#[derive(Clone, Copy)]
struct Atom {
    kind: [u8; 4],
    from: u64,
    end: u64,
}

/// The box at `at`, which must end before `end`. One of size 0 reaches to `end`.
fn atom(source: &mut Source<'_>, at: u64, end: u64) -> Read_<Atom> {
    source.part()?;
    let kind = source.array(at + 4)?;
    let (from, stop) = match source.be32(at)? {
        0 => (at + 8, Some(end)),
        1 => (at + 16, at.checked_add(source.be64(at + 8)?)),
        size => (at + 8, Some(at + u64::from(size))),
    };
    match stop {
        Some(stop) if stop >= from => Ok(Atom {
            kind,
            from,
            end: stop.min(end),
        }),
        _ => Err(Broken::Nonsense),
    }
}

/// The boxes between `from` and `end`, one after the other.
fn atoms(
    source: &mut Source<'_>,
    from: u64,
    end: u64,
    mut each: impl FnMut(&mut Source<'_>, Atom) -> Read_<()>,
) -> Read_<()> {
    let mut at = from;
    while at + 8 <= end {
        let one = atom(source, at, end)?;
        each(source, one)?;
        at = one.end;
    }
    Ok(())
}

/// A track of the film.
#[derive(Default)]
struct Track {
    id: u32,
    handler: [u8; 4],
    codec: Option<String>,
    width: u32,
    height: u32,
    turned: bool,
    scale: u64,
    duration: u64,
}

#[derive(Default)]
struct Film {
    scale: u64,
    duration: u64,
    tracks: Vec<Track>,
    /// Default sample durations of fragments, by track.
    defaults: Vec<(u32, u32)>,
    /// How far fragments reach, by track, in the track's units.
    reached: Vec<(u32, u64)>,
    indexed: Option<u64>,
    has_location: bool,
    has_film: bool,
}

/// What is told of such a file.
pub(super) fn found(source: &mut Source<'_>, format: Format) -> Read_<Found> {
    let mut found = Found::of(format);
    if matches!(format, Format::Heif | Format::Avif) {
        return Ok(found);
    }
    let mut film = Film::default();
    let end = source.len();
    // A file that was cut off behind its index is still known.
    match atoms(source, 0, end, |source, one| match &one.kind {
        b"moov" => movie(source, one, &mut film),
        b"moof" => fragment(source, one, &mut film),
        b"sidx" if film.indexed.is_none() => {
            film.indexed = index(source, one)?;
            Ok(())
        }
        _ => Ok(()),
    }) {
        Ok(()) => {}
        Err(Broken::Io(error)) => return Err(Broken::Io(error)),
        Err(other) if !film.has_film => return Err(other),
        Err(_) => {}
    }
    if !film.has_film {
        return Err(Broken::End);
    }
    found.has_location = film.has_location;
    found.has_metadata = film.has_location;
    let playing = |handler: &[u8; 4]| {
        film.tracks
            .iter()
            .find(|track| track.handler == *handler && track.codec.is_some())
    };
    (found.kind, found.format) = match (playing(b"vide"), playing(b"soun")) {
        (Some(video), _) => {
            (found.width, found.height) = if video.turned {
                (video.height, video.width)
            } else {
                (video.width, video.height)
            };
            (
                Kind::Video,
                if format == Format::M4a {
                    Format::Mp4
                } else {
                    format
                },
            )
        }
        (None, Some(_)) => (Kind::Sound, Format::M4a),
        (None, None) => (Kind::File, format),
    };
    found.codecs = film
        .tracks
        .iter()
        .filter_map(|track| track.codec.clone())
        .take(8)
        .collect();
    found.duration_ms = film.milliseconds();
    Ok(found)
}

impl Film {
    fn milliseconds(&self) -> Option<u64> {
        let whole = milliseconds(self.duration, self.scale).filter(|duration| *duration > 0);
        let of_tracks = || {
            self.tracks
                .iter()
                .filter_map(|track| {
                    let reached = self.reached.iter().find(|(id, _)| *id == track.id);
                    let units = track.duration.max(reached.map_or(0, |(_, units)| *units));
                    milliseconds(units, track.scale)
                })
                .max()
                .filter(|duration| *duration > 0)
        };
        whole.or_else(of_tracks).or(self.indexed)
    }
}

/// Duration and scale of a header that has both, in the 32-bit form or the 64-bit one.
fn times(source: &mut Source<'_>, one: Atom) -> Read_<(u64, u64)> {
    Ok(if source.u8(one.from)? == 1 {
        let duration = source.be64(one.from + 24)?;
        (
            source.be32(one.from + 20)?.into(),
            if duration == u64::MAX { 0 } else { duration },
        )
    } else {
        let duration = source.be32(one.from + 16)?;
        (
            source.be32(one.from + 12)?.into(),
            if duration == u32::MAX { 0 } else { duration.into() },
        )
    })
}

fn movie(source: &mut Source<'_>, moov: Atom, film: &mut Film) -> Read_<()> {
    film.has_film = true;
    atoms(source, moov.from, moov.end, |source, one| {
        match &one.kind {
            b"mvhd" => (film.scale, film.duration) = times(source, one)?,
            b"trak" if film.tracks.len() < 64 => {
                let mut track = Track::default();
                boxes_of_track(source, one, &mut track, 0)?;
                film.tracks.push(track);
            }
            b"udta" | b"meta" => {
                let most = (one.end - one.from).min(limits::WINDOW_BYTES as u64) as usize;
                let bytes = source.up_to(one.from, most)?;
                let says = |what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
                film.has_location |= says(b"\xa9xyz") || says(b"loci") || says(b"location.ISO6709");
            }
            b"mvex" => atoms(source, one.from, one.end, |source, inner| {
                match &inner.kind {
                    b"mehd" => {
                        film.duration = if source.u8(inner.from)? == 1 {
                            source.be64(inner.from + 4)?
                        } else {
                            source.be32(inner.from + 4)?.into()
                        };
                    }
                    b"trex" if film.defaults.len() < 64 => film
                        .defaults
                        .push((source.be32(inner.from + 4)?, source.be32(inner.from + 12)?)),
                    _ => {}
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })
}

fn boxes_of_track(source: &mut Source<'_>, outer: Atom, track: &mut Track, depth: u32) -> Read_<()> {
    if depth > limits::NESTING {
        return Err(Broken::TooMuch);
    }
    atoms(source, outer.from, outer.end, |source, one| {
        match &one.kind {
            b"tkhd" => {
                let long = source.u8(one.from)? == 1;
                track.id = source.be32(one.from + if long { 20 } else { 12 })?;
                // a and d of the matrix are nothing where the picture is turned by a quarter.
                let matrix = one.from + if long { 52 } else { 40 };
                track.turned = source.be32(matrix)? == 0 && source.be32(matrix + 16)? == 0;
                track.width = source.be32(matrix + 36)? >> 16;
                track.height = source.be32(matrix + 40)? >> 16;
            }
            b"mdhd" => (track.scale, track.duration) = times(source, one)?,
            b"hdlr" if track.handler == [0; 4] => track.handler = source.array(one.from + 8)?,
            b"stsd" => sample_entry(source, one, track)?,
            b"mdia" | b"minf" | b"stbl" => boxes_of_track(source, one, track, depth + 1)?,
            _ => {}
        }
        Ok(())
    })
}

fn sample_entry(source: &mut Source<'_>, stsd: Atom, track: &mut Track) -> Read_<()> {
    if source.be32(stsd.from + 4)? == 0 || stsd.from + 16 > stsd.end {
        return Ok(());
    }
    let entry = atom(source, stsd.from + 8, stsd.end)?;
    track.codec = Some(
        entry
            .kind
            .iter()
            .filter(|byte| byte.is_ascii_graphic())
            .map(|byte| char::from(*byte))
            .collect(),
    );
    if track.handler == *b"vide" && (track.width == 0 || track.height == 0) {
        track.width = source.be16(entry.from + 24)?.into();
        track.height = source.be16(entry.from + 26)?.into();
    }
    Ok(())
}

/// How far one fragment reaches.
fn fragment(source: &mut Source<'_>, moof: Atom, film: &mut Film) -> Read_<()> {
    atoms(source, moof.from, moof.end, |source, traf| {
        if traf.kind != *b"traf" {
            return Ok(());
        }
        let (mut id, mut each, mut start, mut length) = (0, None, None, 0u64);
        atoms(source, traf.from, traf.end, |source, one| {
            match &one.kind {
                b"tfhd" => {
                    let flags = source.be32(one.from)? & 0xff_ffff;
                    id = source.be32(one.from + 4)?;
                    let place = 8 + if flags & 1 != 0 { 8 } else { 0 } + if flags & 2 != 0 { 4 } else { 0 };
                    if flags & 8 != 0 {
                        each = Some(source.be32(one.from + place)?);
                    }
                }
                b"tfdt" => {
                    start = Some(if source.u8(one.from)? == 1 {
                        source.be64(one.from + 4)?
                    } else {
                        source.be32(one.from + 4)?.into()
                    });
                }
                b"trun" => {
                    let usual = film.defaults.iter().find(|(track, _)| *track == id);
                    let usual = each.or(usual.map(|(_, each)| *each)).unwrap_or_default();
                    length = length.saturating_add(run(source, one, usual)?);
                }
                _ => {}
            }
            Ok(())
        })?;
        if let Some((_, units)) = film.reached.iter_mut().find(|(track, _)| *track == id) {
            *units = start.unwrap_or(*units).saturating_add(length).max(*units);
        } else if film.reached.len() < 64 {
            film.reached
                .push((id, start.unwrap_or_default().saturating_add(length)));
        }
        Ok(())
    })
}

/// How long the samples of one run are, together.
fn run(source: &mut Source<'_>, trun: Atom, usual: u32) -> Read_<u64> {
    let flags = source.be32(trun.from)? & 0xff_ffff;
    let samples = source.be32(trun.from + 4)?;
    if flags & 0x100 == 0 {
        return Ok(u64::from(samples) * u64::from(usual));
    }
    let step = 4 * u64::from((flags >> 8 & 15).count_ones());
    let mut at = trun.from + 8 + 4 * u64::from((flags & 1) + (flags >> 2 & 1));
    let mut length = 0u64;
    for _ in 0..samples {
        source.part()?;
        if at + 4 > trun.end {
            break;
        }
        length = length.saturating_add(source.be32(at)?.into());
        at += step;
    }
    Ok(length)
}

/// What an index of fragments says, all together.
fn index(source: &mut Source<'_>, sidx: Atom) -> Read_<Option<u64>> {
    let scale = source.be32(sidx.from + 8)?;
    let mut at = sidx.from + if source.u8(sidx.from)? == 0 { 20 } else { 28 };
    let count = source.be16(at + 2)?;
    let mut units = 0u64;
    at += 4;
    for _ in 0..count {
        units += u64::from(source.be32(at + 4)?);
        at += 12;
    }
    Ok(milliseconds(units, scale.into()).filter(|duration| *duration > 0))
}
