//! What is made of a draft attachment: pictures of it, and the form in which it is sent as a picture.

use std::io::{Cursor, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tidings_media::picture::{self, Variant};
use tidings_media::worker::Pool;
use tidings_media::{Kind, Limits, MediaError, probe};
use tidings_protocol::{ErrorKind, code};

use super::draft::{self, Draft, Form};
use super::refused;
use crate::view::{AsPictureView, AttachmentKind, WhyFile};
use crate::{EngineError, hashing, media_folder};

/// What a look found.
#[derive(Default)]
pub(super) struct Found {
    has_first: bool,
    picture: Option<(Form, AsPictureView)>,
    large: Option<Form>,
    thumb: Option<Form>,
    thumbhash: String,
    /// It is no picture after all.
    is_file: Option<WhyFile>,
}

impl Found {
    /// Puts it into what is known.
    pub(super) fn into_draft(self, draft: &mut Draft) {
        draft.has_first |= self.has_first;
        if let Some((form, view)) = self.picture {
            draft.picture = Some(form);
            draft.view.as_picture = Some(view);
        }
        draft.large = self.large.or(draft.large.take());
        draft.thumb = self.thumb.or(draft.thumb.take());
        if !self.thumbhash.is_empty() {
            draft.view.thumbhash = self.thumbhash;
        }
        if let Some(why) = self.is_file {
            // A file that somebody sends as one is one anyway.
            if draft.view.kind == AttachmentKind::Image {
                draft.view.why_file = Some(why);
            }
            draft.view.kind = AttachmentKind::File;
        }
        draft.view.has_preview = draft.preview().is_some();
    }
}

fn why(error: &MediaError) -> WhyFile {
    match error {
        MediaError::TooLarge => WhyFile::TooLarge,
        MediaError::Unsupported => WhyFile::Unsupported,
        MediaError::Io(_) | MediaError::NotAFile | MediaError::Broken(_) | MediaError::TooHard => {
            WhyFile::Broken
        }
    }
}

/// A look at what is in the folder. Blocks.
type Look = fn(&Pool, &Path, &Draft) -> Result<Option<Found>, EngineError>;

/// All of them, the quickest first.
pub(super) const LOOKS: [Look; 4] = [first, thumbnail, forms, frame];

/// As the engine says it.
pub(super) fn error(error: &MediaError) -> EngineError {
    match error {
        MediaError::Io(error) => super::copying::unreadable(error),
        MediaError::NotAFile => super::copying::no_file(),
        _ => refused(
            code::UNDECODABLE,
            ErrorKind::BadRequest,
            "the file cannot be decoded",
        ),
    }
}

fn is_picture(draft: &Draft) -> bool {
    matches!(draft.view.kind, AttachmentKind::Image | AttachmentKind::File) && draft.view.width.is_some()
}

/// The picture that a camera has put into the file.
fn first(decoders: &Pool, folder: &Path, draft: &Draft) -> Result<Option<Found>, EngineError> {
    if !is_picture(draft) {
        return Ok(None);
    }
    // Most have none, and what is wrong with this one says nothing of the file.
    let Ok(Some(variant)) = decoders.first_preview(&folder.join(draft::WHOLE)) else {
        return Ok(None);
    };
    write(&folder.join(draft::FIRST), &variant.bytes)?;
    Ok(Some(Found {
        has_first: true,
        ..Found::default()
    }))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), EngineError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = media_folder::create(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

fn written(path: &Path, variant: &Variant) -> Result<Form, EngineError> {
    write(path, &variant.bytes)?;
    Ok(Form {
        size: variant.size(),
        hash: blake3::hash(&variant.bytes).to_hex().to_string(),
        width: variant.width,
        height: variant.height,
        extension: variant.format.extension().to_owned(),
    })
}

fn thumbnail(decoders: &Pool, folder: &Path, draft: &Draft) -> Result<Option<Found>, EngineError> {
    if !is_picture(draft) {
        return Ok(None);
    }
    let whole = folder.join(draft::WHOLE);
    let probed = decoders.probe(&whole).map_err(|it| error(&it))?;
    match decoders.thumbnail(&whole, &probed) {
        Ok(made) => Ok(Some(Found {
            thumb: Some(written(&folder.join(draft::THUMB), &made.thumb)?),
            thumbhash: STANDARD.encode(&made.thumbhash),
            ..Found::default()
        })),
        // Its first bytes are a picture's, and the rest is not.
        Err(error) if probed.kind == Kind::Image => Ok(Some(Found {
            is_file: Some(why(&error)),
            ..Found::default()
        })),
        Err(_) => Ok(None),
    }
}

fn forms(decoders: &Pool, folder: &Path, draft: &Draft) -> Result<Option<Found>, EngineError> {
    if draft.view.kind != AttachmentKind::Image {
        return Ok(None);
    }
    let whole = folder.join(draft::WHOLE);
    let probed = decoders.probe(&whole).map_err(|it| error(&it))?;
    let made = match decoders.prepare(&whole, &probed) {
        Ok(made) => made,
        Err(error) => {
            return Ok(Some(Found {
                is_file: Some(why(&error)),
                ..Found::default()
            }));
        }
    };
    let mut found = Found::default();
    if let Some(large) = &made.large {
        found.large = Some(written(&folder.join(draft::LARGE), large)?);
    }
    let out = folder.join(draft::PICTURE);
    match std::fs::remove_file(&out) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let stripped = match decoders.strip(&whole, &probed, &out) {
        Ok(stripped) => stripped,
        Err(MediaError::Io(error)) => return Err(error.into()),
        // What nothing can be taken off is no picture to send: somebody would think that it was.
        Err(error) => {
            found.is_file = Some(why(&error));
            return Ok(Some(found));
        }
    };
    let hash = hashing::of_file(&out)?;
    if draft.whole.as_ref().is_some_and(|whole| whole.hash == hash) {
        std::fs::remove_file(&out)?;
        return Ok(Some(found));
    }
    std::fs::File::open(&out)?.sync_all()?;
    let form = Form {
        size: stripped.size,
        hash,
        width: stripped.width,
        height: stripped.height,
        extension: stripped.format.extension().to_owned(),
    };
    let view = AsPictureView {
        size: stripped.size,
        reencoded: stripped.reencoded,
        strips: draft.has_metadata,
    };
    found.picture = Some((form, view));
    Ok(Some(found))
}

/// A video's poster where the page has not drawn one (R-V7): by `ffmpeg`, where there is one.
fn frame(decoders: &Pool, folder: &Path, draft: &Draft) -> Result<Option<Found>, EngineError> {
    if draft.view.kind != AttachmentKind::Video || draft.thumb.is_some() {
        return Ok(None);
    }
    let whole = folder.join(draft::WHOLE);
    let limits = Limits::default();
    let probed = decoders.probe(&whole).map_err(|it| error(&it))?;
    // Without a poster it is sent all the same.
    let Ok(Some(variant)) = decoders.poster(&whole, &probed) else {
        return Ok(None);
    };
    let thumbhash = picture::placeholder(&variant, &limits).map_or_else(|_| Vec::new(), |(hash, _)| hash);
    Ok(Some(Found {
        thumb: Some(written(&folder.join(draft::THUMB), &variant)?),
        thumbhash: STANDARD.encode(thumbhash),
        ..Found::default()
    }))
}

/// A video's poster, from a picture of one of its frames. Blocks.
pub(super) fn poster(decoders: &Pool, folder: &Path, picture: &[u8]) -> Result<Found, EngineError> {
    let limits = Limits::default();
    let not_one = |_| EngineError::BadParameter("not a picture");
    let probed = probe::probe_bytes(Cursor::new(picture), &limits).map_err(not_one)?;
    let given = folder.join("frame");
    write(&given, picture)?;
    let made = decoders.prepare(&given, &probed).map_err(not_one);
    std::fs::remove_file(&given)?;
    let made = made?;
    // A poster fills a bubble: it is the large form where there is one.
    let variant = made.large.as_ref().unwrap_or(&made.thumb);
    Ok(Found {
        thumb: Some(written(&folder.join(draft::THUMB), variant)?),
        thumbhash: STANDARD.encode(&made.thumbhash),
        ..Found::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_v7_a_poster_from_the_web_view_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let pixels = [9, 99, 199, 255].repeat(1600 * 900);
        let mut frame = picture::from_rgba(1600, 900, &pixels, &Limits::default()).unwrap();
        frame.extend(b"hidden words");
        let decoders = Pool::in_process(1);
        let found = poster(&decoders, dir.path(), &frame).unwrap();
        let form = found.thumb.unwrap();
        assert_eq!((form.width, form.height), (1280, 720));
        let made = std::fs::read(dir.path().join(draft::THUMB)).unwrap();
        assert!(!made.windows(6).any(|part| part == b"hidden"));
        let refused = poster(&decoders, dir.path(), b"<svg/>").err().unwrap();
        assert!(matches!(refused, EngineError::BadParameter(_)));
    }
}
