//! A file to be probed: read in windows, never as a whole, and never past its end.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use crate::{error::MediaError, limits};

/// Why probing stopped.
#[derive(Debug)]
pub(crate) enum Broken {
    Io(io::Error),
    /// The file ends before what it announced.
    End,
    /// A length or a count that cannot be.
    Nonsense,
    /// More parts than are looked at.
    TooMuch,
}

pub(crate) type Read_<T> = Result<T, Broken>;

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::End
        } else {
            Self::Io(error)
        }
    }
}

/// Opens an ordinary file for reading, and nothing else: neither a folder nor a pipe that would wait for ever.
pub(crate) fn open(path: &Path) -> Result<File, MediaError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(MediaError::NotAFile)
    }
}

/// Something that can be read anywhere in.
pub(crate) trait Bytes: Read + Seek {}
impl<T: Read + Seek> Bytes for T {}

/// The file, with the window that was read last.
pub(crate) struct Source<'a> {
    file: &'a mut dyn Bytes,
    len: u64,
    window: Vec<u8>,
    start: u64,
    parts: u32,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a mut dyn Bytes, parts: u32) -> io::Result<Self> {
        let len = file.seek(SeekFrom::End(0))?;
        Ok(Self {
            file,
            len,
            window: Vec::new(),
            start: 0,
            parts,
        })
    }

    /// How long the file was when it was opened, bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Counts one more part; there is an end to that.
    pub(crate) fn part(&mut self) -> Read_<()> {
        self.parts = self.parts.checked_sub(1).ok_or(Broken::TooMuch)?;
        Ok(())
    }

    /// `count` bytes from `at`, at most [`limits::WINDOW_BYTES`].
    pub(crate) fn bytes(&mut self, at: u64, count: usize) -> Read_<&[u8]> {
        if count > limits::WINDOW_BYTES {
            return Err(Broken::TooMuch);
        }
        let end = at.checked_add(count as u64).ok_or(Broken::Nonsense)?;
        if end > self.len {
            return Err(Broken::End);
        }
        if at < self.start || end > self.start + self.window.len() as u64 {
            let most = (limits::WINDOW_BYTES as u64).min(self.len - at) as usize;
            self.window.clear();
            self.start = at;
            self.file.seek(SeekFrom::Start(at))?;
            (&mut *self.file)
                .take(most as u64)
                .read_to_end(&mut self.window)?;
        }
        let from = (at - self.start) as usize;
        self.window.get(from..from + count).ok_or(Broken::End)
    }

    /// Up to `count` bytes from `at`: fewer where the file ends.
    pub(crate) fn up_to(&mut self, at: u64, count: usize) -> Read_<&[u8]> {
        let there = self.len.saturating_sub(at).min(count as u64) as usize;
        self.bytes(at, there)
    }

    pub(crate) fn u8(&mut self, at: u64) -> Read_<u8> {
        Ok(u8::from_be_bytes(self.array(at)?))
    }

    pub(crate) fn be16(&mut self, at: u64) -> Read_<u16> {
        Ok(u16::from_be_bytes(self.array(at)?))
    }

    pub(crate) fn be32(&mut self, at: u64) -> Read_<u32> {
        Ok(u32::from_be_bytes(self.array(at)?))
    }

    pub(crate) fn be64(&mut self, at: u64) -> Read_<u64> {
        Ok(u64::from_be_bytes(self.array(at)?))
    }

    pub(crate) fn le16(&mut self, at: u64) -> Read_<u16> {
        Ok(u16::from_le_bytes(self.array(at)?))
    }

    pub(crate) fn le32(&mut self, at: u64) -> Read_<u32> {
        Ok(u32::from_le_bytes(self.array(at)?))
    }

    pub(crate) fn array<const N: usize>(&mut self, at: u64) -> Read_<[u8; N]> {
        self.bytes(at, N)?.try_into().map_err(|_| Broken::End)
    }
}
