//! Uploading the files of one message.

use std::io::SeekFrom;
use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream;
use tidings_protocol::{ErrorKind, FileKind, WireError, code, limits as wire_limits};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::cache::outbox::Files;
use crate::cache::uploads::{self, Upload};
use crate::cache::{Durability, outbox};
use crate::connections::{self, InUse};
use crate::core::Core;
use crate::transfers::Meter;
use crate::wire::{NewFile, Pieces};
use crate::{EngineError, hashing, limits, media, sending};

/// How often one file is begun anew: the server let go of it, or holds other bytes.
const BEGINNINGS: u32 = 2;

/// Brings the files of the outbox's `message` to the server.
///
/// # Errors
/// What passes, with which it may be tried again; what does not fails the message.
pub(super) async fn upload(core: &Core, message: i64, mut meter: Meter) -> Result<(), EngineError> {
    let files = core.cache.read(|db, _| uploads::of(db, message))?;
    let total: u64 = files.iter().map(|file| file.size).sum();
    let mut connection = None;
    let mut before = 0;
    meter.of(total);
    for file in files {
        let size = file.size;
        one(core, &mut connection, file, &meter, before).await?;
        before += size;
        meter.done(before);
    }
    if let Some(connection) = connection {
        connection.give_back(core);
    }
    Ok(())
}

/// The server has all its files: it is ready to be sent.
pub(super) async fn is_up(core: &Core, message: i64) -> Result<(), EngineError> {
    core.cache
        .write(Durability::Process, move |write| {
            Ok(outbox::put_files(write.db, message, Files::There)?)
        })
        .await
}

fn upload_code(kind: FileKind) -> i32 {
    match kind {
        FileKind::Image => code::IMAGE_UPLOAD,
        FileKind::Video => code::VIDEO_UPLOAD,
        FileKind::File | FileKind::Preview => code::FILE_UPLOAD,
        FileKind::Sound => code::SOUND_UPLOAD,
    }
}

fn changed() -> EngineError {
    EngineError::File {
        code: code::FILE_CHANGED,
        kind: ErrorKind::NotFound,
        message: "the file is not in the media folder any more",
    }
}

fn is_refused_with(error: &EngineError, wanted: i32) -> bool {
    matches!(error, EngineError::Refused(refusal) if refusal.code == wanted)
}

/// Brings one file to its end.
async fn one(
    core: &Core,
    connection: &mut Option<InUse>,
    file: Upload,
    meter: &Meter,
    before: u64,
) -> Result<(), EngineError> {
    let new = NewFile {
        id: media::id(&file.file)?,
        kind: file.kind,
        size: file.size,
        hash: file.hash.clone(),
    };
    let path = core.media.folder.file(&new.id);
    if core.media.folder.size(&new.id) != Some(file.size) {
        return Err(changed());
    }
    let mut beginnings = 0;
    loop {
        let error = match go_on(core, connection, &file, &new, &path, meter, before).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        // After an error the connection is of no further use.
        *connection = None;
        beginnings += 1;
        // A part that differs is not the whole: what the server has is right.
        let differs = is_refused_with(&error, code::FILE_DIFFERS) && !error.is_passing();
        let lost = is_refused_with(&error, code::NO_SUCH_FILE);
        if !(differs || lost) || beginnings > BEGINNINGS {
            return Err(error);
        }
        if differs && !is_whole(&path, &new).await? {
            return Err(changed());
        }
        reached(core, &file, 0).await?;
    }
}

async fn is_whole(path: &std::path::Path, new: &NewFile) -> Result<bool, EngineError> {
    let (path, hash) = (path.to_owned(), new.hash.clone());
    media::blocking(move || Ok(hashing::of_file(&path)? == hash)).await
}

async fn reached(core: &Core, file: &Upload, sent: u64) -> Result<(), EngineError> {
    let file = file.clone();
    core.cache
        .write(Durability::Process, move |write| {
            Ok(uploads::reached(write.db, &file, sent)?)
        })
        .await
}

/// How much of the file the server has; makes the upload where it knows none.
async fn offset(
    core: &Core,
    connection: &mut Option<InUse>,
    file: &Upload,
    new: &NewFile,
) -> Result<u64, EngineError> {
    loop {
        let it = match connection {
            Some(it) => it,
            None => connection.insert(connections::get(core, false).await?),
        };
        let asked = async {
            if file.sent == 0 && !file.finished {
                // New, as far as is known; where it is not, the first part is refused.
                it.wire.create(new).await?;
                return Ok(0);
            }
            match it.wire.offset(&new.id).await? {
                Some(offset) => Ok(offset),
                None => {
                    it.wire.create(new).await?;
                    Ok(it.wire.offset(&new.id).await?.unwrap_or(0))
                }
            }
        };
        match asked.await {
            // It was closed while nobody used it.
            Err(EngineError::Network(_)) if it.is_old => {
                *connection = Some(connections::get(core, true).await?);
            }
            other => return other,
        }
    }
}

async fn go_on(
    core: &Core,
    connection: &mut Option<InUse>,
    file: &Upload,
    new: &NewFile,
    path: &PathBuf,
    meter: &Meter,
    before: u64,
) -> Result<(), EngineError> {
    let mut at = offset(core, connection, file, new).await?;
    if at > file.size {
        return Err(EngineError::NotTidings);
    }
    if at != file.sent {
        // More came there than was heard of here: the next stop falls back to this, and not to before it.
        reached(core, file, at).await?;
    }
    let it = connection.as_mut().ok_or(EngineError::Fault)?;
    let mut asks = BEGINNINGS;
    while at < file.size {
        let size = (file.size - at).min(wire_limits::UPLOAD_PART_BYTES);
        let pieces = pieces(path, at, size, meter.clone(), before + at).await?;
        at = match it.wire.append(&new.id, at, size, pieces).await {
            Ok(now) if now > at && now <= file.size => {
                asks = BEGINNINGS;
                now
            }
            Ok(_) => return Err(EngineError::NotTidings),
            Err(EngineError::Refused(refusal)) if is_elsewhere(&refusal) && asks > 0 => {
                asks -= 1;
                *it = connections::get(core, true).await?;
                let known = it.wire.offset(&new.id).await?;
                known
                    .filter(|known| *known <= file.size)
                    .ok_or(EngineError::NotTidings)?
            }
            Err(error) => return Err(error),
        };
        // Between the last part and the next file somebody may have thrown the message away: nothing is written then.
        reached(core, file, at).await?;
    }
    if !file.finished {
        reached(core, file, file.size).await?;
    }
    Ok(())
}

/// Whether asking how far the upload is says how to go on at once: it was begun before, and nobody here has heard how far it came; a
/// request that has died without a word still has it, which asking ends; or this part came with another checksum.
fn is_elsewhere(refusal: &WireError) -> bool {
    match refusal.kind {
        ErrorKind::Conflict => true,
        ErrorKind::Unavailable => refusal.code == code::UNAVAILABLE,
        ErrorKind::Network => refusal.code == code::FILE_DIFFERS,
        _ => false,
    }
}

/// `size` bytes of the file from `at` on, in pieces; each is told when it is taken.
async fn pieces(
    path: &PathBuf,
    at: u64,
    size: u64,
    mut meter: Meter,
    told: u64,
) -> Result<Pieces, EngineError> {
    let mut file = File::open(path).await?;
    file.set_max_buf_size(limits::PIECE_BYTES);
    file.seek(SeekFrom::Start(at)).await?;
    let mut taken = 0;
    let read = stream::try_unfold((file, size), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(limits::PIECE_BYTES);
        let mut piece = BytesMut::with_capacity(most);
        let read = (&mut file).take(most as u64).read_buf(&mut piece).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some((piece.freeze(), (file, left - read as u64))))
    });
    Ok(read
        .inspect(move |piece: &std::io::Result<Bytes>| {
            if let Ok(piece) = piece {
                meter.done(told + taken);
                taken += piece.len() as u64;
            }
        })
        .boxed())
}

/// Marks the message as failed, with the code that says most.
pub(super) async fn fail(core: &Core, message: i64, error: &EngineError) -> Result<(), EngineError> {
    let found = core.cache.read(|db, _| {
        let files = uploads::of(db, message)?;
        Ok(uploads::message(db, message)?.map(|place| (place, files)))
    })?;
    let Some(((conversation, client_id, _), files)) = found else {
        return Ok(());
    };
    let kind = files.last().map_or(FileKind::File, |file| file.kind);
    sending::fail(core, &conversation, &client_id, code_of(kind, error)).await?;
    Ok(())
}

fn code_of(kind: FileKind, error: &EngineError) -> i32 {
    const SAID: [i32; 8] = [
        code::FILE_EMPTY,
        code::IMAGE_TOO_LARGE,
        code::VIDEO_TOO_LARGE,
        code::FILE_TOO_LARGE,
        code::SOUND_TOO_LARGE,
        code::QUOTA,
        code::FILE_CHANGED,
        code::DISK,
    ];
    let said = match error {
        EngineError::Refused(WireError { code, .. }) | EngineError::File { code, .. } => *code,
        EngineError::Disk(_) => code::FILE_CHANGED,
        _ => 0,
    };
    if SAID.contains(&said) {
        said
    } else {
        upload_code(kind)
    }
}
