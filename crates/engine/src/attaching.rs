//! Draft attachments: files that somebody has chosen and not sent yet.
//!
//! The engine takes its own copy at once, off the async threads and a few at a time: what is known from the first bytes
//! is answered immediately, a first picture follows as soon as there is one, the rest when it is ready.

mod copying;
mod draft;
mod filling;
mod in_memory;
mod looking;
pub(crate) mod payloads;
mod sending;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tidings_media::{Format, Kind, Probed};
use tidings_protocol::{ErrorKind, FileId, MediaLimits, code, limits as wire_limits};
use tokio::time::timeout;

use self::draft::{Draft, Form, Source};
use self::filling::Filling;
use self::in_memory::Open;
use self::looking::Found;
use crate::core::Core;
use crate::media::{blocking, id, new_id};
use crate::view::{AttachmentKind, DraftAttachmentView, EngineEvent, LocalFile, WhyFile};
use crate::{EngineError, limits, showing};

pub(crate) use filling::{begin, chunk, finish};
pub(crate) use in_memory::Drafts;
pub(crate) use sending::{ToSend, gone, let_go, not_sent, resume, to_send, wanted};

pub(super) fn refused(code: i32, kind: ErrorKind, message: &'static str) -> EngineError {
    EngineError::File { code, kind, message }
}

/// Whether a file of this kind and size can be sent (R-I6, R-V6, R-F2, R-A4).
fn check(kind: AttachmentKind, size: u64, limits: MediaLimits) -> Result<(), EngineError> {
    let (most, too_large) = match kind {
        AttachmentKind::Image => (limits.image_bytes, code::IMAGE_TOO_LARGE),
        AttachmentKind::Video => (limits.video_bytes, code::VIDEO_TOO_LARGE),
        AttachmentKind::File => (limits.file_bytes, code::FILE_TOO_LARGE),
        AttachmentKind::Sound => (limits.sound_bytes, code::SOUND_TOO_LARGE),
    };
    if size == 0 {
        Err(refused(
            code::FILE_EMPTY,
            ErrorKind::BadRequest,
            "the file is empty",
        ))
    } else if size > most {
        Err(refused(too_large, ErrorKind::TooLarge, "the file is too large"))
    } else {
        Ok(())
    }
}

/// What a file is sent as: what it was chosen as, or what it is. What is too large for a picture or a video and was not chosen as one
/// goes as a file.
fn kind_of(
    found: Kind,
    size: u64,
    wanted: Option<AttachmentKind>,
    limits: MediaLimits,
) -> Result<AttachmentKind, EngineError> {
    let wrong = |code, message| Err(refused(code, ErrorKind::BadRequest, message));
    match (wanted, found) {
        (Some(AttachmentKind::Image), Kind::Image) => Ok(AttachmentKind::Image),
        (Some(AttachmentKind::Image), _) => wrong(code::IMAGE_TYPE, "not an image that can be sent as one"),
        (Some(AttachmentKind::Video), Kind::Video) => Ok(AttachmentKind::Video),
        (Some(AttachmentKind::Video), _) => wrong(code::VIDEO_TYPE, "not a video that can be sent as one"),
        // A recorder of the page writes sounds into what may hold a video.
        (Some(AttachmentKind::Sound), Kind::Sound | Kind::Video) => Ok(AttachmentKind::Sound),
        (Some(AttachmentKind::Sound), _) => wrong(code::SOUND_UPLOAD, "not a sound"),
        (None, Kind::Image) if size <= limits.image_bytes => Ok(AttachmentKind::Image),
        (None, Kind::Video) if size <= limits.video_bytes => Ok(AttachmentKind::Video),
        (Some(AttachmentKind::File) | None, _) => Ok(AttachmentKind::File),
    }
}

/// Why a picture that nobody chose as a file is one.
fn why_file(found: &Probed, wanted: Option<AttachmentKind>, kind: AttachmentKind) -> Option<WhyFile> {
    if wanted.is_some() || kind != AttachmentKind::File {
        return None;
    }
    match found.format {
        _ if found.too_large || found.kind == Kind::Image => Some(WhyFile::TooLarge),
        Format::Heif | Format::Avif | Format::Tiff => Some(WhyFile::Unsupported),
        Format::Jpeg | Format::Png | Format::Gif | Format::Webp | Format::Bmp => Some(WhyFile::Broken),
        _ => None,
    }
}

/// Keeps a new draft attachment.
fn open(core: &Core, draft: Draft, filling: Option<Filling>) -> Result<Arc<Open>, EngineError> {
    let open = Open::new(draft.id()?, draft, filling, core.clock.now_ms());
    open.is_prepared.store(true, Ordering::Relaxed);
    kept_open(core, Arc::new(open), |_| true)
}

/// As [`Drafts::put`]; what went is not on the disk any more either.
fn kept_open(
    core: &Core,
    open: Arc<Open>,
    stays: impl FnOnce(&Open) -> bool,
) -> Result<Arc<Open>, EngineError> {
    let (open, gone) = core.media.drafts.put(open, stays)?;
    if !gone.is_empty() {
        let folder = core.media.folder.clone();
        tokio::task::spawn_blocking(move || {
            for id in gone {
                if let Err(error) = folder.remove_draft(&id) {
                    tracing::debug!(%error, "an old attachment stays until the next start");
                }
            }
        });
    }
    Ok(open)
}

/// The attachment, from the disk where it is not in memory.
async fn find(core: &Core, id: &FileId) -> Result<Arc<Open>, EngineError> {
    core.signed_in()?;
    if let Some(open) = core.media.drafts.get(id) {
        return Ok(open);
    }
    let folder = core.media.folder.draft(id);
    let draft = blocking(move || draft::load(&folder)).await?;
    if draft.view.id != id.as_str() {
        return Err(EngineError::NoSuchAttachment);
    }
    let now = core.clock.now_ms();
    // Somebody may have found it meanwhile, and prepare it: then nobody must wait for another one.
    kept_open(core, Arc::new(Open::new(id.clone(), draft, None, now)), |_| true)
}

/// It looks like this now, and whoever shows it is told.
fn change(core: &Core, open: &Open, change: impl FnOnce(&mut Draft)) {
    open.draft.send_modify(change);
    let attachment = open.draft.borrow().view.clone();
    if core.media.drafts.is_open(&open.id) {
        core.events.send(EngineEvent::AttachmentChanged { attachment });
    }
}

/// It cannot be sent.
fn fail(core: &Core, open: &Open, error: &EngineError) {
    tracing::debug!(%error, "an attachment cannot be sent");
    change(core, open, |draft| {
        draft.view.preparing = false;
        draft.view.error = Some(error.view());
    });
}

/// Takes the file at `path`.
pub(crate) async fn path(
    core: &Arc<Core>,
    path: &Path,
    wanted: Option<AttachmentKind>,
) -> Result<DraftAttachmentView, EngineError> {
    core.signed_in()?;
    let limits = *core.media.limits.lock();
    let name = showing::name_of(path);
    let from = path.to_owned();
    // It is opened again when it is copied: of many that wait for their turn, each would hold a file open.
    let looked = blocking(move || {
        let looked = copying::look(&from)?;
        Ok((looked.source(&from), looked.probed))
    })
    .await;
    let mut draft = Draft::new(new_id(core.chance.as_ref()), name);
    let looked = match looked {
        Ok(looked) => looked,
        Err(error) => {
            draft.view.error = Some(error.view());
            return Ok(open(core, draft, None)?.draft.borrow().view.clone());
        }
    };
    let (source, probed) = looked;
    let size = probed.size;
    draft.is(&probed);
    draft.source = Some(source.clone());
    let kind = kind_of(probed.kind, size, wanted, limits);
    // Empty is said before it is said that nothing is no picture.
    let checked = check(*kind.as_ref().unwrap_or(&AttachmentKind::File), size, limits);
    match (checked, kind) {
        (Ok(()), Ok(kind)) => {
            draft.view.kind = kind;
            draft.view.why_file = why_file(&probed, wanted, kind);
        }
        (Err(error), kind) => {
            draft.view.kind = kind.or(wanted.ok_or(())).unwrap_or(AttachmentKind::File);
            draft.view.error = Some(error.view());
        }
        (Ok(()), Err(error)) => draft.view.error = Some(error.view()),
    }
    draft.view.preparing = draft.view.error.is_none();
    let open = open(core, draft, None)?;
    let view = open.draft.borrow().view.clone();
    if view.preparing {
        tokio::spawn(prepare(Arc::clone(core), open, Some(source)));
    }
    Ok(view)
}

/// Copies what is not here yet, looks at it, and says what comes of it.
async fn prepare(core: Arc<Core>, open: Arc<Open>, from: Option<Source>) {
    if let Err(error) = prepared(&core, &open, from).await {
        fail(&core, &open, &error);
    }
}

async fn prepared(core: &Arc<Core>, open: &Arc<Open>, from: Option<Source>) -> Result<(), EngineError> {
    let drafts = &core.media.drafts;
    let closed = |_| EngineError::Closed;
    let folder = core.media.folder.begin_draft(&open.id)?;
    if let Some(source) = from {
        let _turn = drafts.copied.acquire().await.map_err(closed)?;
        if !drafts.is_open(&open.id) {
            core.media.folder.remove_draft(&open.id)?;
            return Err(EngineError::NoSuchAttachment);
        }
        let to = folder.join(draft::WHOLE);
        let size = source.size;
        let hash = blocking(move || copying::copy(copying::look_again(&source)?, &to)).await?;
        open.draft.send_modify(|draft| {
            draft.whole = Some(Form::of(size, hash));
            draft.source = None;
        });
        if open.is_sent.load(Ordering::Relaxed) {
            keep(open, &folder).await?;
        }
    }
    // One look after the other, and between them other files have their turn: what is seen first comes first for all.
    for look in looking::LOOKS {
        let _turn = drafts.looked_at.acquire().await.map_err(closed)?;
        if !drafts.is_open(&open.id) {
            core.media.folder.remove_draft(&open.id)?;
            return Err(EngineError::NoSuchAttachment);
        }
        let (folder, draft) = (folder.clone(), open.draft.borrow().clone());
        let decoders = Arc::clone(&core.media.decoders);
        if let Some(found) = blocking(move || look(&decoders, &folder, &draft)).await? {
            change(core, open, |draft| found.into_draft(draft));
        }
    }
    if !has_poster(core, open).await {
        core.media.folder.remove_draft(&open.id)?;
        return Err(EngineError::NoSuchAttachment);
    }
    open.draft.send_modify(|draft| {
        draft.view.preparing = false;
        draft.view.wants_poster = false;
    });
    keep(open, &folder).await?;
    change(core, open, |_| ());
    tokio::spawn(rest(Arc::clone(core)));
    Ok(())
}

/// Where nothing here takes a picture of a video, the page's player may, and it is asked: somebody may have pressed Send already, and then
/// nothing else would wait for it (R-V3, R-V7). `false`: the attachment was let go of meanwhile.
async fn has_poster(core: &Core, open: &Open) -> bool {
    let is_wanted = {
        let draft = open.draft.borrow();
        draft.view.kind == AttachmentKind::Video && draft.thumb.is_none()
    };
    if is_wanted {
        let mut seen = open.draft.subscribe();
        change(core, open, |draft| draft.view.wants_poster = true);
        let given = seen.wait_for(|draft| !draft.view.wants_poster || !draft.view.preparing);
        // In vain: it goes without one.
        let _ = timeout(Duration::from_millis(limits::POSTER_WAIT_MS), given).await;
    }
    core.media.drafts.is_open(&open.id)
}

/// Gives back what the decoders hold, unless somebody has attached something meanwhile.
async fn rest(core: Arc<Core>) {
    tokio::time::sleep(Duration::from_millis(limits::DECODERS_REST_MS)).await;
    if core.media.drafts.looked_at.available_permits() == limits::PREPARED_AT_ONCE {
        core.media.decoders.rest();
    }
}

/// Writes down what is known, for after a restart.
async fn keep(open: &Open, folder: &Path) -> Result<(), EngineError> {
    let _turn = open.keeping.lock().await;
    let (folder, draft) = (folder.to_owned(), open.draft.borrow().clone());
    blocking(move || draft::save(&folder, &draft)).await
}

/// An image of the clipboard.
pub(crate) async fn rgba(
    core: &Arc<Core>,
    width: u32,
    height: u32,
    bytes: Vec<u8>,
) -> Result<DraftAttachmentView, EngineError> {
    core.signed_in()?;
    let expected = u64::from(width) * u64::from(height) * 4;
    if bytes.is_empty() || bytes.len() as u64 != expected || bytes.len() > limits::CLIPBOARD_BYTES {
        return Err(EngineError::BadParameter("not an image's pixels"));
    }
    let png = blocking(move || {
        tidings_media::picture::from_rgba(width, height, &bytes, &tidings_media::Limits::default())
            .map_err(|error| looking::error(&error))
    })
    .await?;
    whole(core, "image.png", png, None, |_| ()).await
}

/// A voice message that was recorded.
pub(crate) async fn sound(
    core: &Arc<Core>,
    sound: Vec<u8>,
    duration_ms: u64,
    waveform: Vec<u8>,
) -> Result<DraftAttachmentView, EngineError> {
    core.signed_in()?;
    if waveform.len() > wire_limits::WAVEFORM_BARS || waveform.iter().any(|bar| *bar > 31) {
        return Err(EngineError::BadParameter("not a waveform"));
    }
    let second = u32::try_from(duration_ms.div_ceil(1000)).unwrap_or(u32::MAX);
    whole(core, "voice.ogg", sound, Some(AttachmentKind::Sound), |draft| {
        draft.view.second = Some(second);
        draft.view.waveform = waveform;
    })
    .await
}

/// A file that is whole in memory.
async fn whole(
    core: &Arc<Core>,
    name: &str,
    bytes: Vec<u8>,
    wanted: Option<AttachmentKind>,
    also: impl FnOnce(&mut Draft),
) -> Result<DraftAttachmentView, EngineError> {
    let id = filling::begin(core, name, bytes.len() as u64, wanted).await?;
    filling::append(core, &id, 0, bytes).await?;
    filling::finish_with(core, &id, also).await
}

/// A frame of a video that the page has drawn.
pub(crate) async fn poster(
    core: &Arc<Core>,
    attachment: &str,
    picture: Vec<u8>,
) -> Result<DraftAttachmentView, EngineError> {
    let open = find(core, &known(attachment)?).await?;
    if picture.len() > limits::POSTER_BYTES || open.draft.borrow().view.kind != AttachmentKind::Video {
        return Err(EngineError::BadParameter("not a video's poster"));
    }
    let folder = core.media.folder.begin_draft(&open.id)?;
    let found = if picture.is_empty() {
        Ok(Found::default())
    } else {
        let _turn = core
            .media
            .drafts
            .looked_at
            .acquire()
            .await
            .map_err(|_| EngineError::Closed)?;
        let folder = folder.clone();
        let decoders = Arc::clone(&core.media.decoders);
        blocking(move || looking::poster(&decoders, &folder, &picture)).await
    };
    let (found, refused) = match found {
        Ok(found) => (found, None),
        Err(error) => (Found::default(), Some(error)),
    };
    change(core, &open, |draft| {
        found.into_draft(draft);
        draft.view.wants_poster = false;
    });
    if let Some(error) = refused {
        return Err(error);
    }
    if !open.draft.borrow().view.preparing {
        keep(&open, &folder).await?;
    }
    let view = open.draft.borrow().view.clone();
    Ok(view)
}

fn known(attachment: &str) -> Result<FileId, EngineError> {
    id(attachment).map_err(|_| EngineError::NoSuchAttachment)
}

/// As it stands.
pub(crate) async fn view(core: &Core, attachment: &str) -> Result<DraftAttachmentView, EngineError> {
    let open = find(core, &known(attachment)?).await?;
    let view = open.draft.borrow().view.clone();
    Ok(view)
}

/// Throws it away.
pub(crate) async fn discard(core: &Core, attachment: &str) -> Result<(), EngineError> {
    core.signed_in()?;
    let id = known(attachment)?;
    core.media.drafts.close(&id);
    let folder = core.media.folder.clone();
    blocking(move || Ok(folder.remove_draft(&id)?)).await
}

/// A message carries it now: it makes room for others at once, and goes as soon as no page shows it any longer in place of the
/// message's own files.
pub(crate) fn was_sent(core: &Arc<Core>, attachment: &str) {
    let Ok(id) = known(attachment) else { return };
    core.media.drafts.close(&id);
    let core = Arc::clone(core);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(limits::SENT_ATTACHMENT_MS)).await;
        let_go(&core, vec![id.into()]).await;
    });
}

/// What there is to show of it: its preview, or with `full` the file.
pub(crate) async fn shown(
    core: &Core,
    attachment: &str,
    full: bool,
) -> Result<Option<LocalFile>, EngineError> {
    let open = find(core, &known(attachment)?).await?;
    let (name, preview) = {
        let draft = open.draft.borrow();
        (draft.view.name.clone(), draft.preview())
    };
    let folder = core.media.folder.draft(&open.id);
    let path = match preview {
        _ if full => Some(folder.join(draft::WHOLE)),
        Some(preview) => Some(folder.join(preview)),
        None => None,
    };
    let Some(path) = path else { return Ok(None) };
    blocking(move || Ok(there(path, name))).await
}

fn there(path: PathBuf, name: String) -> Option<LocalFile> {
    let size = std::fs::metadata(&path).ok()?.len();
    Some(LocalFile {
        mime: showing::mime(&path),
        path,
        size,
        name,
    })
}

/// The attachment when it is ready to be sent.
async fn ready(core: &Core, attachment: &str) -> Result<(Arc<Open>, Draft), EngineError> {
    let open = find(core, &known(attachment)?).await?;
    let mut seen = open.draft.subscribe();
    let draft = seen
        .wait_for(|draft| !draft.view.preparing)
        .await
        .map_err(|_| EngineError::Closed)?
        .clone();
    match &draft.view.error {
        Some(_) if open.is_stopped.load(Ordering::Relaxed) => Err(EngineError::NoSuchAttachment),
        Some(error) => Err(EngineError::Refused(tidings_protocol::WireError::new(
            error.code,
            error.kind,
            error.message.clone(),
        ))),
        None => Ok((open, draft)),
    }
}
