//! Frames between a pool and its processes: both lengths first, both bounded.

use std::io::{self, Read, Write};

use serde::{Serialize, de::DeserializeOwned};

/// A frame's head, bytes: a few paths and numbers.
const HEAD_BYTES: u32 = 256 * 1024;
/// What follows the head and is kept in memory, bytes: two forms of a picture, or all the pixels of one.
const BODY_BYTES: u64 = crate::limits::DECODED_BYTES;
/// What follows the head and is written to a file, bytes: a picture as it is sent.
const FILE_BYTES: u64 = 2 * crate::limits::PICTURE_BYTES;
/// What is read at once on its way to a file, bytes.
const BLOCK_BYTES: usize = 64 * 1024;

/// Why a frame did not come.
#[derive(Debug)]
pub(super) enum Lost {
    /// Whoever writes it is gone, or writes nonsense.
    There,
    /// What came could not be written here.
    Here(io::Error),
}

/// Writes one frame.
pub(super) fn write(out: &mut impl Write, head: &impl Serialize, body: &[u8]) -> io::Result<()> {
    let head = serde_json::to_vec(head)?;
    let too_long = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let head_length = u32::try_from(head.len()).map_err(too_long)?;
    let body_length = u32::try_from(body.len()).map_err(too_long)?;
    if head_length > HEAD_BYTES || u64::from(body_length) > FILE_BYTES {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    out.write_all(&head_length.to_le_bytes())?;
    out.write_all(&body_length.to_le_bytes())?;
    out.write_all(&head)?;
    out.write_all(body)
}

/// Reads a head, and how long what follows is; none at the end.
pub(super) fn read<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<(T, u64)>> {
    let mut lengths = [0; 8];
    match input.read_exact(&mut lengths) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let [a, b, c, d, e, f, g, h] = lengths;
    let (head, body) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    if head > HEAD_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; head as usize];
    input.read_exact(&mut bytes)?;
    Ok(Some((serde_json::from_slice(&bytes)?, body.into())))
}

/// Reads what follows a head into memory.
pub(super) fn body(input: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    if length > BODY_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Brings what follows a head to `out`.
pub(super) fn body_to(input: &mut impl Read, mut length: u64, out: &mut impl Write) -> Result<(), Lost> {
    if length > FILE_BYTES {
        return Err(Lost::There);
    }
    let mut block = vec![0; BLOCK_BYTES];
    while length > 0 {
        let most = usize::try_from(length).unwrap_or(BLOCK_BYTES).min(BLOCK_BYTES);
        let part = block.get_mut(..most).ok_or(Lost::There)?;
        input.read_exact(part).map_err(|_| Lost::There)?;
        out.write_all(part).map_err(Lost::Here)?;
        length -= most as u64;
    }
    Ok(())
}
