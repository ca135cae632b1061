//! Fetching one file.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use tidings_protocol::{ErrorKind, FileId, code};
use tokio::time::sleep;

use crate::backoff::Backoff;
use crate::cache::Durability;
use crate::cache::files::{self, Said};
use crate::connections::{self, InUse};
use crate::core::Core;
use crate::media::{blocking, connected_soon};
use crate::transfers::Meter;
use crate::view::{TransferDirection, TransferState, TransferView};
use crate::wire::Fetched;
use crate::{EngineError, hashing, limits};

fn differs(message: &'static str) -> EngineError {
    EngineError::File {
        code: code::FILE_DIFFERS,
        kind: ErrorKind::BadRequest,
        message,
    }
}

fn shown(id: &FileId, said: &Said) -> TransferView {
    TransferView {
        conversation_id: said.conversation.clone(),
        client_id: String::new(),
        file_id: id.to_string(),
        direction: TransferDirection::Down,
        done: 0,
        total: said.size.unwrap_or(0),
        state: TransferState::Waiting,
        error: None,
    }
}

/// Somebody has stopped it.
pub(super) fn was_stopped(core: &Core, id: &FileId) {
    if let Ok(Some(said)) = core.cache.read(|db, _| files::said(db, id))
        && said.is_main
    {
        core.media.transfers.show(TransferView {
            state: TransferState::Paused,
            ..shown(id, &said)
        });
        core.media
            .transfers
            .forget(TransferDirection::Down, &said.conversation, id.as_str());
    }
}

/// Fetches the file to its end. What passes is tried again a few times, as long as it gets on without end.
pub(super) async fn fetch(core: &Core, id: &FileId) -> Result<(), EngineError> {
    let said = core.cache.read(|db, _| files::said(db, id))?;
    let size = said.as_ref().and_then(|said| said.size);
    // A small picture comes too quickly to be told of, and nobody could stop it.
    let mut meter = said
        .as_ref()
        .filter(|said| said.is_main)
        .map(|said| Meter::new(&core.media.transfers, shown(id, said)));
    let fetched = tries(core, id, size, &mut meter).await;
    if let Some(meter) = &mut meter {
        match &fetched {
            Ok(()) => meter.state(TransferState::Done, None),
            Err(error) => meter.state(TransferState::Failed, Some(error.view())),
        }
    }
    fetched
}

async fn tries(
    core: &Core,
    id: &FileId,
    size: Option<u64>,
    meter: &mut Option<Meter>,
) -> Result<(), EngineError> {
    let mut backoff = Backoff::default();
    let (mut left, mut reached, mut begun_anew) = (limits::DOWNLOAD_TRIES, 0, false);
    loop {
        connected_soon(core, super::WAIT).await?;
        let part = Part::open(core.media.folder.begin_part(id)?, size).await?;
        let resumed = part.size;
        let error = match once(core, id, size, part, meter).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let now = std::fs::metadata(core.media.folder.part(id)).map_or(0, |data| data.len());
        if now > reached {
            (left, reached) = (limits::DOWNLOAD_TRIES, now);
            backoff.reset();
        }
        let is_wrong = matches!(
            error,
            EngineError::File {
                code: code::FILE_DIFFERS,
                ..
            }
        );
        if is_wrong {
            core.media.folder.remove_part(id)?;
            // What was here from before may have been wrong, and not what came.
            if resumed > 0 && !begun_anew {
                begun_anew = true;
                continue;
            }
        }
        left -= 1;
        let may_pass = error.is_passing() || matches!(error, EngineError::NotTidings);
        if !may_pass || left == 0 {
            return Err(error);
        }
        if let Some(meter) = meter {
            meter.state(TransferState::Waiting, None);
        }
        let told = error.view().retry_after_ms.map(Duration::from_millis);
        sleep(told.unwrap_or_default().max(backoff.next(core.chance.as_ref()))).await;
    }
}

/// What has come of a file, and its hash so far.
struct Part {
    file: File,
    size: u64,
    hasher: blake3::Hasher,
}

impl Part {
    /// Opens what has come, and reads it once for its hash. `most`: what the whole is said to have; of that much, the last byte is
    /// asked for again, so that there is an answer.
    async fn open(path: PathBuf, most: Option<u64>) -> Result<Self, EngineError> {
        blocking(move || {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&path)?;
            let mut hasher = blake3::Hasher::new();
            let most = most.map_or(u64::MAX, |most| most.saturating_sub(1));
            let size = hashing::add(&mut hasher, &mut (&mut file).take(most), u64::MAX)?;
            file.set_len(size)?;
            Ok(Self { file, size, hasher })
        })
        .await
    }

    async fn add(mut self, pieces: Vec<Bytes>) -> Result<Self, EngineError> {
        blocking(move || {
            for piece in pieces {
                self.file.write_all(&piece)?;
                self.hasher.update(&piece);
                self.size += piece.len() as u64;
            }
            Ok(self)
        })
        .await
    }
}

async fn ask(core: &Core, id: &FileId, from: u64) -> Result<(InUse, Fetched), EngineError> {
    let mut connection = connections::get(core, false).await?;
    match connection.wire.fetch(id, from, None).await {
        // It was closed while nobody used it.
        Err(EngineError::Network(_)) if connection.is_old => {
            let mut connection = connections::get(core, true).await?;
            let fetched = connection.wire.fetch(id, from, None).await?;
            Ok((connection, fetched))
        }
        fetched => Ok((connection, fetched?)),
    }
}

async fn once(
    core: &Core,
    id: &FileId,
    said: Option<u64>,
    mut part: Part,
    meter: &mut Option<Meter>,
) -> Result<(), EngineError> {
    let (connection, fetched) = match ask(core, id, part.size).await {
        // More has come than there is.
        Err(EngineError::Refused(refusal)) if part.size > 0 && refusal.kind == ErrorKind::BadRequest => {
            return Err(differs("more has come than there is"));
        }
        asked => asked?,
    };
    check(core, &fetched, said, part.size)?;
    if let Some(meter) = meter {
        meter.of(fetched.total);
        meter.done(part.size);
    }
    let mut stream = fetched.pieces;
    let (mut pieces, mut held) = (Vec::new(), 0);
    loop {
        let next = stream.next().await;
        let ended = !matches!(next, Some(Ok(_)));
        if let Some(Ok(piece)) = &next {
            held += piece.len();
            pieces.push(piece.clone());
            if let Some(meter) = meter {
                meter.done(part.size + held as u64);
            }
        }
        if part.size + held as u64 > fetched.total {
            return Err(differs("more comes than was announced"));
        }
        if held >= limits::PIECE_BYTES || (ended && held > 0) {
            part = part.add(std::mem::take(&mut pieces)).await?;
            held = 0;
        }
        match next {
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error),
            None => break,
        }
    }
    drop(stream);
    connection.give_back(core);
    if part.size < fetched.total {
        return Err(EngineError::Network("the file broke off".into()));
    }
    if hashing::hex(&part.hasher) != fetched.hash.to_ascii_lowercase() {
        return Err(differs("the hash is another one"));
    }
    keep(core, id, part).await
}

/// Whether what is announced is what the message says, and not more than there can be.
fn check(core: &Core, fetched: &Fetched, said: Option<u64>, from: u64) -> Result<(), EngineError> {
    let limits = *core.media.limits.lock();
    let most = [
        limits.image_bytes,
        limits.video_bytes,
        limits.file_bytes,
        limits.sound_bytes,
    ]
    .into_iter()
    .max()
    .unwrap_or(0);
    if said.is_some_and(|said| said != fetched.total) {
        return Err(differs("the size is not what the message says"));
    }
    if said.is_none() && fetched.total > most {
        return Err(differs("it is larger than the space takes"));
    }
    if fetched.from != from {
        return Err(differs("it begins elsewhere than was asked"));
    }
    Ok(())
}

async fn keep(core: &Core, id: &FileId, part: Part) -> Result<(), EngineError> {
    let (folder, kept) = (core.media.folder.clone(), id.clone());
    let size = part.size;
    blocking(move || {
        part.file.sync_data()?;
        Ok(folder.keep_part(&kept)?)
    })
    .await?;
    let (id, now) = (id.to_string(), core.clock.now_ms());
    core.cache
        .write(Durability::Process, move |write| {
            Ok(files::put(write.db, &id, size, now)?)
        })
        .await?;
    core.media.folder_changed.notify_one();
    Ok(())
}
