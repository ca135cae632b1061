//! History: pages, what is held, what is not.

use super::*;
use crate::view::ConnectionState;

fn numbered(range: std::ops::RangeInclusive<u32>) -> Vec<String> {
    range.map(|number| format!("m{number}")).collect()
}

#[tokio::test]
async fn r_h3_thirty_seven_messages_are_pages_of_15_15_and_7() {
    let server = FakeServer::default();
    for text in numbered(1..=37) {
        server.say("bob", "ann", &text);
    }
    let ann = Person::sign_in(&server, "ann").await;
    let mut before = None;
    let mut pages = Vec::new();
    loop {
        let page = ann.engine.message_page("C2Cbob", before, 15).await.unwrap();
        assert!(!page.is_cut_off);
        pages.push(page.messages.iter().map(text).collect::<Vec<_>>());
        before = page.next_before;
        assert_eq!(page.is_completed, before.is_none());
        if page.is_completed {
            break;
        }
    }
    assert_eq!(pages, [numbered(23..=37), numbered(8..=22), numbered(1..=7)]);
}

#[tokio::test]
async fn the_newest_messages_of_every_conversation_can_be_read_offline() {
    let server = FakeServer::default();
    for peer in ["bob", "cat", "dan"] {
        for text in numbered(1..=150) {
            server.say(peer, "ann", &text);
        }
    }
    let mut ann = Person::sign_in(&server, "ann").await;
    let mut filled = 0;
    while filled < 3 {
        ann.hear(|event| matches!(event, EngineEvent::HistoryFilled { .. }).then_some(()))
            .await;
        filled += 1;
    }
    server.faults(|faults| faults.down = true);
    let ann = ann.restart().await;
    let page = ann.engine.message_page("C2Ccat", None, 100).await.unwrap();
    assert_eq!(
        page.messages.iter().map(text).collect::<Vec<_>>(),
        numbered(51..=150)
    );
    assert!(!page.is_cut_off && !page.is_completed);
    let older = ann
        .engine
        .message_page("C2Ccat", page.next_before, 100)
        .await
        .unwrap();
    assert!(
        older.messages.is_empty() && older.is_cut_off && !older.is_completed,
        "never a hole without a word"
    );
    server.faults(|faults| faults.down = false);
    ann.until(async |ann| ann.engine.connection() == ConnectionState::Connected)
        .await;
    let older = ann
        .engine
        .message_page("C2Ccat", page.next_before, 100)
        .await
        .unwrap();
    assert_eq!(
        older.messages.iter().map(text).collect::<Vec<_>>(),
        numbered(1..=50)
    );
    assert!(older.is_completed);
}

#[tokio::test]
async fn ten_thousand_missed_messages_cost_one_round_trip_for_the_list() {
    let server = FakeServer::default();
    let peers: Vec<String> = (0..200).map(|number| format!("peer{number}")).collect();
    for peer in &peers {
        server.say(peer, "ann", "before");
    }
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.engine.conversation_list(1000).await.unwrap().len() == 200)
        .await;
    server.faults(|faults| faults.down = true);
    server.cut();
    for text in numbered(1..=50) {
        for peer in &peers {
            server.say(peer, "ann", &text);
        }
    }
    let mut ann = ann.restart().await;
    server.asked();
    server.faults(|faults| faults.down = false);
    ann.hear(|event| match event {
        EngineEvent::Connection {
            state: ConnectionState::Connected,
            ..
        } => Some(()),
        _ => None,
    })
    .await;
    let list = ann.engine.conversation_list(100).await.unwrap();
    assert_eq!(list.len(), 100);
    assert!(
        list.iter().all(|it| it.seq == 51 && it.unread_count == 51),
        "right with the welcome"
    );
    assert_eq!(ann.texts("C2Cpeer199").await.len(), 51);
    ann.until(async |ann| {
        ann.engine
            .conversation_list(1000)
            .await
            .unwrap()
            .iter()
            .filter(|it| it.unread_count == 51)
            .count()
            == 200
    })
    .await;
}

#[tokio::test]
async fn what_was_missed_is_news_when_it_is_little_and_history_when_it_is_much() {
    let server = FakeServer::default();
    server.say("bob", "ann", "m1");
    let mut ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await.len() == 1).await;
    server.faults(|faults| faults.down = true);
    server.cut();
    for text in numbered(2..=9) {
        server.say("bob", "ann", &text);
    }
    server.faults(|faults| faults.down = false);
    assert_eq!(ann.hear(received).await, numbered(2..=9));

    server.faults(|faults| faults.down = true);
    server.cut();
    for text in numbered(10..=400) {
        server.say("bob", "ann", &text);
    }
    server.faults(|faults| faults.down = false);
    ann.hear(|event| {
        assert!(received(event).is_none(), "no burst of news");
        matches!(event, EngineEvent::HistoryFilled { .. }).then_some(())
    })
    .await;
    server.say("bob", "ann", "m401");
    assert_eq!(ann.hear(received).await, ["m401"]);
    let page = ann.engine.message_page("C2Cbob", Some(302), 100).await.unwrap();
    assert_eq!(
        page.messages.iter().map(text).collect::<Vec<_>>(),
        numbered(202..=301),
        "across the hole"
    );
}
