use std::f32::consts::PI;

use super::*;
use crate::{Kind, Limits, probe};

fn tone(samples: u32, rate: u32) -> Vec<f32> {
    (0..samples)
        .map(|sample| (2.0 * PI * 440.0 * sample as f32 / rate as f32).sin() * 0.5)
        .collect()
}

#[test]
fn a_voice_becomes_a_file_that_says_how_long_it_is() {
    let mut encoder = Encoder::new(44_100, 1).unwrap();
    for part in tone(44_100 * 2 + 777, 44_100).chunks(512) {
        assert!(encoder.push(part).unwrap());
    }
    let sound = encoder.finish().unwrap();
    assert!(sound.duration_ms.abs_diff(2_017) <= 1, "{}", sound.duration_ms);
    let probed = probe::probe_bytes(std::io::Cursor::new(&sound.bytes), &Limits::default()).unwrap();
    assert_eq!((probed.kind, probed.mime), (Kind::Sound, "audio/ogg"));
    assert_eq!(probed.duration_ms, Some(sound.duration_ms));
    assert_eq!(probed.codecs, ["opus"]);
}

#[test]
fn what_was_spoken_is_heard_again() {
    let mut encoder = Encoder::new(48_000, 2).unwrap();
    let stereo: Vec<f32> = tone(48_000, 48_000)
        .iter()
        .flat_map(|sample| [*sample; 2])
        .collect();
    encoder.push(&stereo).unwrap();
    let sound = encoder.finish().unwrap();
    let mut decoder = opus::Decoder::new(48_000, Channels::Mono).unwrap();
    let mut heard = Vec::new();
    let mut at = 0;
    let mut page = 0;
    while at < sound.bytes.len() {
        let count = usize::from(sound.bytes[at + 26]);
        let lengths = &sound.bytes[at + 27..at + 27 + count];
        let mut packet = at + 27 + count;
        let mut length = 0;
        for part in lengths {
            length += usize::from(*part);
            if *part < 255 {
                if page >= 2 {
                    let mut out = [0.0; 960];
                    let samples =
                        decoder.decode_float(&sound.bytes[packet..packet + length], &mut out, false);
                    heard.extend(&out[..samples.unwrap()]);
                }
                packet += length;
                length = 0;
            }
        }
        at = packet;
        page += 1;
    }
    assert!(heard.len() >= 48_000);
    // 440 Hz cross zero 880 times a second.
    let crossings = heard[4_800..43_200]
        .windows(2)
        .filter(|two| (two[0] < 0.0) != (two[1] < 0.0))
        .count();
    assert!(crossings.abs_diff(704) < 10, "{crossings}");
    let loud = level(&heard[4_800..43_200]);
    assert!(loud > 0.8, "{loud}");
}

#[test]
fn r_a2_ten_minutes_and_no_more() {
    let mut encoder = Encoder::new(48_000, 1).unwrap();
    assert_eq!(encoder.most, 600 * 48_000);
    // Ten seconds take less time to test.
    encoder.most /= 60;
    let second = vec![0.0; 48_000];
    for _ in 0..9 {
        assert!(encoder.push(&second).unwrap());
    }
    encoder.push(&second).unwrap();
    assert!(!encoder.push(&second).unwrap());
    let sound = encoder.finish().unwrap();
    assert_eq!(sound.duration_ms, VOICE_MS / 60);
    assert_eq!(sound.waveform, [0; 64]);
}

#[test]
fn a_waveform_shows_where_it_is_loud() {
    let mut encoder = Encoder::new(48_000, 1).unwrap();
    encoder.push(&vec![0.0; 48_000]).unwrap();
    encoder.push(&tone(48_000, 48_000)).unwrap();
    encoder.push(&[f32::NAN; 100]).unwrap();
    let waveform = encoder.finish().unwrap().waveform;
    assert!(waveform[..30].iter().all(|value| *value == 0), "{waveform:?}");
    assert!(waveform[34..].iter().all(|value| *value > 25), "{waveform:?}");
}

#[test]
fn nothing_makes_no_voice() {
    assert!(Encoder::new(48_000, 1).unwrap().finish().is_err());
    assert!(Encoder::new(1_000, 1).is_err() && Encoder::new(48_000, 0).is_err());
    let mut encoder = Encoder::new(48_000, 1).unwrap();
    encoder.push(&[0.1]).unwrap();
    assert!(encoder.finish().is_ok());
}
