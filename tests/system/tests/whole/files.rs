//! Files go from one person's disk to the other's.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tidings_engine::view::{
    AttachmentUse, DraftAttachmentView, EngineEvent, MessageStatus, MessageView, OutgoingMessage,
    TransferDirection, TransferState,
};
use tidings_protocol::{FileId, code};
use tidings_tests::{Person, ServerProcess, Space};

/// A picture of so many pixels that no two rows of are alike, as a screenshot comes from the clipboard.
async fn pastes(person: &Person, width: u32, height: u32) -> DraftAttachmentView {
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let bytes = pixels
        .flat_map(|(x, y)| [(x % 256) as u8, (y % 256) as u8, ((x * y) % 256) as u8, 255])
        .collect();
    let draft = person.engine.attach_rgba(width, height, bytes).await.unwrap();
    is_ready(person, draft).await
}

/// A file on somebody's disk, of bytes that look like nothing.
pub(crate) fn file(folder: &Path, name: &str, size: usize) -> PathBuf {
    let path = folder.join(name);
    let mut state = 1_u64;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u8
    })
    .take(size)
    .collect();
    std::fs::write(&path, bytes).unwrap();
    path
}

pub(crate) async fn attaches(person: &Person, path: &Path) -> DraftAttachmentView {
    let draft = person.engine.attach_path(path, None).await.unwrap();
    is_ready(person, draft).await
}

async fn is_ready(person: &Person, draft: DraftAttachmentView) -> DraftAttachmentView {
    let mut last = draft;
    let id = last.id.clone();
    person
        .until("has prepared the attachment", async || {
            last = person.engine.attachment(&id).await.unwrap();
            !last.preparing
        })
        .await;
    last
}

pub(crate) fn with_file(person: &Person, other: &str, draft: &DraftAttachmentView) -> OutgoingMessage {
    OutgoingMessage {
        attachment: Some(AttachmentUse {
            id: draft.id.clone(),
            ..AttachmentUse::default()
        }),
        ..person.writes(other, "")
    }
}

pub(crate) async fn sends_file(person: &Person, other: &str, draft: &DraftAttachmentView) -> MessageView {
    let message = with_file(person, other, draft);
    let typed = person.engine.send_message(message).await.unwrap();
    person
        .message_is(other, &typed.client_id, |message| {
            message.status != MessageStatus::UnSend
        })
        .await
}

pub(crate) async fn gets(person: &Person, other: &str, kind: &str) -> MessageView {
    let mut came = None;
    person
        .until("gets a file", async || {
            came = person
                .newest(other)
                .await
                .into_iter()
                .rfind(|message| message.message_type == kind && message.from == other);
            came.is_some()
        })
        .await;
    came.unwrap()
}

pub(crate) fn id_of(payload: &Value) -> String {
    let uuid = payload.get("uuid").and_then(Value::as_str).unwrap();
    FileId::of_uuid(uuid).unwrap().to_string()
}

#[tokio::test]
async fn r_i7_a_pasted_picture_arrives_in_three_sizes() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let draft = pastes(&ann, 1600, 1200).await;
    assert_eq!(
        (draft.width, draft.height, draft.error),
        (Some(1600), Some(1200), None)
    );
    let draft = ann.engine.attachment(&draft.id).await.unwrap();
    let sent = sends_file(&ann, "bob", &draft).await;
    assert_eq!((sent.status, sent.code), (MessageStatus::Success, 0));

    let came = gets(&bob, "ann", "TIMImageElem").await;
    assert_eq!(came.payload, sent.payload, "nothing changes on the way");
    let sizes = came.payload["imageInfoArray"].as_array().unwrap();
    let pixels: Vec<_> = sizes
        .iter()
        .map(|it| (it["width"].as_u64(), it["height"].as_u64()))
        .collect();
    assert_eq!(
        pixels,
        [
            (Some(1600), Some(1200)),
            (Some(960), Some(720)),
            (Some(264), Some(198))
        ]
    );
    for info in sizes {
        let id = info["instanceID"].as_str().unwrap();
        let here = bob.engine.fetch_file(id).await.unwrap();
        assert_eq!(Some(here.size), info["size"].as_u64());
        let (anns, bobs) = (
            ann.engine.fetch_file(id).await.unwrap(),
            std::fs::read(&here.path).unwrap(),
        );
        assert_eq!(std::fs::read(anns.path).unwrap(), bobs);
    }
}

#[tokio::test]
async fn r_f6_a_file_arrives_byte_by_byte_and_is_saved_beside_what_is_there() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let desk = tempfile::tempdir().unwrap();
    let path = file(desk.path(), "logbook.bin", 9_000_000);
    let draft = attaches(&ann, &path).await;
    sends_file(&ann, "bob", &draft).await;
    let came = gets(&bob, "ann", "TIMFileElem").await;
    assert_eq!(came.payload["fileName"], "logbook.bin");
    assert_eq!(came.payload["fileSize"], 9_000_000);
    let id = id_of(&came.payload);
    let saved = bob
        .engine
        .save_file(&id, desk.path(), "logbook.bin")
        .await
        .unwrap();
    assert_eq!(saved.file_name().unwrap(), "logbook (2).bin");
    assert_eq!(std::fs::read(saved).unwrap(), std::fs::read(path).unwrap());
    let progress: Vec<u64> = ann
        .heard()
        .into_iter()
        .filter_map(|event| match event {
            EngineEvent::TransferProgress(transfer) if transfer.direction == TransferDirection::Up => {
                Some(transfer.done)
            }
            _ => None,
        })
        .collect();
    assert!(progress.is_sorted(), "{progress:?}");
    assert_eq!(progress.last(), Some(&9_000_000));
}

#[tokio::test]
async fn b14_an_upload_goes_on_after_the_server_was_killed_and_the_app_started_again() {
    let mut server = ServerProcess::starts();
    let ann = Person::registers("ann", &server.address()).await;
    let bob = Person::registers("bob", &server.address()).await;
    let desk = tempfile::tempdir().unwrap();
    let path = file(desk.path(), "film.bin", 60_000_000);
    let draft = attaches(&ann, &path).await;
    let message = with_file(&ann, "bob", &draft);
    let typed = ann.engine.send_message(message).await.unwrap();
    ann.until("has sent some of it", async || {
        let on_the_way = ann.engine.transfers().await.unwrap();
        on_the_way.iter().any(|it| it.done > 8_000_000)
    })
    .await;
    server.is_killed();
    // What is sent does not need the original any more.
    std::fs::write(&path, "somebody else's now").unwrap();
    let home = ann.closes().await;
    server.starts_again();
    let ann = home.opens().await;
    ann.message_is("bob", &typed.client_id, |message| {
        message.status == MessageStatus::Success
    })
    .await;
    let came = gets(&bob, "ann", "TIMFileElem").await;
    let here = bob.engine.fetch_file(&id_of(&came.payload)).await.unwrap();
    assert_eq!(
        std::fs::read(&here.path).unwrap(),
        std::fs::read(file(desk.path(), "film.bin", 60_000_000)).unwrap()
    );
}

#[tokio::test]
async fn a_text_does_not_wait_for_a_file_and_a_paused_file_goes_on() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let desk = tempfile::tempdir().unwrap();
    let draft = attaches(&ann, &file(desk.path(), "large.bin", 20_000_000)).await;
    let message = with_file(&ann, "bob", &draft);
    let typed = ann.engine.send_message(message).await.unwrap();
    ann.engine
        .pause_transfer(&typed.conversation_id, &typed.client_id)
        .await
        .unwrap();
    ann.until("has stopped it", async || {
        let on_the_way = ann.engine.transfers().await.unwrap();
        on_the_way.iter().any(|it| it.state == TransferState::Paused)
    })
    .await;
    ann.sends("bob", "the film comes later").await;
    bob.sees("ann", "the film comes later").await;
    ann.engine
        .resume_transfer(&typed.conversation_id, &typed.client_id)
        .await
        .unwrap();
    gets(&bob, "ann", "TIMFileElem").await;
}

#[tokio::test]
async fn r_k4_a_recalled_picture_can_be_had_by_nobody() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let draft = pastes(&ann, 400, 300).await;
    let sent = sends_file(&ann, "bob", &draft).await;
    let came = gets(&bob, "ann", "TIMImageElem").await;
    let id = id_of(&came.payload);
    let here = bob.engine.fetch_file(&id).await.unwrap();
    ann.engine
        .recall_message(&sent.conversation_id, &sent.client_id, sent.seq)
        .await
        .unwrap();
    // Its bytes go a moment after the word of it.
    let mut is_here = true;
    for _ in 0..100 {
        is_here = bob.engine.local_file(&id).await.unwrap().is_some() || here.path.exists();
        if !is_here {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!is_here, "nothing of it is left on Bob's disk");
    // The server lets go of it in its next moments.
    let mut refused = None;
    for _ in 0..100 {
        refused = bob.engine.fetch_file(&id).await.err();
        if refused.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(refused.unwrap().view().code, code::NO_SUCH_FILE);
}

#[tokio::test]
async fn h28_a_stranger_cannot_fetch_what_two_others_have() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let eve = Person::registers("eve", &space.address()).await;
    let draft = pastes(&ann, 400, 300).await;
    let sent = sends_file(&ann, "bob", &draft).await;
    gets(&bob, "ann", "TIMImageElem").await;
    let refused = eve.engine.fetch_file(&id_of(&sent.payload)).await.unwrap_err();
    assert_eq!(refused.view().code, code::NO_SUCH_FILE);
    // Nor does naming it in a message of hers help her.
    let stolen = OutgoingMessage {
        message_type: sent.message_type.clone(),
        payload: sent.payload.clone(),
        ..eve.writes("bob", "")
    };
    let typed = eve.engine.send_message(stolen).await.unwrap();
    let failed = eve
        .message_is("bob", &typed.client_id, |it| it.status == MessageStatus::Fail)
        .await;
    assert_eq!(failed.code, code::NO_SUCH_FILE);
    // Who has it may pass it on, and then she may have it.
    let passed_on = OutgoingMessage {
        message_type: sent.message_type,
        payload: sent.payload.clone(),
        ..bob.writes("eve", "")
    };
    bob.engine.send_message(passed_on).await.unwrap();
    gets(&eve, "bob", "TIMImageElem").await;
    eve.engine.fetch_file(&id_of(&sent.payload)).await.unwrap();
}

#[tokio::test]
async fn r_f2_what_is_empty_or_no_file_is_refused_before_anything_is_sent() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let desk = tempfile::tempdir().unwrap();
    let empty = ann
        .engine
        .attach_path(&file(desk.path(), "empty", 0), None)
        .await
        .unwrap();
    assert_eq!(empty.error.unwrap().code, code::FILE_EMPTY);
    for nothing in [desk.path().to_owned(), desk.path().join("gone")] {
        let draft = ann.engine.attach_path(&nothing, None).await;
        assert!(
            draft.map_or(true, |draft| draft.error.is_some()),
            "{}",
            nothing.display()
        );
    }
}
