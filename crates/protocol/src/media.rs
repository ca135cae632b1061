//! Messages that carry files: their payloads, and what may be uploaded.
//!
//! A payload names files by their ids and never by an address: whoever receives it asks the space that the message came
//! from, and no other host (no tracking, no request forgery). TIM's `url` fields are filled in by the SDK, on this computer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{MessageType, PayloadError, limits};

/// A file of the space: 32 small hexadecimal digits, chosen at random by who uploads it.
///
/// The id is all that a payload needs, so it is chosen before the upload begins: what is sent does not change its name when it
/// has arrived. It is no secret by itself: the server asks for each fetch whether the asker is in a conversation that has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileId(String);

/// Not a file's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a file id is 32 small hexadecimal digits")]
pub struct FileIdError;

impl FileId {
    /// The id of these random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        use fmt::Write as _;
        let mut text = String::with_capacity(32);
        for byte in bytes {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The id in TIM's longer form, `sdkAppID-userID-id` (R-I8), or alone.
    ///
    /// # Errors
    /// When it does not end with an id.
    pub fn of_uuid(uuid: &str) -> Result<Self, FileIdError> {
        uuid.rsplit('-').next().unwrap_or(uuid).parse()
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileId {
    type Err = FileIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_id = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_id.then(|| Self(text.to_owned())).ok_or(FileIdError)
    }
}

impl TryFrom<String> for FileId {
    type Error = FileIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FileId> for String {
    fn from(id: FileId) -> Self {
        id.0
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a file is to the message that carries it; each has a size of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture as it is (R-I6).
    Image,
    /// A video (R-V6).
    Video,
    /// Any file (R-F2).
    File,
    /// A voice message (R-A4).
    Sound,
    /// A smaller picture of an image or a video.
    Preview,
}

/// The largest files that a space takes, bytes. A setting of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MediaLimits {
    /// R-I6 has it below 20 MB.
    pub image_bytes: u64,
    /// R-V6.
    pub video_bytes: u64,
    /// R-F2.
    pub file_bytes: u64,
    /// R-A4.
    pub sound_bytes: u64,
}

impl Default for MediaLimits {
    fn default() -> Self {
        Self {
            image_bytes: limits::IMAGE_BYTES,
            video_bytes: limits::VIDEO_BYTES,
            file_bytes: limits::FILE_BYTES,
            sound_bytes: limits::SOUND_BYTES,
        }
    }
}

impl MediaLimits {
    /// How large a file of this kind may be.
    pub fn of(&self, kind: FileKind) -> u64 {
        match kind {
            FileKind::Image => self.image_bytes,
            FileKind::Video => self.video_bytes,
            FileKind::File => self.file_bytes,
            FileKind::Sound => self.sound_bytes,
            FileKind::Preview => limits::PREVIEW_FILE_BYTES,
        }
    }
}

/// One of the sizes of an image (R-I7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageInfo {
    /// 1 the original, 2 large, 3 the thumbnail. Where the original is smaller than the others, they name the same file.
    pub size_type: u8,
    /// Bytes.
    pub size: u64,
    /// Pixels, upright.
    pub width: u32,
    /// Pixels, upright.
    pub height: u32,
    /// The file.
    #[serde(rename = "instanceID")]
    pub instance_id: FileId,
}

/// What a `TIMImageElem` carries (R-I7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImagePayload {
    /// R-I8; ends with the original's id.
    pub uuid: String,
    /// JPG 1, GIF 2, PNG 3, BMP 4, another 255.
    pub image_format: u8,
    /// The original, large, thumbnail, in this order.
    pub image_info_array: [ImageInfo; 3],
    /// What the file is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file_name: String,
    /// It moves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub animated: bool,
    /// A placeholder: a thumbhash in base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thumbhash: String,
    /// A text below it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// Neighbours of one sender with the same text here are one album.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub album: String,
}

/// What a `TIMVideoFileElem` carries (R-V6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoPayload {
    /// R-I8; ends with the video's id.
    #[serde(rename = "videoUUID")]
    pub video_uuid: String,
    /// `mp4`, `webm`, …
    pub video_format: String,
    /// Seconds, rounded up; 0: unknown.
    pub video_second: u32,
    /// Bytes.
    pub video_size: u64,
    /// Always 2.
    pub video_download_flag: u8,
    /// The poster; ends with its id. Empty: there is none.
    #[serde(rename = "thumbUUID")]
    pub thumb_uuid: String,
    /// `jpg`.
    pub thumb_format: String,
    /// Pixels; with the height this is the video's shape.
    pub thumb_width: u32,
    /// Pixels.
    pub thumb_height: u32,
    /// Bytes.
    pub thumb_size: u64,
    /// Always 2.
    pub thumb_download_flag: u8,
    /// Pixels of the video, upright; 0: unknown.
    #[serde(default)]
    pub width: u32,
    /// Pixels of the video, upright; 0: unknown.
    #[serde(default)]
    pub height: u32,
    /// What the file is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file_name: String,
    /// A placeholder: a thumbhash in base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thumbhash: String,
    /// A text below it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// Neighbours of one sender with the same text here are one album.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub album: String,
}

/// What a `TIMFileElem` carries (R-F6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilePayload {
    /// R-I8; ends with the file's id.
    pub uuid: String,
    /// What the file is called.
    pub file_name: String,
    /// Bytes.
    pub file_size: u64,
    /// Always 2.
    pub download_flag: u8,
    /// A text below it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
}

/// What a `TIMSoundElem` carries (R-A4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoundPayload {
    /// R-I8; ends with the file's id.
    pub uuid: String,
    /// Seconds, rounded up.
    pub second: u32,
    /// Bytes.
    pub size: u64,
    /// Always 2.
    pub download_flag: u8,
    /// How loud it is along its way: at most [`limits::WAVEFORM_BARS`] numbers from 0 to 31.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waveform: Vec<u8>,
}

/// The payload of a message that carries files, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaPayload {
    /// `TIMImageElem`
    Image(ImagePayload),
    /// `TIMVideoFileElem`
    Video(VideoPayload),
    /// `TIMFileElem`
    File(FilePayload),
    /// `TIMSoundElem`
    Sound(SoundPayload),
}

impl MediaPayload {
    /// Reads and checks the payload of a message; `None`: this type carries no files.
    ///
    /// # Errors
    /// [`PayloadError::Form`], [`PayloadError::TooLarge`].
    pub fn read(message_type: &MessageType, payload: &RawValue) -> Result<Option<Self>, PayloadError> {
        if payload.get().len() > limits::PAYLOAD_JSON_BYTES {
            return Err(PayloadError::TooLarge(payload.get().len()));
        }
        fn parsed<'a, T: Deserialize<'a>>(payload: &'a RawValue) -> Result<T, PayloadError> {
            serde_json::from_str(payload.get()).map_err(|_| PayloadError::Form)
        }
        let read = match message_type.as_str() {
            MessageType::IMAGE => Self::Image(parsed(payload)?),
            MessageType::VIDEO => Self::Video(parsed(payload)?),
            MessageType::FILE => Self::File(parsed(payload)?),
            MessageType::SOUND => Self::Sound(parsed(payload)?),
            _ => return Ok(None),
        };
        read.check()?;
        Ok(Some(read))
    }

    fn check(&self) -> Result<(), PayloadError> {
        let texts: &[(&str, usize)] = match self {
            Self::Image(image) => &[
                (&image.file_name, limits::FILE_NAME_BYTES),
                (&image.thumbhash, limits::THUMBHASH_BYTES),
                (&image.album, limits::CLIENT_ID_BYTES),
                (&image.caption, limits::CAPTION_BYTES),
            ],
            Self::Video(video) => &[
                (&video.file_name, limits::FILE_NAME_BYTES),
                (&video.thumbhash, limits::THUMBHASH_BYTES),
                (&video.album, limits::CLIENT_ID_BYTES),
                (&video.caption, limits::CAPTION_BYTES),
                (&video.video_format, limits::FORMAT_BYTES),
                (&video.thumb_format, limits::FORMAT_BYTES),
            ],
            Self::File(file) => &[
                (&file.file_name, limits::FILE_NAME_BYTES),
                (&file.caption, limits::CAPTION_BYTES),
            ],
            Self::Sound(_) => &[],
        };
        if let Some((text, _)) = texts.iter().find(|(text, most)| text.len() > *most) {
            return Err(PayloadError::TooLarge(text.len()));
        }
        let in_order = match self {
            Self::Image(image) => {
                image
                    .image_info_array
                    .iter()
                    .map(|info| info.size_type)
                    .eq([1, 2, 3])
                    && image
                        .image_info_array
                        .iter()
                        .all(|info| info.width > 0 && info.height > 0)
            }
            Self::Video(_) | Self::File(_) => true,
            Self::Sound(sound) => {
                sound.waveform.len() <= limits::WAVEFORM_BARS && sound.waveform.iter().all(|bar| *bar < 32)
            }
        };
        // Also that each of them is an id.
        if in_order
            && !self.main_uuid().is_empty()
            && self.uuids().iter().all(|uuid| FileId::of_uuid(uuid).is_ok())
        {
            Ok(())
        } else {
            Err(PayloadError::Form)
        }
    }

    fn main_uuid(&self) -> &str {
        match self {
            Self::Image(image) => &image.uuid,
            Self::Video(video) => &video.video_uuid,
            Self::File(file) => &file.uuid,
            Self::Sound(sound) => &sound.uuid,
        }
    }

    fn uuids(&self) -> Vec<&str> {
        match self {
            Self::Video(video) if !video.thumb_uuid.is_empty() => vec![&video.video_uuid, &video.thumb_uuid],
            _ => vec![self.main_uuid()],
        }
    }

    /// The files that it names, each once: the server lets those who have the message fetch these.
    pub fn files(&self) -> Vec<FileId> {
        let mut files: Vec<FileId> = self
            .uuids()
            .into_iter()
            .filter_map(|uuid| FileId::of_uuid(uuid).ok())
            .collect();
        if let Self::Image(image) = self {
            files.extend(image.image_info_array.iter().map(|info| info.instance_id.clone()));
        }
        files.sort();
        files.dedup();
        files
    }

    /// What it says of the size of this file, bytes: nothing, or once for each place that the file has in it.
    pub fn sizes_of(&self, id: &FileId) -> Vec<u64> {
        let is = |uuid: &str| FileId::of_uuid(uuid).is_ok_and(|it| it == *id);
        match self {
            Self::Image(image) => image
                .image_info_array
                .iter()
                .filter(|info| info.instance_id == *id)
                .map(|info| info.size)
                .collect(),
            Self::Video(video) => [
                (&video.video_uuid, video.video_size),
                (&video.thumb_uuid, video.thumb_size),
            ]
            .into_iter()
            .filter(|(uuid, _)| is(uuid))
            .map(|(_, size)| size)
            .collect(),
            Self::File(file) => is(&file.uuid).then_some(file.file_size).into_iter().collect(),
            Self::Sound(sound) => is(&sound.uuid).then_some(sound.size).into_iter().collect(),
        }
    }

    /// The text below it.
    pub fn caption(&self) -> &str {
        match self {
            Self::Image(image) => &image.caption,
            Self::Video(video) => &video.caption,
            Self::File(file) => &file.caption,
            Self::Sound(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "ffffffffffffffffffffffffffffffff";

    fn read(kind: &str, payload: serde_json::Value) -> Result<Option<MediaPayload>, PayloadError> {
        MediaPayload::read(
            &MessageType::new(kind),
            &RawValue::from_string(payload.to_string()).unwrap(),
        )
    }

    fn image(sizes: [u8; 3]) -> serde_json::Value {
        let info = |size: u8, id: &str| serde_json::json!({"sizeType": size, "size": 1, "width": 2, "height": 3, "instanceID": id});
        serde_json::json!({
            "uuid": format!("0-ann-{ID}"), "imageFormat": 3,
            "imageInfoArray": [info(sizes[0], ID), info(sizes[1], ID), info(sizes[2], OTHER)],
        })
    }

    #[test]
    fn r_i7_an_image_has_three_sizes_and_names_each_file_once() {
        let read_back = read(MessageType::IMAGE, image([1, 2, 3])).unwrap().unwrap();
        let files: Vec<String> = read_back.files().into_iter().map(String::from).collect();
        assert_eq!(files, [ID, OTHER]);
        assert_eq!(
            read(MessageType::IMAGE, image([1, 3, 2])),
            Err(PayloadError::Form)
        );
    }

    #[test]
    fn r_i8_a_uuid_ends_with_the_id_whatever_the_user_is_called() {
        for uuid in [ID.to_owned(), format!("0-ann-{ID}"), format!("1400-a-b-c-{ID}")] {
            assert_eq!(FileId::of_uuid(&uuid).unwrap().as_str(), ID);
        }
        for wrong in [
            "",
            "-",
            "0-ann-",
            "../../etc/passwd",
            &ID.to_uppercase(),
            &ID[1..],
        ] {
            assert_eq!(FileId::of_uuid(wrong), Err(FileIdError), "{wrong}");
        }
    }

    #[test]
    fn an_address_in_a_payload_is_not_read() {
        let payload = serde_json::json!({"uuid": ID, "fileName": "a", "fileSize": 1, "downloadFlag": 2, "fileUrl": "http://evil/"});
        let Some(MediaPayload::File(file)) = read(MessageType::FILE, payload).unwrap() else {
            panic!("a file")
        };
        assert!(!serde_json::to_string(&file).unwrap().contains("evil"));
    }

    #[test]
    fn what_is_too_long_or_of_another_form_is_refused() {
        let file =
            |name: &str| serde_json::json!({"uuid": ID, "fileName": name, "fileSize": 1, "downloadFlag": 2});
        assert!(read(MessageType::FILE, file(&"n".repeat(255))).is_ok());
        assert_eq!(
            read(MessageType::FILE, file(&"n".repeat(256))),
            Err(PayloadError::TooLarge(256))
        );
        let sound = |bars: Vec<u8>| serde_json::json!({"uuid": ID, "second": 1, "size": 1, "downloadFlag": 2, "waveform": bars});
        assert!(read(MessageType::SOUND, sound(vec![31; 64])).is_ok());
        assert_eq!(
            read(MessageType::SOUND, sound(vec![31; 65])),
            Err(PayloadError::Form)
        );
        assert_eq!(read(MessageType::SOUND, sound(vec![32])), Err(PayloadError::Form));
        assert_eq!(read(MessageType::TEXT, serde_json::json!({})), Ok(None));
    }
}
