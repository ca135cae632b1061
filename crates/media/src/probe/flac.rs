//! FLAC: its stream information.

use super::{Broken, Format, Found, Read_, Source, milliseconds};

/// What is told of a FLAC.
pub(super) fn found(source: &mut Source<'_>) -> Read_<Found> {
    let mut found = Found::of(Format::Flac);
    if source.u8(4)? & 0x7f != 0 {
        return Err(Broken::Nonsense);
    }
    // Rate in 20 bits, channels and depth in eight, the number of samples in 36.
    let packed = source.be64(18)?;
    let (rate, samples) = (packed >> 44, packed & 0xf_ffff_ffff);
    found.duration_ms = milliseconds(samples, rate).filter(|_| samples > 0);
    found.codecs = vec!["fLaC".to_owned()];
    Ok(found)
}
