//! What is typed is sent once, whatever happens.

use tidings_protocol::{ErrorKind, WireError, code};

use super::*;
use crate::view::MessageStatus;

fn numbered(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| format!("message {number}")).collect()
}

#[tokio::test]
async fn fifty_messages_wait_over_restarts_and_each_is_sent_once_in_order() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    server.faults(|faults| faults.down = true);
    server.cut();
    for text in numbered(0..50) {
        ann.say("C2Cbob", &text).await;
    }
    let ann = ann.restart().await;
    assert_eq!(
        ann.texts("C2Cbob").await,
        numbered(0..50),
        "offline, from the disk"
    );
    let list = ann.engine.conversation_list(9).await.unwrap();
    assert_eq!(
        (
            list[0].unsent_count,
            list[0].last_message.as_ref().unwrap().status
        ),
        (50, MessageStatus::UnSend)
    );
    server.faults(|faults| faults.down = false);
    ann.until(async |ann| ann.engine.conversation_list(9).await.unwrap()[0].unsent_count < 40)
        .await;
    server.cut();
    ann.until(async |ann| ann.engine.conversation_list(9).await.unwrap()[0].unsent_count == 0)
        .await;
    assert_eq!(server.log("ann", "bob"), numbered(0..50));
    assert_eq!(ann.texts("C2Cbob").await, numbered(0..50));
}

#[tokio::test]
async fn h34_b1_a_lost_answer_means_sent_again_and_stored_once() {
    let server = FakeServer::default();
    server.add("bob");
    let mut ann = Person::sign_in(&server, "ann").await;
    // No push and no answer: the device cannot know that it is stored.
    server.faults(|faults| (faults.lose_answers, faults.lose) = (true, 100));
    ann.say("C2Cbob", "once").await;
    ann.until(async |ann| ann.server.sends() == 1).await;
    server.faults(|faults| (faults.lose_answers, faults.lose) = (false, 0));
    server.cut();
    let seq = ann.hear(|event| match event {
        EngineEvent::MessagesChanged { messages } => messages[0].seq,
        _ => None,
    });
    assert_eq!(seq.await, 1);
    assert_eq!(server.log("ann", "bob"), ["once"]);
    assert_eq!(ann.texts("C2Cbob").await, ["once"]);
}

#[tokio::test]
async fn b2_an_answer_that_the_app_did_not_live_to_hear() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    server.faults(|faults| (faults.lose_answers, faults.lose) = (true, 100));
    ann.say("C2Cbob", "once").await;
    ann.until(async |ann| ann.server.sends() == 1).await;
    let ann = ann.restart().await;
    server.faults(|faults| (faults.lose_answers, faults.lose) = (false, 0));
    server.cut();
    ann.until(async |ann| ann.engine.conversation_list(9).await.unwrap()[0].unsent_count == 0)
        .await;
    assert_eq!(server.log("ann", "bob"), ["once"]);
    assert_eq!(ann.texts("C2Cbob").await, ["once"]);
}

#[tokio::test]
async fn r_s8_r_s9_a_refusal_fails_one_message_and_lets_the_next_go() {
    let server = FakeServer::default();
    server.add("bob");
    let mut ann = Person::sign_in(&server, "ann").await;
    let refusal = WireError::new(20_012, ErrorKind::Forbidden, "muted");
    server.faults(|faults| faults.refuse_sends = [refusal].into());
    let first = ann.say("C2Cbob", "first").await;
    ann.say("C2Cbob", "second").await;
    let failed = ann.hear(|event| match event {
        EngineEvent::MessagesChanged { messages } => messages
            .iter()
            .find(|message| message.status == MessageStatus::Fail)
            .cloned(),
        _ => None,
    });
    let failed = failed.await;
    assert_eq!((failed.client_id, failed.code), (first.client_id.clone(), 20_012));
    ann.until(async |ann| ann.server.log("ann", "bob") == ["second"])
        .await;
    ann.until(async |ann| ann.texts("C2Cbob").await == ["second", "first"])
        .await;
    assert_eq!(ann.engine.conversation_list(9).await.unwrap()[0].failed_count, 1);

    let again = ann
        .engine
        .resend_message("C2Cbob", &first.client_id)
        .await
        .unwrap();
    assert!(again.is_resend && again.status == MessageStatus::UnSend);
    ann.until(async |ann| ann.engine.conversation_list(9).await.unwrap()[0].failed_count == 0)
        .await;
    ann.until(async |ann| ann.server.log("ann", "bob") == ["second", "first"])
        .await;
    ann.until(async |ann| ann.engine.conversation_list(9).await.unwrap()[0].unsent_count == 0)
        .await;
    let page = ann.engine.message_page("C2Cbob", None, 15).await.unwrap();
    assert!(page.messages[1].is_resend && page.messages[1].seq == Some(2));
    let same = ann
        .engine
        .resend_message("C2Cbob", &first.client_id)
        .await
        .unwrap();
    assert_eq!(same.seq, Some(2), "sent already: the same message");
}

#[tokio::test]
async fn what_passes_is_tried_again_and_a_thrown_away_message_is_not_sent() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let busy = WireError {
        retry_after_ms: Some(50),
        ..WireError::new(code::TOO_FREQUENT, ErrorKind::RateLimited, "slower")
    };
    let full = WireError::new(code::UNAVAILABLE, ErrorKind::Unavailable, "full");
    server.faults(|faults| faults.refuse_sends = [busy, full].into());
    ann.say("C2Cbob", "patience").await;
    ann.until(async |ann| ann.server.log("ann", "bob") == ["patience"])
        .await;

    server.faults(|faults| faults.down = true);
    server.cut();
    ann.until(async |ann| ann.engine.connection() != crate::view::ConnectionState::Connected)
        .await;
    let unwanted = ann.say("C2Cbob", "no").await;
    ann.say("C2Cbob", "yes").await;
    ann.engine
        .discard_message("C2Cbob", &unwanted.client_id)
        .await
        .unwrap();
    assert!(
        ann.engine
            .discard_message("C2Cbob", &unwanted.client_id)
            .await
            .is_err()
    );
    server.faults(|faults| faults.down = false);
    ann.until(async |ann| ann.server.log("ann", "bob") == ["patience", "yes"])
        .await;
}

#[tokio::test]
async fn the_same_message_given_twice_is_one_and_what_cannot_be_sent_is_refused_at_once() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = Person::sign_in(&server, "ann").await;
    let once = message("C2Cbob", "once");
    ann.engine.send_message(once.clone()).await.unwrap();
    ann.engine.send_message(once.clone()).await.unwrap();
    ann.until(async |ann| ann.engine.conversation_list(9).await.unwrap()[0].unsent_count == 0)
        .await;
    let sent = ann.engine.send_message(once).await.unwrap();
    assert_eq!(sent.seq, Some(1));
    assert_eq!(server.log("ann", "bob"), ["once"]);

    let refused = async |message| ann.engine.send_message(message).await.unwrap_err().view().code;
    assert_eq!(refused(message("bob", "x")).await, code::BAD_CONVERSATION_ID);
    assert_eq!(refused(message("C2Cbob", "")).await, code::BAD_PAYLOAD);
    assert_eq!(
        refused(message("C2Cbob", &"x".repeat(12 * 1024 + 1))).await,
        code::MESSAGE_TOO_LARGE
    );
    let odd = OutgoingMessage {
        client_id: "a'b".into(),
        ..message("C2Cbob", "x")
    };
    assert_eq!(refused(odd).await, code::BAD_PARAMETER);
}
