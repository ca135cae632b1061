//! BLAKE3 of files.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::limits;

/// The hash of a file, 64 hexadecimal digits. Blocks.
pub(crate) fn of_file(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    add(&mut hasher, &mut File::open(path)?, u64::MAX)?;
    Ok(hex(&hasher))
}

/// Adds at most `most` bytes of what can be read; answers how many there were. Blocks.
pub(crate) fn add(hasher: &mut blake3::Hasher, from: &mut impl io::Read, most: u64) -> io::Result<u64> {
    let mut piece = vec![0; limits::PIECE_BYTES];
    let mut from = from.take(most);
    let mut read = 0;
    loop {
        let count = match from.read(&mut piece) {
            Ok(0) => return Ok(read),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(piece.get(..count).unwrap_or_default());
        read += count as u64;
    }
}

/// The digits.
pub(crate) fn hex(hasher: &blake3::Hasher) -> String {
    hasher.finalize().to_hex().to_string()
}
