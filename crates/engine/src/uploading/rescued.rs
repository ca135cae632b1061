//! Messages whose uploads were lost with the cache: their payloads and the media folder say what there is to be known.

use serde_json::value::RawValue;
use tidings_protocol::{ErrorKind, MediaPayload, MessageType, code};

use super::message;
use crate::attaching::payloads;
use crate::cache::Durability;
use crate::cache::uploads::{self, Upload};
use crate::core::Core;
use crate::{EngineError, hashing, media};

/// Gives them their uploads back; a message whose files are lost has failed.
pub(super) async fn find(core: &Core) -> Result<(), EngineError> {
    for (id, message_type, payload) in core.cache.read(|db, _| uploads::unknown(db))? {
        match uploads_of(core, id, &message_type, payload).await? {
            Some(found) => {
                core.cache
                    .write(Durability::Power, move |write| {
                        for upload in &found {
                            uploads::put(write.db, upload)?;
                        }
                        Ok(())
                    })
                    .await?;
            }
            None => {
                let lost = EngineError::File {
                    code: code::FILE_CHANGED,
                    kind: ErrorKind::NotFound,
                    message: "the file is not in the media folder any more",
                };
                message::fail(core, id, &lost).await?;
            }
        }
    }
    Ok(())
}

async fn uploads_of(
    core: &Core,
    id: i64,
    message_type: &str,
    payload: String,
) -> Result<Option<Vec<Upload>>, EngineError> {
    let read = RawValue::from_string(payload)
        .ok()
        .and_then(|payload| MediaPayload::read(&MessageType::new(message_type), &payload).ok())
        .flatten();
    let Some(read) = read else { return Ok(None) };
    let mut found = Vec::new();
    for (place, (file, kind)) in (0..).zip(payloads::in_order(&read)) {
        let (path, Some(size)) = (core.media.folder.file(&file), core.media.folder.size(&file)) else {
            return Ok(None);
        };
        let hash = media::blocking(move || Ok(hashing::of_file(&path)?)).await?;
        found.push(Upload {
            message: id,
            place,
            file: file.into(),
            kind,
            size,
            hash,
            sent: 0,
            finished: false,
        });
    }
    Ok(Some(found))
}
