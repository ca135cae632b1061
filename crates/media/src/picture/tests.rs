use super::*;
use crate::samples::{self, Sample};

fn limits() -> Limits {
    Limits::default()
}

fn prepared(bytes: &[u8]) -> Picture {
    let sample = Sample::of(bytes);
    prepare(&sample.path, &sample.probed, &limits()).unwrap()
}

/// Decodes what was made, in its own size.
fn decoded(bytes: &[u8]) -> Pixels {
    let sample = Sample::of(bytes);
    let sides = (sample.probed.width.unwrap(), sample.probed.height.unwrap());
    decode::decode(
        &sample.path,
        &sample.probed,
        &limits(),
        (sides.0.max(sides.1), sides.0.max(sides.1)),
    )
    .unwrap()
    .pixels
}

/// The colour at a place that is given in tenths of the sides.
fn at(pixels: &Pixels, x: u32, y: u32) -> [u8; 3] {
    let (x, y) = (pixels.width() * x / 10, pixels.height() * y / 10);
    let place = (y * pixels.width() + x) as usize * pixels.channels();
    pixels.bytes()[place..place + 3].try_into().unwrap()
}

fn near(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(other) < 24)
}

#[test]
fn r_i7_three_sizes_upright() {
    let picture = prepared(&samples::jpeg(1600, 1200));
    let large = picture.large.unwrap();
    assert_eq!((picture.width, picture.height), (1600, 1200));
    assert_eq!(
        (large.width, large.height, large.format),
        (960, 720, Format::Jpeg)
    );
    assert_eq!((picture.thumb.width, picture.thumb.height), (264, 198));
    assert!((5..=32).contains(&picture.thumbhash.len()));
    for variant in [&large.bytes, &picture.thumb.bytes] {
        let pixels = decoded(variant);
        assert!(near(at(&pixels, 1, 1), [230, 25, 25]) && near(at(&pixels, 9, 9), [25, 230, 230]));
    }
    assert!(near(picture.colour, [128, 127, 127]));
}

#[test]
fn nothing_is_made_larger() {
    let picture = prepared(&samples::png(100, 50));
    assert_eq!(picture.large, None);
    assert_eq!((picture.thumb.width, picture.thumb.height), (100, 50));
}

#[test]
fn h22_a_picture_that_is_excessively_long_stays_small() {
    assert_eq!(fitting(100, 60_000, 198), (2, 1188));
    assert_eq!(fitting(1, 1_000_000, 720), (1, 4320));
    assert_eq!(fitting(4000, 3000, 198), (264, 198));
    assert_eq!(fitting(0, 0, 198), (1, 1));
    let picture = prepared(&samples::png(4, 20_000));
    assert_eq!((picture.thumb.width, picture.thumb.height), (1, 1188));
}

#[test]
fn h25_a_picture_that_lies_is_shown_upright() {
    for (orientation, corner) in [(3, [9, 9]), (6, [9, 1]), (8, [1, 9]), (2, [9, 1])] {
        let jpeg = samples::with_segment(&samples::jpeg(640, 320), 0xe1, &samples::exif(orientation, b""));
        let picture = prepared(&jpeg);
        let lies = orientation >= 5;
        assert_eq!(
            (picture.width, picture.height),
            if lies { (320, 640) } else { (640, 320) }
        );
        let thumb = decoded(&picture.thumb.bytes);
        assert!(
            near(at(&thumb, corner[0], corner[1]), [230, 25, 25]),
            "{orientation}"
        );
    }
}

#[test]
fn every_format_is_decoded() {
    for bytes in [
        samples::jpeg_with(300, 200, true),
        samples::png(300, 200),
        samples::gif(300, 200, 3),
        samples::bmp(300, 200),
        webp::encode(&samples::pixels(300, 200), 80).unwrap(),
    ] {
        let picture = prepared(&bytes);
        assert_eq!((picture.thumb.width, picture.thumb.height), (297, 198));
    }
}

#[test]
fn what_is_transparent_stays_so() {
    let rgba: Vec<u8> = (0..400 * 400)
        .flat_map(|number| [200, 100, 50, if number % 400 < 200 { 0 } else { 255 }])
        .collect();
    let png = from_rgba(400, 400, &rgba, &limits()).unwrap();
    let picture = prepared(&png);
    assert_eq!(picture.thumb.format, Format::Webp);
    let thumb = decoded(&picture.thumb.bytes);
    assert_eq!((thumb.bytes()[3], thumb.is_opaque()), (0, false));
    assert!(near(at(&thumb, 9, 5), [200, 100, 50]));
}

#[test]
fn an_animated_webp_shows_its_first_frame_where_it_stands() {
    let frame = webp::encode(&samples::pixels(20, 20), 90).unwrap();
    let mut parts = Vec::new();
    webp::put_chunk(&mut parts, *b"VP8X", &[0x02, 0, 0, 0, 39, 0, 0, 39, 0, 0]);
    webp::put_chunk(&mut parts, *b"ANIM", &[0; 6]);
    for _ in 0..2 {
        let mut content = vec![10, 0, 0, 5, 0, 0, 19, 0, 0, 19, 0, 0, 100, 0, 0, 0];
        content.extend(&frame[12..]);
        webp::put_chunk(&mut parts, *b"ANMF", &content);
    }
    let bytes = webp::file(&parts);
    let sample = Sample::of(&bytes);
    assert!(sample.probed.animated && sample.probed.kind == Kind::Image);
    let pixels = decoded(&bytes);
    assert_eq!((pixels.width(), pixels.height()), (40, 40));
    assert_eq!(pixels.bytes()[3], 0);
    let place = (20 * 40 + 21) * 4;
    assert!(near(
        pixels.bytes()[place..place + 3].try_into().unwrap(),
        [240, 15, 128]
    ));
}

#[test]
fn h22_bombs_are_refused_before_they_are_decoded() {
    let small = Limits {
        pixels: 1000,
        ..limits()
    };
    let sample = Sample::of(&samples::jpeg(64, 64));
    assert!(matches!(
        prepare(&sample.path, &sample.probed, &small),
        Err(MediaError::TooLarge)
    ));
    let sample = Sample::of(&samples::jpeg_with(640, 640, true));
    let few = Limits {
        coefficient_bytes: 100_000,
        ..limits()
    };
    assert!(matches!(
        prepare(&sample.path, &sample.probed, &few),
        Err(MediaError::TooLarge)
    ));
    // A profile of 64 MiB in 64 KiB of a PNG.
    let png = samples::png(40, 40);
    let bomb = [b"x\0\0".as_slice(), &samples::packed(&vec![0; 64 << 20])].concat();
    let png = [&png[..33], &samples::png_chunk(b"iCCP", &bomb), &png[33..]].concat();
    let sample = Sample::of(&png);
    assert!(prepare(&sample.path, &sample.probed, &limits()).is_ok());
    let stripped = strip(&sample.path, &sample.probed, &limits(), &sample.out()).unwrap();
    assert!(stripped.size < 10_000);
}

#[test]
fn what_is_made_of_a_picture_bears_no_profile() {
    let wide = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let segment = [b"ICC_PROFILE\0\x01\x01".as_slice(), &wide].concat();
    let sample = Sample::of(&samples::with_segment(&samples::jpeg(1600, 1200), 0xe2, &segment));
    let picture = prepare(&sample.path, &sample.probed, &limits()).unwrap();
    for made in [picture.large.unwrap(), picture.thumb] {
        assert!(!made.bytes.windows(11).any(|each| each == b"ICC_PROFILE"));
    }
}

#[test]
fn h22_a_jpeg_of_very_many_scans_is_given_up() {
    let jpeg = samples::jpeg_with(64, 64, true);
    let last = jpeg.windows(2).rposition(|two| two == [0xff, 0xda]).unwrap();
    let scan = jpeg[last..jpeg.len() - 2].to_vec();
    let mut bomb = jpeg[..last].to_vec();
    for _ in 0..1_000 {
        bomb.extend(&scan);
    }
    bomb.extend([0xff, 0xd9]);
    let sample = Sample::of(&bomb);
    assert!(matches!(
        prepare(&sample.path, &sample.probed, &limits()),
        Err(MediaError::TooHard)
    ));
}

#[test]
fn h23_a_picture_that_was_cut_off_is_shown_as_far_as_it_goes() {
    for bytes in [samples::jpeg(800, 600), samples::png(800, 600)] {
        let sample = Sample::of(&bytes[..bytes.len() / 2]);
        let picture = prepare(&sample.path, &sample.probed, &limits()).unwrap();
        assert_eq!((picture.thumb.width, picture.thumb.height), (264, 198));
    }
}

#[test]
fn the_preview_inside_comes_upright_and_without_bars() {
    let preview = samples::jpeg(160, 120);
    let jpeg = samples::with_segment(&samples::jpeg(1600, 800), 0xe1, &samples::exif(6, &preview));
    let sample = Sample::of(&jpeg);
    let variant = first_preview(&sample.path, &limits()).unwrap().unwrap();
    assert_eq!((variant.width, variant.height), (80, 160));
    let without = Sample::of(&samples::jpeg(64, 64));
    assert_eq!(first_preview(&without.path, &limits()).unwrap(), None);
}

#[test]
fn h25_a_stripped_jpeg_says_nothing_and_keeps_its_pixels() {
    let plain = samples::jpeg(640, 320);
    let mut jpeg = samples::with_segment(&plain, 0xe1, &samples::exif(1, b"preview"));
    jpeg = samples::with_segment(&jpeg, 0xfe, b"a comment");
    jpeg = samples::with_segment(&jpeg, 0xe2, b"ICC_PROFILE\0\x01\x01nonsense");
    jpeg.extend(b"what stands behind the end");
    let sample = Sample::of(&jpeg);
    let stripped = strip(&sample.path, &sample.probed, &limits(), &sample.out()).unwrap();
    assert_eq!(
        (stripped.width, stripped.height, stripped.reencoded),
        (640, 320, false)
    );
    assert_eq!(std::fs::read(sample.out()).unwrap(), plain);
    assert!(
        strip(&sample.path, &sample.probed, &limits(), &sample.out()).is_err(),
        "it was there already"
    );
}

#[test]
fn h25_a_picture_is_turned_without_loss_or_says_how_it_lies() {
    for (sides, turned) in [((640, 320), true), ((637, 321), false)] {
        let plain = samples::jpeg(sides.0, sides.1);
        let jpeg = samples::with_segment(&plain, 0xe1, &samples::exif(6, b""));
        let sample = Sample::of(&jpeg);
        let stripped = strip(&sample.path, &sample.probed, &limits(), &sample.out()).unwrap();
        assert_eq!((stripped.width, stripped.height), (sides.1, sides.0));
        let out = crate::probe::probe(&sample.out(), &limits()).unwrap();
        assert_eq!(out.orientation, if turned { 1 } else { 6 });
        assert_eq!((out.width, out.height), (Some(sides.1), Some(sides.0)));
        assert!(!out.has_location);
        let thumb = prepare(&sample.out(), &out, &limits()).unwrap().thumb;
        assert!(near(at(&decoded(&thumb.bytes), 9, 1), [230, 25, 25]));
    }
}

#[test]
fn h25_the_other_formats_lose_what_is_not_picture() {
    let png = samples::png(40, 30);
    let text = samples::png_chunk(b"tEXt", b"Comment\0somewhere");
    let exif = samples::png_chunk(b"eXIf", &samples::exif(6, b"")[6..]);
    let full = [&png[..33], &text, &exif, &png[33..], b"tail"].concat();
    let gif = samples::gif(40, 30, 2);
    let chatty = [&gif[..19], b"\x21\xfe\x05hello\0", &gif[19..], b"tail"].concat();
    let webp = webp::encode(&samples::pixels(40, 30), 80).unwrap();
    let mut parts = Vec::new();
    webp::put_chunk(&mut parts, *b"VP8X", &[0x08, 0, 0, 0, 39, 0, 0, 29, 0, 0]);
    parts.extend(&webp[12..]);
    webp::put_chunk(&mut parts, *b"EXIF", &samples::exif(6, b""));
    for (bytes, plain) in [(full, Some(png)), (chatty, Some(gif)), (webp::file(&parts), None)] {
        let sample = Sample::of(&bytes);
        assert!(sample.probed.has_metadata);
        strip(&sample.path, &sample.probed, &limits(), &sample.out()).unwrap();
        let stripped = std::fs::read(sample.out()).unwrap();
        if let Some(plain) = plain {
            assert_eq!(stripped, plain);
        }
        let out = crate::probe::probe(&sample.out(), &limits()).unwrap();
        assert!(!out.has_metadata && !out.has_location);
        assert_eq!(out.width, Some(40));
        prepare(&sample.out(), &out, &limits()).unwrap();
    }
}

#[test]
fn a_picture_from_the_clipboard_becomes_a_png() {
    let bytes = from_rgba(2, 1, &[1, 2, 3, 255, 4, 5, 6, 255], &limits()).unwrap();
    assert_eq!(decoded(&bytes).bytes(), [1, 2, 3, 4, 5, 6]);
    assert!(matches!(
        from_rgba(2, 2, &[0; 4], &limits()),
        Err(MediaError::Broken(_))
    ));
    assert!(matches!(
        from_rgba(60_000, 60_000, &[], &limits()),
        Err(MediaError::TooLarge)
    ));
}

#[test]
fn a_whole_picture_comes_upright_for_the_clipboard() {
    let jpeg = samples::with_segment(&samples::jpeg(64, 32), 0xe1, &samples::exif(6, b""));
    let sample = Sample::of(&jpeg);
    let (width, height, bytes) = rgba(&sample.path, &sample.probed, &limits()).unwrap();
    assert_eq!((width, height, bytes.len()), (32, 64, 32 * 64 * 4));
    let pixels = Pixels::rgba(width, height, bytes).unwrap();
    assert!(near(at(&pixels, 9, 1), [230, 25, 25]));
}

#[test]
fn h23_no_mutation_of_a_picture_does_harm() {
    let corpus = [
        samples::with_segment(
            &samples::jpeg(96, 64),
            0xe1,
            &samples::exif(6, &samples::jpeg(16, 16)),
        ),
        samples::jpeg_with(96, 64, true),
        samples::png(48, 32),
        samples::gif(40, 30, 2),
        samples::bmp(20, 20),
        webp::encode(&samples::pixels(40, 30), 80).unwrap(),
    ];
    let mut state = 7u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path().join("in"), folder.path().join("out"));
    for sample in &corpus {
        for _ in 0..300 {
            let mut bytes = sample.clone();
            for _ in 0..=next() % 6 {
                let at = (next() as usize) % bytes.len();
                bytes[at] = next() as u8;
            }
            if next() % 4 == 0 {
                bytes.truncate((next() as usize) % bytes.len());
            }
            std::fs::write(&path, &bytes).unwrap();
            let probed = crate::probe::probe(&path, &limits()).unwrap();
            if probed.kind == Kind::Image {
                let harder = prepare(&path, &probed, &limits());
                assert!(!matches!(harder, Err(MediaError::Io(_))));
                let _ = first_preview(&path, &limits());
                if strip(&path, &probed, &limits(), &out).is_ok() {
                    std::fs::remove_file(&out).unwrap();
                }
            }
        }
    }
}

#[test]
fn h23_a_picture_of_which_nothing_would_be_left_is_refused() {
    let mut png = samples::png(32, 24);
    // The length of the first chunk.
    png[9] = 0x40;
    let sample = Sample::of(&png);
    assert_eq!(sample.probed.kind, Kind::Image);
    let stripped = strip(&sample.path, &sample.probed, &Limits::default(), &sample.out());
    assert!(matches!(stripped, Err(MediaError::Broken(_))), "{stripped:?}");
}
