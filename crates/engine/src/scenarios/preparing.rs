//! Messages that were sent while what they carry was still being prepared.

use std::fs::{File, FileTimes};
use std::path::Path;
use std::time::SystemTime;

use tidings_protocol::code;

use super::files::{bytes, carrying, file_of};
use super::*;
use crate::view::{AttachmentUse, MessageStatus, TransferState};

/// Nothing is copied any further in this run, as if it were killed before.
async fn nothing_is_copied(person: &Person) {
    let drafts = &person.engine.core.media.drafts;
    drafts.stop_copying().await;
}

/// Nothing is looked at any further in this run.
async fn nothing_is_looked_at(person: &Person) {
    let drafts = &person.engine.core.media.drafts;
    drafts.stop_looking().await;
}

/// Chooses the file and sends it, before it is copied.
async fn send_uncopied(person: &Person, from: &Path) -> MessageView {
    nothing_is_copied(person).await;
    let attachment = person.engine.attach_path(from, None).await.unwrap();
    assert!(attachment.preparing);
    let sent = person.engine.send_message(carrying("C2Cbob", &attachment)).await;
    let sent = sent.unwrap();
    assert_eq!(sent.status, MessageStatus::UnSend);
    assert_eq!(sent.payload["uuid"], "", "it names no file before there is one");
    assert_eq!(sent.payload["attachment"]["id"], attachment.id.as_str());
    sent
}

async fn newest(person: &Person) -> MessageView {
    let page = person.engine.message_page("C2Cbob", None, 9).await.unwrap();
    page.messages.into_iter().next_back().unwrap()
}

#[tokio::test]
async fn b14_a_message_sent_before_its_file_is_copied_goes_out_after_a_restart() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let from = ann.dir.path().join("chosen.bin");
    std::fs::write(&from, bytes(300_000)).unwrap();
    let sent = send_uncopied(&ann, &from).await;
    ann.until(async |ann| {
        let transfers = ann.engine.transfers().await.unwrap();
        transfers.iter().any(|it| it.state == TransferState::Preparing)
    })
    .await;
    let ann = ann.restart().await;
    ann.nothing_waits().await;
    ann.until(async |ann| newest(ann).await.status == MessageStatus::Success)
        .await;
    let arrived = newest(&ann).await;
    assert_eq!(arrived.client_id, sent.client_id);
    assert_eq!(arrived.payload.get("attachment"), None);
    assert_eq!(server.file(&file_of(&arrived)).unwrap(), bytes(300_000));
}

#[tokio::test]
async fn b14_bytes_that_the_page_gave_go_out_after_a_restart_though_nothing_was_looked_at() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    nothing_is_looked_at(&ann).await;
    let content = bytes(10_000);
    let id = ann
        .engine
        .attach_begin("given.bin", "", content.len() as u64, None)
        .await
        .unwrap();
    ann.engine.attach_chunk(&id, 0, &content).await.unwrap();
    let attachment = ann.engine.attach_finish(&id).await.unwrap();
    assert!(attachment.preparing);
    ann.engine
        .send_message(carrying("C2Cbob", &attachment))
        .await
        .unwrap();
    ann.say("C2Cbob", "a text does not wait for it").await;
    ann.until(async |ann| ann.server.log("ann", "bob") == ["a text does not wait for it"])
        .await;
    let ann = ann.restart().await;
    ann.nothing_waits().await;
    let messages = ann.engine.message_page("C2Cbob", None, 9).await.unwrap().messages;
    let arrived = messages
        .iter()
        .find(|it| it.message_type == "TIMFileElem")
        .unwrap();
    assert_eq!(server.file(&file_of(arrived)).unwrap(), content);
}

#[tokio::test]
async fn r_s8_a_message_whose_file_is_gone_or_another_after_a_restart_stays_and_says_so() {
    let server = FakeServer::default();
    server.add("bob");
    for is_gone in [true, false] {
        let ann = Person::sign_in(&server, "ann").await;
        let from = ann.dir.path().join("chosen.bin");
        std::fs::write(&from, "as it was").unwrap();
        let sent = send_uncopied(&ann, &from).await;
        if is_gone {
            std::fs::remove_file(&from).unwrap();
        } else {
            std::fs::write(&from, "something").unwrap();
            let file = File::options().write(true).open(&from).unwrap();
            let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
            file.set_times(times).unwrap();
        }
        let ann = ann.restart().await;
        ann.until(async |ann| newest(ann).await.status == MessageStatus::Fail)
            .await;
        let failed = newest(&ann).await;
        assert_eq!(failed.code, code::FILE_CHANGED);
        assert_eq!(failed.payload["fileName"], "chosen.bin");
        ann.engine
            .resend_message("C2Cbob", &sent.client_id)
            .await
            .unwrap();
        ann.until(async |ann| newest(ann).await.status == MessageStatus::Fail)
            .await;
    }
    assert!(server.log("ann", "bob").is_empty());
}

#[tokio::test]
async fn what_failed_to_be_prepared_is_prepared_when_it_is_sent_again() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let (from, aside) = (
        ann.dir.path().join("chosen.bin"),
        ann.dir.path().join("aside.bin"),
    );
    std::fs::write(&from, bytes(1_000)).unwrap();
    let sent = send_uncopied(&ann, &from).await;
    std::fs::rename(&from, &aside).unwrap();
    let ann = ann.restart().await;
    ann.until(async |ann| newest(ann).await.status == MessageStatus::Fail)
        .await;
    // The drive is there again.
    std::fs::rename(&aside, &from).unwrap();
    ann.engine
        .resend_message("C2Cbob", &sent.client_id)
        .await
        .unwrap();
    ann.nothing_waits().await;
    assert_eq!(server.file(&file_of(&newest(&ann).await)).unwrap(), bytes(1_000));
}

#[tokio::test]
async fn a_message_thrown_away_while_it_is_prepared_leaves_nothing() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let from = ann.dir.path().join("chosen.bin");
    std::fs::write(&from, bytes(1_000)).unwrap();
    let sent = send_uncopied(&ann, &from).await;
    let refused = ann.engine.pause_transfer("C2Cbob", &sent.client_id).await;
    refused.unwrap_err();
    ann.until(async |ann| ann.engine.transfers().await.unwrap().len() == 1)
        .await;
    ann.engine
        .discard_message("C2Cbob", &sent.client_id)
        .await
        .unwrap();
    ann.until(async |ann| {
        ann.engine.transfers().await.unwrap().is_empty()
            && ann.engine.core.media.folder.drafts().unwrap().is_empty()
    })
    .await;
    assert!(ann.engine.core.media.folder.files().unwrap().is_empty());
}

/// Deletes a message that was not sent, by its client id.
async fn deletes(person: &Person, client_id: &str) {
    let engine = &person.engine;
    engine
        .delete_messages_for_me("C2Cbob", &[], &[client_id.to_owned()])
        .await
        .unwrap();
}

fn drafts_on_the_disk(person: &Person) -> usize {
    person.engine.core.media.folder.drafts().unwrap().len()
}

#[tokio::test]
async fn a_message_that_could_not_be_prepared_leaves_nothing_when_it_goes_also_after_a_restart() {
    let server = FakeServer::default();
    server.add("bob");
    for way in ["discard", "recall", "delete"] {
        let ann = Person::sign_in(&server, "ann").await;
        let from = ann.dir.path().join("chosen.bin");
        std::fs::write(&from, bytes(1_000)).unwrap();
        let sent = send_uncopied(&ann, &from).await;
        std::fs::remove_file(&from).unwrap();
        let ann = ann.restart().await;
        ann.until(async |ann| newest(ann).await.status == MessageStatus::Fail)
            .await;
        let ann = ann.restart().await;
        assert_eq!(drafts_on_the_disk(&ann), 1, "it may be sent again");
        match way {
            "discard" => ann
                .engine
                .discard_message("C2Cbob", &sent.client_id)
                .await
                .unwrap(),
            "recall" => drop(
                ann.engine
                    .recall_message("C2Cbob", &sent.client_id, None)
                    .await
                    .unwrap(),
            ),
            _ => deletes(&ann, &sent.client_id).await,
        }
        assert_eq!(drafts_on_the_disk(&ann), 0, "{way}");
    }
}

#[tokio::test]
async fn what_two_messages_are_to_be_made_of_stays_until_the_second_goes() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    nothing_is_copied(&ann).await;
    let from = ann.dir.path().join("chosen.bin");
    std::fs::write(&from, bytes(1_000)).unwrap();
    let attachment = ann.engine.attach_path(&from, None).await.unwrap();
    let mut sent = Vec::new();
    for _ in 0..2 {
        let message = ann.engine.send_message(carrying("C2Cbob", &attachment)).await;
        sent.push(message.unwrap().client_id);
    }
    ann.engine.discard_message("C2Cbob", &sent[0]).await.unwrap();
    assert_eq!(drafts_on_the_disk(&ann), 1);
    ann.engine.core.media.drafts.copy_again();
    ann.nothing_waits().await;
    let arrived = newest(&ann).await;
    assert_eq!(arrived.client_id, sent[1]);
    assert_eq!(server.file(&file_of(&arrived)).unwrap(), bytes(1_000));
}

#[tokio::test]
async fn what_was_to_be_sent_and_was_not_may_make_room_for_others() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    nothing_is_copied(&ann).await;
    let from = ann.dir.path().join("chosen.bin");
    std::fs::write(&from, bytes(1_000)).unwrap();
    let attachment = ann.engine.attach_path(&from, None).await.unwrap();
    let too_much = OutgoingMessage {
        cloud_custom_data: "x".repeat(tidings_protocol::limits::CUSTOM_BYTES + 1),
        ..carrying("C2Cbob", &attachment)
    };
    ann.engine.send_message(too_much).await.unwrap_err();
    assert_eq!(ann.engine.core.media.drafts.sent(), 0);
    let sent = ann.engine.send_message(carrying("C2Cbob", &attachment)).await;
    sent.unwrap();
    assert_eq!(ann.engine.core.media.drafts.sent(), 1);
}

#[tokio::test]
async fn b6_what_is_being_prepared_while_the_cache_is_rescued_is_sent_all_the_same() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    // In a new file, the rows are numbered anew.
    ann.say("C2Cbob", "one").await;
    ann.nothing_waits().await;
    let from = ann.dir.path().join("chosen.bin");
    std::fs::write(&from, bytes(1_000)).unwrap();
    let sent = send_uncopied(&ann, &from).await;
    ann.until(async |ann| ann.engine.transfers().await.unwrap().len() == 1)
        .await;
    let core = &ann.engine.core;
    core.cache
        .begin_anew(core.cache.generation())
        .await
        .unwrap()
        .unwrap();
    core.media.waiting_changed();
    core.media.drafts.copy_again();
    ann.until(async |ann| server.log("ann", "bob").len() == 2 && newest(ann).await.seq == Some(2))
        .await;
    let arrived = newest(&ann).await;
    assert_eq!(arrived.client_id, sent.client_id);
    assert_eq!(server.file(&file_of(&arrived)).unwrap(), bytes(1_000));
}

#[tokio::test]
async fn a_message_that_can_neither_be_prepared_nor_marked_is_not_tried_again_at_once() {
    const TEXTS: usize = 20;
    let server = FakeServer::default();
    server.add("bob");
    let mut ann = Person::sign_in(&server, "ann").await;
    let from = ann.dir.path().join("chosen.bin");
    std::fs::write(&from, bytes(1_000)).unwrap();
    let sent = send_uncopied(&ann, &from).await;
    let db = rusqlite::Connection::open(ann.dir.path().join("cache.db")).unwrap();
    db.execute_batch(
        "CREATE TRIGGER full BEFORE UPDATE OF failed ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    )
    .unwrap();
    let attachment = sent.payload["attachment"]["id"].as_str().unwrap();
    ann.engine.discard_attachment(attachment).await.unwrap();
    ann.hear(|event| matches!(event, EngineEvent::Error { .. }).then_some(()))
        .await;
    for number in 0..TEXTS {
        ann.say("C2Cbob", &number.to_string()).await;
    }
    let mut went = 0;
    while went < TEXTS {
        went += ann
            .hear(|event| match event {
                EngineEvent::MessagesChanged { messages } => {
                    Some(messages.iter().filter(|it| it.seq.is_some()).count())
                }
                EngineEvent::Error { .. } | EngineEvent::Overflow {} => panic!("it is tried again and again"),
                _ => None,
            })
            .await;
    }
}

#[tokio::test]
async fn r_s8_a_message_whose_attachment_was_thrown_away_says_that_its_file_is_gone() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let from = ann.dir.path().join("chosen.bin");
    std::fs::write(&from, bytes(1_000)).unwrap();
    let sent = send_uncopied(&ann, &from).await;
    let attachment = sent.payload["attachment"]["id"].as_str().unwrap();
    ann.until(async |ann| ann.engine.transfers().await.unwrap().len() == 1)
        .await;
    ann.engine.discard_attachment(attachment).await.unwrap();
    ann.until(async |ann| newest(ann).await.status == MessageStatus::Fail)
        .await;
    assert_eq!(newest(&ann).await.code, code::FILE_CHANGED);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_waits_to_be_copied_is_not_held_open() {
    let server = FakeServer::default();
    let ann = Person::sign_in(&server, "ann").await;
    nothing_is_copied(&ann).await;
    let folder = ann.dir.path().join("chosen");
    std::fs::create_dir(&folder).unwrap();
    for number in 0..20 {
        let from = folder.join(number.to_string());
        std::fs::write(&from, bytes(1_000)).unwrap();
        let attachment = ann.engine.attach_path(&from, None).await.unwrap();
        assert!(attachment.preparing);
    }
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let open = open.filter_map(|it| std::fs::read_link(it.unwrap().path()).ok());
    assert_eq!(open.filter(|file| file.starts_with(&folder)).count(), 0);
}

/// A film that says of itself what it is, and has no pictures: nothing takes one of it.
fn film() -> Vec<u8> {
    fn atom(kind: &[u8; 4], content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        let length = u32::try_from(content.len() + 8).unwrap();
        [&length.to_be_bytes(), kind.as_slice(), &content].concat()
    }
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|word| word.to_be_bytes()).collect() };
    let mvhd = atom(b"mvhd", &[&words(&[0, 0, 0, 1000, 5000]), &[0; 80]]);
    let upright = words(&[1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30]);
    let times = words(&[0, 0, 0, 1, 0, 5000, 0, 0, 0, 0]);
    let tkhd = atom(b"tkhd", &[&times, &upright, &words(&[64 << 16, 64 << 16])]);
    let mdhd = atom(b"mdhd", &[&words(&[0, 0, 0, 1000, 5000, 0])]);
    let hdlr = atom(b"hdlr", &[&words(&[0, 0]), b"vide", &[0; 13]]);
    let stsd = atom(b"stsd", &[&words(&[0, 1]), &atom(b"avc1", &[&[0; 78]])]);
    let minf = atom(b"minf", &[&atom(b"stbl", &[&stsd])]);
    let trak = atom(b"trak", &[&tkhd, &atom(b"mdia", &[&mdhd, &hdlr, &minf])]);
    let ftyp = atom(b"ftyp", &[b"isom", &[0; 4], b"isom"]);
    [ftyp, atom(b"moov", &[&mvhd, &trak])].concat()
}

#[tokio::test]
async fn r_v3_r_v7_a_video_that_is_sent_at_once_waits_for_the_picture_that_the_page_takes() {
    let pixels = [9, 99, 199, 255].repeat(64 * 64);
    let frame = tidings_media::picture::from_rgba(64, 64, &pixels, &tidings_media::Limits::default());
    let frame = frame.unwrap();
    let server = FakeServer::default();
    server.add("bob");
    for picture in [frame, Vec::new()] {
        let width = if picture.is_empty() { 0 } else { 64 };
        let mut ann = Person::sign_in(&server, "ann").await;
        let from = ann.dir.path().join("film.mp4");
        std::fs::write(&from, film()).unwrap();
        let attachment = ann.engine.attach_path(&from, None).await.unwrap();
        let as_video = OutgoingMessage {
            attachment: Some(AttachmentUse {
                id: attachment.id.clone(),
                ..AttachmentUse::default()
            }),
            ..message("C2Cbob", "")
        };
        ann.engine.send_message(as_video).await.unwrap();
        ann.hear(|event| match event {
            EngineEvent::AttachmentChanged { attachment } => attachment.wants_poster.then_some(()),
            _ => None,
        })
        .await;
        let engine = &ann.engine;
        engine
            .set_attachment_poster(&attachment.id, picture)
            .await
            .unwrap();
        ann.nothing_waits().await;
        let arrived = newest(&ann).await;
        assert_eq!(arrived.message_type, "TIMVideoFileElem");
        assert_eq!(arrived.payload["thumbWidth"], width);
        assert_eq!(arrived.payload["thumbUUID"] == "", width == 0);
    }
}
