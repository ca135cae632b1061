//! Files for tests, made here.

use std::{io::Write as _, path::PathBuf};

use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use crate::{Limits, Probed, picture::Pixels, probe};

/// A folder with one file in it.
pub(crate) struct Sample {
    folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
    pub(crate) probed: Probed,
}

impl Sample {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sample");
        std::fs::write(&path, bytes).unwrap();
        let probed = probe::probe(&path, &Limits::default()).unwrap();
        Self { folder, path, probed }
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }
}

/// Red at the left and green at the right, blue growing downwards: what is turned or mirrored is seen.
pub(crate) fn pixels(width: u32, height: u32) -> Pixels {
    let bytes = (0..height)
        .flat_map(|y| {
            (0..width).flat_map(move |x| {
                let right = (x * 255 / width.max(1)) as u8;
                [255 - right, right, (y * 255 / height.max(1)) as u8]
            })
        })
        .collect();
    Pixels::rgb(width, height, bytes).unwrap()
}

pub(crate) fn jpeg_with(width: u32, height: u32, progressive: bool) -> Vec<u8> {
    let pixels = pixels(width, height);
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(90).unwrap();
    compressor.set_subsamp(Subsamp::Sub2x2).unwrap();
    compressor.set_progressive(progressive).unwrap();
    let (width, height) = (width as usize, height as usize);
    let format = PixelFormat::RGB;
    compressor
        .compress_to_vec(Image {
            pixels: pixels.bytes(),
            width,
            pitch: width * 3,
            height,
            format,
        })
        .unwrap()
}

pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    jpeg_with(width, height, false)
}

/// Puts segments behind the first two bytes of a JPEG.
pub(crate) fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, content, &jpeg[2..]].concat()
}

/// EXIF with an orientation, a place, and a preview when there is one.
pub(crate) fn exif(orientation: u8, preview: &[u8]) -> Vec<u8> {
    let mut bytes = b"Exif\0\0II*\0\x08\0\0\0".to_vec();
    let entry = |bytes: &mut Vec<u8>, tag: u16, kind: u16, value: u32| {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    };
    bytes.extend(2u16.to_le_bytes());
    entry(&mut bytes, 0x0112, 3, orientation.into());
    entry(&mut bytes, 0x8825, 4, 8);
    bytes.extend(38u32.to_le_bytes());
    bytes.extend(2u16.to_le_bytes());
    entry(&mut bytes, 0x0201, 4, 68);
    entry(&mut bytes, 0x0202, 4, preview.len() as u32);
    bytes.extend(0u32.to_le_bytes());
    bytes.extend(preview);
    bytes
}

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let pixels = pixels(width, height);
    crate::picture::from_rgba(width, height, &pixels.with_alpha(), &Limits::default()).unwrap()
}

/// A chunk of a PNG, with its checksum.
pub(crate) fn png_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(content);
    let mut chunk = (content.len() as u32).to_be_bytes().to_vec();
    chunk.extend(kind);
    chunk.extend(content);
    chunk.extend(crc.sum().to_be_bytes());
    chunk
}

pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A GIF of that many frames, all alike: one colour.
pub(crate) fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend([0x80, 0, 0, 200, 100, 50, 0, 0, 0]);
    bytes.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0");
    for _ in 0..frames {
        bytes.extend([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0]);
        bytes.extend([2, 2, 0x44, 1, 0]);
    }
    bytes.push(0x3b);
    bytes
}

pub(crate) fn bmp(width: u32, height: u32) -> Vec<u8> {
    let pitch = (width * 3).div_ceil(4) * 4;
    let mut bytes = b"BM".to_vec();
    bytes.extend((54 + pitch * height).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(54u32.to_le_bytes());
    bytes.extend(40u32.to_le_bytes());
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    bytes.extend(vec![77; (pitch * height) as usize]);
    bytes
}

/// A box of an MP4.
pub(crate) fn atom(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = (content.len() as u32 + 8).to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(content);
    bytes
}

/// A film's index: one track with those sides, turned by a quarter or not, `duration` milliseconds long.
pub(crate) fn moov(width: u32, height: u32, turned: bool, duration: u32) -> Vec<u8> {
    let words = |words: &[u32]| {
        words
            .iter()
            .flat_map(|word| word.to_be_bytes())
            .collect::<Vec<u8>>()
    };
    let mvhd = atom(
        b"mvhd",
        &[words(&[0, 0, 0, 1000, duration]), vec![0; 80]].concat(),
    );
    let one = 1 << 16;
    let matrix = if turned {
        [0, one, 0, 0u32.wrapping_sub(one), 0, 0, 0, 0, 1 << 30]
    } else {
        [one, 0, 0, 0, one, 0, 0, 0, 1 << 30]
    };
    let tkhd = atom(
        b"tkhd",
        &[
            words(&[0, 0, 0, 1, 0, duration, 0, 0, 0, 0]),
            words(&matrix),
            words(&[width << 16, height << 16]),
        ]
        .concat(),
    );
    let mdhd = atom(b"mdhd", &words(&[0, 0, 0, 1000, duration, 0]));
    let hdlr = atom(b"hdlr", &[words(&[0, 0]), b"vide".to_vec(), vec![0; 13]].concat());
    let avc1 = atom(b"avc1", &[0; 78]);
    let stsd = atom(b"stsd", &[words(&[0, 1]), avc1].concat());
    let mdia = atom(
        b"mdia",
        &[mdhd, hdlr, atom(b"minf", &atom(b"stbl", &stsd))].concat(),
    );
    atom(b"moov", &[mvhd, atom(b"trak", &[tkhd, mdia].concat())].concat())
}

/// An element of a WebM, its length in eight bytes, or unknown.
pub(crate) fn element(id: u32, content: &[u8], open: bool) -> Vec<u8> {
    let mut bytes: Vec<u8> = id
        .to_be_bytes()
        .into_iter()
        .skip_while(|byte| *byte == 0)
        .collect();
    let length = if open { (1 << 56) - 1 } else { content.len() as u64 };
    bytes.extend((1u64 << 56 | length).to_be_bytes());
    bytes.extend(content);
    bytes
}
