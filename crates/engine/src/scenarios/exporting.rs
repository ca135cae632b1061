//! Exports: everything out and in again, what is fetched for it, and what goes wrong.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tidings_protocol::Extras;

use super::*;
use crate::exporting::{Disk, OutFile, SystemDisk, export};
use crate::view::{ConnectionState, Exported};
use crate::{EXPORT_FULL, EngineError};

const VIDEO: &str = "00000000000000000000000000000001";
const POSTER: &str = "00000000000000000000000000000002";
const SOUND: &str = "00000000000000000000000000000003";
const GONE: &str = "00000000000000000000000000000004";

/// The folder that a person chose.
pub(super) fn place() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub(super) async fn exported(person: &Person, place: &TempDir) -> Exported {
    person.engine.export(place.path(), true).await.unwrap().unwrap()
}

pub(super) fn lines(folder: &Path, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(name)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_files(&path));
        }
        found.push(path);
    }
    found
}

pub(super) fn holds(folder: &Path, text: &str) -> bool {
    all_files(folder)
        .iter()
        .filter(|path| path.is_file())
        .any(|path| {
            let bytes = fs::read(path).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
}

/// Everything that a person sees, as JSON.
pub(super) async fn seen(person: &Person) -> Value {
    let mut all = Vec::new();
    for conversation in person.engine.conversation_list(99).await.unwrap() {
        let page = person
            .engine
            .message_page(&conversation.conversation_id, None, 100)
            .await
            .unwrap();
        all.push(json!({ "conversation": conversation, "messages": page.messages }));
    }
    json!(all)
}

async fn has(person: &Person, conversation: &str, count: usize) {
    person
        .until(async |it| {
            let page = it.engine.message_page(conversation, None, 100).await.unwrap();
            page.messages.iter().filter(|it| it.seq.is_some()).count() == count
        })
        .await;
}

/// Ann with a conversation that has messages of every kind, and a group.
pub(super) async fn ann_with_everything(server: &FakeServer) -> Person {
    for name in ["bob", "carol"] {
        server.add(name);
    }
    let mut ann = Person::sign_in(server, "ann").await;
    server.say("bob", "ann", "one");
    ann.say("C2Cbob", "two").await;
    has(&ann, "C2Cbob", 2).await;
    let say = |kind: &str, payload: Value| server.say_payload("bob", "C2Cann", kind, &payload, None);
    say(
        "TIMCustomElem",
        json!({ "data": "d", "description": "", "extension": "e" }),
    );
    say("TIMFaceElem", json!({ "index": 3, "data": "tidings/wave" }));
    say("TIMOfTomorrowElem", json!({ "new": [1, { "deep": null }] }));
    server.put_file(SOUND, b"a voice");
    server.put_file(VIDEO, b"a film of some length");
    server.put_file(POSTER, b"its poster");
    say(
        "TIMSoundElem",
        json!({ "uuid": format!("x-{SOUND}"), "second": 1, "size": 7, "downloadFlag": 2 }),
    );
    say(
        "TIMVideoFileElem",
        json!({
            "videoUUID": format!("x-{VIDEO}"), "videoFormat": "mp4", "videoSecond": 2, "videoSize": 21,
            "videoDownloadFlag": 2, "thumbUUID": format!("x-{POSTER}"), "thumbFormat": "jpg", "thumbWidth": 4,
            "thumbHeight": 3, "thumbSize": 10, "thumbDownloadFlag": 2, "fileName": "../holiday.mp4",
        }),
    );
    let recalled = server.say("bob", "ann", "swordfish");
    let reply = json!({ "reply": { "seq": recalled, "from": "bob", "text": "swordfish" } });
    let extras = Extras {
        custom: reply.to_string(),
        ..Extras::default()
    };
    server.say_in("bob", "C2Cann", "a reply", Some(extras));
    let hidden = server.say("bob", "ann", "anchovies");
    has(&ann, "C2Cbob", 10).await;
    let own = ann.say("C2Cbob", "to be edited").await;
    has(&ann, "C2Cbob", 11).await;
    let picture = ann
        .engine
        .attach_rgba(4, 4, [10, 200, 30, 255].repeat(16))
        .await
        .unwrap();
    let image = OutgoingMessage {
        attachment: Some(crate::view::AttachmentUse {
            id: picture.id,
            ..crate::view::AttachmentUse::default()
        }),
        ..message("C2Cbob", "")
    };
    ann.engine.send_message(image).await.unwrap();
    has(&ann, "C2Cbob", 12).await;
    let page = ann.engine.message_page("C2Cbob", None, 100).await.unwrap();
    let own = page
        .messages
        .iter()
        .find(|it| it.client_id == own.client_id)
        .and_then(|it| it.seq)
        .unwrap();
    ann.engine
        .edit_message("C2Cbob", own, json!({ "text": "was edited" }))
        .await
        .unwrap();
    ann.engine
        .react_to_message("C2Cbob", 1, "👍", true)
        .await
        .unwrap();
    ann.engine
        .delete_messages_for_me("C2Cbob", &[hidden], &[])
        .await
        .unwrap();
    // Bob's own device takes it back.
    let bob = Person::sign_in(server, "bob").await;
    has(&bob, "C2Cann", 12).await;
    let page = bob.engine.message_page("C2Cann", None, 100).await.unwrap();
    let taken = page.messages.iter().find(|it| it.seq == Some(recalled)).unwrap();
    bob.engine
        .recall_message("C2Cann", &taken.client_id, taken.seq)
        .await
        .unwrap();
    ann.hear(|event| matches!(event, EngineEvent::MessagesRevoked { .. }).then_some(()))
        .await;
    let group = crate::view::NewGroup {
        group_type: tidings_protocol::GroupType::Private,
        name: "Harbour".into(),
        group_id: Some("g".into()),
        introduction: None,
        notification: None,
        avatar_colour: None,
        join_option: None,
        member_ids: vec!["bob".into(), "carol".into()],
    };
    ann.engine.create_group(group).await.unwrap();
    server.say_in("carol", "GROUPg", "ahoy", None);
    ann.until(async |ann| ann.texts("GROUPg").await.contains(&"ahoy".to_owned()))
        .await;
    ann.engine.mark_read("C2Cbob").await.unwrap();
    ann.engine.set_draft("C2Ccarol", "dear carol").await.unwrap();
    bob.engine.close().await;
    ann
}

#[tokio::test]
async fn everything_comes_out_of_a_profile_and_into_a_new_one_as_it_was() {
    let server = FakeServer::default();
    let ann = ann_with_everything(&server).await;
    let place = place();
    let export = exported(&ann, &place).await;
    assert_eq!((export.missing_messages, export.missing_files), (0, 0));
    let name = export.folder.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("Tidings export, ann, 20"), "{name}");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    // What was recalled, deleted or is secret is nowhere in it.
    for text in ["swordfish", "anchovies", "token-ann", "password", "to be edited"] {
        assert!(!holds(&export.folder, text), "{text}");
    }
    let about: Value = serde_json::from_slice(&fs::read(export.folder.join("about.json")).unwrap()).unwrap();
    assert_eq!(about["user_id"], "ann");
    assert_eq!(about["counts"]["messages"], export.messages);
    let media = lines(&export.folder, "media.jsonl");
    assert_eq!(media.len() as u64, export.files);
    for file in [VIDEO, POSTER, SOUND] {
        let line = media.iter().find(|line| line["file"] == file).unwrap();
        let path = export.folder.join("media").join(line["name"].as_str().unwrap());
        assert_eq!(fs::read(path).unwrap(), server.file(file).unwrap());
    }
    #[cfg(unix)]
    for path in all_files(&export.folder) {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o077,
            0,
            "{path:?}"
        );
    }

    server.faults(|faults| faults.down = true);
    server.cut();
    ann.until(async |it| it.engine.connection() != ConnectionState::Connected)
        .await;
    let before = seen(&ann).await;
    let new = Person::open(&server).await;
    let report = new.engine.import(&export.folder).await.unwrap().unwrap();
    assert_eq!((report.broken_lines, report.broken_files), (0, 0));
    assert_eq!((report.messages, report.files), (export.messages, export.files));
    assert_eq!(seen(&new).await, before);
    let account = new.engine.account().unwrap();
    assert!(account.is_imported);
    assert_eq!(account.profile.user_id, "ann");
    for file in [VIDEO, POSTER, SOUND] {
        let local = new.engine.local_file(file).await.unwrap().unwrap();
        assert_eq!(fs::read(local.path).unwrap(), server.file(file).unwrap());
    }
    // Also after a start.
    let new = new.restart().await;
    assert_eq!(seen(&new).await, before);
}

#[tokio::test]
async fn an_export_never_takes_the_place_of_another() {
    let server = FakeServer::default();
    server.say("bob", "ann", "hello");
    let ann = Person::sign_in(&server, "ann").await;
    let place = place();
    let (first, second) = (exported(&ann, &place).await, exported(&ann, &place).await);
    assert_ne!(first.folder, second.folder);
    assert!(second.folder.to_str().unwrap().ends_with("(2)"), "{second:?}");
    assert!(first.folder.join("about.json").exists() && second.folder.join("about.json").exists());
}

#[tokio::test]
async fn what_is_not_here_is_fetched_for_an_export_and_without_a_connection_it_is_counted() {
    let server = FakeServer::default();
    for number in 1..=350 {
        server.say("bob", "ann", &format!("m{number}"));
    }
    server.put_file(VIDEO, b"a film of some length");
    let file = |id: &str| json!({ "uuid": format!("x-{id}"), "fileName": "notes.txt", "fileSize": 21, "fileUrl": "", "downloadFlag": 2 });
    server.say_payload("bob", "C2Cann", "TIMFileElem", &file(VIDEO), None);
    server.say_payload("bob", "C2Cann", "TIMFileElem", &file(GONE), None);
    let ann = Person::sign_in(&server, "ann").await;
    ann.until(async |ann| !ann.texts("C2Cbob").await.is_empty()).await;
    let place = place();
    let as_it_is = ann.engine.export(place.path(), false).await.unwrap().unwrap();
    assert_eq!((as_it_is.messages, as_it_is.missing_messages), (100, 252));
    assert_eq!((as_it_is.files, as_it_is.missing_files), (0, 2));
    let about: Value =
        serde_json::from_slice(&fs::read(as_it_is.folder.join("about.json")).unwrap()).unwrap();
    assert_eq!(about["missing"], json!({ "messages": 252, "files": 2 }));

    let whole = exported(&ann, &place).await;
    assert_eq!((whole.messages, whole.missing_messages), (352, 0));
    assert_eq!((whole.files, whole.missing_files), (1, 1));
    let seqs: Vec<u64> = lines(&whole.folder, "messages.jsonl")
        .iter()
        .map(|line| line["message"]["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=352).collect::<Vec<_>>());
}

/// A disk on which something happens.
struct PlayedDisk {
    /// Bytes until it is full.
    room: Arc<AtomicU64>,
    /// Called before a file of this name is made.
    before: Box<dyn Fn(&str) + Send + Sync>,
}

struct PlayedFile {
    file: Box<dyn OutFile>,
    room: Arc<AtomicU64>,
}

impl Write for PlayedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len() as u64;
        let taken = self
            .room
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |room| {
                room.checked_sub(count)
            });
        taken.map_err(|_| io::Error::from(io::ErrorKind::StorageFull))?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl OutFile for PlayedFile {
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    fn mark(&self, path: &Path, now_ms: i64) {
        self.file.mark(path, now_ms);
    }
}

impl Disk for PlayedDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn OutFile>> {
        (self.before)(path.file_name().unwrap().to_str().unwrap());
        Ok(Box::new(PlayedFile {
            file: SystemDisk.create(path)?,
            room: Arc::clone(&self.room),
        }))
    }
}

fn played(room: u64, before: impl Fn(&str) + Send + Sync + 'static) -> Arc<dyn Disk> {
    Arc::new(PlayedDisk {
        room: Arc::new(AtomicU64::new(room)),
        before: Box::new(before),
    })
}

async fn ann_with_a_film(server: &FakeServer) -> Person {
    for number in 1..=50 {
        server.say("bob", "ann", &format!("m{number}"));
    }
    server.put_file(VIDEO, &[7; 50_000]);
    let payload = json!({ "uuid": format!("x-{VIDEO}"), "fileName": "film.mp4", "fileSize": 50_000, "fileUrl": "", "downloadFlag": 2 });
    server.say_payload("bob", "C2Cann", "TIMFileElem", &payload, None);
    let ann = Person::sign_in(server, "ann").await;
    has(&ann, "C2Cbob", 51).await;
    ann
}

#[tokio::test]
async fn a_full_disk_at_any_moment_leaves_nothing_that_looks_like_an_export() {
    let server = FakeServer::default();
    let ann = ann_with_a_film(&server).await;
    for room in [0, 10, 1_000, 20_000, 55_000, 60_000] {
        let place = place();
        let refused = export(&ann.engine.core, place.path(), true, played(room, |_| {})).await;
        assert_eq!(refused.unwrap_err().view().code, EXPORT_FULL, "{room}");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "{room}");
    }
    // And the next one is not in its way.
    let place = place();
    assert_eq!(exported(&ann, &place).await.messages, 51);
}

#[tokio::test]
async fn a_drive_that_vanishes_is_a_clear_error() {
    let server = FakeServer::default();
    let ann = ann_with_a_film(&server).await;
    let drive = place();
    let gone = drive.path().to_owned();
    let disk = played(u64::MAX, move |name| {
        if name.ends_with("film.mp4") {
            fs::remove_dir_all(&gone).unwrap();
        }
    });
    let refused = export(&ann.engine.core, drive.path(), true, disk)
        .await
        .unwrap_err();
    assert_eq!(refused.view().code, crate::EXPORT_FOLDER);
    let nowhere = ann.engine.export(&drive.path().join("nowhere"), true).await;
    assert_eq!(nowhere.unwrap_err().view().code, crate::EXPORT_FOLDER);
}

#[tokio::test]
async fn an_export_that_is_stopped_leaves_nothing_and_only_one_runs_at_a_time() {
    let server = FakeServer::default();
    let ann = ann_with_a_film(&server).await;
    let place = place();
    let engine = ann.engine.clone();
    let stops = played(u64::MAX, move |name| {
        if name == "messages.jsonl" {
            engine.cancel_import();
            let other = engine
                .core
                .moving
                .begin(crate::view::ExportDirection::Export, &engine.core.events);
            assert_eq!(other.err().unwrap().view().code, crate::EXPORT_RUNNING);
            engine.cancel_export();
        }
    });
    let stopped = export(&ann.engine.core, place.path(), true, stops).await.unwrap();
    assert_eq!(stopped, None);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    exported(&ann, &place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_recalled_while_an_export_is_written_is_not_in_it() {
    let server = FakeServer::default();
    let ann = ann_with_a_film(&server).await;
    let bob = Person::sign_in(&server, "bob").await;
    has(&bob, "C2Cann", 51).await;
    ann.engine.set_draft("C2Cbob", "kept").await.unwrap();
    let place = place();
    let (here, engine, other) = (
        tokio::runtime::Handle::current(),
        ann.engine.clone(),
        bob.engine.clone(),
    );
    // The film's message is written before its file is copied.
    let disk = played(u64::MAX, move |name| {
        if !name.ends_with("film.mp4") {
            return;
        }
        here.block_on(async {
            let page = other.message_page("C2Cann", None, 100).await.unwrap();
            for seq in [3, 51] {
                let taken = page.messages.iter().find(|it| it.seq == Some(seq)).unwrap();
                other
                    .recall_message("C2Cann", &taken.client_id, taken.seq)
                    .await
                    .unwrap();
            }
            loop {
                let page = engine.message_page("C2Cbob", None, 100).await.unwrap();
                if page.messages.iter().filter(|it| it.is_revoked).count() == 2 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    });
    let export = export(&ann.engine.core, place.path(), true, disk)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((export.messages, export.files), (51, 0));
    let messages = lines(&export.folder, "messages.jsonl");
    let recalled: Vec<&Value> = messages
        .iter()
        .filter(|line| line["message"]["altered"]["recalled_by"] == "bob")
        .map(|line| &line["message"]["seq"])
        .collect();
    assert_eq!(recalled, [3, 51]);
    assert!(!holds(&export.folder, "\"m3\"") && !holds(&export.folder, "film.mp4"));
    assert!(holds(&export.folder, "kept"));
    assert_eq!(fs::read_dir(export.folder.join("media")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_recalled_when_all_messages_are_written_is_not_in_an_export_either() {
    let server = FakeServer::default();
    let ann = ann_with_a_film(&server).await;
    let bob = Person::sign_in(&server, "bob").await;
    has(&bob, "C2Cann", 51).await;
    let place = place();
    let (here, engine, other) = (
        tokio::runtime::Handle::current(),
        ann.engine.clone(),
        bob.engine.clone(),
    );
    let disk = played(u64::MAX, move |name| {
        if name != "unsent.jsonl" {
            return;
        }
        here.block_on(async {
            let page = other.message_page("C2Cann", None, 100).await.unwrap();
            let taken = page.messages.iter().find(|it| it.seq == Some(3)).unwrap();
            other
                .recall_message("C2Cann", &taken.client_id, taken.seq)
                .await
                .unwrap();
            loop {
                let page = engine.message_page("C2Cbob", None, 100).await.unwrap();
                if page.messages.iter().any(|it| it.is_revoked) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    });
    let export = export(&ann.engine.core, place.path(), true, disk)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(export.messages, 51);
    assert!(!holds(&export.folder, "\"m3\""));
}

#[tokio::test]
async fn files_whose_uploader_chose_their_ids_alike_are_both_in_an_export() {
    let server = FakeServer::default();
    let ids = [
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdefffffffffffffffff",
    ];
    for id in ids {
        server.put_file(id, id.as_bytes());
        let payload = json!({ "uuid": format!("x-{id}"), "fileName": "a.txt", "fileSize": 32, "fileUrl": "", "downloadFlag": 2 });
        server.say_payload("bob", "C2Cann", "TIMFileElem", &payload, None);
    }
    let ann = Person::sign_in(&server, "ann").await;
    has(&ann, "C2Cbob", 2).await;
    let place = place();
    let export = exported(&ann, &place).await;
    assert_eq!((export.files, export.missing_files), (2, 0));
    let media = lines(&export.folder, "media.jsonl");
    for (line, id) in media.iter().zip(ids) {
        let path = export.folder.join("media").join(line["name"].as_str().unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), id);
        #[cfg(target_os = "linux")]
        is_marked(&path, place.path());
    }
}

/// Says that it came from elsewhere, where the file system of `folder` keeps such marks.
#[cfg(target_os = "linux")]
fn is_marked(path: &Path, folder: &Path) {
    let other = tempfile::NamedTempFile::new_in(folder).unwrap();
    crate::saving::mark::set(other.as_file(), other.path(), 0);
    let of = |path: &Path| {
        let mut value = [0; 64];
        let length = rustix::fs::getxattr(path, "user.xdg.origin.url", &mut value[..]).ok()?;
        Some(value[..length].to_vec())
    };
    assert_eq!(of(path), of(other.path()));
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_counted_as_missing_and_costs_nothing_else() {
    let server = FakeServer::default();
    let ann = ann_with_a_film(&server).await;
    let place = place();
    let into = place.path().to_owned();
    let disk = played(u64::MAX, move |name| {
        if name.ends_with("film.mp4") {
            let draft = fs::read_dir(&into).unwrap().next().unwrap().unwrap().path();
            fs::write(draft.join("media").join(name), "of somebody else").unwrap();
        }
    });
    let export = export(&ann.engine.core, place.path(), true, disk)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((export.messages, export.files, export.missing_files), (51, 0, 1));
}

#[tokio::test]
async fn progress_is_told_and_nobody_who_is_signed_out_can_export() {
    let server = FakeServer::default();
    let mut ann = ann_with_a_film(&server).await;
    let place = place();
    exported(&ann, &place).await;
    let progress = ann
        .hear(|event| match event {
            EngineEvent::ExportProgress(progress) => Some(progress.clone()),
            _ => None,
        })
        .await;
    assert_eq!(progress.messages_of, 51);
    let nobody = Person::open(&server).await;
    let refused = nobody.engine.export(place.path(), true).await.unwrap_err();
    assert!(matches!(refused, EngineError::NotSignedIn));
}
