//! Files of messages: up, down, cut, refused, recalled.

use tidings_protocol::{ErrorKind, WireError, code};

use super::*;
use crate::view::{AttachmentKind, AttachmentUse, DraftAttachmentView, MessageStatus, WhyFile};

pub(super) fn carrying(conversation: &str, attachment: &DraftAttachmentView) -> OutgoingMessage {
    OutgoingMessage {
        attachment: Some(AttachmentUse {
            id: attachment.id.clone(),
            as_file: true,
            ..AttachmentUse::default()
        }),
        ..message(conversation, "")
    }
}

pub(super) fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|number| (number % 251) as u8).collect()
}

impl Person {
    /// The attachment when it is prepared.
    pub(super) async fn prepared(&self, attachment: &DraftAttachmentView) -> DraftAttachmentView {
        self.until(async |it| !it.engine.attachment(&attachment.id).await.unwrap().preparing)
            .await;
        self.engine.attachment(&attachment.id).await.unwrap()
    }

    /// Chooses a file of these bytes and sends it.
    pub(super) async fn send_file(&self, conversation: &str, bytes: &[u8]) -> MessageView {
        let from = self.dir.path().join("chosen.bin");
        std::fs::write(&from, bytes).unwrap();
        let attachment = self.engine.attach_path(&from, None).await.unwrap();
        assert_eq!(attachment.error, None);
        self.prepared(&attachment).await;
        let sent = self
            .engine
            .send_message(carrying(conversation, &attachment))
            .await;
        sent.unwrap()
    }

    pub(super) async fn nothing_waits(&self) {
        self.until(async |it| it.engine.conversation_list(9).await.unwrap()[0].unsent_count == 0)
            .await;
    }
}

pub(super) fn file_of(message: &MessageView) -> String {
    let uuid = message.payload["uuid"].as_str().unwrap();
    uuid.rsplit('-').next().unwrap().to_owned()
}

#[tokio::test]
async fn b14_a_file_goes_up_over_cuts_and_comes_down_over_cuts_with_the_same_bytes() {
    let server = FakeServer::default();
    server.add("bob");
    let (ann, bob) = (
        Person::sign_in(&server, "ann").await,
        Person::sign_in(&server, "bob").await,
    );
    let content = bytes(300_000);
    server.faults(|faults| faults.cut_parts = [100_000, 0, 1].into());
    let sent = ann.send_file("C2Cbob", &content).await;
    assert_eq!(
        (sent.status, sent.message_type.as_str()),
        (MessageStatus::UnSend, "TIMFileElem")
    );
    ann.nothing_waits().await;
    let file = file_of(&sent);
    assert_eq!(server.file(&file).unwrap(), content);
    let again = server.sent_up() - content.len() as u64;
    assert!(again <= tidings_protocol::limits::UPLOAD_PART_BYTES, "{again}");

    bob.until(async |bob| {
        let page = bob.engine.message_page("C2Cann", None, 9).await.unwrap();
        page.messages.len() == 1
    })
    .await;
    server.faults(|faults| faults.cut_downloads = [10, 3].into());
    let local = bob.engine.fetch_file(&file).await.unwrap();
    assert_eq!(std::fs::read(local.path).unwrap(), content);
    assert_eq!(local.name, "chosen.bin");
}

#[tokio::test]
async fn what_was_sent_makes_room_for_other_attachments() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    for number in 0..3 {
        ann.send_file("C2Cbob", &bytes(1_000 + number)).await;
        assert_eq!(ann.engine.core.media.drafts.count(), 0);
    }
    ann.nothing_waits().await;
}

#[tokio::test]
async fn a_text_overtakes_a_file_that_is_stopped_and_the_file_goes_on_after_a_restart() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    server.faults(|faults| faults.down = true);
    server.cut();
    let sent = ann.send_file("C2Cbob", &bytes(10_000)).await;
    ann.engine
        .pause_transfer("C2Cbob", &sent.client_id)
        .await
        .unwrap();
    server.faults(|faults| faults.down = false);
    ann.say("C2Cbob", "text").await;
    ann.until(async |ann| ann.server.log("ann", "bob") == ["text"])
        .await;
    let ann = ann.restart().await;
    ann.engine
        .resume_transfer("C2Cbob", &sent.client_id)
        .await
        .unwrap();
    ann.nothing_waits().await;
    assert_eq!(server.file(&file_of(&sent)).unwrap(), bytes(10_000));
}

#[tokio::test]
async fn r_s8_what_the_server_refuses_fails_with_its_code_and_is_sent_again() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let refusal = WireError::new(code::FILE_TOO_LARGE, ErrorKind::TooLarge, "too large");
    server.faults(|faults| faults.refuse_files = [refusal].into());
    let sent = ann.send_file("C2Cbob", &bytes(10)).await;
    ann.until(async |ann| {
        let page = ann.engine.message_page("C2Cbob", None, 9).await.unwrap();
        page.messages[0].code == code::FILE_TOO_LARGE
    })
    .await;
    ann.engine
        .resend_message("C2Cbob", &sent.client_id)
        .await
        .unwrap();
    ann.nothing_waits().await;
    assert_eq!(server.file(&file_of(&sent)).unwrap(), bytes(10));
}

#[tokio::test]
async fn h27_what_comes_with_another_hash_is_not_kept() {
    let server = FakeServer::default();
    let id = "0123456789abcdef0123456789abcdef";
    server.put_file(id, &bytes(5_000));
    let ann = Person::sign_in(&server, "ann").await;
    server.faults(|faults| faults.spoil_downloads = true);
    let refused = ann.engine.fetch_file(id).await.unwrap_err();
    assert_eq!(refused.view().code, code::FILE_DIFFERS);
    assert_eq!(ann.engine.local_file(id).await.unwrap(), None);
    let missing = ann.engine.fetch_file(&id.replace('0', "f")).await.unwrap_err();
    assert_eq!(missing.view().code, code::NO_SUCH_FILE);
}

#[tokio::test]
async fn a_message_thrown_away_takes_its_file_along_here_and_there() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let refusal = WireError::new(code::QUOTA, ErrorKind::TooLarge, "full");
    server.faults(|faults| faults.refuse_files = [refusal].into());
    let sent = ann.send_file("C2Cbob", &bytes(10)).await;
    let file = file_of(&sent);
    assert!(ann.engine.local_file(&file).await.unwrap().is_some());
    ann.engine
        .discard_message("C2Cbob", &sent.client_id)
        .await
        .unwrap();
    ann.until(async |ann| ann.engine.local_file(&file).await.unwrap().is_none())
        .await;
    assert_eq!(server.file(&file), None);
}

#[tokio::test]
async fn whoever_names_a_file_again_with_another_size_or_name_changes_nothing_for_others() {
    let server = FakeServer::default();
    let id = "0123456789abcdef0123456789abcdef";
    server.put_file(id, &bytes(5_000));
    for (name, size) in [("right.txt", 5_000), ("wrong.exe", 1)] {
        let payload = serde_json::json!({
            "uuid": format!("x-{id}"), "fileName": name, "fileSize": size, "fileUrl": "", "downloadFlag": 2
        });
        server.say_payload("bob", "C2Cann", "TIMFileElem", &payload, None);
    }
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| {
        let page = ann.engine.message_page("C2Cbob", None, 9).await.unwrap();
        page.messages.len() == 2
    })
    .await;
    let local = ann.engine.fetch_file(id).await.unwrap();
    assert_eq!((local.size, local.name.as_str()), (5_000, "right.txt"));
}

#[tokio::test]
async fn what_waits_to_be_sent_does_not_push_out_what_came() {
    let server = FakeServer::default();
    server.add("bob");
    let id = "0123456789abcdef0123456789abcdef";
    server.put_file(id, &bytes(5_000));
    let ann = Person::sign_in(&server, "ann").await;
    ann.engine.fetch_file(id).await.unwrap();
    server.faults(|faults| faults.down = true);
    server.cut();
    ann.send_file("C2Cbob", &bytes(100_000)).await;
    ann.engine.set_media_settings(crate::view::MediaSettings {
        limit_bytes: 10_000,
        ..crate::view::MediaSettings::default()
    });
    crate::keeping::tidy(&ann.engine.core).await.unwrap();
    assert!(ann.engine.local_file(id).await.unwrap().is_some());
    ann.engine.set_media_settings(crate::view::MediaSettings {
        limit_bytes: 4_000,
        ..crate::view::MediaSettings::default()
    });
    crate::keeping::tidy(&ann.engine.core).await.unwrap();
    assert!(ann.engine.local_file(id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_message_whose_attachment_is_thrown_away_meanwhile_fails_and_does_not_wait() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let id = ann.engine.attach_begin("a.bin", "", 10, None).await.unwrap();
    let attachment = ann.engine.attachment(&id).await.unwrap();
    assert!(attachment.preparing);
    let sending = ann.engine.send_message(carrying("C2Cbob", &attachment));
    let signing_out = async {
        tokio::task::yield_now().await;
        ann.engine.sign_out().await.unwrap();
    };
    let both = async { tokio::join!(sending, signing_out) };
    let (sent, ()) = timeout(Duration::from_secs(20), both).await.unwrap();
    sent.unwrap_err();
}

/// The first bytes of a PNG of this many pixels, and nonsense after them.
fn png(side: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(side.to_be_bytes());
    bytes.extend(side.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0]);
    bytes.extend([7; 400]);
    bytes
}

#[tokio::test]
async fn h22_a_picture_that_goes_as_a_file_says_why() {
    let server = FakeServer::default();
    let ann = Person::sign_in(&server, "ann").await;
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    let cases = [
        (png(50_000), WhyFile::TooLarge),
        (png(100), WhyFile::Broken),
        (heic, WhyFile::Unsupported),
    ];
    for (number, (bytes, why)) in cases.into_iter().enumerate() {
        let from = ann.dir.path().join("picture.png");
        std::fs::write(&from, bytes).unwrap();
        let chosen = ann.engine.attach_path(&from, None).await.unwrap();
        let found = ann.prepared(&chosen).await;
        assert_eq!(
            (found.kind, found.error),
            (AttachmentKind::File, None),
            "{number}"
        );
        assert_eq!(found.why_file, Some(why), "{number}");
        let chosen = ann.engine.attach_path(&from, Some(AttachmentKind::File)).await;
        let asked_for = ann.prepared(&chosen.unwrap()).await;
        assert_eq!(asked_for.why_file, None, "nobody wonders why");
    }
}

#[tokio::test]
async fn what_is_up_is_sent_and_no_transfer_is_left_whenever_the_uploads_are_looked_at() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let core = Arc::clone(&ann.engine.core);
    let looking = tokio::spawn(async move {
        loop {
            core.media.waiting_changed();
            tokio::task::yield_now().await;
        }
    });
    for number in 0..10 {
        ann.send_file("C2Cbob", &bytes(1_000 + number)).await;
        ann.nothing_waits().await;
        assert_eq!(ann.engine.transfers().await.unwrap(), []);
    }
    looking.abort();
}
