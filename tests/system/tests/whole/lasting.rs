//! What lasts: over restarts, and without a connection.

use tidings_engine::view::{ConnectionState, MessageStatus};
use tidings_tests::{BrokenNetwork, Home, Mode, PASSWORD, Person, ServerProcess, Space, c2c, plain, text_of};

#[tokio::test]
async fn drafts_and_unread_counts_last_over_a_restart() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    ann.sends("bob", "one").await;
    ann.sends("bob", "two").await;
    bob.conversation_is("ann", "has 2 unread", |it| it.unread_count == 2)
        .await;
    bob.engine
        .set_draft(&c2c("ann"), "I was about to sa")
        .await
        .unwrap();

    let bob = bob.closes().await.opens().await;
    assert_eq!(
        bob.engine
            .account()
            .map(|account| account.profile.user_id)
            .as_deref(),
        Some("bob")
    );
    let view = bob.conversation("ann").await;
    assert_eq!((view.unread_count, view.draft.as_str()), (2, "I was about to sa"));
    bob.engine.set_draft(&c2c("ann"), "").await.unwrap();
    let bob = bob.closes().await.opens().await;
    assert_eq!(bob.conversation("ann").await.draft, "");
}

#[tokio::test]
async fn history_is_read_without_a_connection() {
    let space = Space::opens().await;
    let network = BrokenNetwork::before(space.socket()).await.unwrap();
    let ann = Person::registers("ann", &plain(network.address())).await;
    space.has(&["bob"]).await;
    for text in ["one", "two", "three"] {
        ann.sends("bob", text).await;
    }
    let home = ann.closes().await;
    network.becomes(Mode::Refused);
    let ann = home.opens().await;
    assert_eq!(ann.texts("bob").await, ["one", "two", "three"]);
    assert_ne!(ann.engine.connection(), ConnectionState::Connected);
    let list = ann.engine.conversation_list(100).await.unwrap();
    assert_eq!(list[0].last_message.as_ref().unwrap().message_for_show, "three");
}

#[tokio::test]
async fn r_s10_what_is_typed_without_a_connection_waits_and_goes_out_in_order() {
    let space = Space::opens().await;
    let network = BrokenNetwork::before(space.socket()).await.unwrap();
    let ann = Person::registers("ann", &plain(network.address())).await;
    let bob = Person::registers("bob", &space.address()).await;
    network.becomes(Mode::Refused);
    ann.is_offline().await;
    let texts: Vec<String> = (1..=20).map(|number| format!("waiting {number}")).collect();
    for text in &texts[..10] {
        assert_eq!(ann.types("bob", text).await.status, MessageStatus::UnSend);
    }
    // And over a restart of the app as well.
    let ann = ann.closes().await.opens().await;
    for text in &texts[10..] {
        ann.types("bob", text).await;
    }
    assert_eq!(ann.conversation("bob").await.unsent_count, 20);
    let waiting: Vec<String> = ann.newest("bob").await.iter().map(text_of).collect();
    assert_eq!(waiting, texts);
    network.becomes(Mode::Whole);
    bob.sees("ann", "waiting 20").await;
    assert_eq!(bob.texts("ann").await, texts);
    ann.conversation_is("bob", "waits for nothing", |it| {
        it.unsent_count == 0 && it.seq == 20
    })
    .await;
    assert_eq!(ann.texts("bob").await, texts);
}

#[tokio::test]
async fn b13_fifty_waiting_messages_arrive_once_over_a_server_restart() {
    let mut server = ServerProcess::starts();
    server.has("ann");
    server.has("bob");
    let ann = Person::signs_in("ann", &server.address()).await;
    let bob = Person::signs_in("bob", &server.address()).await;
    let texts: Vec<String> = (1..=50).map(|number| format!("number {number}")).collect();
    server.is_stopped();
    ann.is_offline().await;
    for text in &texts {
        ann.types("bob", text).await;
    }
    server.starts_again();
    ann.conversation_is("bob", "waits for nothing", |it| {
        it.unsent_count == 0 && it.seq == 50
    })
    .await;
    bob.sees("ann", "number 50").await;
    assert_eq!(bob.texts("ann").await, texts);
    assert_eq!(ann.texts("bob").await, texts);
}

#[tokio::test]
async fn r_l7_after_signing_out_nothing_is_left_on_the_disk() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    space.has(&["bob"]).await;
    ann.sends("bob", "secret").await;
    ann.engine.sign_out().await.unwrap();
    assert!(ann.engine.account().is_none());
    assert!(
        ann.engine
            .conversation_list(100)
            .await
            .is_ok_and(|list| list.is_empty())
            || ann.engine.account().is_none()
    );
    let home = ann.closes().await;
    let files = std::fs::read_dir(home.folder()).unwrap().flatten();
    for file in files.filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        let found = bytes.windows(6).any(|window| window == b"secret");
        assert!(!found, "{} still holds what was written", file.path().display());
    }
}

#[tokio::test]
async fn b18_a_profile_is_open_once() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let home = ann.closes().await;
    let folder = home.folder().to_owned();
    let ann = home.opens().await;
    let second = tidings_engine::Engine::open(tidings_engine::EngineConfig {
        dir: folder,
        clock: std::sync::Arc::new(tidings_protocol::SystemClock::default()),
        chance: std::sync::Arc::new(tidings_protocol::SystemChance),
        connector: std::sync::Arc::new(tidings_engine::SystemConnector::default()),
        device_name: String::new(),
        decoders: std::sync::Arc::new(tidings_engine::Decoders::in_process(1)),
    })
    .await;
    assert!(matches!(second, Err(tidings_engine::EngineError::InUse)));
    // Its end frees the profile, however it ends.
    ann.closes().await.opens().await;
}

#[tokio::test]
async fn a_device_that_is_signed_in_needs_no_password_after_a_restart() {
    let space = Space::opens().await;
    space.has(&["ann"]).await;
    let home = Home::of("ann");
    let ann = home.opens().await;
    ann.tries_to_sign_in(&space.address(), PASSWORD).await.unwrap();
    let ann = ann.closes().await.opens().await;
    ann.is_connected().await;
}
