//! Recalls and messages for who is here, through a real server.

use std::path::Path;

use tidings_engine::view::{EngineEvent, MessageStatus};
use tidings_tests::{Person, RawClient, Space, c2c, text_of};

fn revoked(person: &Person) -> Vec<u64> {
    let told = |event: EngineEvent| match event {
        EngineEvent::MessagesRevoked { messages } => messages,
        _ => Vec::new(),
    };
    let messages = person.heard().into_iter().flat_map(told);
    messages.filter_map(|message| message.seq).collect()
}

/// Whether any file below `folder` holds these bytes.
fn on_disk(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return on_disk(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn r_k4_who_was_away_learns_of_a_recall_and_nobody_keeps_the_words() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let sent = ann.sends("bob", "the secret word").await;
    ann.sends("bob", "and another").await;
    bob.sees("ann", "and another").await;
    let home = bob.closes().await;
    let view = ann
        .engine
        .recall_message(&c2c("bob"), &sent.client_id, sent.seq)
        .await
        .unwrap();
    assert!(view.is_revoked && view.revoker == "ann");
    let bob = home.opens().await;
    bob.until("hears of the recall", async || revoked(&bob) == [1])
        .await;
    let log = bob.whole("ann").await;
    assert_eq!(log.len(), 2);
    assert!(log[0].is_revoked && text_of(&log[0]).is_empty() && !log[1].is_revoked);
    assert_eq!(bob.received_texts().len(), 0);
    let again = ann
        .engine
        .recall_message(&c2c("bob"), &sent.client_id, sent.seq)
        .await;
    assert_eq!(
        again.unwrap_err().view().code,
        tidings_protocol::code::NOT_RECALLABLE
    );
    let others = bob.engine.recall_message(&c2c("ann"), "x", Some(2)).await;
    assert_eq!(
        others.unwrap_err().view().code,
        tidings_protocol::code::NO_PERMISSION
    );
    for _ in 0..100 {
        if !on_disk(space.folder(), "the secret word") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the server keeps the words");
}

#[tokio::test]
async fn r_k1_what_waits_is_recalled_before_anybody_has_it() {
    let space = Space::opens().await;
    space.has(&["bob"]).await;
    let ann = Person::registers("ann", &space.address()).await;
    ann.sends("bob", "first").await;
    let nowhere = tidings_protocol::ServerAddress {
        port: 1,
        ..space.address()
    };
    ann.redials(&nowhere).await;
    ann.is_offline().await;
    let waits = ann.types("bob", "never").await;
    let view = ann
        .engine
        .recall_message(&c2c("bob"), &waits.client_id, None)
        .await
        .unwrap();
    assert!(view.is_revoked && view.seq.is_none());
    ann.redials(&space.address()).await;
    ann.sends("bob", "second").await;
    assert_eq!(ann.texts("bob").await, ["first", "second"]);
}

#[tokio::test]
async fn r_s4_what_is_for_who_is_here_is_heard_once_and_kept_nowhere() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let mut typing = ann.writes("bob", "typing");
    typing.online_user_only = true;
    let sent = ann.engine.send_message(typing).await.unwrap();
    assert_eq!((sent.status, sent.seq), (MessageStatus::Success, None));
    bob.until("hears it", async || bob.received_texts() == ["typing"])
        .await;
    assert!(bob.received()[0].is_online_only);
    ann.sends("bob", "stored").await;
    bob.sees("ann", "stored").await;
    assert_eq!(bob.texts("ann").await, ["stored"]);
    assert_eq!(bob.engine.total_unread().await.unwrap(), 1);
    assert!(ann.received().is_empty());
}

#[tokio::test]
async fn after_10000_missed_messages_and_1000_recalls_every_page_is_right() {
    const KNOWN: u64 = 200;
    const MISSED: u64 = 10_000;
    const RECALLS: u64 = 1_000;
    let space = Space::opens().await;
    let mut client = RawClient::of(&space, "ann").await;
    let bob = Person::registers("bob", &space.address()).await;
    client
        .sends("bob", "known", usize::try_from(KNOWN).unwrap())
        .await;
    bob.sees("ann", &format!("known {KNOWN}")).await;
    assert_eq!(bob.whole("ann").await.len() as u64, KNOWN);
    let home = bob.closes().await;

    client
        .sends("bob", "missed", usize::try_from(MISSED).unwrap())
        .await;
    let ann = Person::signs_in("ann", &space.address()).await;
    // Some in what is known, some in the newest page, the others in between.
    let last = KNOWN + MISSED;
    let recalled: Vec<u64> = (1..=KNOWN / 2)
        .map(|number| number * 2)
        .chain((last - 49)..=last)
        .chain((0..RECALLS - KNOWN / 2 - 50).map(|number| KNOWN + 1 + number * 7))
        .collect();
    assert_eq!(recalled.len() as u64, RECALLS);
    for seq in &recalled {
        ann.engine
            .recall_message(&c2c("bob"), "x", Some(*seq))
            .await
            .unwrap();
    }

    let bob = home.opens().await;
    bob.until("has the newest page right", async || {
        let page = bob.newest("ann").await;
        page.len() == 100
            && page
                .iter()
                .all(|message| message.is_revoked == recalled.contains(&message.seq.unwrap()))
    })
    .await;
    bob.until("has everything right", async || {
        let log = bob.whole("ann").await;
        log.len() as u64 == last
            && log
                .iter()
                .all(|message| message.is_revoked == recalled.contains(&message.seq.unwrap()))
    })
    .await;
    let view = bob.conversation("ann").await;
    assert!(view.last_message.unwrap().is_revoked);
    // R-K4: recalled messages stay counted.
    assert_eq!(view.unread_count, last);
}
