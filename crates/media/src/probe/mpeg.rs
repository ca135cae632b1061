//! MP3 and AAC without a container: frames.

use super::{Broken, Format, Found, Read_, Source, milliseconds};

/// What is told of an MP3 or an AAC file.
pub(super) fn found(source: &mut Source<'_>, format: Format) -> Read_<Found> {
    let start = behind_tags(source)?;
    if format == Format::Aac {
        aac(source, start)
    } else {
        mp3(source, start)
    }
}

/// Where the sound begins: behind ID3 tags, of which there may be several.
fn behind_tags(source: &mut Source<'_>) -> Read_<u64> {
    let mut at = 0;
    while source.up_to(at, 3)? == b"ID3" {
        source.part()?;
        let [a, b, c, d] = source.array::<4>(at + 6)?.map(|byte| u64::from(byte & 0x7f));
        let footer = if source.u8(at + 5)? & 0x10 != 0 { 10 } else { 0 };
        at += 10 + (a << 21 | b << 14 | c << 7 | d) + footer;
    }
    Ok(at)
}

/// Kilobits a second of MPEG-1 layer III, and of MPEG-2.
const RATES: [[u16; 16]; 2] = [
    [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0,
    ],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
];
const SAMPLES_A_SECOND: [u32; 4] = [44_100, 48_000, 32_000, 0];

fn mp3(source: &mut Source<'_>, mut at: u64) -> Read_<Found> {
    let mut found = Found::of(Format::Mp3);
    // Between a tag and the first frame there may be padding.
    let frame = loop {
        source.part()?;
        let frame = source.be32(at)?;
        if frame >> 21 == 0x7ff && frame >> 17 & 3 == 1 && frame >> 12 & 15 != 15 && frame >> 10 & 3 != 3 {
            break frame;
        }
        at += 1;
    };
    let version = frame >> 19 & 3;
    let first = version == 3;
    let rate = SAMPLES_A_SECOND
        .get((frame >> 10 & 3) as usize)
        .copied()
        .unwrap_or_default()
        / match version {
            3 => 1,
            2 => 2,
            0 => 4,
            _ => return Err(Broken::Nonsense),
        };
    let kilobits = RATES
        .get(usize::from(!first))
        .and_then(|rates| rates.get((frame >> 12 & 15) as usize))
        .copied()
        .unwrap_or_default();
    let samples = if first { 1152 } else { 576 };
    let mono = frame >> 6 & 3 == 3;
    // Encoders with changing rates leave a count of frames in the first one.
    let side = match (first, mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let counted = if matches!(source.up_to(at + 4 + side, 4)?, b"Xing" | b"Info") {
        let says = source.be32(at + 8 + side)? & 1 != 0;
        if says {
            Some(source.be32(at + 12 + side)?)
        } else {
            None
        }
    } else if source.up_to(at + 36, 4)? == b"VBRI" {
        Some(source.be32(at + 50)?)
    } else {
        None
    };
    found.duration_ms = match counted {
        Some(frames) => milliseconds(u64::from(frames) * samples, rate.into()),
        None => milliseconds(source.len().saturating_sub(at), u64::from(kilobits) * 125),
    };
    found.codecs = vec!["mp3".to_owned()];
    Ok(found)
}

fn aac(source: &mut Source<'_>, mut at: u64) -> Read_<Found> {
    const RATES: [u32; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ];
    let mut found = Found::of(Format::Aac);
    let mut frames = 0u64;
    let mut rate = None;
    let begin = at;
    while at + 8 <= source.len() {
        if source.be16(at)? & 0xfff6 != 0xfff0 {
            break;
        }
        // Frames of one file are alike: where there are too many to count, the share that was counted tells the rest.
        if source.part().is_err() {
            let counted = u128::from((at - begin).max(1));
            frames = u64::try_from(u128::from(frames) * u128::from(source.len() - begin) / counted)
                .unwrap_or(u64::MAX);
            break;
        }
        let packed = source.be64(at)?;
        rate = RATES.get((packed >> 42 & 15) as usize).copied().or(rate);
        let length = u64::from(source.be32(at + 3)? >> 13 & 0x1fff);
        if length < 7 {
            break;
        }
        frames += 1;
        at += length;
    }
    found.duration_ms = rate.and_then(|rate| milliseconds(frames.saturating_mul(1024), rate.into()));
    found.codecs = vec!["mp4a".to_owned()];
    if frames == 0 {
        Err(Broken::Nonsense)
    } else {
        Ok(found)
    }
}
