//! WebP, by libwebp: scaled while it is decoded.
//!
//! The one place here that calls C by itself: the crate that wraps libwebp safely does not scale.
#![allow(unsafe_code)]

use libwebp_sys as sys;

use super::Pixels;
use crate::{error::MediaError, limits::Limits};

/// What libwebp says of a still picture.
struct Features {
    width: u32,
    height: u32,
    alpha: bool,
    animated: bool,
    lossless: bool,
}

fn features(bytes: &[u8]) -> Result<Features, MediaError> {
    let mut config = sys::WebPDecoderConfig::new().map_err(|()| MediaError::Unsupported)?;
    // SAFETY: the pointer and the length are those of one slice; `input` is written and outlives the call.
    let status = unsafe { sys::WebPGetFeatures(bytes.as_ptr(), bytes.len(), &raw mut config.input) };
    if status != sys::VP8StatusCode::VP8_STATUS_OK {
        return Err(MediaError::Broken("its header makes no sense"));
    }
    Ok(Features {
        width: u32::try_from(config.input.width).unwrap_or(0),
        height: u32::try_from(config.input.height).unwrap_or(0),
        alpha: config.input.has_alpha != 0,
        animated: config.input.has_animation != 0,
        lossless: config.input.format == 2,
    })
}

/// Decodes at least in the sides `wanted`, or in its own. Of an animation the first frame, in its own size.
pub(super) fn decode(bytes: &[u8], limits: &Limits, wanted: (u32, u32)) -> Result<Pixels, MediaError> {
    let of = features(bytes)?;
    if !limits.allow(of.width, of.height) {
        return Err(MediaError::TooLarge);
    }
    if of.animated {
        let (frame, place) = first_frame(bytes).ok_or(MediaError::Broken("it has no frame"))?;
        let canvas = (of.width, of.height);
        let of = features(&frame)?;
        if of.animated || !limits.allow(of.width, of.height) {
            return Err(MediaError::Broken("its first frame makes no sense"));
        }
        if (of.width, of.height) == canvas {
            return still(&frame, &of, limits, wanted);
        }
        if u64::from(canvas.0) * u64::from(canvas.1) * 4 > limits.decoded_bytes {
            return Err(MediaError::TooLarge);
        }
        return still(&frame, &of, limits, (of.width, of.height))?.on_canvas(canvas, place);
    }
    still(bytes, &of, limits, wanted)
}

fn still(bytes: &[u8], of: &Features, limits: &Limits, wanted: (u32, u32)) -> Result<Pixels, MediaError> {
    // The lossless form is decoded as a whole before it is scaled.
    if of.lossless && u64::from(of.width) * u64::from(of.height) * 4 > limits.decoded_bytes {
        return Err(MediaError::TooLarge);
    }
    // libwebp averages when it scales; half as large again is left to the finer filter.
    let enlarged = (wanted.0 + wanted.0 / 2, wanted.1 + wanted.1 / 2);
    let (width, height) = if enlarged.0 < of.width && enlarged.1 < of.height {
        enlarged
    } else {
        (of.width, of.height)
    };
    let channels = if of.alpha { 4 } else { 3 };
    let length = u64::from(width) * u64::from(height) * channels;
    if length > limits.decoded_bytes {
        return Err(MediaError::TooLarge);
    }
    let mut pixels = vec![0; length as usize];
    let mut config = sys::WebPDecoderConfig::new().map_err(|()| MediaError::Unsupported)?;
    let sides = (
        i32::try_from(width),
        i32::try_from(height),
        i32::try_from(u64::from(width) * channels),
    );
    let (Ok(across), Ok(down), Ok(stride)) = sides else {
        return Err(MediaError::TooLarge);
    };
    config.options.use_scaling = i32::from((width, height) != (of.width, of.height));
    config.options.scaled_width = across;
    config.options.scaled_height = down;
    config.options.use_threads = 1;
    config.output.colorspace = if of.alpha {
        sys::WEBP_CSP_MODE::MODE_RGBA
    } else {
        sys::WEBP_CSP_MODE::MODE_RGB
    };
    config.output.width = across;
    config.output.height = down;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = sys::WebPRGBABuffer {
        rgba: pixels.as_mut_ptr(),
        stride,
        size: pixels.len(),
    };
    // SAFETY: `config` was initialised by the library; its output is `pixels`, of which stride and size say how far may be
    // written; both outlive the call. Memory that the library takes by itself it frees in the second call.
    let status = unsafe {
        let status = sys::WebPDecode(bytes.as_ptr(), bytes.len(), &raw mut config);
        sys::WebPFreeDecBuffer(&raw mut config.output);
        status
    };
    match status {
        sys::VP8StatusCode::VP8_STATUS_OK => {}
        sys::VP8StatusCode::VP8_STATUS_OUT_OF_MEMORY => return Err(MediaError::TooHard),
        _ => return Err(MediaError::Broken("its pixels make no sense")),
    }
    if of.alpha {
        Pixels::rgba(width, height, pixels)
    } else {
        Pixels::rgb(width, height, pixels)
    }
}

/// The chunks of a RIFF file, or of a part of one: kind, and content.
pub(super) fn chunks(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (kind, rest) = bytes.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let content = rest.get(..length)?;
        bytes = rest.get(length + (length & 1)..).unwrap_or_default();
        Some((*kind, content))
    })
}

/// A chunk, with the byte that makes its length even.
pub(super) fn put_chunk(out: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    out.extend(kind);
    out.extend((content.len() as u32).to_le_bytes());
    out.extend(content);
    if content.len() % 2 == 1 {
        out.push(0);
    }
}

/// A WebP of these chunks.
pub(super) fn file(chunks: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend((chunks.len() as u32 + 4).to_le_bytes());
    file.extend(b"WEBP");
    file.extend(chunks);
    file
}

/// The first frame of an animation, as a file of its own, and where it stands on the canvas.
fn first_frame(bytes: &[u8]) -> Option<(Vec<u8>, (u32, u32))> {
    let (_, frame) = chunks(bytes.get(12..)?).find(|(kind, _)| kind == b"ANMF")?;
    let (head, inside) = frame.split_at_checked(16)?;
    let place = |at: usize| match head.get(at..at + 3) {
        Some([low, middle, high]) => 2 * u32::from_le_bytes([*low, *middle, *high, 0]),
        _ => 0,
    };
    let mut parts = Vec::new();
    let alpha = chunks(inside).find(|(kind, _)| kind == b"ALPH");
    if let Some((kind, content)) = alpha {
        // Sides are written less one in both places.
        let mut extended = vec![0x10, 0, 0, 0];
        extended.extend(head.get(6..12)?);
        put_chunk(&mut parts, *b"VP8X", &extended);
        put_chunk(&mut parts, kind, content);
    }
    let (kind, content) = chunks(inside).find(|(kind, _)| matches!(kind, b"VP8 " | b"VP8L"))?;
    put_chunk(&mut parts, kind, content);
    Some((file(&parts), (place(0), place(3))))
}

/// Encodes with alpha.
pub(super) fn encode(pixels: &Pixels, quality: i32) -> Result<Vec<u8>, MediaError> {
    let rgba = pixels.with_alpha();
    let (width, height) = (pixels.width(), pixels.height());
    if width > sys::WEBP_MAX_DIMENSION || height > sys::WEBP_MAX_DIMENSION {
        return Err(MediaError::TooLarge);
    }
    let mut out = std::ptr::null_mut();
    // SAFETY: `rgba` has width * height * 4 bytes, as `Pixels` holds; `out` is written by the library, which says how long it is;
    // it is copied, and freed by the library that made it.
    let bytes = unsafe {
        let length = sys::WebPEncodeRGBA(
            rgba.as_ptr(),
            width as i32,
            height as i32,
            (width * 4) as i32,
            quality as f32,
            &raw mut out,
        );
        if out.is_null() {
            return Err(MediaError::TooHard);
        }
        let bytes = std::slice::from_raw_parts(out, length).to_vec();
        sys::WebPFree(out.cast());
        bytes
    };
    if bytes.is_empty() {
        Err(MediaError::TooHard)
    } else {
        Ok(bytes)
    }
}
