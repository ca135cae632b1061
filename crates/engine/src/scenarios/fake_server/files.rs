//! Files: uploads as tus has them, downloads by ranges, and what goes wrong on the way.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tidings_protocol::{ErrorKind, FileId, WireError, code, limits::UPLOAD_PART_BYTES};

use super::FakeServer;
use crate::{EngineError, Fetched, FileWire, NewFile, Pieces};

/// A file, whole or not.
#[derive(Default, Clone)]
pub(super) struct Stored {
    pub(super) size: u64,
    pub(super) hash: String,
    pub(super) bytes: Vec<u8>,
}

/// What becomes of one part of an upload.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Fate {
    /// The connection ends after so many bytes, and of these the server has only so many on its disk.
    Cut { after: u64, kept: u64 },
    /// It arrives, and nobody hears of it.
    AnswerLost,
    /// It comes with another checksum, and nothing of it is kept.
    Checksum,
    /// A request that has died without a word has the upload.
    Held,
    /// The server cannot write just now.
    Busy,
    /// After so many bytes nothing moves any more, for ever.
    Hangs { after: u64 },
}

pub(super) struct FakeFiles(pub(super) FakeServer);

fn refusal(code: i32, kind: ErrorKind) -> EngineError {
    EngineError::Refused(WireError::new(code, kind, "refused"))
}

fn cut() -> EngineError {
    EngineError::Network("cut".into())
}

impl FakeServer {
    /// The bytes that came of a file.
    pub(in super::super) fn file(&self, id: &str) -> Option<Vec<u8>> {
        self.0.lock().files.get(id).map(|file| file.bytes.clone())
    }

    /// Puts a whole file there.
    pub(in super::super) fn put_file(&self, id: &str, bytes: &[u8]) {
        self.0.lock().files.insert(
            id.to_owned(),
            Stored {
                size: bytes.len() as u64,
                hash: blake3::hash(bytes).to_hex().to_string(),
                bytes: bytes.to_vec(),
            },
        );
    }

    /// All bytes that were sent up, those that were lost or came twice as well.
    pub(in super::super) fn sent_up(&self) -> u64 {
        self.0.lock().sent_up
    }

    /// Whether a part hangs; asked once for each.
    pub(in super::super) fn begins_to_hang(&self) -> bool {
        std::mem::take(&mut self.0.lock().is_hanging)
    }
}

#[async_trait]
impl FileWire for FakeFiles {
    async fn create(&mut self, file: &NewFile) -> Result<(), EngineError> {
        let mut state = self.0.0.lock();
        if state.faults.down {
            return Err(cut());
        }
        if let Some(refused) = state.faults.refuse_files.pop_front() {
            return Err(refused.into());
        }
        state.files.entry(file.id.to_string()).or_insert_with(|| Stored {
            size: file.size,
            hash: file.hash.clone(),
            bytes: Vec::new(),
        });
        Ok(())
    }

    async fn offset(&mut self, id: &FileId) -> Result<Option<u64>, EngineError> {
        let mut state = self.0.0.lock();
        if state.faults.down {
            return Err(cut());
        }
        state.is_held = false;
        Ok(state.files.get(id.as_str()).map(|file| file.bytes.len() as u64))
    }

    async fn append(
        &mut self,
        id: &FileId,
        offset: u64,
        size: u64,
        mut pieces: Pieces,
    ) -> Result<u64, EngineError> {
        assert!(size <= UPLOAD_PART_BYTES);
        let (fate, begin, mut left) = {
            let mut state = self.0.0.lock();
            if state.is_held {
                return Err(refusal(code::UNAVAILABLE, ErrorKind::Unavailable));
            }
            let fate = state.faults.parts.pop_front();
            match fate {
                Some(Fate::Held) => {
                    state.is_held = true;
                    return Err(refusal(code::UNAVAILABLE, ErrorKind::Unavailable));
                }
                Some(Fate::Busy) => return Err(refusal(code::DISK, ErrorKind::Unavailable)),
                _ => {}
            }
            let left = match fate {
                Some(Fate::Cut { after, .. } | Fate::Hangs { after }) => Some(after.min(size - 1)),
                _ => state.faults.cut_parts.pop_front(),
            };
            let begin = state.files.get(id.as_str()).map_or(0, |file| file.bytes.len());
            (fate, begin, left)
        };
        let mut came = 0;
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| cut())?;
            let is_cut = {
                let mut state = self.0.0.lock();
                if state.faults.down {
                    return Err(cut());
                }
                state.sent_up += piece.len() as u64;
                let file = state
                    .files
                    .get_mut(id.as_str())
                    .ok_or_else(|| refusal(code::NO_SUCH_FILE, ErrorKind::NotFound))?;
                if file.bytes.len() as u64 != offset + came {
                    return Err(refusal(code::BAD_PARAMETER, ErrorKind::Conflict));
                }
                let kept = match &mut left {
                    Some(left) => {
                        let kept = usize::try_from(*left).unwrap().min(piece.len());
                        *left -= kept as u64;
                        kept
                    }
                    None => piece.len(),
                };
                file.bytes.extend_from_slice(&piece[..kept]);
                came += kept as u64;
                let is_cut = kept < piece.len();
                match fate {
                    Some(Fate::Cut { kept, .. }) if is_cut => {
                        let kept = usize::try_from(kept.min(came)).unwrap();
                        file.bytes.truncate(begin + kept);
                    }
                    Some(Fate::Hangs { .. }) if is_cut => {
                        state.is_held = true;
                        state.is_hanging = true;
                    }
                    _ => {}
                }
                is_cut
            };
            if is_cut && matches!(fate, Some(Fate::Hangs { .. })) {
                return std::future::pending().await;
            }
            if is_cut {
                return Err(cut());
            }
        }
        if came != size {
            return Err(cut());
        }
        let mut state = self.0.0.lock();
        if let (Some(Fate::Checksum), Some(file)) = (fate, state.files.get_mut(id.as_str())) {
            file.bytes.truncate(begin);
            return Err(refusal(code::FILE_DIFFERS, ErrorKind::Network));
        }
        let (is_whole, differs) = match state.files.get(id.as_str()) {
            Some(file) => (
                file.bytes.len() as u64 == file.size,
                blake3::hash(&file.bytes).to_hex().to_string() != file.hash,
            ),
            None => return Err(refusal(code::NO_SUCH_FILE, ErrorKind::NotFound)),
        };
        if is_whole && differs {
            state.files.remove(id.as_str());
            return Err(refusal(code::FILE_DIFFERS, ErrorKind::BadRequest));
        }
        if matches!(fate, Some(Fate::AnswerLost)) {
            return Err(cut());
        }
        Ok(offset + came)
    }

    async fn remove(&mut self, id: &FileId) -> Result<(), EngineError> {
        let mut state = self.0.0.lock();
        if state.faults.down {
            return Err(cut());
        }
        state.files.remove(id.as_str());
        Ok(())
    }

    async fn fetch(&mut self, id: &FileId, from: u64, count: Option<u64>) -> Result<Fetched, EngineError> {
        let mut state = self.0.0.lock();
        if state.faults.down {
            return Err(cut());
        }
        let file = state
            .files
            .get(id.as_str())
            .filter(|file| file.bytes.len() as u64 == file.size)
            .cloned()
            .ok_or_else(|| refusal(code::NO_SUCH_FILE, ErrorKind::NotFound))?;
        let mut bytes = file.bytes;
        if state.faults.spoil_downloads
            && let Some(last) = bytes.last_mut()
        {
            *last ^= 1;
        }
        let first = usize::try_from(from).unwrap();
        let last = count.map_or(bytes.len(), |count| {
            (first + usize::try_from(count).unwrap()).min(bytes.len())
        });
        let mut pieces: Vec<Result<Bytes, EngineError>> = bytes[first..last]
            .chunks(1_000)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        if let Some(most) = state.faults.cut_downloads.pop_front() {
            pieces.truncate(most);
            pieces.push(Err(cut()));
        }
        Ok(Fetched {
            total: file.size,
            from,
            hash: file.hash,
            pieces: stream::iter(pieces).boxed(),
        })
    }
}
