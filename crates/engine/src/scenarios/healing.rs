//! A wire that loses, doubles and reorders; a cache that is damaged.

use std::sync::Arc;

use tidings_protocol::Heads as Page;

use super::*;
use crate::cache::meta;
use crate::fill::Filler;
use crate::link::Link;
use crate::sync::{Heads, Sync};
use crate::view::ConnectionState;

async fn is_away(person: &Person) {
    person.server.faults(|faults| faults.down = true);
    person.server.cut();
    person
        .until(async |person| person.engine.connection() != ConnectionState::Connected)
        .await;
}

#[tokio::test]
async fn heads_that_were_asked_for_with_an_earlier_cache_are_not_written_into_a_new_one() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let ann = Person::sign_in(&server, "ann").await;
    is_away(&ann).await;
    let core = &ann.engine.core;
    let generation = core.cache.generation();
    core.cache.begin_anew(generation).await.unwrap().unwrap();
    let sync = Sync {
        core,
        link: &Arc::new(Link::new().0),
        filler: &Filler::default(),
        generation,
    };
    let late = Page {
        version: 9,
        heads: Vec::new(),
        more: false,
    };
    let taken = sync.first_heads(late, Some(5)).await.unwrap();
    assert!(matches!(taken, Heads::AskAgain));
    let known = core.cache.read(|db, _| meta::heads_version(db)).unwrap();
    assert_eq!(known, None);
    server.faults(|faults| faults.down = false);
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
}

#[tokio::test]
async fn conversations_that_a_server_has_lost_leave_the_list_unless_something_typed_keeps_them() {
    let server = FakeServer::default();
    server.say("bob", "ann", "old");
    server.say("cat", "ann", "old");
    let ann = Person::sign_in(&server, "ann").await;
    let names = async |ann: &Person| -> Vec<String> {
        let list = ann.engine.conversation_list(9).await.unwrap();
        list.into_iter().map(|it| it.conversation_id).collect()
    };
    ann.until(async |ann| names(ann).await.len() == 2).await;
    ann.engine.set_draft("C2Cbob", "kept").await.unwrap();
    is_away(&ann).await;
    server.put_back();
    server.faults(|faults| faults.down = false);
    ann.until(async |ann| names(ann).await == ["C2Cbob"]).await;
}

#[tokio::test]
async fn b15_b16_lost_doubled_and_reordered_pushes_give_the_same_log_each_message_told_once() {
    for seed in 1..=4 {
        let server = FakeServer::default();
        server.seed(seed);
        server.add("bob");
        let mut ann = Person::sign_in(&server, "ann").await;
        server.faults(|faults| (faults.lose, faults.double, faults.hold) = (15, 25, 25));
        let mut written = 0;
        for number in 0..60 {
            if number % 5 == 0 {
                ann.say("C2Cbob", &format!("a{number}")).await;
                written += 1;
            } else {
                server.say("bob", "ann", &format!("b{number}"));
            }
            if number == 30 {
                server.cut();
            }
        }
        ann.until(async |ann| ann.server.log("ann", "bob").len() == 60)
            .await;
        server.faults(|faults| (faults.lose, faults.double, faults.hold) = (0, 0, 0));
        // The last pushes may be lost; the next one shows the hole.
        server.say("bob", "ann", "last");
        let mut told: Vec<u64> = Vec::new();
        while told.len() < 61 - written {
            let news = ann.hear(|event| match event {
                EngineEvent::MessagesReceived { messages } => Some(
                    messages
                        .iter()
                        .filter_map(|message| message.seq)
                        .collect::<Vec<_>>(),
                ),
                _ => None,
            });
            told.extend(news.await);
        }
        assert!(told.is_sorted_by(|a, b| a < b), "seed {seed}: {told:?}");
        assert_eq!(ann.texts("C2Cbob").await, server.log("ann", "bob"), "seed {seed}");
        let list = ann.engine.conversation_list(9).await.unwrap();
        assert_eq!(
            (list[0].unread_count, list[0].unsent_count),
            (49, 0),
            "seed {seed}"
        );
    }
}

#[tokio::test]
async fn a_server_whose_log_was_put_back_is_believed() {
    let server = FakeServer::default();
    for number in 0..5 {
        server.say("bob", "ann", &format!("old {number}"));
    }
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await.len() == 5).await;
    ann.engine.set_draft("C2Cbob", "kept").await.unwrap();
    server.faults(|faults| faults.down = true);
    server.put_back();
    server.say("bob", "ann", "new");
    server.faults(|faults| faults.down = false);
    ann.until(async |ann| ann.texts("C2Cbob").await == ["new"]).await;
    assert_eq!(ann.engine.conversation_list(9).await.unwrap()[0].draft, "kept");
}

#[tokio::test]
async fn b6_a_damaged_cache_is_set_aside_and_filled_again() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
    let Person { engine, dir, .. } = ann;
    engine.close().await;
    std::fs::write(dir.path().join("cache.db"), "garbage ".repeat(2_000)).unwrap();
    let (engine, events) = Engine::open(config(&server, &dir)).await.unwrap();
    let mut ann = Person {
        engine,
        events,
        dir,
        server: server.clone(),
    };
    let report = ann.hear(|event| match event {
        EngineEvent::CacheSetAside { report } => Some(report.clone()),
        _ => None,
    });
    assert_eq!(report.await.reason, "damaged");
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one"]).await;
    assert!(ann.dir.path().join("cache.db.damaged-1").exists());
}

#[tokio::test]
async fn b6_drafts_and_unsent_messages_are_rescued_from_a_newer_cache() {
    let server = FakeServer::default();
    server.say("bob", "ann", "one");
    let ann = Person::sign_in(&server, "ann").await;
    server.faults(|faults| faults.down = true);
    server.cut();
    ann.until(async |ann| ann.engine.connection() != ConnectionState::Connected)
        .await;
    ann.engine.set_draft("C2Ccat", "draft").await.unwrap();
    ann.say("C2Cbob", "unsent").await;
    let Person { engine, dir, .. } = ann;
    engine.close().await;
    rusqlite::Connection::open(dir.path().join("cache.db"))
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let (engine, events) = Engine::open(config(&server, &dir)).await.unwrap();
    let mut ann = Person {
        engine,
        events,
        dir,
        server: server.clone(),
    };
    let report = ann.hear(|event| match event {
        EngineEvent::CacheSetAside { report } => Some(report.clone()),
        _ => None,
    });
    let report = report.await;
    assert_eq!(
        (report.reason.as_str(), report.drafts, report.unsent),
        ("newer", 1, 1)
    );
    server.faults(|faults| faults.down = false);
    ann.until(async |ann| ann.server.log("ann", "bob") == ["one", "unsent"])
        .await;
    ann.until(async |ann| ann.texts("C2Cbob").await == ["one", "unsent"])
        .await;
    assert_eq!(
        ann.engine.conversation_profile("C2Ccat").await.unwrap().draft,
        "draft"
    );
}

#[tokio::test]
async fn b6_damage_that_is_found_while_running_is_repaired() {
    let server = FakeServer::default();
    for number in 0..100 {
        server.say("bob", "ann", &format!("{number} {}", "x".repeat(3_000)));
    }
    let mut ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| ann.texts("C2Cbob").await.len() == 100)
        .await;
    // Everything behind the first pages is overwritten, also in the write-ahead log.
    for name in ["cache.db", "cache.db-wal"] {
        let path = ann.dir.path().join(name);
        let length = std::fs::metadata(&path).unwrap().len();
        if length > 0 {
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&file, &vec![0xa5; usize::try_from(length).unwrap()], 0)
                .unwrap();
        }
    }
    // Until something looks at a damaged page, nothing is wrong.
    let _ = ann.engine.message_page("C2Cbob", None, 100).await;
    server.say("bob", "ann", "more");
    let _ = ann.engine.message_page("C2Cbob", Some(50), 100).await;
    let report = ann.hear(|event| match event {
        EngineEvent::CacheSetAside { report } => Some(report.clone()),
        _ => None,
    });
    assert_eq!(report.await.reason, "damaged");
    ann.until(async |ann| {
        ann.engine
            .message_page("C2Cbob", None, 100)
            .await
            .is_ok_and(|page| page.messages.len() == 100)
    })
    .await;
}
