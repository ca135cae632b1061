//! Damaged and newer caches (B6): set aside with a word, filled again from the server, drafts and unsent messages kept.

use std::fs;
use std::path::{Path, PathBuf};

use tidings_engine::view::{CacheSetAside, EngineEvent};
use tidings_tests::{BrokenNetwork, Home, Mode, Person, Space, c2c, plain};

/// The cache's file.
fn cache_file(folder: &Path) -> PathBuf {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3\0")))
        .collect();
    files.sort_by_key(|path| fs::metadata(path).map(|data| data.len()).unwrap_or_default());
    files.pop().expect("there is a cache")
}

async fn set_aside(person: &Person) -> CacheSetAside {
    let report = |event: &EngineEvent| match event {
        EngineEvent::CacheSetAside { report } => Some(report.clone()),
        _ => None,
    };
    person
        .until("is told of it", async || {
            person.heard().iter().any(|event| report(event).is_some())
        })
        .await;
    person.heard().iter().find_map(report).unwrap()
}

/// Ann's closed device: three sent messages, one draft, two that wait.
async fn anns_device() -> (Space, BrokenNetwork, Home) {
    let space = Space::opens().await;
    let network = BrokenNetwork::before(space.socket()).await.unwrap();
    let ann = Person::registers("ann", &plain(network.address())).await;
    space.has(&["bob", "carol"]).await;
    for text in ["one", "two", "three"] {
        ann.sends("bob", text).await;
    }
    ann.engine.set_draft(&c2c("carol"), "Dear Carol").await.unwrap();
    network.becomes(Mode::Refused);
    ann.is_offline().await;
    ann.types("bob", "four").await;
    ann.types("bob", "five").await;
    let home = ann.closes().await;
    (space, network, home)
}

async fn everything_is_there_again(ann: &Person) {
    ann.conversation_is("bob", "is whole", |it| it.seq == 5 && it.unsent_count == 0)
        .await;
    assert_eq!(ann.texts("bob").await, ["one", "two", "three", "four", "five"]);
    assert_eq!(ann.conversation("carol").await.draft, "Dear Carol");
}

/// What the server has is there, whatever could be read of the rest.
async fn the_sent_ones_are_there_again(ann: &Person) {
    ann.until("has the history", async || {
        let texts = ann.newest("bob").await;
        ["one", "two", "three"]
            .iter()
            .all(|text| texts.iter().any(|it| it.payload["text"] == *text))
    })
    .await;
}

#[tokio::test]
async fn b6_a_cache_with_a_damaged_page_is_set_aside_and_filled_again() {
    let (_space, network, home) = anns_device().await;
    let file = cache_file(home.folder());
    let mut bytes = fs::read(&file).unwrap();
    let page = bytes.len() / 2 / 4096 * 4096;
    bytes[page..page + 4096].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    network.becomes(Mode::Whole);
    let ann = home.opens().await;
    if ann
        .heard()
        .iter()
        .any(|event| matches!(event, EngineEvent::CacheSetAside { .. }))
    {
        assert_eq!(set_aside(&ann).await.reason, "damaged");
    }
    the_sent_ones_are_there_again(&ann).await;
}

#[tokio::test]
async fn b6_a_cache_that_is_no_database_any_more_is_set_aside_and_filled_again() {
    let (_space, network, home) = anns_device().await;
    let file = cache_file(home.folder());
    let mut bytes = fs::read(&file).unwrap();
    bytes[..100].fill(0);
    fs::write(&file, bytes).unwrap();
    network.becomes(Mode::Whole);
    let ann = home.opens().await;
    assert_eq!(set_aside(&ann).await.reason, "damaged");
    the_sent_ones_are_there_again(&ann).await;
    // It happened once: the next start says nothing.
    let ann = ann.closes().await.opens().await;
    assert!(
        !ann.heard()
            .iter()
            .any(|event| matches!(event, EngineEvent::CacheSetAside { .. }))
    );
    the_sent_ones_are_there_again(&ann).await;
}

#[tokio::test]
async fn b6_a_truncated_cache_is_set_aside() {
    let (_space, network, home) = anns_device().await;
    let file = cache_file(home.folder());
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 3]).unwrap();
    network.becomes(Mode::Whole);
    let ann = home.opens().await;
    assert_eq!(set_aside(&ann).await.reason, "damaged");
    the_sent_ones_are_there_again(&ann).await;
}

#[tokio::test]
async fn b28_a_newer_cache_is_set_aside_whole_and_not_deleted() {
    let (_space, network, home) = anns_device().await;
    let file = cache_file(home.folder());
    let mut bytes = fs::read(&file).unwrap();
    // `user_version`, where SQLite keeps it.
    bytes[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    fs::write(&file, &bytes).unwrap();
    network.becomes(Mode::Whole);
    let ann = home.opens().await;
    assert_eq!(set_aside(&ann).await.reason, "newer");
    everything_is_there_again(&ann).await;
    let home = ann.closes().await;
    let mut kept = Vec::new();
    collect(home.folder(), &mut kept);
    assert!(
        kept.iter()
            .any(|path| fs::read(path).is_ok_and(|now| now.get(60..64) == bytes.get(60..64))),
        "{kept:?}"
    );
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), into)
        } else {
            into.push(entry.path())
        }
    }
}
