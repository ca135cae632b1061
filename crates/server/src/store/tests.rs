//! The store with a disk that is full, and with faults of ours.

use std::sync::Arc;

use serde_json::value::RawValue;
use tempfile::TempDir;
use tidings_protocol::{
    ChangesRequest, ClientId, ConversationId, MessageType, Priority, SendMessage, SystemChance, SystemClock,
    UserId, code,
};

use super::{Append, NewUser, Rules, Store, StoreError, read};
use crate::bus::{Bus, Session, Taken};
use crate::config::Synchronous;
use crate::rate::Rate;

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
    let rules = Rules {
        clock: Arc::new(SystemClock::default()),
        lookups: Arc::new(Rate::new(crate::limits::LOOKUPS.into())),
        conversations_per_user: 10,
        chance: Arc::new(SystemChance),
        group_messages_per_second: 40,
    };
    let store = Store::open(dir.path(), Synchronous::Full, Arc::clone(&bus), rules).unwrap();
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
    let ann = bus.join(row, &id("ann"), 1, 0, 0);
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
            extras: None,
            online_only: false,
        };
        let reply = self.ann.reply(number).unwrap();
        self.store.append(Append {
            message,
            files: Vec::new(),
            reply,
        });
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

#[tokio::test]
async fn a_question_that_panics_is_answered_and_so_are_those_after_it() {
    let room = room().await;
    for _ in 0..crate::limits::READERS * 2 {
        let asked = room
            .store
            .read(|_| -> Result<(), _> { panic!("a fault in a question") });
        assert!(asked.await.is_err());
    }
    assert_eq!(
        room.newest().await,
        0,
        "the readers go on, each in a new snapshot"
    );
    assert!(room.send(1, 10).await.contains("\"seq\":1"));
    assert_eq!(room.newest().await, 1);
}

#[tokio::test]
async fn a_writer_that_panics_answers_everybody_with_an_error_and_is_known_to_have_failed() {
    let room = room().await;
    assert!(room.send(1, 10).await.contains("\"seq\":1"));
    let fault = room
        .store
        .write(|_| -> Result<(), _> { panic!("a fault in a use case") });
    let waiting = room.store.write(|_| Ok(()));
    let (fault, waiting) = tokio::join!(fault, waiting);
    assert!(fault.is_err() && waiting.is_err());
    room.store.failed().await;
    assert!(room.store.write(|_| Ok(())).await.is_err());
    let answer = room.send(2, 10).await;
    assert!(answer.contains(&code::UNAVAILABLE.to_string()), "{answer}");
    assert_eq!(room.newest().await, 1, "what is stored can still be read");
}

#[tokio::test]
async fn a_page_of_changes_ends_where_its_bytes_do() {
    let room = room().await;
    let count = 60;
    for number in 1..=count {
        room.send(number, 12_000).await;
    }
    room.store
        .write(|batch| {
            let revise = "UPDATE messages SET changed = 1, revision = seq + 1000";
            batch.conn.execute_batch(revise)?;
            Ok(batch
                .conn
                .execute_batch("UPDATE conversations SET revision = 2000")?)
        })
        .await
        .unwrap();
    let row = room.ann.user.row;
    let (mut since, mut seen, mut pages) = (u64::from(count), 0, 0);
    loop {
        let asked = ChangesRequest {
            conversation: ConversationId::C2c(id("bob")),
            since,
            seq: u64::from(count),
        };
        let page = room
            .store
            .read(move |conn| read::changes(conn, (row, &id("ann")), &id("bob"), &asked))
            .await
            .unwrap();
        let bytes: usize = page.messages.iter().map(|one| one.payload.get().len()).sum();
        assert!(bytes < crate::limits::PAGE_BYTES + 20_000, "{bytes}");
        seen += page.messages.len();
        pages += 1;
        since = page.revision;
        if !page.more {
            break;
        }
    }
    assert_eq!((seen, since), (60, 2000));
    assert!(pages > 1);
}
