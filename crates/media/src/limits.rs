//! What a file may ask of this computer.

/// Pixels of a picture that is looked at (H22).
pub const PICTURE_PIXELS: u64 = 64 * 1024 * 1024;
/// One side of a picture that is looked at, pixels: what a JPEG can have (H22).
pub const PICTURE_SIDE: u32 = 65_535;
/// What a decoder may keep of one picture, bytes (H22).
pub const DECODED_BYTES: u64 = 100 * 1024 * 1024;
/// What a JPEG of several scans may keep of its coefficients, bytes; others need almost nothing.
pub const COEFFICIENT_BYTES: u64 = 192 * 1024 * 1024;
/// Scans of one JPEG; cameras make ten (H22).
pub const JPEG_SCANS: u32 = 100;
/// Frames of a GIF, a WebP or an animated PNG (H22).
pub const FRAMES: u32 = 10_000;
/// Blocks of data in one GIF, of its frames and beside them; the longest that there can be has 255 bytes in each.
pub const GIF_BLOCKS: u32 = 2_000_000;
/// A file of a picture that is decoded, bytes.
pub const PICTURE_BYTES: u64 = 100 * 1024 * 1024;
/// Segments, chunks, boxes, elements or pages of one file that are looked at in probing.
pub const PARTS: u32 = 100_000;
/// How deep boxes and elements may be nested in one another.
pub const NESTING: u32 = 12;
/// Bytes of a file that are read at once in probing.
pub const WINDOW_BYTES: usize = 64 * 1024;
/// A colour profile that is kept, bytes; a larger one is dropped (H25).
pub const PROFILE_BYTES: usize = 64 * 1024;
/// The short side of a picture's large form, pixels (R-I7).
pub const LARGE_SIDE: u32 = 720;
/// The short side of a picture's thumbnail, pixels (R-I7).
pub const THUMB_SIDE: u32 = 198;
/// How many times its short side the long side of a large form or a thumbnail may be; what is longer becomes smaller on both.
pub const LONG_SIDES: u32 = 6;
/// A picture that was embedded as a preview, bytes.
pub const EMBEDDED_BYTES: usize = 64 * 1024;
/// A picture to be sent as a picture is made smaller from this size on, bytes.
pub const REENCODE_FROM_BYTES: u64 = 3 * 1024 * 1024;
/// The longest duration that is believed, milliseconds: 100 hours (H24).
pub const DURATION_MS: u64 = 100 * 60 * 60 * 1000;
/// How long a decoder, or the program that makes a poster, may take, milliseconds (H22, H24).
pub const DECODE_MS: u64 = 20_000;
/// Memory of a process that decodes, bytes (H22, H24).
pub const WORKER_BYTES: u64 = 256 * 1024 * 1024;
/// Files that a process that decodes, or makes a poster, has open at once (H22, H24).
pub const WORKER_FILES: u64 = 64;
/// Processor time of a process that decodes, over all its files, seconds; it is followed by another one after half of it (H22).
pub const WORKER_CPU_S: u64 = 60;
/// The longest voice message, milliseconds (R-A2).
pub const VOICE_MS: u64 = 600_000;
/// Values in a waveform.
pub const WAVEFORM_VALUES: usize = 64;
/// The greatest value in a waveform.
pub const WAVEFORM_MOST: u8 = 31;
/// A file's name, bytes of UTF-8 (H20).
pub const NAME_BYTES: usize = 255;
/// Tries for a name that is not taken yet (H21).
pub const NAME_TRIES: u32 = 10_000;

/// The limits of one look at a file. [`Limits::default`] is what this page says; tests take others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`PICTURE_PIXELS`].
    pub pixels: u64,
    /// See [`PICTURE_SIDE`].
    pub side: u32,
    /// See [`DECODED_BYTES`].
    pub decoded_bytes: u64,
    /// See [`COEFFICIENT_BYTES`].
    pub coefficient_bytes: u64,
    /// See [`FRAMES`].
    pub frames: u32,
    /// See [`PICTURE_BYTES`].
    pub picture_bytes: u64,
    /// See [`PARTS`].
    pub parts: u32,
    /// See [`DECODE_MS`].
    pub decode_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pixels: PICTURE_PIXELS,
            side: PICTURE_SIDE,
            decoded_bytes: DECODED_BYTES,
            coefficient_bytes: COEFFICIENT_BYTES,
            frames: FRAMES,
            picture_bytes: PICTURE_BYTES,
            parts: PARTS,
            decode_ms: DECODE_MS,
        }
    }
}

impl Limits {
    /// Whether a picture of these sides is looked at.
    #[must_use]
    pub fn allow(&self, width: u32, height: u32) -> bool {
        width > 0
            && height > 0
            && width <= self.side
            && height <= self.side
            && u64::from(width) * u64::from(height) <= self.pixels
    }
}
