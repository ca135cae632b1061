//! A cache that is set aside while things go wrong.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::{Cache, Durability, Me, conversations, meta, outbox, rescue};
use crate::EngineError;
use crate::events;
use crate::view::CacheSetAside;

fn open(dir: &Path) -> (Cache, Option<CacheSetAside>) {
    let me = Me::default();
    me.set("ann");
    Cache::open(dir, &me, events::channel().0).unwrap()
}

fn entry(client_id: &str) -> outbox::Entry {
    outbox::Entry {
        id: 0,
        client_id: client_id.into(),
        random: 1,
        client_seq: 1,
        message_type: "TIMTextElem".into(),
        payload: r#"{"text":"typed"}"#.into(),
        priority: 1,
        time: 5,
        failed: false,
        code: 0,
        is_resend: false,
        extras: None,
        files: outbox::Files::There,
        album: String::new(),
    }
}

async fn types(cache: &Cache, name: &'static str, client_id: &'static str) {
    let typed = cache.write(Durability::Power, move |write| {
        let open = write.open(name)?;
        outbox::append(open.db, open.it.id, &entry(client_id))?;
        Ok(outbox::settle(open.db, open.it)?)
    });
    typed.await.unwrap();
}

async fn drafts(cache: &Cache, name: &'static str, text: &'static str) {
    let drafted = cache.write(Durability::Power, move |write| {
        let open = write.open(name)?;
        open.it.draft = text.into();
        open.it.draft_time = 3;
        Ok(())
    });
    drafted.await.unwrap();
}

/// A closed cache of ann's: a draft to carol, two messages to bob that wait, one that was sent.
async fn anns_cache(dir: &Path) {
    let (cache, _) = open(dir);
    cache.belong_to("ann\nhome".into()).await.unwrap();
    drafts(&cache, "C2Ccarol", "Dear").await;
    drafts(&cache, "C2Ccarol", "Dear Carol").await;
    drafts(&cache, "C2Cdora", "thrown away").await;
    drafts(&cache, "C2Cdora", "").await;
    for client_id in ["m-1", "m-2", "m-3"] {
        types(&cache, "C2Cbob", client_id).await;
    }
    let sent = cache.take(|write| {
        let open = write.open("C2Cbob")?;
        outbox::remove(open.db, open.it.id, "m-1")?;
        Ok(outbox::settle(open.db, open.it)?)
    });
    sent.await.unwrap();
    cache.close().await;
}

fn is_all_there(cache: &Cache) {
    cache
        .read(|db, _| {
            assert_eq!(meta::get(db, meta::OWNER)?.as_deref(), Some("ann\nhome"));
            let carol = conversations::load(db, "C2Ccarol")?.unwrap();
            assert_eq!((carol.draft.as_str(), carol.shown), ("Dear Carol", true));
            assert!(conversations::load(db, "C2Cdora")?.is_none_or(|it| it.draft.is_empty()));
            let bob = conversations::load(db, "C2Cbob")?.unwrap();
            let waiting: Vec<String> = outbox::of_conversation(db, bob.id)?
                .into_iter()
                .map(|entry| entry.client_id)
                .collect();
            assert_eq!(waiting, ["m-2", "m-3"]);
            assert_eq!(bob.waiting, 2);
            Ok(())
        })
        .unwrap();
}

fn overwrite_start(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let header = bytes.len().min(4096);
    bytes[..header].fill(0xa5);
    fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn b6_a_cache_with_a_destroyed_header_loses_no_draft_and_no_unsent_message() {
    let dir = tempfile::tempdir().unwrap();
    anns_cache(dir.path()).await;
    overwrite_start(&dir.path().join("cache.db"));
    let (cache, report) = open(dir.path());
    let report = report.unwrap();
    assert_eq!(
        (report.reason.as_str(), report.drafts, report.unsent),
        ("damaged", 1, 2)
    );
    is_all_there(&cache);
    cache.close().await;
    assert!(dir.path().join("cache.db.damaged-1").exists());
    // It is told once.
    let (cache, report) = open(dir.path());
    assert!(report.is_none());
    is_all_there(&cache);
}

#[tokio::test]
async fn b6_a_cache_that_is_gone_or_empty_loses_no_draft_and_no_unsent_message() {
    for is_empty in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        anns_cache(dir.path()).await;
        let file = dir.path().join("cache.db");
        fs::remove_file(&file).unwrap();
        if is_empty {
            fs::write(&file, "").unwrap();
        }
        let (cache, report) = open(dir.path());
        assert_eq!(report.unwrap().unsent, 2);
        is_all_there(&cache);
    }
}

#[tokio::test]
async fn b6_a_damaged_second_file_is_made_anew_from_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    anns_cache(dir.path()).await;
    overwrite_start(&dir.path().join("unsent.db"));
    let (cache, report) = open(dir.path());
    assert!(report.is_none());
    is_all_there(&cache);
    cache.close().await;
    overwrite_start(&dir.path().join("cache.db"));
    let (cache, report) = open(dir.path());
    assert_eq!(report.unwrap().unsent, 2);
    is_all_there(&cache);
}

#[tokio::test]
async fn b6_a_rescue_that_is_stopped_at_any_step_loses_no_draft_and_no_unsent_message() {
    for last in 0.. {
        // Without the second file, so that only the order of the steps keeps anything.
        for has_second in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            anns_cache(dir.path()).await;
            let file = dir.path().join("cache.db");
            Connection::open(&file)
                .unwrap()
                .pragma_update(None, "user_version", 99)
                .unwrap();
            if !has_second {
                fs::remove_file(dir.path().join("unsent.db")).unwrap();
            }
            let mut left = last;
            let stopped = rescue::step_by_step(&file, "newer", &mut || {
                if left == 0 {
                    return Err(EngineError::Closed);
                }
                left -= 1;
                Ok(())
            });
            let (cache, report) = open(dir.path());
            if stopped.is_err() {
                let report = report.unwrap();
                assert_eq!(
                    (report.reason.as_str(), report.drafts, report.unsent),
                    ("newer", 1, 2),
                    "stopped after step {last}"
                );
            }
            is_all_there(&cache);
            cache.close().await;
            assert!(!dir.path().join("cache.db.new").exists());
            assert!(dir.path().join("cache.db.damaged-1").exists());
            if stopped.is_ok() {
                assert!(last >= 8, "{last} steps");
                return;
            }
        }
    }
}

#[tokio::test]
async fn damage_that_two_have_seen_is_repaired_once() {
    let dir = tempfile::tempdir().unwrap();
    anns_cache(dir.path()).await;
    let (cache, _) = open(dir.path());
    let seen = cache.generation();
    assert!(cache.begin_anew(seen).await.unwrap().is_some());
    assert!(cache.begin_anew(seen).await.unwrap().is_none());
    is_all_there(&cache);
    assert!(!dir.path().join("cache.db.damaged-2").exists());
}

#[tokio::test]
async fn r_l7_nothing_typed_is_left_in_the_second_file_after_everything_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    anns_cache(dir.path()).await;
    let (cache, _) = open(dir.path());
    cache.begin_empty().await.unwrap();
    cache.close().await;
    for file in fs::read_dir(dir.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(10).any(|part| part == b"Dear Carol"));
    }
}
