//! Frames between a pool and its processes: both lengths first, both bounded.

use std::io::{self, Read, Write};

use serde::{Serialize, de::DeserializeOwned};

/// A frame's head, bytes: a few paths and numbers.
const HEAD_BYTES: u32 = 256 * 1024;
/// What follows the head, bytes: two forms of a picture.
const BODY_BYTES: u32 = 32 * 1024 * 1024;

/// Writes one frame.
pub(super) fn write(out: &mut impl Write, head: &impl Serialize, body: &[u8]) -> io::Result<()> {
    let head = serde_json::to_vec(head)?;
    let too_long = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let head_length = u32::try_from(head.len()).map_err(too_long)?;
    let body_length = u32::try_from(body.len()).map_err(too_long)?;
    if head_length > HEAD_BYTES || body_length > BODY_BYTES {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    out.write_all(&head_length.to_le_bytes())?;
    out.write_all(&body_length.to_le_bytes())?;
    out.write_all(&head)?;
    out.write_all(body)
}

/// Reads one frame; none at the end.
pub(super) fn read<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<(T, Vec<u8>)>> {
    let mut lengths = [0; 8];
    match input.read_exact(&mut lengths) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let [a, b, c, d, e, f, g, h] = lengths;
    let (head, body) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    if head > HEAD_BYTES || body > BODY_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; head as usize];
    input.read_exact(&mut bytes)?;
    let head = serde_json::from_slice(&bytes)?;
    let mut bytes = vec![0; body as usize];
    input.read_exact(&mut bytes)?;
    Ok(Some((head, bytes)))
}
