//! The store with a disk that is full.

use std::sync::Arc;

use serde_json::value::RawValue;
use tempfile::TempDir;
use tidings_protocol::{
    ClientId, ConversationId, MessageType, Priority, SendMessage, SystemClock, UserId, code,
};

use super::{Append, NewUser, Store, StoreError, read};
use crate::bus::{Bus, Session, Taken};
use crate::config::Synchronous;

struct Room {
    _dir: TempDir,
    store: Store,
    ann: Arc<Session>,
}

fn id(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

async fn room() -> Room {
    let dir = tempfile::tempdir().unwrap();
    let bus = Arc::new(Bus::default());
    let clock = Arc::new(SystemClock::default());
    let store = Store::open(dir.path(), Synchronous::Full, Arc::clone(&bus), clock).unwrap();
    let row = store
        .write(|batch| {
            batch.add_user(&NewUser {
                id: id("bob"),
                nick: String::new(),
                password: None,
            })?;
            batch.add_user(&NewUser {
                id: id("ann"),
                nick: String::new(),
                password: None,
            })
        })
        .await
        .unwrap();
    let ann = bus.join(row, &id("ann"), 1, 0);
    Room {
        _dir: dir,
        store,
        ann,
    }
}

impl Room {
    /// Sends and waits; what came to ann's socket meanwhile.
    async fn send(&self, number: u32, text_bytes: usize) -> String {
        let message = SendMessage {
            conversation: ConversationId::C2c(id("bob")),
            client_id: ClientId::new(format!("a-{number}")).unwrap(),
            random: 0,
            client_seq: 0,
            message_type: MessageType::text(),
            payload: RawValue::from_string(format!("{{\"text\":\"{}\"}}", "x".repeat(text_bytes))).unwrap(),
            priority: Priority::Normal,
        };
        let reply = self.ann.reply(number).unwrap();
        self.store.append(Append { message, reply });
        loop {
            match self.ann.take() {
                Taken::Bytes(bytes) => {
                    self.ann.wrote(bytes.len());
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    if text.contains(&format!("\"re\":{number},")) {
                        return text;
                    }
                }
                _ => tokio::task::yield_now().await,
            }
        }
    }

    async fn most_pages(&self, pages: u32) -> i64 {
        self.store
            .write(move |batch| {
                let set = batch
                    .conn
                    .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get(0));
                Ok(set?)
            })
            .await
            .unwrap()
    }

    async fn newest(&self) -> u64 {
        let row = self.ann.user.row;
        self.store
            .read(move |conn| read::page(conn, (row, &id("ann")), &id("bob"), None, 1))
            .await
            .unwrap()
            .seq
    }
}

#[tokio::test]
async fn b3_a_full_disk_refuses_acknowledges_nothing_and_is_well_again_with_space() {
    let room = room().await;
    assert!(room.send(1, 100).await.contains("\"seq\":1"));
    room.most_pages(1).await;
    let mut number = 2;
    let refused = loop {
        let answer = room.send(number, 10_000).await;
        if answer.contains("\"error\"") {
            break answer;
        }
        number += 1;
        assert!(number < 1000, "the disk never got full");
    };
    assert!(refused.contains(&code::DISK.to_string()), "{refused}");
    assert!(!refused.contains("\"push\""), "nothing was delivered: {refused}");
    let stored = u64::from(number) - 1;
    assert_eq!(
        room.newest().await,
        stored,
        "what was acknowledged is there and nothing else"
    );
    let failed = room.store.write(|batch| {
        batch.add_user(&NewUser {
            id: id("cay"),
            nick: "x".repeat(100_000),
            password: None,
        })
    });
    assert!(matches!(failed.await, Err(StoreError::Disk(_))));
    room.most_pages(1_000_000).await;
    let answer = room.send(number, 10_000).await;
    assert!(
        answer.contains(&format!("\"seq\":{}", stored + 1)),
        "the same message, the next place: {answer}"
    );
    assert_eq!(room.newest().await, stored + 1);
}

#[tokio::test]
async fn b1_work_that_is_refused_leaves_nothing_behind_and_its_group_goes_on() {
    let room = room().await;
    let refused = room.store.write(|batch| {
        batch.add_user(&NewUser {
            id: id("cay"),
            nick: String::new(),
            password: None,
        })?;
        Err::<(), _>(StoreError::Busy)
    });
    let sent = room.send(1, 10);
    let (refused, sent) = tokio::join!(refused, sent);
    assert!(matches!(refused, Err(StoreError::Busy)));
    assert!(sent.contains("\"seq\":1"), "{sent}");
    let cay = room
        .store
        .read(|conn| read::account(conn, &id("cay")))
        .await
        .unwrap();
    assert!(cay.is_none());
}
