//! Lines of an export, read with limits.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::de::DeserializeOwned;

use crate::media::blocking;
use crate::{EngineError, limits};

use super::unreadable;

struct State {
    file: BufReader<File>,
    /// Lines that may still be read.
    left: u64,
}

/// A file of lines.
pub(super) struct LineReader(Arc<Mutex<State>>);

/// Some lines.
pub(super) struct Page<T> {
    pub(super) lines: Vec<T>,
    /// Lines that were too long or could not be understood.
    pub(super) broken: u64,
    pub(super) is_end: bool,
}

impl LineReader {
    /// Opens a file; `None`: there is none. What is no plain file (a link, a pipe) is no export.
    pub(super) async fn open(path: PathBuf, most: u64) -> Result<Option<Self>, EngineError> {
        blocking(move || {
            match fs::symlink_metadata(&path) {
                Ok(data) if data.is_file() => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                Ok(_) => return Err(super::not_an_export()),
                Err(error) => return Err(unreadable(&error)),
            }
            let file = File::open(&path).map_err(|error| unreadable(&error))?;
            Ok(Some(Self(Arc::new(Mutex::new(State {
                file: BufReader::new(file),
                left: most,
            })))))
        })
        .await
    }

    /// The next lines.
    pub(super) async fn next<T: DeserializeOwned + Send + 'static>(&self) -> Result<Page<T>, EngineError> {
        let state = Arc::clone(&self.0);
        blocking(move || {
            let mut state = state.lock();
            let mut page = Page {
                lines: Vec::new(),
                broken: 0,
                is_end: false,
            };
            let mut line = Vec::new();
            for _ in 0..limits::EXPORTED_AT_ONCE {
                if state.left == 0 || !state.read_line(&mut line)? {
                    page.is_end = true;
                    break;
                }
                state.left -= 1;
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                match serde_json::from_slice(&line) {
                    Ok(read) => page.lines.push(read),
                    Err(_) => page.broken += 1,
                }
            }
            Ok(page)
        })
        .await
    }
}

impl State {
    /// The next line; one that is too long comes as its beginning, which is no JSON. `false`: there is none.
    fn read_line(&mut self, line: &mut Vec<u8>) -> Result<bool, EngineError> {
        line.clear();
        let most = limits::IMPORT_LINE_BYTES as u64;
        let read = (&mut self.file)
            .take(most)
            .read_until(b'\n', line)
            .map_err(|error| unreadable(&error))?;
        if read as u64 == most && line.last() != Some(&b'\n') {
            // Cut so that what is left of it can never be understood.
            line.truncate(1);
            line.push(b'{');
            self.skip_line()?;
        }
        Ok(read > 0)
    }

    fn skip_line(&mut self) -> Result<(), EngineError> {
        loop {
            let buffer = self.file.fill_buf().map_err(|error| unreadable(&error))?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let count = end.map_or(buffer.len(), |end| end + 1);
            self.file.consume(count);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}
