//! BLAKE3 of files, and copies that are hashed on their way.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::{EngineError, limits};

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

/// What ended a copy.
#[derive(Debug)]
pub(crate) enum CopyError {
    /// It could not be read to its end.
    Unread,
    /// It could not be written.
    Unwritten(io::Error),
    /// Whoever was asked between two pieces said so.
    Stopped(EngineError),
}

/// Copies at most `most` bytes of `from` to `to`; answers how many there were and their hash. `step` is asked before the first piece and after
/// each, and hears how many bytes that was. Blocks.
pub(crate) fn copy(
    from: &mut impl io::Read,
    to: &mut (impl io::Write + ?Sized),
    most: u64,
    mut step: impl FnMut(u64) -> Result<(), EngineError>,
) -> Result<(u64, String), CopyError> {
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; limits::PIECE_BYTES];
    let mut from = from.take(most);
    let mut copied = 0;
    step(0).map_err(CopyError::Stopped)?;
    loop {
        let count = match from.read(&mut piece) {
            Ok(0) => return Ok((copied, hex(&hasher))),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(CopyError::Unread),
        };
        let bytes = piece.get(..count).unwrap_or_default();
        to.write_all(bytes).map_err(CopyError::Unwritten)?;
        hasher.update(bytes);
        copied += count as u64;
        step(count as u64).map_err(CopyError::Stopped)?;
    }
}

/// The digits.
pub(crate) fn hex(hasher: &blake3::Hasher) -> String {
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;

    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Broken;

    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::TimedOut.into())
        }
    }

    #[test]
    fn a_copy_has_its_bytes_and_hash_and_no_more_than_was_asked_for() {
        let bytes = vec![7; limits::PIECE_BYTES + 3];
        let (mut to, mut heard) = (Vec::new(), 0);
        let (copied, hash) = copy(&mut bytes.as_slice(), &mut to, u64::MAX, |count| {
            heard += count;
            Ok(())
        })
        .unwrap();
        assert_eq!((copied, heard), (bytes.len() as u64, bytes.len() as u64));
        assert_eq!(hash, blake3::hash(&bytes).to_hex().to_string());
        assert_eq!(to, bytes);
        let (copied, _) = copy(&mut bytes.as_slice(), &mut Vec::new(), 5, |_| Ok(())).unwrap();
        assert_eq!(copied, 5);
    }

    #[test]
    fn what_ends_a_copy_is_told_apart() {
        let go_on = |_| Ok(());
        let unread = copy(&mut Broken, &mut Vec::new(), 9, go_on);
        assert!(matches!(unread, Err(CopyError::Unread)));
        let unwritten = copy(&mut b"x".as_slice(), &mut Full, 9, go_on);
        assert!(
            matches!(unwritten, Err(CopyError::Unwritten(error)) if error.kind() == io::ErrorKind::StorageFull)
        );
        let stopped = copy(&mut b"x".as_slice(), &mut Vec::new(), 9, |_| {
            Err(EngineError::Closed)
        });
        assert!(matches!(stopped, Err(CopyError::Stopped(EngineError::Closed))));
    }
}
