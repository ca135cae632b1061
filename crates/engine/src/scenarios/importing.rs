//! Imports: going on after one, and exports that lie.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::exporting::{ann_with_everything, exported, holds, lines, place, seen};
use super::*;
use crate::cache::{Durability, meta};
use crate::view::ConnectionState;
use crate::{EXPORT_NEWER, EXPORT_OTHER, IMPORTED, NOT_AN_EXPORT, PROFILE_TAKEN};

fn change_about(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("about.json");
    let mut about: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut about);
    fs::write(path, about.to_string()).unwrap();
}

async fn is_as_new(person: &Person) {
    assert!(person.engine.account().is_none());
    assert!(!person.dir.path().join("media").exists());
    let empty = person.engine.core.cache.read(|db, _| {
        let rows = "SELECT (SELECT count(*) FROM conversations) + (SELECT count(*) FROM messages)
            + (SELECT count(*) FROM profiles) + (SELECT count(*) FROM meta)";
        db.query_row(rows, [], |row| row.get::<_, u64>(0))
    });
    assert_eq!(empty.unwrap(), 0);
}

#[tokio::test]
async fn whoever_signs_in_again_as_the_same_user_goes_on_where_the_export_ended() {
    let server = FakeServer::default();
    let ann = ann_with_everything(&server).await;
    let place = place();
    let export = exported(&ann, &place).await;
    // More than a page is said after it, and something is recalled that was exported.
    for number in 1..=120 {
        server.say("bob", "ann", &format!("later {number}"));
    }
    let bob = Person::sign_in(&server, "bob").await;
    bob.until(async |bob| bob.texts("C2Cann").await.len() == 100)
        .await;
    let page = bob.engine.message_page("C2Cann", Some(13), 100).await.unwrap();
    let first = page.messages.iter().find(|it| it.seq == Some(1)).unwrap();
    bob.engine
        .recall_message("C2Cann", &first.client_id, first.seq)
        .await
        .unwrap();

    let mut new = Person::open(&server).await;
    new.engine.import(&export.folder).await.unwrap().unwrap();
    let error = new
        .hear(|event| match event {
            EngineEvent::Connection { error, .. } => error.clone(),
            _ => None,
        })
        .await;
    assert_eq!(
        (error.code, new.engine.connection()),
        (IMPORTED, ConnectionState::Disconnected)
    );
    // Typed before: it goes when it can.
    new.say("C2Cbob", "typed meanwhile").await;
    let account = new.engine.sign_in(&address(), proof("ann")).await.unwrap();
    assert!(!account.is_imported);
    new.until(async |new| {
        new.server
            .log("bob", "ann")
            .contains(&"typed meanwhile".to_owned())
    })
    .await;
    new.until(async |new| {
        let newest = new.engine.message_page("C2Cbob", None, 100).await.unwrap();
        let older = new
            .engine
            .message_page("C2Cbob", newest.next_before, 100)
            .await
            .unwrap();
        let first = older.messages.iter().find(|it| it.seq == Some(1));
        newest.messages.iter().any(|it| text(it) == "typed meanwhile")
            && older.messages.iter().any(|it| text(it) == "was edited")
            && first.is_some_and(|it| it.is_revoked)
    })
    .await;
    let new = new.restart().await;
    assert!(!new.engine.account().unwrap().is_imported);
    assert_eq!(new.engine.conversation_list(9).await.unwrap().len(), 3);
}

#[tokio::test]
async fn nobody_else_signs_in_over_what_was_imported() {
    let server = FakeServer::default();
    server.add("bob");
    let ann = ann_with_everything(&server).await;
    let place = place();
    let export = exported(&ann, &place).await;
    let new = Person::open(&server).await;
    new.engine.import(&export.folder).await.unwrap().unwrap();
    let before = seen(&new).await;
    server.dialled();
    let refused = new.engine.sign_in(&address(), proof("bob")).await.unwrap_err();
    assert_eq!(refused.view().code, EXPORT_OTHER);
    assert!(server.dialled().is_empty());
    assert_eq!(seen(&new).await, before);
    // Whoever means it signs out first, which takes everything along.
    new.engine.sign_out().await.unwrap();
    is_as_new(&new).await;
    new.engine.sign_in(&address(), proof("bob")).await.unwrap();
    let bobs = seen(&new).await;
    assert!(!bobs.to_string().contains("dear carol"));
}

#[tokio::test]
async fn a_space_that_moved_is_known_by_its_name_and_another_one_is_refused() {
    let server = FakeServer::default();
    let ann = ann_with_everything(&server).await;
    let place = place();
    let export = exported(&ann, &place).await;
    let elsewhere = ServerAddress {
        host: "elsewhere".into(),
        ..address()
    };
    change_about(&export.folder, |about| about["space"] = json!("Another"));
    let other = Person::open(&server).await;
    other.engine.import(&export.folder).await.unwrap().unwrap();
    let refused = other.engine.sign_in(&elsewhere, proof("ann")).await.unwrap_err();
    assert_eq!(refused.view().code, EXPORT_OTHER);

    change_about(&export.folder, |about| {
        about["space"] = json!("Space");
        // As of a user whose own computer hosted the space.
        about["server"] = json!("");
    });
    let moved = Person::open(&server).await;
    moved.engine.import(&export.folder).await.unwrap().unwrap();
    assert_eq!(moved.engine.account().unwrap().server, "");
    moved.engine.sign_in(&elsewhere, proof("ann")).await.unwrap();
    assert!(moved.texts("C2Cbob").await.contains(&"one".to_owned()));
}

#[tokio::test]
async fn what_is_no_whole_export_is_refused_and_leaves_nothing() {
    let server = FakeServer::default();
    let ann = ann_with_everything(&server).await;
    let place = place();
    let export = exported(&ann, &place).await;
    let new = Person::open(&server).await;
    let refused = async |folder: &Path| new.engine.import(folder).await.unwrap_err().view().code;
    assert_eq!(refused(&export.folder.join("nowhere")).await, NOT_AN_EXPORT);
    assert_eq!(refused(&export.folder.join("media")).await, NOT_AN_EXPORT);
    let kept = fs::read(export.folder.join("about.json")).unwrap();
    for (about, expected) in [
        ("", NOT_AN_EXPORT),
        ("{", NOT_AN_EXPORT),
        ("[]", NOT_AN_EXPORT),
        (r#"{"format":"other","version":1}"#, NOT_AN_EXPORT),
        (r#"{"format":"tidings-export","version":1}"#, NOT_AN_EXPORT),
        (r#"{"format":"tidings-export","version":-1}"#, NOT_AN_EXPORT),
        (
            r#"{"format":"tidings-export","version":2,"shape":"of tomorrow"}"#,
            EXPORT_NEWER,
        ),
    ] {
        fs::write(export.folder.join("about.json"), about).unwrap();
        assert_eq!(refused(&export.folder).await, expected, "{about}");
        is_as_new(&new).await;
    }
    fs::write(export.folder.join("about.json"), vec![b' '; 100_000]).unwrap();
    assert_eq!(refused(&export.folder).await, NOT_AN_EXPORT);
    fs::write(export.folder.join("about.json"), kept).unwrap();
    // A pipe would be waited for without end.
    #[cfg(unix)]
    {
        fs::remove_file(export.folder.join("messages.jsonl")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", export.folder.join("messages.jsonl")).unwrap();
        assert_eq!(refused(&export.folder).await, NOT_AN_EXPORT);
        is_as_new(&new).await;
    }
    // And it is still good for anything.
    new.engine.sign_in(&address(), proof("ann")).await.unwrap();
}

#[tokio::test]
async fn a_profile_that_somebody_uses_takes_no_import() {
    let server = FakeServer::default();
    let ann = ann_with_everything(&server).await;
    let place = place();
    let export = exported(&ann, &place).await;
    let refused = ann.engine.import(&export.folder).await.unwrap_err();
    assert_eq!(refused.view().code, PROFILE_TAKEN);
    // Nor one that was signed out of by the server, whose messages are kept.
    server.faults(|faults| faults.forget_tokens = true);
    server.cut();
    ann.until(async |ann| ann.engine.account().is_none()).await;
    let refused = ann.engine.import(&export.folder).await.unwrap_err();
    assert_eq!(refused.view().code, PROFILE_TAKEN);
}

#[tokio::test]
async fn h20_lines_and_files_that_lie_are_counted_and_do_no_harm() {
    let server = FakeServer::default();
    let ann = ann_with_everything(&server).await;
    let place = place();
    let export = exported(&ann, &place).await;
    let (messages, files) = (export.messages, export.files);
    let folder = &export.folder;
    let good = lines(folder, "messages.jsonl");
    let first = good.iter().find(|it| it["conversation"] == "C2Cbob").unwrap();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut line = first.clone();
        change(&mut line);
        line.to_string()
    };
    let bad = [
        "not json".to_owned(),
        "{".to_owned(),
        "[".repeat(200_000),
        "x".repeat(crate::limits::IMPORT_LINE_BYTES * 2),
        with(&|it| it["conversation"] = json!("C2C")),
        with(&|it| it["conversation"] = json!("C2Cnobody")),
        with(&|it| it["conversation"] = json!("GROUPg")),
        with(&|it| it["message"]["from"] = json!("eve")),
        with(&|it| it["message"]["seq"] = json!(0)),
        with(&|it| it["message"]["seq"] = json!(u64::MAX)),
        with(&|it| it["message"]["seq"] = json!(1_000_000)),
        with(&|it| it["message"]["revision"] = json!(u64::MAX)),
        with(&|it| it["message"]["client_id"] = json!("'; DROP TABLE messages; --")),
        with(&|it| it["message"]["payload"] = json!({ "text": "x".repeat(100_000) })),
    ];
    let path = folder.join("messages.jsonl");
    let text = format!("{}\n\n{}", bad.join("\n"), fs::read_to_string(&path).unwrap());
    fs::write(&path, text).unwrap();

    let path = folder.join("conversations.jsonl");
    let text = format!(
        "{}{}\n",
        fs::read_to_string(&path).unwrap(),
        json!({ "conversation": "C2Ceve", "seq": u64::MAX, "revision": 1, "revision_seq": 1 })
    );
    fs::write(&path, text).unwrap();

    let secret = place.path().join("secret");
    fs::write(&secret, "of this computer").unwrap();
    let path = folder.join("media.jsonl");
    let media = lines(folder, "media.jsonl");
    let mut bad_files = Vec::new();
    // One that is not what it was, one that leads elsewhere, one that is a link, one that nobody names, one that is gone.
    fs::write(
        folder.join("media").join(media[0]["name"].as_str().unwrap()),
        "spoilt",
    )
    .unwrap();
    let mut lies = media.clone();
    lies[1]["name"] = json!("../about.json");
    #[cfg(unix)]
    {
        let name = folder.join("media").join(media[2]["name"].as_str().unwrap());
        fs::remove_file(&name).unwrap();
        std::os::unix::fs::symlink(&secret, &name).unwrap();
    }
    let mut unnamed = media[3].clone();
    unnamed["file"] = json!("ffffffffffffffffffffffffffffffff");
    bad_files.push(unnamed);
    let text: Vec<String> = lies.iter().chain(&bad_files).map(Value::to_string).collect();
    fs::write(&path, format!("{}\n{{\"file\":\"..\"}}\n", text.join("\n"))).unwrap();

    let new = Person::open(&server).await;
    let report = new.engine.import(folder).await.unwrap().unwrap();
    assert_eq!(report.messages, messages);
    assert_eq!(report.broken_lines, bad.len() as u64 + 1 + 1);
    assert_eq!((report.files, report.broken_files), (files - 3, 4));
    assert!(!holds(new.dir.path(), "of this computer"));
    server.faults(|faults| faults.down = true);
    server.cut();
    ann.until(async |it| it.engine.connection() != ConnectionState::Connected)
        .await;
    assert_eq!(seen(&new).await, seen(&ann).await);
}

#[tokio::test]
async fn an_import_that_was_stopped_by_the_end_of_the_process_begins_anew() {
    let server = FakeServer::default();
    let ann = ann_with_everything(&server).await;
    let place = place();
    let export = exported(&ann, &place).await;
    let new = Person::open(&server).await;
    new.engine.import(&export.folder).await.unwrap().unwrap();
    // As it is a moment before its end.
    new.engine
        .core
        .cache
        .write(Durability::Power, |write| {
            Ok(meta::set(write.db, meta::IMPORTING, "1")?)
        })
        .await
        .unwrap();
    let new = new.restart().await;
    is_as_new(&new).await;
    new.engine.import(&export.folder).await.unwrap().unwrap();
    assert!(new.engine.account().is_some());
}

#[tokio::test]
async fn an_import_that_is_stopped_leaves_the_profile_empty() {
    let server = FakeServer::default();
    let ann = ann_with_everything(&server).await;
    let place = place();
    let export = exported(&ann, &place).await;
    let new = Person::open(&server).await;
    let stopping = async {
        while new
            .engine
            .core
            .moving
            .begin(crate::view::ExportDirection::Import, &new.engine.core.events)
            .is_ok()
        {
            tokio::task::yield_now().await;
        }
        assert!(matches!(
            new.engine.sign_in(&address(), proof("ann")).await,
            Err(crate::EngineError::InUse)
        ));
        new.engine.cancel_import();
    };
    let (imported, ()) = tokio::join!(new.engine.import(&export.folder), stopping);
    assert_eq!(imported.unwrap(), None);
    is_as_new(&new).await;
}

#[tokio::test]
async fn an_import_that_fails_at_its_last_step_leaves_no_account() {
    let server = FakeServer::default();
    let ann = ann_with_everything(&server).await;
    let place = place();
    let export = exported(&ann, &place).await;
    let new = Person::open(&server).await;
    let refuse = "CREATE TRIGGER refuse BEFORE DELETE ON meta WHEN old.key = 'importing'
        BEGIN SELECT raise(ABORT, 'played'); END";
    new.engine
        .core
        .cache
        .write(Durability::Power, move |write| {
            Ok(write.db.execute_batch(refuse)?)
        })
        .await
        .unwrap();
    new.engine.import(&export.folder).await.unwrap_err();
    is_as_new(&new).await;
    let new = new.restart().await;
    is_as_new(&new).await;
    new.engine.import(&export.folder).await.unwrap().unwrap();
}
