//! Two people talk.

use tidings_engine::view::{Flow, MessageStatus};
use tidings_tests::{Person, Space, c2c};

#[tokio::test]
async fn two_people_talk() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;

    ann.sends("bob", "Hello Bob").await;
    bob.sees("ann", "Hello Bob").await;
    bob.sends("ann", "Hello Ann").await;
    ann.sees("bob", "Hello Ann").await;

    for (person, other) in [(&ann, "bob"), (&bob, "ann")] {
        let log = person.whole(other).await;
        let seqs: Vec<_> = log.iter().map(|message| message.seq).collect();
        assert_eq!(seqs, [Some(1), Some(2)]);
        assert!(log.iter().all(|message| message.status == MessageStatus::Success));
        assert_eq!(person.texts(other).await, ["Hello Bob", "Hello Ann"]);
    }
    let flows: Vec<_> = ann
        .whole("bob")
        .await
        .iter()
        .map(|message| message.flow)
        .collect();
    assert_eq!(flows, [Flow::Out, Flow::In]);
}

#[tokio::test]
async fn r_c7_a_message_keeps_its_random_and_its_client_id_on_the_other_side() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let sent = ann.sends("bob", "hi").await;
    bob.sees("ann", "hi").await;
    let came = bob.newest("ann").await.pop().unwrap();
    assert_eq!(
        (came.client_id, came.random, came.client_sequence),
        (sent.client_id, sent.random, sent.client_sequence)
    );
    assert_eq!((came.from.as_str(), came.to.as_str()), ("ann", "bob"));
    // Who that is comes right after, when they have never written before.
    bob.until("knows the sender's name", async || {
        bob.newest("ann").await.iter().all(|it| it.nick == "ann")
    })
    .await;
}

#[tokio::test]
async fn reading_empties_the_unread_count_and_shows_on_the_other_side() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    for text in ["one", "two", "three"] {
        ann.sends("bob", text).await;
    }
    bob.conversation_is("ann", "has 3 unread", |it| it.unread_count == 3)
        .await;
    assert!(ann.whole("bob").await.iter().all(|message| !message.is_peer_read));

    bob.engine.mark_read(&c2c("ann")).await.unwrap();
    bob.conversation_is("ann", "has none unread", |it| {
        it.unread_count == 0 && it.read_seq == 3
    })
    .await;
    ann.conversation_is("bob", "has been read", |it| it.peer_read_seq == 3)
        .await;
    assert!(ann.whole("bob").await.iter().all(|message| message.is_peer_read));
}

#[tokio::test]
async fn notes_to_oneself_are_a_conversation_without_unread() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    ann.sends("ann", "milk").await;
    ann.sends("ann", "bread").await;
    assert_eq!(ann.texts("ann").await, ["milk", "bread"]);
    ann.conversation_is("ann", "has none unread", |it| it.unread_count == 0 && it.seq == 2)
        .await;
    assert!(ann.received().is_empty());
}

#[tokio::test]
async fn a_message_to_nobody_fails_and_lets_the_next_one_go() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let typed = ann.types("nobody", "hello?").await;
    let failed = ann
        .message_is("nobody", &typed.client_id, |it| it.status == MessageStatus::Fail)
        .await;
    assert_eq!(failed.code, tidings_protocol::code::NO_SUCH_USER);
    ann.sends("bob", "you are there").await;
    bob.sees("ann", "you are there").await;
}

#[tokio::test]
async fn r_s9_a_failed_message_is_sent_again_as_itself() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let typed = ann.types("bob", "are you there by now?").await;
    ann.message_is("bob", &typed.client_id, |it| it.status == MessageStatus::Fail)
        .await;
    let bob = Person::registers("bob", &space.address()).await;
    ann.engine
        .resend_message(&c2c("bob"), &typed.client_id)
        .await
        .unwrap();
    let sent = ann
        .message_is("bob", &typed.client_id, |it| it.status == MessageStatus::Success)
        .await;
    assert!(sent.is_resend);
    assert_eq!((sent.seq, sent.random), (Some(1), typed.random));
    bob.sees("ann", "are you there by now?").await;
    assert_eq!(ann.texts("bob").await.len(), 1);
}

#[tokio::test]
async fn a_changed_profile_is_seen_by_the_other() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    ann.sends("bob", "hi").await;
    bob.sees("ann", "hi").await;
    ann.engine
        .update_my_profile(Some("Ann 安".into()), Some(7))
        .await
        .unwrap();
    bob.conversation_is("ann", "shows the new name", |it| {
        it.user_profile
            .as_ref()
            .is_some_and(|profile| profile.nick == "Ann 安" && profile.avatar_colour == 7)
    })
    .await;
    let found = bob.engine.find_people("安").await.unwrap();
    assert_eq!(
        found
            .iter()
            .map(|profile| profile.user_id.as_str())
            .collect::<Vec<_>>(),
        ["ann"]
    );
}

#[tokio::test]
async fn r_h8_a_deleted_conversation_comes_back_with_the_next_message() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    ann.sends("bob", "one").await;
    bob.sees("ann", "one").await;
    bob.engine.delete_conversation(&c2c("ann"), false).await.unwrap();
    bob.until("has no conversation", async || {
        bob.engine.conversation_list(100).await.unwrap().is_empty()
    })
    .await;
    ann.sends("bob", "two").await;
    bob.until("has it back", async || {
        bob.engine.conversation_list(100).await.unwrap().len() == 1
    })
    .await;
    assert_eq!(ann.engine.conversation_list(100).await.unwrap().len(), 1);
}
