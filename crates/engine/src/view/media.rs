//! Files: what waits to be sent, what is on its way, what is here.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ErrorView;

/// What a file is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum AttachmentKind {
    /// `TIMImageElem`
    Image,
    /// `TIMVideoFileElem`
    Video,
    /// `TIMFileElem`
    File,
    /// `TIMSoundElem`
    Sound,
}

/// Why something that looks like a picture is sent as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum WhyFile {
    /// More pixels or bytes than a picture may have here.
    TooLarge,
    /// It is damaged, or not what its first bytes say.
    Broken,
    /// Nothing here decodes pictures of its kind.
    Unsupported,
}

/// What sending an image "as picture" makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AsPictureView {
    /// Bytes that are sent.
    #[ts(type = "number")]
    pub size: u64,
    /// It is encoded anew, because that makes it smaller.
    pub reencoded: bool,
    /// There is something to take off: where and with what it was taken.
    pub strips: bool,
}

/// A file that somebody has chosen and that waits in the composer. The engine has its own copy: what becomes of the original does
/// not matter any more once `preparing` is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct DraftAttachmentView {
    /// Names it for [`AttachmentUse`] and the page's pictures (`draft/ID`).
    pub id: String,
    /// What it is sent as, by its content.
    pub kind: AttachmentKind,
    /// What it is called, made safe (H20).
    pub name: String,
    /// Bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// Pixels, upright; `null`: unknown, or it has none.
    pub width: Option<u32>,
    /// Pixels, upright.
    pub height: Option<u32>,
    /// Seconds, rounded up; `null`: unknown, or it has none.
    pub second: Option<u32>,
    /// It moves.
    pub animated: bool,
    /// A placeholder, in base64; empty: none.
    pub thumbhash: String,
    /// There is a picture of it to show (`draft/ID`).
    pub has_preview: bool,
    /// It is still being copied and looked at: `attachmentChanged` tells what comes of it. It can be sent already, and goes
    /// when it is ready.
    pub preparing: bool,
    /// Of a video: no picture of it could be taken here, and it waits a little for one of the page's (`setAttachmentPoster`).
    #[serde(default)]
    pub wants_poster: bool,
    /// Of an image: what sending it as a picture makes of it; `null`: it goes as it is.
    pub as_picture: Option<AsPictureView>,
    /// It looks like a picture and is sent as a file all the same: why; `null`: it is not so.
    #[serde(default)]
    pub why_file: Option<WhyFile>,
    /// Of a voice message: how loud it is along its way, 0 to 31.
    pub waveform: Vec<u8>,
    /// Why it cannot be sent (2108, 2252, 2253, 2301, 2351, 2352, 2402, or the disk's).
    pub error: Option<ErrorView>,
}

/// How a draft attachment is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct AttachmentUse {
    /// Which: [`DraftAttachmentView::id`].
    pub id: String,
    /// As a file, its bytes untouched.
    pub as_file: bool,
    /// A text below it.
    pub caption: String,
    /// Neighbours with the same text here are one album; empty: it stands alone.
    pub album: String,
}

/// Which way a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum TransferDirection {
    /// To the space.
    Up,
    /// From the space.
    Down,
}

/// How it stands with a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum TransferState {
    /// Of an upload: what is to be sent is still being made ready.
    Preparing,
    /// Its turn comes, or the network does.
    Waiting,
    /// Bytes go.
    Running,
    /// Somebody has stopped it for a while.
    Paused,
    /// All of it is there.
    Done,
    /// It will not get there: `error` says why.
    Failed,
}

/// How far a file has come. Of an upload: all files of one message together, under the name of the largest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TransferView {
    /// The message's conversation; empty for a download that belongs to no message here.
    #[serde(rename = "conversationID")]
    pub conversation_id: String,
    /// Of an upload: the message that waits for it. Empty for a download.
    #[serde(rename = "clientID")]
    pub client_id: String,
    /// The file: of an image its original, of a video the video itself.
    #[serde(rename = "fileID")]
    pub file_id: String,
    /// Which way.
    pub direction: TransferDirection,
    /// Bytes that are there.
    #[ts(type = "number")]
    pub done: u64,
    /// Bytes in all; 0: not known yet.
    #[ts(type = "number")]
    pub total: u64,
    /// How it stands.
    pub state: TransferState,
    /// Why it failed, or what the space said for which it waits, as that its disk is full.
    pub error: Option<ErrorView>,
}

/// The files of other people's and one's own messages that are kept on this computer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MediaStorageView {
    /// Bytes on the disk.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Above this, what was not looked at for longest goes.
    #[ts(type = "number")]
    pub limit_bytes: u64,
    /// How many files.
    #[ts(type = "number")]
    pub files: u64,
    /// Bytes that clearing leaves: of what waits to be sent.
    #[ts(type = "number")]
    pub kept_bytes: u64,
}

/// What a person can choose about files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct MediaSettings {
    /// How much is kept on this computer, bytes.
    #[ts(type = "number")]
    pub limit_bytes: u64,
    /// Images up to this size are fetched without being asked for, bytes; 0: none.
    #[ts(type = "number")]
    pub auto_download_bytes: u64,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            limit_bytes: crate::limits::MEDIA_BYTES,
            auto_download_bytes: crate::limits::AUTO_DOWNLOAD_BYTES,
        }
    }
}

/// Which of a conversation's messages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum MediaSection {
    /// Images and videos.
    Media,
    /// Files.
    Files,
    /// Texts with a link in them.
    Links,
}

/// A whole file on this computer. Stays inside Rust: the page sees no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    /// Where. Not to be written to.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// By its content, from a list of what may be shown or played (`image/jpeg`, `video/mp4`, …); everything else is
    /// `application/octet-stream`.
    pub mime: &'static str,
    /// What it is called, made safe; empty: no message here says it.
    pub name: String,
}
