//! Draft attachments out of paths: what the picker, the clipboard and a drop have in common.

use std::path::PathBuf;

use serde::Serialize;
use tidings_engine::{
    Engine,
    view::{AttachmentKind, DraftAttachmentView, ErrorView},
};
use ts_rs::TS;

use crate::{limits::ATTACHED_AT_ONCE, refusal::engine};

/// What came of some files that somebody chose, pasted or dropped.
#[derive(Debug, Default, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct AttachedFiles {
    /// The drafts, in the order of the files. One that cannot be sent says so in its `error`.
    pub(crate) attachments: Vec<DraftAttachmentView>,
    /// Files that were not taken, because they are too many at once.
    pub(crate) left: u32,
    /// What stopped it before the rest (a full disk); `null`: nothing.
    pub(crate) error: Option<ErrorView>,
}

/// Attaches files in their order, each after a first look at it.
pub(crate) async fn attach(
    to: &Engine,
    paths: Vec<PathBuf>,
    wanted: Option<AttachmentKind>,
) -> AttachedFiles {
    let left = paths.len().saturating_sub(ATTACHED_AT_ONCE);
    let mut attached = AttachedFiles {
        left: u32::try_from(left).unwrap_or(u32::MAX),
        ..AttachedFiles::default()
    };
    for path in paths.iter().take(ATTACHED_AT_ONCE) {
        match to.attach_path(path, wanted).await {
            Ok(attachment) => attached.attachments.push(attachment),
            Err(error) => {
                attached.error = Some(engine(error));
                break;
            }
        }
    }
    attached
}
