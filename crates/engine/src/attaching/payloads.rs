//! What a message says of the files that it carries, and in which order they go.

use std::path::PathBuf;

use serde_json::value::RawValue;
use tidings_media::names;
use tidings_protocol::{
    FileId, FileKind, FilePayload, ImageInfo, ImagePayload, MediaPayload, MessageType, SoundPayload,
    VideoPayload, check_payload,
};

use super::draft::{self, Draft, Form};
use super::ready;
use crate::EngineError;
use crate::cache::uploads::Upload;
use crate::core::Core;
use crate::media::{blocking, new_id};
use crate::view::{AttachmentKind, AttachmentUse};

/// A message made of an attachment: its files are in the media folder, and nothing is noted yet.
pub(crate) struct Carried {
    pub(crate) message_type: &'static str,
    pub(crate) payload: String,
    /// In the order in which they go; the message is not known yet.
    pub(crate) uploads: Vec<Upload>,
}

/// The files of a payload and what they are to it, in the order in which they go up: what is seen first goes first.
pub(crate) fn in_order(payload: &MediaPayload) -> Vec<(FileId, FileKind)> {
    let mut files: Vec<(FileId, FileKind)> = Vec::new();
    let mut add = |id: Option<FileId>, kind: FileKind| {
        if let Some(id) = id
            && !files.iter().any(|(known, _)| *known == id)
        {
            files.push((id, kind));
        }
    };
    let of = |uuid: &str| FileId::of_uuid(uuid).ok();
    match payload {
        MediaPayload::Image(image) => {
            let original = of(&image.uuid);
            for info in image.image_info_array.iter().rev() {
                if Some(&info.instance_id) != original.as_ref() {
                    add(Some(info.instance_id.clone()), FileKind::Preview);
                }
            }
            add(original, FileKind::Image);
        }
        MediaPayload::Video(video) => {
            add(of(&video.thumb_uuid), FileKind::Preview);
            add(of(&video.video_uuid), FileKind::Video);
        }
        MediaPayload::File(file) => add(of(&file.uuid), FileKind::File),
        MediaPayload::Sound(sound) => add(of(&sound.uuid), FileKind::Sound),
    }
    files
}

/// A file of the draft that is to be sent, under its new id.
struct Sent {
    id: FileId,
    from: &'static str,
    form: Form,
}

struct Making<'a> {
    core: &'a Core,
    me: &'a str,
    sent: Vec<Sent>,
}

impl Making<'_> {
    fn file(&mut self, from: &'static str, form: &Form) -> FileId {
        let id = new_id(self.core.chance.as_ref());
        self.sent.push(Sent {
            id: id.clone(),
            from,
            form: form.clone(),
        });
        id
    }

    /// R-I8.
    fn uuid(&self, id: &FileId) -> String {
        format!("0-{}-{id}", self.me)
    }
}

fn incomplete() -> EngineError {
    EngineError::BadParameter("the attachment is not complete")
}

/// Makes the message that `wanted` asks for: waits until the attachment is ready, and puts its files into the media folder.
/// `chosen_as`: what it was taken for when somebody sent it.
pub(crate) async fn carry(
    core: &Core,
    me: &str,
    wanted: &AttachmentUse,
    chosen_as: AttachmentKind,
) -> Result<Carried, EngineError> {
    let (open, draft) = ready(core, &wanted.id).await?;
    let is_no_picture = chosen_as == AttachmentKind::Image && draft.view.kind == AttachmentKind::File;
    // Sent as a picture, and no picture after all: the file itself says more than somebody meant to say, where it was taken for one.
    if is_no_picture && !wanted.as_file && draft.has_metadata {
        return Err(super::refused(
            tidings_protocol::code::UNDECODABLE,
            tidings_protocol::ErrorKind::BadRequest,
            "the picture cannot be decoded",
        ));
    }
    let mut making = Making {
        core,
        me,
        sent: Vec::new(),
    };
    let payload = made(&mut making, &draft, wanted)?;
    let (message_type, written) = written(&payload);
    let written = written.map_err(|_| EngineError::Fault)?;
    let uploads = (0..)
        .zip(in_order(&payload))
        .filter_map(|(place, (id, kind))| {
            let sent = making.sent.iter().find(|sent| sent.id == id)?;
            Some(Upload {
                message: 0,
                place,
                file: id.into(),
                kind,
                size: sent.form.size,
                hash: sent.form.hash.clone(),
                sent: 0,
                finished: false,
            })
        })
        .collect();
    let folder = core.media.folder.clone();
    let draft_folder = folder.draft(&open.id);
    let files: Vec<(PathBuf, FileId)> = making
        .sent
        .iter()
        .map(|sent| (draft_folder.join(sent.from), sent.id.clone()))
        .collect();
    blocking(move || {
        for (from, id) in files {
            folder.take(&from, &id)?;
        }
        Ok(())
    })
    .await?;
    Ok(Carried {
        message_type,
        payload: written,
        uploads,
    })
}

/// The message's payload; its files are noted in `making`.
fn made(making: &mut Making<'_>, draft: &Draft, wanted: &AttachmentUse) -> Result<MediaPayload, EngineError> {
    let kind = if wanted.as_file {
        AttachmentKind::File
    } else {
        draft.view.kind
    };
    // What goes as a file has the size of a file, and the other way round.
    super::check(kind, size_as(kind, draft), *making.core.media.limits.lock())?;
    match kind {
        AttachmentKind::Image => image(making, draft, wanted),
        AttachmentKind::Video => video(making, draft, wanted),
        AttachmentKind::File => file(making, draft, wanted),
        AttachmentKind::Sound => sound(making, draft),
    }
}

fn written(payload: &MediaPayload) -> (&'static str, serde_json::Result<String>) {
    match payload {
        MediaPayload::Image(it) => (MessageType::IMAGE, serde_json::to_string(it)),
        MediaPayload::Video(it) => (MessageType::VIDEO, serde_json::to_string(it)),
        MediaPayload::File(it) => (MessageType::FILE, serde_json::to_string(it)),
        MediaPayload::Sound(it) => (MessageType::SOUND, serde_json::to_string(it)),
    }
}

/// What a message says while its attachment is being prepared: what is known already, no files, and what it is made of. It stays in the
/// outbox.
pub(super) fn until_prepared(
    core: &Core,
    me: &str,
    draft: &Draft,
    wanted: &AttachmentUse,
) -> Result<(&'static str, String), EngineError> {
    let mut making = Making {
        core,
        me,
        sent: Vec::new(),
    };
    let mut known = draft.clone();
    let whole = Form::of(draft.view.size, String::new());
    known.whole.get_or_insert(whole);
    let payload = made(&mut making, &known, wanted)?;
    let (message_type, written) = written(&payload);
    let written = written.map_err(|_| EngineError::Fault)?;
    let checked = RawValue::from_string(written).map_err(|_| EngineError::Fault)?;
    check_payload(&MessageType::new(message_type), &checked)?;
    let mut fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(checked.get()).map_err(|_| EngineError::Fault)?;
    for name in ["uuid", "videoUUID", "thumbUUID"] {
        if let Some(value) = fields.get_mut(name) {
            *value = "".into();
        }
    }
    let infos = fields.get_mut("imageInfoArray").and_then(|it| it.as_array_mut());
    for info in infos
        .into_iter()
        .flatten()
        .filter_map(|info| info.as_object_mut())
    {
        info.insert("instanceID".into(), "".into());
    }
    let wanted = serde_json::to_value(wanted).map_err(|_| EngineError::Fault)?;
    fields.insert(MADE_OF.into(), wanted);
    Ok((message_type, serde_json::Value::Object(fields).to_string()))
}

/// Under this name a payload says which attachment it is still to be made of.
const MADE_OF: &str = "attachment";

/// What a message whose attachment is not prepared yet is made of, and what it was taken for.
pub(crate) fn made_of(message_type: &str, payload: &str) -> Option<(AttachmentUse, AttachmentKind)> {
    let mut fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(payload).ok()?;
    let wanted = serde_json::from_value(fields.remove(MADE_OF)?).ok()?;
    let kind = match message_type {
        MessageType::IMAGE => AttachmentKind::Image,
        MessageType::VIDEO => AttachmentKind::Video,
        MessageType::SOUND => AttachmentKind::Sound,
        _ => AttachmentKind::File,
    };
    Some((wanted, kind))
}

fn size_as(kind: AttachmentKind, draft: &Draft) -> u64 {
    match (kind, &draft.picture) {
        (AttachmentKind::Image, Some(picture)) => picture.size,
        _ => draft.view.size,
    }
}

/// R-I7.
fn image(
    making: &mut Making<'_>,
    draft: &Draft,
    wanted: &AttachmentUse,
) -> Result<MediaPayload, EngineError> {
    let (Some(width), Some(height), Some(whole)) = (draft.view.width, draft.view.height, &draft.whole) else {
        return Err(incomplete());
    };
    let (from, form) = match &draft.picture {
        Some(picture) => (draft::PICTURE, picture),
        None => (draft::WHOLE, whole),
    };
    let original = ImageInfo {
        size_type: 1,
        size: form.size,
        width,
        height,
        instance_id: making.file(from, form),
    };
    let mut smaller = |size_type, from, form: &Option<Form>, larger: &ImageInfo| match form {
        // A smaller picture that is not smaller is not worth a file; of what moves it stands still.
        Some(form) if form.size < original.size || draft.view.animated => ImageInfo {
            size_type,
            size: form.size,
            width: form.width,
            height: form.height,
            instance_id: making.file(from, form),
        },
        _ => ImageInfo {
            size_type,
            ..larger.clone()
        },
    };
    let large = smaller(2, draft::LARGE, &draft.large, &original);
    let thumb = smaller(3, draft::THUMB, &draft.thumb, &large);
    let extension = if form.extension.is_empty() {
        &draft.extension
    } else {
        &form.extension
    };
    Ok(MediaPayload::Image(ImagePayload {
        uuid: making.uuid(&original.instance_id),
        image_format: image_format(extension),
        image_info_array: [original, large, thumb],
        file_name: named(&draft.view.name, extension),
        animated: draft.view.animated,
        thumbhash: draft.view.thumbhash.clone(),
        caption: wanted.caption.clone(),
        album: wanted.album.clone(),
    }))
}

fn image_format(extension: &str) -> u8 {
    match extension {
        "jpg" => 1,
        "gif" => 2,
        "png" => 3,
        "bmp" => 4,
        _ => 255,
    }
}

/// The name with the extension that its content has now.
pub(crate) fn named(name: &str, extension: &str) -> String {
    let before = names::extension(name);
    let same = match (before.as_str(), extension) {
        ("jpeg" | "jpe" | "jfif", "jpg") | (_, "") => true,
        (before, extension) => before == extension,
    };
    if same {
        return name.to_owned();
    }
    let stem = name
        .len()
        .checked_sub(before.len() + 1)
        .filter(|_| !before.is_empty())
        .and_then(|length| name.get(..length))
        .unwrap_or(name);
    names::safe(&format!("{stem}.{extension}"))
}

/// R-V6.
fn video(
    making: &mut Making<'_>,
    draft: &Draft,
    wanted: &AttachmentUse,
) -> Result<MediaPayload, EngineError> {
    let whole = draft.whole.as_ref().ok_or_else(incomplete)?;
    let id = making.file(draft::WHOLE, whole);
    let poster = draft.thumb.clone().unwrap_or_default();
    let thumb_uuid = match &draft.thumb {
        Some(form) => {
            let id = making.file(draft::THUMB, form);
            making.uuid(&id)
        }
        None => String::new(),
    };
    Ok(MediaPayload::Video(VideoPayload {
        video_uuid: making.uuid(&id),
        video_format: draft.extension.clone(),
        video_second: draft.view.second.unwrap_or(0),
        video_size: whole.size,
        video_download_flag: 2,
        thumb_uuid,
        thumb_format: "jpg".into(),
        thumb_width: poster.width,
        thumb_height: poster.height,
        thumb_size: poster.size,
        thumb_download_flag: 2,
        width: draft.view.width.unwrap_or(poster.width),
        height: draft.view.height.unwrap_or(poster.height),
        file_name: draft.view.name.clone(),
        thumbhash: draft.view.thumbhash.clone(),
        caption: wanted.caption.clone(),
        album: wanted.album.clone(),
    }))
}

/// R-F6.
fn file(making: &mut Making<'_>, draft: &Draft, wanted: &AttachmentUse) -> Result<MediaPayload, EngineError> {
    let whole = draft.whole.as_ref().ok_or_else(incomplete)?;
    let id = making.file(draft::WHOLE, whole);
    Ok(MediaPayload::File(FilePayload {
        uuid: making.uuid(&id),
        file_name: draft.view.name.clone(),
        file_size: whole.size,
        download_flag: 2,
        caption: wanted.caption.clone(),
    }))
}

/// R-A4.
fn sound(making: &mut Making<'_>, draft: &Draft) -> Result<MediaPayload, EngineError> {
    let whole = draft.whole.as_ref().ok_or_else(incomplete)?;
    let id = making.file(draft::WHOLE, whole);
    Ok(MediaPayload::Sound(SoundPayload {
        uuid: making.uuid(&id),
        second: draft.view.second.unwrap_or(0),
        size: whole.size,
        download_flag: 2,
        waveform: draft.view.waveform.clone(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_the_picture_became() {
        assert_eq!(named("a.png", "jpg"), "a.jpg");
        assert_eq!(named("a.JPEG", "jpg"), "a.JPEG");
        assert_eq!(named("photo", "jpg"), "photo.jpg");
        assert_eq!(named("a.b.webp", "png"), "a.b.png");
        assert_eq!(named("a.xyz", ""), "a.xyz");
    }
}
