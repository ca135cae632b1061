//! What the engine needs of a server for files: the tus protocol for those that go up, ranges for those that come down.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use tidings_protocol::{FileId, FileKind};

use crate::EngineError;

/// A file as its upload begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// What its sender calls it.
    pub id: FileId,
    /// What it is to its message.
    pub kind: FileKind,
    /// Bytes.
    pub size: u64,
    /// BLAKE3, 64 hexadecimal digits.
    pub hash: String,
}

/// The bytes of a part, in pieces; what fails to be read ends it.
pub type Pieces = BoxStream<'static, std::io::Result<Bytes>>;

/// A file that comes down.
pub struct Fetched {
    /// The whole file's size, bytes.
    pub total: u64,
    /// Where the bytes begin.
    pub from: u64,
    /// The whole file's BLAKE3, 64 hexadecimal digits.
    pub hash: String,
    /// The bytes.
    pub pieces: BoxStream<'static, Result<Bytes, EngineError>>,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Fetched")
            .field("total", &self.total)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// One connection to a server's files, on behalf of one device. One question at a time; after an error it is of no
/// further use.
#[async_trait]
pub trait FileWire: Send {
    /// `POST /v1/files`. The same again is the same upload.
    async fn create(&mut self, file: &NewFile) -> Result<(), EngineError>;
    /// `HEAD /v1/files/ID` as tus has it: how many bytes the server has. `None`: it knows no such upload.
    async fn offset(&mut self, id: &FileId) -> Result<Option<u64>, EngineError>;
    /// `PATCH /v1/files/ID`: `size` bytes from `offset` on. Answers how many bytes the server has now.
    async fn append(
        &mut self,
        id: &FileId,
        offset: u64,
        size: u64,
        pieces: Pieces,
    ) -> Result<u64, EngineError>;
    /// `DELETE /v1/files/ID`. One that is not there is removed already.
    async fn remove(&mut self, id: &FileId) -> Result<(), EngineError>;
    /// `GET /v1/files/ID` from `from` on, at most `count` bytes.
    async fn fetch(&mut self, id: &FileId, from: u64, count: Option<u64>) -> Result<Fetched, EngineError>;
}
