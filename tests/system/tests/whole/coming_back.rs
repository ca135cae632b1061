//! A device that comes back after a long time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tidings_protocol::limits::HEADS_PAGE;
use tidings_tests::{BrokenNetwork, Fate, Person, RawClient, Space, c2c, plain};

const CONVERSATIONS: usize = 200;

/// The friends of everybody, each with a connection of their own.
struct Friends {
    names: Vec<String>,
    clients: Vec<RawClient>,
}

impl Friends {
    async fn of(space: &Space) -> Self {
        let names: Vec<String> = (0..CONVERSATIONS)
            .map(|number| format!("friend{number:03}"))
            .collect();
        let mut clients = Vec::new();
        for name in &names {
            clients.push(RawClient::of(space, name).await);
        }
        Self { names, clients }
    }

    /// Each sends so many messages, one friend after the other.
    async fn send(&mut self, to: &str, words: &str, each: usize) {
        for client in &mut self.clients {
            client.sends(to, words, each).await;
        }
    }
}

/// A device of `user` misses `missed` messages and comes back; the network lets the welcome through and nothing after
/// it (on a slow machine the device may give up before the welcome is there, and dial again: each connection gets its
/// welcome and no more). Answers how many bytes that was.
async fn comes_back(user: &str, space: &Space, friends: &mut Friends, missed: usize) -> usize {
    let network = BrokenNetwork::before(space.socket()).await.unwrap();
    let person = Person::registers(user, &plain(network.address())).await;
    let each = missed / CONVERSATIONS;
    // All have written once before, so that the conversations are known.
    friends.send(user, "hello", 1).await;
    person
        .until("knows everybody", async || {
            person
                .engine
                .conversation_list(1000)
                .await
                .is_ok_and(|list| list.len() == CONVERSATIONS)
        })
        .await;

    let home = person.closes().await;
    friends.send(user, "missed", each).await;
    let bytes = Arc::new(AtomicUsize::new(0));
    network.mangles({
        let bytes = Arc::clone(&bytes);
        move |text| {
            if !text.starts_with(r#"{"welcome""#) {
                return Fate::Never;
            }
            bytes.fetch_max(text.len(), Ordering::Relaxed);
            Fate::Arrives
        }
    });
    let person = home.opens().await;
    person
        .until("has the list right", async || {
            let list = person.engine.conversation_list(100).await.unwrap();
            // The latest who wrote are the last of the friends, latest first.
            list.len() == HEADS_PAGE
                && list.iter().zip(friends.names.iter().rev()).all(|(view, name)| {
                    let last = view
                        .last_message
                        .as_ref()
                        .map(|last| last.message_for_show.clone());
                    view.conversation_id == c2c(name)
                        && view.unread_count == each as u64 + 1
                        && last == Some(format!("missed {each}"))
                })
        })
        .await;
    let bytes = bytes.load(Ordering::Relaxed);
    // The rest comes when the network lets it: all of it, in each conversation.
    network.mangles(|_| Fate::Arrives);
    let person = person.closes().await.opens().await;
    person
        .until("has all of the list right", async || {
            let list = person.engine.conversation_list(1000).await.unwrap();
            list.len() == CONVERSATIONS && list.iter().all(|view| view.unread_count == each as u64 + 1)
        })
        .await;
    person
        .conversation_is("friend007", "is whole", |it| it.seq == each as u64 + 1)
        .await;
    assert_eq!(person.texts("friend007").await.len(), each + 1);
    bytes
}

#[tokio::test]
async fn after_10000_missed_messages_in_200_conversations_one_round_trip_makes_the_list_right() {
    let space = Space::opens().await;
    let mut friends = Friends::of(&space).await;
    let much = comes_back("ann", &space, &mut friends, 10_000).await;
    let little = comes_back("amy", &space, &mut friends, 1_000).await;
    assert!(little > 0);
    assert!(
        much <= little + little / 10,
        "{much} bytes after 10,000 missed, {little} after 1,000"
    );
}
