//! What is known of a draft attachment.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tidings_media::{Format, Probed};
use tidings_protocol::FileId;

use crate::view::{AttachmentKind, DraftAttachmentView};
use crate::{EngineError, media_folder};

/// The file, its bytes untouched.
pub(super) const WHOLE: &str = "whole";
/// The image as it is sent as a picture.
pub(super) const PICTURE: &str = "picture";
/// At most 720 on the short side.
pub(super) const LARGE: &str = "large";
/// At most 198 on the short side; of a video its poster.
pub(super) const THUMB: &str = "thumb";
/// What a camera has put into the file.
pub(super) const FIRST: &str = "first";
const WRITTEN: &str = "draft.json";

/// One of the files of an attachment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Form {
    /// Bytes.
    pub(super) size: u64,
    /// BLAKE3, 64 hexadecimal digits.
    pub(super) hash: String,
    /// Pixels; 0: it has none.
    pub(super) width: u32,
    /// Pixels.
    pub(super) height: u32,
    /// Without a dot; empty: the file's own.
    pub(super) extension: String,
}

impl Form {
    pub(super) fn of(size: u64, hash: String) -> Self {
        Self {
            size,
            hash,
            ..Self::default()
        }
    }
}

/// Where a file is that is not copied yet, and what it was like when somebody chose it. The page never sees this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source {
    /// With every byte that a name may have.
    pub(super) path: OsString,
    /// Bytes.
    pub(super) size: u64,
    /// Nanoseconds since 1970; `None`: not known.
    pub(super) modified: Option<u64>,
}

/// A draft attachment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) view: DraftAttachmentView,
    /// Of the content, without a dot; empty: not known.
    pub(super) extension: String,
    /// There is something to take off.
    pub(super) has_metadata: bool,
    pub(super) whole: Option<Form>,
    pub(super) picture: Option<Form>,
    pub(super) large: Option<Form>,
    pub(super) thumb: Option<Form>,
    /// There is a picture that is shown until there is a better one.
    pub(super) has_first: bool,
    /// What it is copied from; `None`: the copy is here, or its bytes come from the page.
    #[serde(default)]
    pub(super) source: Option<Source>,
}

impl Draft {
    /// A file of which nothing is known yet.
    pub(super) fn new(id: FileId, name: String) -> Self {
        Self {
            view: DraftAttachmentView {
                id: id.into(),
                kind: AttachmentKind::File,
                name,
                size: 0,
                width: None,
                height: None,
                second: None,
                animated: false,
                thumbhash: String::new(),
                has_preview: false,
                preparing: false,
                wants_poster: false,
                as_picture: None,
                why_file: None,
                waveform: Vec::new(),
                error: None,
            },
            extension: String::new(),
            has_metadata: false,
            whole: None,
            picture: None,
            large: None,
            thumb: None,
            has_first: false,
            source: None,
        }
    }

    pub(super) fn id(&self) -> Result<FileId, EngineError> {
        crate::media::id(&self.view.id)
    }

    /// What its first bytes say.
    pub(super) fn is(&mut self, probed: &Probed) {
        self.view.size = probed.size;
        self.view.width = probed.width;
        self.view.height = probed.height;
        self.view.animated = probed.animated;
        self.view.second = probed
            .duration_ms
            .and_then(|duration| u32::try_from(duration.div_ceil(1000)).ok());
        self.has_metadata = probed.has_metadata || probed.has_location;
        if probed.format != Format::Other {
            probed.extension.clone_into(&mut self.extension);
        }
    }

    /// Which of its files is its preview.
    pub(super) fn preview(&self) -> Option<&'static str> {
        match (&self.thumb, self.has_first) {
            (Some(_), _) => Some(THUMB),
            (None, true) => Some(FIRST),
            (None, false) => None,
        }
    }
}

/// Writes down what is known; it is on the disk then. Blocks.
pub(super) fn save(folder: &Path, draft: &Draft) -> Result<(), EngineError> {
    let beside = folder.join("draft.new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let text = serde_json::to_vec(draft).map_err(|_| EngineError::Fault)?;
    let mut file = media_folder::create(&beside)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(beside, folder.join(WRITTEN))?;
    Ok(media_folder::sync_folder(folder)?)
}

/// Reads what was written down. Blocks.
pub(super) fn load(folder: &Path) -> Result<Draft, EngineError> {
    let text = fs::read(folder.join(WRITTEN)).map_err(|_| EngineError::NoSuchAttachment)?;
    serde_json::from_slice(&text).map_err(|_| EngineError::NoSuchAttachment)
}
