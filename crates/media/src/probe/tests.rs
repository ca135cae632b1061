use super::*;
use crate::samples::{self, Sample, atom, element, moov};

fn probed(bytes: &[u8]) -> Probed {
    probe_bytes(std::io::Cursor::new(bytes), &Limits::default()).unwrap()
}

fn sides(probed: &Probed) -> (u32, u32) {
    (probed.width.unwrap(), probed.height.unwrap())
}

fn ftyp(brand: &[u8; 4]) -> Vec<u8> {
    atom(b"ftyp", &[brand.as_slice(), &[0; 4], b"isom"].concat())
}

#[test]
fn pictures_are_known_by_their_content() {
    for (bytes, format) in [
        (samples::jpeg(40, 30), Format::Jpeg),
        (samples::png(40, 30), Format::Png),
        (samples::gif(40, 30, 1), Format::Gif),
        (samples::bmp(40, 30), Format::Bmp),
    ] {
        let probed = probed(&bytes);
        assert_eq!((probed.kind, probed.format), (Kind::Image, format));
        assert_eq!(sides(&probed), (40, 30));
        assert!(!probed.animated && !probed.has_metadata, "{format:?}");
    }
    assert!(probed(&samples::gif(4, 3, 2)).animated);
}

#[test]
fn h25_orientation_and_place_are_told() {
    let jpeg = samples::with_segment(&samples::jpeg(40, 30), 0xe1, &samples::exif(6, b""));
    let probed = probed(&jpeg);
    assert_eq!(sides(&probed), (30, 40));
    assert_eq!(probed.orientation, 6);
    assert!(probed.has_location && probed.has_metadata);
}

#[test]
fn h22_what_is_over_the_limits_is_a_file() {
    let mut png = samples::png(4, 4);
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let bomb = probed(&png);
    assert_eq!((bomb.kind, bomb.format), (Kind::File, Format::Png));
    let many = probed(&samples::gif(1, 1, limits::FRAMES as usize + 1));
    assert_eq!((many.kind, many.format), (Kind::File, Format::Gif));
}

#[test]
fn h19_pages_programs_and_things_that_are_two_at_once_are_files() {
    for (bytes, format) in [
        (&b"<?xml version='1.0'?>\n<svg xmlns='x'/>"[..], Format::Svg),
        (b"\xef\xbb\xbf  <!DOCTYPE html><title>x</title>", Format::Html),
        (b"#!/bin/sh\nrm -rf /", Format::Program),
        (b"MZ\x90\0", Format::Program),
        (b"%PDF-1.7", Format::Pdf),
        (b"", Format::Other),
        (b"hello", Format::Other),
    ] {
        let probed = probed(bytes);
        assert_eq!((probed.kind, probed.format), (Kind::File, format));
        assert!(probed.width.is_none());
    }
    let page = samples::with_segment(&samples::jpeg(8, 8), 0xfe, b"<script>alert(1)</script>");
    assert_eq!(probed(&page).kind, Kind::File);
    let mut archive = samples::png(8, 8);
    archive.extend(b"PK\x05\x06");
    archive.extend([0; 18]);
    assert_eq!(probed(&archive).kind, Kind::File);
}

#[test]
fn h24_films_with_their_index_anywhere() {
    let index = moov(640, 360, false, 5_000);
    let media = atom(b"mdat", &[7; 100_000]);
    for bytes in [
        [ftyp(b"isom"), index.clone(), media.clone()].concat(),
        [ftyp(b"mp42"), media.clone(), index.clone()].concat(),
        // Cut off behind the index.
        [ftyp(b"isom"), index, media[..50_000].to_vec()].concat(),
    ] {
        let film = probed(&bytes);
        assert_eq!((film.kind, film.mime), (Kind::Video, "video/mp4"));
        assert_eq!((sides(&film), film.duration_ms), ((640, 360), Some(5_000)));
        assert_eq!(film.codecs, ["avc1"]);
    }
    let turned = probed(&[ftyp(b"qt  "), moov(640, 360, true, 5_000)].concat());
    assert_eq!((turned.format, sides(&turned)), (Format::QuickTime, (360, 640)));
}

#[test]
fn films_in_fragments_say_how_long_they_are() {
    let words = |words: &[u32]| {
        words
            .iter()
            .flat_map(|word| word.to_be_bytes())
            .collect::<Vec<u8>>()
    };
    let fragment = |start: u32| {
        let tfhd = atom(b"tfhd", &words(&[0x8, 1, 40]));
        let tfdt = atom(b"tfdt", &words(&[0, start]));
        let trun = atom(b"trun", &words(&[0, 25]));
        atom(b"moof", &atom(b"traf", &[tfhd, tfdt, trun].concat()))
    };
    let bytes = [
        ftyp(b"iso5"),
        moov(64, 64, false, 0),
        fragment(0),
        fragment(1_000),
    ]
    .concat();
    assert_eq!(probed(&bytes).duration_ms, Some(2_000));
}

#[test]
fn pictures_in_an_iso_file_are_files_with_their_own_type() {
    assert_eq!(
        (probed(&ftyp(b"heic")).kind, probed(&ftyp(b"heic")).mime),
        (Kind::File, "image/heif")
    );
    assert_eq!(
        (probed(&ftyp(b"avif")).kind, probed(&ftyp(b"avif")).mime),
        (Kind::File, "image/avif")
    );
}

fn webm(duration: Option<f64>, open: bool) -> Vec<u8> {
    let head = element(0x1a45_dfa3, &element(0x4282, b"webm", false), false);
    let duration = duration.map_or(Vec::new(), |duration| {
        element(0x4489, &duration.to_be_bytes(), false)
    });
    let info = element(
        0x1549_a966,
        &[element(0x2a_d7b1, &[0x0f, 0x42, 0x40], false), duration].concat(),
        false,
    );
    let video = element(
        0xe0,
        &[element(0xb0, &[1, 64], false), element(0xba, &[240], false)].concat(),
        false,
    );
    let track = [element(0x83, &[1], false), element(0x86, b"V_VP9", false), video].concat();
    let tracks = element(0x1654_ae6b, &element(0xae, &track, false), false);
    let cluster = |time: u16| {
        let block = element(0xa3, &[0x81, 0, 100, 0x80, 1, 2, 3], false);
        element(
            0x1f43_b675,
            &[element(0xe7, &time.to_be_bytes(), false), block].concat(),
            open,
        )
    };
    let segment = [info, tracks, cluster(0), cluster(3_000)].concat();
    [head, element(0x1853_8067, &segment, open)].concat()
}

#[test]
fn webm_with_and_without_lengths_and_duration() {
    for (bytes, duration) in [
        (webm(Some(4_000.0), false), 4_000),
        (webm(None, false), 3_100),
        (webm(None, true), 3_100),
        (webm(Some(f64::INFINITY), true), 3_100),
    ] {
        let film = probed(&bytes);
        assert_eq!((film.kind, film.format), (Kind::Video, Format::Webm));
        assert_eq!((sides(&film), film.duration_ms), ((320, 240), Some(duration)));
        assert_eq!(film.codecs, ["V_VP9"]);
    }
}

#[test]
fn h24_a_bogus_duration_is_not_believed() {
    let bytes = [ftyp(b"isom"), moov(64, 64, false, u32::MAX - 1)].concat();
    assert_eq!(probed(&bytes).duration_ms, Some(limits::DURATION_MS));
    assert_eq!(
        probed(&webm(Some(1e300), false)).duration_ms,
        Some(limits::DURATION_MS)
    );
}

#[test]
fn sounds_say_how_long_they_are() {
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend(8_000u32.to_le_bytes());
    wav.extend(16_000u32.to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data\xff\xff\xff\xff");
    wav.extend(vec![0; 32_000]);
    assert_eq!(
        (probed(&wav).kind, probed(&wav).duration_ms),
        (Kind::Sound, Some(2_000))
    );

    // 128 kbit/s, 44.1 kHz, behind a tag.
    let mut mp3 = b"ID3\x04\0\0\0\0\0\x04abcd".to_vec();
    mp3.extend([0xff, 0xfb, 0x90, 0x00]);
    mp3.extend(vec![0; 32_000 - 4]);
    assert_eq!(
        (probed(&mp3).format, probed(&mp3).duration_ms),
        (Format::Mp3, Some(2_000))
    );

    let mut flac = b"fLaC\0\0\0\x22".to_vec();
    flac.extend([0; 10]);
    flac.extend((44_100u64 << 44 | 88_200).to_be_bytes());
    flac.extend([0; 16]);
    assert_eq!(probed(&flac).duration_ms, Some(2_000));
}

#[test]
fn a_folder_or_a_pipe_is_no_file() {
    let sample = Sample::of(b"x");
    let folder = sample.path.parent().unwrap();
    assert!(probe(folder, &Limits::default()).is_err());
    assert!(matches!(
        probe(&folder.join("gone"), &Limits::default()),
        Err(MediaError::Io(_))
    ));
    #[cfg(target_os = "linux")]
    {
        let pipe = folder.join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert!(matches!(
            probe(&pipe, &Limits::default()),
            Err(MediaError::NotAFile)
        ));
    }
}

#[test]
fn h23_no_mutation_of_any_sample_does_harm() {
    let corpus = [
        samples::with_segment(&samples::jpeg(40, 30), 0xe1, &samples::exif(6, b"preview")),
        samples::png(16, 16),
        samples::gif(4, 4, 3),
        samples::bmp(3, 3),
        [ftyp(b"isom"), moov(640, 360, true, 5_000)].concat(),
        webm(None, true),
        webm(Some(4_000.0), false),
    ];
    let mut state = 1u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for sample in &corpus {
        for length in 0..sample.len().min(400) {
            probed(&sample[..length]);
        }
        for _ in 0..2_000 {
            let mut bytes = sample.clone();
            for _ in 0..=next() % 4 {
                let at = (next() as usize) % bytes.len();
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff, next() as u8][(next() % 6) as usize];
            }
            probed(&bytes);
        }
    }
}

proptest::proptest! {
    #[test]
    fn h23_any_bytes_behind_any_start_are_probed(start in 0usize..12, bytes: Vec<u8>) {
        let starts: [&[u8]; 12] = [
            b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0WAVE", b"BM",
            b"\0\0\0\x10ftypisom\0\0\0\0", b"\x1a\x45\xdf\xa3", b"OggS", b"ID3", b"fLaC", b"\xff\xf1",
        ];
        probed(&[starts[start], &bytes].concat());
    }
}

#[test]
fn h22_a_gif_of_endless_blocks_comes_to_an_end_and_is_said_to_be_too_large() {
    let begin = [b"GIF89a".as_slice(), &[4, 0, 3, 0, 0, 0, 0]].concat();
    let small = b"\x01x".repeat(crate::limits::GIF_BLOCKS as usize + 1);
    let one_endless = [&begin, b"!\xfe".as_slice(), &small, b"\0;"].concat();
    let many = b"!\xfe\x01x\0".repeat(crate::limits::PARTS as usize + 1);
    let endless_many = [&begin, many.as_slice(), b";"].concat();
    for bytes in [one_endless, endless_many] {
        let found = probed(&bytes);
        assert_eq!((found.kind, found.too_large), (Kind::File, true));
    }
    let broken = probed(&[&begin, b"!\xfe\x01x\0;".as_slice()].concat());
    assert_eq!((broken.kind, broken.too_large), (Kind::File, false));
}
