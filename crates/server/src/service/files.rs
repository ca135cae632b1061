//! Files: uploads that go on where they were, and downloads for those who may read a message that has the file.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _};
use tidings_protocol::{ErrorKind, FileId, FileKind, WireError, code};
use tokio::task::JoinHandle;

use crate::limits;
use crate::media::{Hash, Held, Part, Transfer, blocking, remove};
use crate::space::{Space, hash_secret};
use crate::store::{self, NewFile, Room, StoreError, StoredFile, no_such_file};

const HOUR_MS: i64 = 3_600_000;

/// Why a file did not come or go.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// A rule, or trouble.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Another request has this upload.
    #[error("another request has this upload")]
    Held,
    /// The upload is somewhere else.
    #[error("the upload is at {0}")]
    Elsewhere(u64),
    /// More came than was announced.
    #[error("more came than was announced")]
    TooLong,
    /// What came has another checksum; nothing of it was kept.
    #[error("what came has another checksum")]
    Checksum,
    /// The whole has another hash; the upload is gone.
    #[error("the whole has another hash")]
    Differs,
    /// The user's share is full.
    #[error("{0}")]
    Quota(WireError),
    /// The sender stopped in the middle.
    #[error("the request broke off")]
    BrokeOff,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Wire(error.into())
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        tracing::error!(%error, "the bytes of a file");
        let words = "the server's disk does not take it";
        Self::Wire(WireError::new(code::DISK, ErrorKind::Unavailable, words))
    }
}

/// An upload that somebody wishes for.
pub(crate) struct Wish {
    /// Chosen by the client, or not at all.
    pub(crate) id: Option<FileId>,
    pub(crate) kind: FileKind,
    pub(crate) size: u64,
    pub(crate) hash: Hash,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offset {
    pub(crate) at: u64,
    /// When it is removed unless it goes on, milliseconds since 1970; `None`: it is finished.
    pub(crate) due: Option<i64>,
}

/// The checksum of one request's bytes.
pub(crate) trait Checksum: Send {
    /// Takes in the next bytes.
    fn update(&mut self, bytes: &[u8]);
    /// Whether it is as announced.
    fn is_right(&mut self) -> bool;
}

/// The code for a file of this kind that is too large.
pub(crate) fn too_large(kind: FileKind) -> i32 {
    match kind {
        FileKind::Image | FileKind::Preview => code::IMAGE_TOO_LARGE,
        FileKind::Video => code::VIDEO_TOO_LARGE,
        FileKind::File => code::FILE_TOO_LARGE,
        FileKind::Sound => code::SOUND_TOO_LARGE,
    }
}

/// The user whose device has this token.
pub(crate) async fn user_of(space: &Space, token: &str) -> Result<i64, WireError> {
    let hash = hash_secret(token);
    let known = space
        .store
        .read(move |conn| store::read::device_by_token(conn, &hash))
        .await?;
    known
        .map(|device| device.user)
        .ok_or_else(super::sign_in::unknown_token)
}

/// Begins an upload; the same again goes on where it is.
pub(crate) async fn begin(space: &Space, user: i64, wish: Wish) -> Result<StoredFile, Refused> {
    if wish.size == 0 {
        return Err(WireError::new(code::FILE_EMPTY, ErrorKind::BadRequest, "the file is empty").into());
    }
    if wish.size > space.config.media.sizes().of(wish.kind) {
        let words = "the file is too large";
        return Err(WireError::new(too_large(wish.kind), ErrorKind::TooLarge, words).into());
    }
    let id = wish.id.unwrap_or_else(|| {
        let mut bytes = [0; 16];
        space.chance.fill(&mut bytes);
        FileId::from_bytes(bytes)
    });
    space.media.begun.take(user, space.clock.monotonic())?;
    let new = NewFile {
        id,
        owner: user,
        kind: wish.kind,
        size: wish.size,
        hash: wish.hash,
        due: due(space),
    };
    let room = Room {
        bytes: space.config.media.quota_bytes,
        unfinished: space.config.media.unfinished_uploads,
    };
    let begun = space.store.write(move |batch| batch.begin_file(&new, room)).await;
    begun.map_err(|error| match WireError::from(error) {
        error if error.code == code::QUOTA => Refused::Quota(error),
        error => Refused::Wire(error),
    })
}

/// When an upload that goes on now is removed.
fn due(space: &Space) -> i64 {
    let hours = i64::from(space.config.media.upload_hours.max(1));
    space.clock.now_ms().saturating_add(hours * HOUR_MS)
}

/// The user's own upload.
pub(crate) async fn upload(space: &Space, user: i64, id: FileId) -> Result<StoredFile, Refused> {
    let found = space.store.read(move |conn| store::read::file(conn, &id)).await?;
    let now = space.clock.now_ms();
    found
        .filter(|file| file.owner == user)
        // The sweep has not come to it yet.
        .filter(|file| file.finished || file.due.is_some_and(|due| due > now))
        .ok_or_else(|| no_such_file().into())
}

/// How far an upload is, on the disk. Whoever is sending to it is stopped: it may be a connection that has died without a word.
pub(crate) async fn offset(space: &Arc<Space>, upload: StoredFile) -> Result<Offset, Refused> {
    if upload.finished {
        return Ok(whole(&upload));
    }
    // To read a part again is work as that of a transfer.
    let _transfer = space.media.transfers.begin(upload.owner)?;
    let held = space.media.uploads.hold(&upload.id).await.ok_or(Refused::Held)?;
    let (held, upload) = open(space, held, upload).await?;
    if upload.finished {
        return Ok(whole(&upload));
    }
    let mut writing = Writing::new(held, None);
    let at = writing.settle(Part::sync).await?;
    if at < upload.size {
        let due = upload.due;
        return Ok(Offset { at, due });
    }
    // It was stopped between its last byte and its end.
    finish(space, writing.over()?, upload).await
}

fn whole(upload: &StoredFile) -> Offset {
    Offset {
        at: upload.size,
        due: None,
    }
}

/// Takes bytes for an upload that is at `at`. What came is on the disk when this returns, also most of it where the request broke off.
pub(crate) async fn receive<E>(
    space: &Arc<Space>,
    user: i64,
    upload: StoredFile,
    at: u64,
    checksum: Option<Box<dyn Checksum>>,
    mut bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<Offset, Refused> {
    let _transfer = space.media.transfers.begin(user)?;
    if upload.finished {
        return again(&upload, at);
    }
    let (held, mut wanted) = space.media.uploads.try_hold(&upload.id).ok_or(Refused::Held)?;
    let (held, upload) = open(space, held, upload).await?;
    if upload.finished {
        return again(&upload, at);
    }
    let begin = held.as_ref().map_or(0, Part::length);
    if at != begin {
        return Err(Refused::Elsewhere(begin));
    }
    let upload = put_off(space, upload).await?;
    let mark = held.as_ref().map(Part::mark);
    let mut writing = Writing::new(held, checksum);
    let mut block = Vec::with_capacity(limits::TRANSFER_BLOCK_BYTES);
    let mut came = 0_u64;
    let ended = loop {
        let next = tokio::select! {
            biased;
            _ = wanted.changed() => break Err(Refused::Held),
            next = bytes.next() => next,
        };
        let data = match next {
            Some(Ok(data)) => data,
            Some(Err(_)) => break Err(Refused::BrokeOff),
            None => break Ok(()),
        };
        came += data.len() as u64;
        if at + came > upload.size {
            break Err(Refused::TooLong);
        }
        let mut rest = data.as_ref();
        while !rest.is_empty() {
            let room = limits::TRANSFER_BLOCK_BYTES - block.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            block.extend_from_slice(now);
            rest = later;
            if block.len() == limits::TRANSFER_BLOCK_BYTES {
                block = writing.add(block).await?;
            }
        }
    };
    let takes_back = matches!(ended, Err(Refused::TooLong));
    if !takes_back && !block.is_empty() {
        writing.add(block).await?;
    }
    let is_wrong = ended.is_ok() && !writing.is_right().await?;
    let at = match mark {
        Some(mark) if takes_back || is_wrong => writing.settle(move |part| part.back_to(mark)).await?,
        _ => writing.settle(Part::sync).await?,
    };
    ended?;
    if is_wrong {
        return Err(Refused::Checksum);
    }
    if at < upload.size {
        if came < limits::SMALL_PART_BYTES {
            space.media.small_parts.take(user, space.clock.monotonic())?;
        }
        let due = upload.due;
        return Ok(Offset { at, due });
    }
    finish(space, writing.over()?, upload).await
}

/// An upload that goes on is kept for longer. To the hour, so that few parts cost a commit.
async fn put_off(space: &Space, mut upload: StoredFile) -> Result<StoredFile, Refused> {
    let due = due(space);
    if upload.due.is_none_or(|old| due - old >= HOUR_MS) {
        let row = upload.row;
        space.store.write(move |batch| batch.keep_file(row, due)).await?;
        upload.due = Some(due);
    }
    Ok(upload)
}

/// Something more comes for an upload that is finished: nothing, when the answer to its last part was lost.
fn again(upload: &StoredFile, at: u64) -> Result<Offset, Refused> {
    if at == upload.size {
        Ok(whole(upload))
    } else {
        Err(Refused::Elsewhere(upload.size))
    }
}

/// Opens the part, unless it is open. Whoever had it before may have ended the upload, so that is looked up again; of one that is finished there
/// is none.
async fn open(space: &Space, held: Held, known: StoredFile) -> Result<(Held, StoredFile), Refused> {
    let mut held = held;
    if held.is_some() {
        return Ok((held, known));
    }
    let upload = upload(space, known.owner, known.id).await?;
    if upload.finished {
        return Ok((held, upload));
    }
    let (path, size) = (space.media.part(&upload.id), upload.size);
    let held = blocking(move || {
        *held = Some(Part::open(&path, size)?);
        Ok(held)
    });
    Ok((held.await?, upload))
}

type Written = (Held, Option<Box<dyn Checksum>>, Vec<u8>, io::Result<()>);

/// Writes one block while the next one comes. When it is dropped in the middle, the part stays as it is then.
struct Writing {
    at_hand: Option<(Held, Option<Box<dyn Checksum>>)>,
    spare: Vec<u8>,
    task: Option<JoinHandle<Written>>,
}

impl Writing {
    fn new(held: Held, checksum: Option<Box<dyn Checksum>>) -> Self {
        Self {
            at_hand: Some((held, checksum)),
            spare: Vec::new(),
            task: None,
        }
    }

    /// Writes `block` once the one before is written; an empty one comes back.
    async fn add(&mut self, block: Vec<u8>) -> io::Result<Vec<u8>> {
        self.wait().await?;
        let mut spare = std::mem::take(&mut self.spare);
        spare.clear();
        spare.reserve(limits::TRANSFER_BLOCK_BYTES);
        let (mut held, mut checksum) = self.at_hand.take().ok_or_else(lost)?;
        self.task = Some(tokio::task::spawn_blocking(move || {
            let done = held.as_mut().ok_or_else(lost).and_then(|part| part.add(&block));
            if let Some(checksum) = &mut checksum {
                checksum.update(&block);
            }
            (held, checksum, block, done)
        }));
        Ok(spare)
    }

    async fn wait(&mut self) -> io::Result<()> {
        let Some(task) = self.task.take() else {
            return Ok(());
        };
        let (held, checksum, block, done) = task.await.map_err(io::Error::other)?;
        self.at_hand = Some((held, checksum));
        self.spare = block;
        done
    }

    /// Whether the checksum is as announced, if one was.
    async fn is_right(&mut self) -> io::Result<bool> {
        self.wait().await?;
        let checksum = self.at_hand.as_mut().and_then(|(_, checksum)| checksum.as_mut());
        Ok(checksum.is_none_or(|checksum| checksum.is_right()))
    }

    /// Does something with the part; how far it is then.
    async fn settle(
        &mut self,
        work: impl FnOnce(&mut Part) -> io::Result<()> + Send + 'static,
    ) -> io::Result<u64> {
        self.wait().await?;
        let (mut held, checksum) = self.at_hand.take().ok_or_else(lost)?;
        let (held, length) = blocking(move || {
            let part = held.as_mut().ok_or_else(lost)?;
            work(part)?;
            let length = part.length();
            Ok((held, length))
        })
        .await?;
        self.at_hand = Some((held, checksum));
        Ok(length)
    }

    /// The part, when nothing is being written.
    fn over(self) -> io::Result<Held> {
        self.at_hand.map(|(held, _)| held).ok_or_else(lost)
    }
}

fn lost() -> io::Error {
    io::Error::other("a part was lost")
}

/// The last byte is there. Goes to its end also when nobody waits for it any more.
async fn finish(space: &Arc<Space>, held: Held, upload: StoredFile) -> Result<Offset, Refused> {
    let space = Arc::clone(space);
    let finishing = tokio::spawn(async move { arrive(&space, held, &upload).await.map(|()| whole(&upload)) });
    finishing.await.map_err(io::Error::other)?
}

async fn arrive(space: &Space, mut held: Held, upload: &StoredFile) -> Result<(), Refused> {
    let path = space.media.part(&upload.id);
    let hash = held.as_ref().map(Part::hash).ok_or_else(lost)?;
    let (row, wanted) = (upload.row, upload.hash);
    if hash != wanted {
        *held = None;
        space
            .store
            .write(move |batch| batch.remove_file(row, &wanted))
            .await?;
        blocking(move || remove(&path)).await?;
        space.media.uploads.forget(&upload.id);
        return Err(Refused::Differs);
    }
    let stays_until = {
        let hours = i64::from(space.config.media.unused_hours);
        space.clock.now_ms().saturating_add(hours * HOUR_MS)
    };
    let finished = {
        let _on_the_shelf = space.media.shelf.read().await;
        space.media.blobs.keep(path.clone(), hash).await?;
        space
            .store
            .write(move |batch| batch.finish_file(row, &hash, stays_until))
            .await?
    };
    *held = None;
    // The part is a second name of the blob by now. It goes before anybody can begin another one in its place.
    blocking(move || remove(&path)).await?;
    space.media.uploads.forget(&upload.id);
    if finished {
        Ok(())
    } else {
        Err(no_such_file().into())
    }
}

/// Ends an upload, or removes a file that no message has.
pub(crate) async fn terminate(space: &Arc<Space>, upload: StoredFile) -> Result<(), Refused> {
    let mut held = space.media.uploads.hold(&upload.id).await.ok_or(Refused::Held)?;
    let (row, hash) = (upload.row, upload.hash);
    let removed = space
        .store
        .write(move |batch| batch.remove_file(row, &hash))
        .await?;
    if !removed {
        let row = upload.row;
        let known = space
            .store
            .read(move |conn| store::read::file(conn, &upload.id))
            .await?;
        // Another request has removed it, or its time was over.
        if known.is_none_or(|file| file.row != row) {
            return Err(no_such_file().into());
        }
        let words = "a message has this file";
        return Err(WireError::new(code::NO_PERMISSION, ErrorKind::Conflict, words).into());
    }
    *held = None;
    let path = space.media.part(&upload.id);
    blocking(move || remove(&path)).await?;
    space.media.uploads.forget(&upload.id);
    Ok(())
}

/// A file that `user` may fetch.
pub(crate) async fn fetchable(space: &Space, user: i64, id: FileId) -> Result<StoredFile, Refused> {
    let found = space
        .store
        .read(move |conn| store::read::fetchable(conn, user, &id))
        .await?;
    found.ok_or_else(|| no_such_file().into())
}

/// The right to fetch something now.
pub(crate) fn begin_transfer(space: &Space, user: i64) -> Result<Transfer, Refused> {
    Ok(space.media.transfers.begin(user)?)
}

/// Bytes of a file.
pub(crate) async fn read(
    space: &Space,
    file: &StoredFile,
    range: std::ops::Range<u64>,
) -> Result<BoxStream<'static, io::Result<Bytes>>, Refused> {
    match space.media.blobs.read(file.hash, range).await {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            tracing::error!(file = %file.id, "the bytes of a file are missing");
            Err(no_such_file().into())
        }
        Err(error) => Err(error.into()),
    }
}
