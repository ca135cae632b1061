//! Two people talk; one of them has two devices.

use super::*;
use crate::view::{ConnectionState, Flow, MessageStatus};

#[tokio::test]
async fn what_one_says_the_other_hears_and_its_marks_come_back() {
    let server = FakeServer::default();
    let mut bob = Person::sign_in(&server, "bob").await;
    let mut ann = Person::sign_in(&server, "ann").await;
    assert_eq!(ann.engine.connection(), ConnectionState::Connected);
    let waiting = ann.say("C2Cbob", "hello").await;
    assert_eq!(
        (waiting.status, waiting.seq, waiting.flow),
        (MessageStatus::UnSend, None, Flow::Out)
    );
    let sent = ann
        .hear(|event| match event {
            EngineEvent::MessagesChanged { messages } => messages.first().cloned(),
            _ => None,
        })
        .await;
    assert_eq!(
        (sent.client_id, sent.status, sent.seq),
        (waiting.client_id, MessageStatus::Success, Some(1))
    );

    let heard = bob
        .hear(|event| match event {
            EngineEvent::MessagesReceived { messages } => messages.first().cloned(),
            _ => None,
        })
        .await;
    assert_eq!(
        (text(&heard).as_str(), heard.flow, heard.is_read),
        ("hello", Flow::In, false)
    );
    assert_eq!(
        (heard.from.as_str(), heard.to.as_str(), heard.nick.as_str()),
        ("ann", "bob", "ann's name")
    );
    let list = bob.engine.conversation_list(100).await.unwrap();
    assert_eq!(
        (list.len(), list[0].unread_count, list[0].conversation_id.as_str()),
        (1, 1, "C2Cann")
    );
    assert_eq!(list[0].last_message.as_ref().unwrap().message_for_show, "hello");

    bob.engine.mark_read("C2Cann").await.unwrap();
    assert_eq!(
        bob.engine.conversation_list(100).await.unwrap()[0].unread_count,
        0
    );
    let read = ann
        .hear(|event| match event {
            EngineEvent::PeerRead { conversation_id, seq } => Some((conversation_id.clone(), *seq)),
            _ => None,
        })
        .await;
    assert_eq!(read, ("C2Cbob".into(), 1));
    let page = ann.engine.message_page("C2Cbob", None, 15).await.unwrap();
    assert!(page.messages[0].is_peer_read && page.is_completed);
}

#[tokio::test]
async fn r_s2_one_s_own_words_are_news_on_the_other_device_only() {
    let server = FakeServer::default();
    server.add("bob");
    let mut here = Person::sign_in(&server, "ann").await;
    let mut there = Person::sign_in(&server, "ann").await;
    here.say("C2Cbob", "one").await;
    assert_eq!(there.hear(received).await, ["one"]);
    there.say("C2Cbob", "two").await;
    // The first thing that this device receives is the other device's.
    assert_eq!(here.hear(received).await, ["two"]);
    let page = here.engine.message_page("C2Cbob", None, 15).await.unwrap();
    assert!(
        page.messages
            .iter()
            .all(|message| message.flow == Flow::Out && message.is_read)
    );
    assert_eq!(here.engine.conversation_list(9).await.unwrap()[0].unread_count, 0);
}

#[tokio::test]
async fn any_text_comes_back_as_it_went() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let texts = [
        "NUL \u{0} inside".to_owned(),
        "שלום \u{202e}dlrow".to_owned(),
        "👨‍👩‍👧‍👦".to_owned(),
        format!("a{}", "\u{301}".repeat(5_000)),
        "<img src=x onerror=alert(1)>".to_owned(),
        "\u{0}".repeat(12 * 1024),
    ];
    for text in &texts {
        ann.say("C2Cbob", text).await;
        ann.engine.set_draft("C2Cbob", text).await.unwrap();
        assert_eq!(
            &ann.engine.conversation_profile("C2Cbob").await.unwrap().draft,
            text
        );
    }
    ann.until(async |ann| ann.server.log("ann", "bob").len() == texts.len())
        .await;
    assert_eq!(server.log("ann", "bob"), texts);
    assert_eq!(ann.texts("C2Cbob").await, texts);
}

#[tokio::test]
async fn a_conversation_deleted_goes_everywhere_and_comes_back_with_the_next_word() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let mut here = Person::sign_in(&server, "ann").await;
    let mut there = Person::sign_in(&server, "ann").await;
    here.engine.delete_conversation("C2Cbob", false).await.unwrap();
    assert!(here.engine.conversation_list(9).await.unwrap().is_empty());
    there
        .hear(|event| match event {
            EngineEvent::ConversationsChanged { removed_ids, .. } => {
                (removed_ids == &["C2Cbob"]).then_some(())
            }
            _ => None,
        })
        .await;
    server.say("bob", "ann", "two");
    assert_eq!(here.hear(received).await, ["two"]);
    assert_eq!(here.engine.conversation_list(9).await.unwrap().len(), 1);
    assert_eq!(here.texts("C2Cbob").await, ["one", "two"]);
}

#[tokio::test]
async fn drafts_outlive_a_restart_and_keep_their_conversation_on_the_list() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    ann.engine.set_draft("C2Cbob", "not yet").await.unwrap();
    let ann = ann.restart().await;
    assert_eq!(ann.engine.conversation_list(9).await.unwrap()[0].draft, "not yet");
    ann.engine.set_draft("C2Cbob", "").await.unwrap();
    assert!(ann.engine.conversation_list(9).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_read_mark_made_offline_is_told_later() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let mut bob = Person::sign_in(&server, "bob").await;
    let ann = Person::sign_in(&server, "ann").await;
    server.faults(|faults| faults.down = true);
    server.cut();
    ann.until(async |ann| ann.engine.connection() != ConnectionState::Connected)
        .await;
    ann.engine.mark_read("C2Cbob").await.unwrap();
    assert_eq!(ann.engine.conversation_list(9).await.unwrap()[0].unread_count, 0);
    server.faults(|faults| faults.down = false);
    let seq = bob.hear(|event| match event {
        EngineEvent::PeerRead { seq, .. } => Some(*seq),
        _ => None,
    });
    assert_eq!(seq.await, 1);
    assert_eq!(ann.engine.conversation_list(9).await.unwrap()[0].unread_count, 0);
}

async fn list(person: &Person) -> Vec<String> {
    let list = person.engine.conversation_list(9).await.unwrap();
    list.into_iter().map(|it| it.conversation_id).collect()
}

/// A device of ann's that has one conversation with bob, and no connection.
async fn ann_without_a_connection(server: &FakeServer) -> Person {
    server.say("bob", "ann", "one");
    let ann = Person::sign_in(server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
    server.faults(|faults| faults.down = true);
    server.cut();
    ann.until(async |ann| ann.engine.connection() != ConnectionState::Connected)
        .await;
    ann
}

#[tokio::test]
async fn r_h8_a_conversation_is_deleted_without_a_connection_and_the_server_hears_of_it_later() {
    let server = FakeServer::default();
    let ann = ann_without_a_connection(&server).await;
    ann.engine.delete_conversation("C2Cbob", false).await.unwrap();
    assert!(list(&ann).await.is_empty());
    let ann = ann.restart().await;
    assert!(list(&ann).await.is_empty());
    // Something else changes the head meanwhile; the conversation stays off the list.
    server.touch("ann", "bob");
    server.asked();
    server.faults(|faults| faults.down = false);
    let mut asked = Vec::new();
    while !asked.contains(&"delete".to_owned()) {
        asked.extend(server.asked());
        assert!(list(&ann).await.is_empty());
        tokio::task::yield_now().await;
    }
    let other = Person::sign_in(&server, "ann").await;
    assert!(list(&other).await.is_empty());
    assert!(list(&ann).await.is_empty());
    server.say("bob", "ann", "two");
    ann.until(async |ann| list(ann).await == ["C2Cbob"]).await;
}

#[tokio::test]
async fn a_message_that_came_meanwhile_brings_a_conversation_back_that_was_deleted_without_a_connection() {
    let server = FakeServer::default();
    let ann = ann_without_a_connection(&server).await;
    ann.engine.delete_conversation("C2Cbob", false).await.unwrap();
    server.say("bob", "ann", "two");
    server.asked();
    server.faults(|faults| faults.down = false);
    ann.until(async |ann| list(ann).await == ["C2Cbob"]).await;
    // Whatever else there is to tell has been told by the time that the next mark has gone.
    ann.until(async |ann| {
        ann.engine
            .core
            .cache
            .read(|db, _| crate::cache::removals::unsent(db))
            .is_ok_and(|left| left.is_empty())
    })
    .await;
    assert!(!server.asked().contains(&"delete".to_owned()));
    assert_eq!(ann.engine.conversation_list(9).await.unwrap()[0].unread_count, 1);
}

#[tokio::test]
async fn the_last_of_two_drafts_is_the_draft_however_fast_they_come() {
    let server = FakeServer::default();
    let ann = Person::sign_in(&server, "ann").await;
    ann.engine.set_draft("C2Cbob", "a").await.unwrap();
    // Both are on their way before either is in the file.
    let (second, third) = tokio::join!(
        ann.engine.set_draft("C2Cbob", "ab"),
        ann.engine.set_draft("C2Cbob", "a"),
    );
    second.unwrap();
    third.unwrap();
    assert_eq!(ann.engine.conversation_list(9).await.unwrap()[0].draft, "a");
    ann.engine.set_draft("C2Cnobody", "").await.unwrap();
    assert_eq!(list(&ann).await, ["C2Cbob"]);
}
