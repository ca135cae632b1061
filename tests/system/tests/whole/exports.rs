//! One's data out of a profile, into another one, and on from there.

use tidings_engine::view::{AttachmentUse, MessageStatus, OutgoingMessage};
use tidings_protocol::{ErrorKind, SignIn, SignInProof, UserId};
use tidings_tests::{Home, PASSWORD, Person, Space, text_of};

async fn sends_file(person: &Person, other: &str, name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let draft = person.engine.attach_path(&path, None).await.unwrap();
    let message = OutgoingMessage {
        attachment: Some(AttachmentUse {
            id: draft.id,
            as_file: true,
            ..AttachmentUse::default()
        }),
        ..person.writes(other, "")
    };
    let typed = person.engine.send_message(message).await.unwrap();
    let sent = person
        .message_is(other, &typed.client_id, |message| {
            message.status == MessageStatus::Success
        })
        .await;
    let uuid = sent.payload["uuid"].as_str().unwrap();
    uuid.rsplit('-').next().unwrap().to_owned()
}

#[tokio::test]
async fn ann_takes_everything_along_reads_it_offline_signs_in_again_and_goes_on() {
    let space = Space::opens().await;
    let server = space.address();
    let ann = Person::registers("ann", &server).await;
    let bob = Person::registers("bob", &server).await;
    for number in 1..=150 {
        bob.sends("ann", &format!("message {number}")).await;
    }
    let film = vec![7; 300_000];
    let file = sends_file(&bob, "ann", "film.bin", &film).await;
    ann.sees("bob", "message 150").await;
    let taken = ann.sends("bob", "swordfish").await;
    ann.engine
        .recall_message("C2Cbob", &taken.client_id, taken.seq)
        .await
        .unwrap();

    // Another device of hers has only the newest of it, and still exports all.
    ann.closes().await;
    let ann = Person::signs_in("ann", &server).await;
    let place = tempfile::tempdir().unwrap();
    let export = ann.engine.export(place.path(), true).await.unwrap().unwrap();
    assert_eq!(
        (
            export.messages,
            export.missing_messages,
            export.files,
            export.missing_files
        ),
        (152, 0, 1, 0)
    );
    let text = std::fs::read_to_string(export.folder.join("messages.jsonl")).unwrap();
    assert!(text.contains("message 1\"") && !text.contains("swordfish"));
    let before = ann.texts("bob").await;
    ann.engine.sign_out().await.unwrap();
    ann.closes().await;

    bob.sends("ann", "said meanwhile").await;
    let new = Home::of("ann").opens().await;
    let report = new.engine.import(&export.folder).await.unwrap().unwrap();
    assert_eq!(
        (report.messages, report.broken_lines, report.broken_files),
        (152, 0, 0)
    );
    assert_eq!(new.texts("bob").await, before);
    let local = new.engine.local_file(&file).await.unwrap().unwrap();
    assert_eq!(std::fs::read(local.path).unwrap(), film);
    assert!(new.engine.account().unwrap().is_imported);

    // Nobody else goes on from there.
    let other = SignIn {
        user_id: UserId::new("bob").unwrap(),
        proof: SignInProof::Password(PASSWORD.into()),
        device_name: String::new(),
    };
    let refused = new.engine.sign_in(&server, other).await.unwrap_err().view();
    assert_eq!(
        (refused.code, refused.kind),
        (tidings_engine::EXPORT_OTHER, ErrorKind::Conflict)
    );

    new.types("bob", "typed before signing in").await;
    new.tries_to_sign_in(&server, PASSWORD).await.unwrap();
    new.is_connected().await;
    new.sees("bob", "said meanwhile").await;
    bob.sees("ann", "typed before signing in").await;
    bob.sends("ann", "and so it goes on").await;
    new.sees("bob", "and so it goes on").await;
    let all = new.whole("bob").await;
    assert_eq!(all.len(), 155);
    assert_eq!(all.iter().filter(|message| message.is_revoked).count(), 1);
    assert_eq!(text_of(&all[0]), "message 1");
}
