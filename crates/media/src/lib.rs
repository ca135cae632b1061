//! What Tidings makes of files: what they are, their previews, their names, and voices. No network, no database.
//!
//! Everything here is synchronous and may take a while: callers keep it off their async threads, at most two decodes at a
//! time. One decode takes at most [`limits::DECODED_BYTES`] for pixels, or [`limits::COEFFICIENT_BYTES`] for a JPEG
//! of several scans, and the file itself, which is at most [`limits::PICTURE_BYTES`]; an ordinary photo of 12 megapixels takes its
//! own length and 10 MB.
//!
//! A file is hostile until shown otherwise: sides are checked before anything is decoded, no length in a file is believed,
//! and a decoder that panics costs its picture only (H22, H23).

mod error;
pub mod limits;
pub mod names;
pub mod picture;
pub mod probe;
#[cfg(test)]
mod samples;
pub mod sound;
mod source;
pub mod video;
pub mod worker;

pub use error::MediaError;
pub use limits::Limits;
pub use picture::{Picture, Stripped, Variant};
pub use probe::{Format, Kind, Probed};
pub use sound::Sound;
