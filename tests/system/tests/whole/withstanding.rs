//! Files and what goes wrong around them: many at once, disks that are full, drives that vanish, the same file twice.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use futures_util::future::join_all;
use tidings_engine::view::{AttachmentUse, MessageStatus, OutgoingMessage, TransferState};
use tidings_protocol::code;
use tidings_tests::{Home, Person, ServerProcess, Space};

use crate::files::{attaches, file, gets, id_of, sends_file, with_file};

const MB: usize = 1_000_000;

/// A disk of so many bytes at this folder.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where this test may not have one: only root mounts.
    fn at(folder: &Path, bytes: usize) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={bytes},mode=700"),
                "tidings-test",
            ])
            .arg(folder)
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then(|| Self(folder.to_owned()))
    }

    /// Something else takes so many bytes of it.
    fn is_filled(&self, bytes: usize) {
        fs::write(self.0.join("filler"), vec![1; bytes]).unwrap();
    }

    fn has_room_again(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Also while somebody still has files of it open.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// All files below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] })
        .collect()
}

#[tokio::test]
async fn two_hundred_files_dropped_at_once_arrive_once_and_in_order() {
    const FILES: usize = 200;
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let desk = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..FILES).map(|number| format!("{number:03}.bin")).collect();
    let paths = names
        .iter()
        .map(|name| file(desk.path(), name, 1_000 + 10 * name.len()));
    let drafts: Vec<_> = paths
        .map(|path| {
            let engine = &ann.engine;
            async move { engine.attach_path(&path, None).await.unwrap() }
        })
        .collect();
    for draft in join_all(drafts).await {
        assert_eq!(draft.error, None);
        let message = OutgoingMessage {
            attachment: Some(AttachmentUse {
                id: draft.id,
                album: "drop".into(),
                ..AttachmentUse::default()
            }),
            ..ann.writes("bob", "")
        };
        ann.engine.send_message(message).await.unwrap();
    }
    ann.sends("bob", "and a word").await;
    bob.until("has all files", async || bob.whole("ann").await.len() > FILES)
        .await;
    let came = bob.whole("ann").await;
    let came: Vec<&str> = came
        .iter()
        .filter_map(|message| message.payload["fileName"].as_str())
        .collect();
    assert_eq!(came, names);
    // Bob may have the last message before ann's engine has heard that it was stored.
    ann.until("has nothing on the way", async || {
        ann.engine.transfers().await.unwrap().is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_of_the_server_holds_up_files_only_and_they_go_on_when_there_is_room() {
    let mut server = ServerProcess::starts();
    server.is_stopped();
    let Some(disk) = SmallDisk::at(&server.data().join("files"), 16 * MB) else {
        return;
    };
    server.starts_again();
    disk.is_filled(11 * MB);
    let ann = Person::registers("ann", &server.address()).await;
    let bob = Person::registers("bob", &server.address()).await;
    let desk = tempfile::tempdir().unwrap();
    let path = file(desk.path(), "film.bin", 10 * MB);
    let draft = attaches(&ann, &path).await;
    let typed = ann
        .engine
        .send_message(with_file(&ann, "bob", &draft))
        .await
        .unwrap();
    ann.until("hears that the server's disk is full", async || {
        let on_the_way = ann.engine.transfers().await.unwrap();
        on_the_way.iter().any(|it| {
            it.state == TransferState::Waiting
                && it.error.as_ref().is_some_and(|error| error.code == code::DISK)
        })
    })
    .await;
    ann.sends("bob", "the film comes when there is room").await;
    bob.sees("ann", "the film comes when there is room").await;
    disk.has_room_again();
    ann.message_is("bob", &typed.client_id, |message| {
        message.status == MessageStatus::Success
    })
    .await;
    let came = gets(&bob, "ann", "TIMFileElem").await;
    let here = bob.engine.fetch_file(&id_of(&came.payload)).await.unwrap();
    assert!(fs::read(&here.path).unwrap() == fs::read(&path).unwrap());
    server.is_killed();
}

#[tokio::test]
async fn a_full_disk_of_this_computer_is_said_and_costs_the_chosen_file_only() {
    let space = Space::opens().await;
    let bob = Person::registers("bob", &space.address()).await;
    let home = Home::of("ann");
    let Some(disk) = SmallDisk::at(&home.folder().join("media"), 16 * MB) else {
        return;
    };
    let ann = home.opens().await;
    ann.tries_to_register(&space.address(), None).await.unwrap();
    ann.is_connected().await;
    let desk = tempfile::tempdir().unwrap();
    let large = file(desk.path(), "large.bin", 7 * MB);
    disk.is_filled(10 * MB);
    let refused = attaches(&ann, &large).await;
    assert_eq!(refused.error.unwrap().code, code::DISK);
    // What is half there gives its room back with the draft.
    ann.engine.discard_attachment(&refused.id).await.unwrap();
    ann.sends("bob", "no room here").await;
    let small = attaches(&ann, &file(desk.path(), "small.bin", MB)).await;
    assert_eq!(small.error, None);
    sends_file(&ann, "bob", &small).await;
    gets(&bob, "ann", "TIMFileElem").await;
    disk.has_room_again();
    let draft = attaches(&ann, &large).await;
    assert_eq!(draft.error, None);
    let sent = sends_file(&ann, "bob", &draft).await;
    assert_eq!(sent.status, MessageStatus::Success);
    let here = bob.engine.fetch_file(&id_of(&sent.payload)).await.unwrap();
    assert!(fs::read(&here.path).unwrap() == fs::read(&large).unwrap());
}

#[tokio::test]
async fn a_drive_that_vanishes_costs_what_was_not_taken_in_yet_and_may_come_back() {
    let space = Space::opens().await;
    let ann = Person::registers("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let desk = tempfile::tempdir().unwrap();
    let (drive, away) = (desk.path().join("drive"), desk.path().join("away"));
    fs::create_dir(&drive).unwrap();
    let path = file(&drive, "film.bin", 30 * MB);
    let taken_in = attaches(&ann, &path).await;
    fs::rename(&drive, &away).unwrap();
    let lost = attaches(&ann, &path).await;
    assert_eq!(lost.error.unwrap().code, code::FILE_CHANGED);
    // The other one is here already.
    let sent = sends_file(&ann, "bob", &taken_in).await;
    assert_eq!(sent.status, MessageStatus::Success);
    fs::rename(&away, &drive).unwrap();
    let again = attaches(&ann, &path).await;
    assert_eq!(again.error, None);
    sends_file(&ann, "bob", &again).await;
    let came = gets(&bob, "ann", "TIMFileElem").await;
    let here = bob.engine.fetch_file(&id_of(&came.payload)).await.unwrap();
    assert!(fs::read(&here.path).unwrap() == fs::read(&path).unwrap());
}

#[tokio::test]
async fn the_same_file_from_two_devices_arrives_twice_and_is_stored_once() {
    let space = Space::opens().await;
    let desk = Person::registers("ann", &space.address()).await;
    let lap = Person::signs_in("ann", &space.address()).await;
    let bob = Person::registers("bob", &space.address()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "film.bin", 20 * MB);
    let (one, other) = tokio::join!(attaches(&desk, &path), attaches(&lap, &path));
    let (one, other) = tokio::join!(sends_file(&desk, "bob", &one), sends_file(&lap, "bob", &other));
    let ids = BTreeSet::from([id_of(&one.payload), id_of(&other.payload)]);
    assert_eq!(ids.len(), 2);
    let mut came = Vec::new();
    bob.until("has both", async || {
        came = bob.whole("ann").await;
        came.len() == 2
    })
    .await;
    assert_eq!(BTreeSet::from_iter(came.iter().map(|it| id_of(&it.payload))), ids);
    for id in &ids {
        let here = bob.engine.fetch_file(id).await.unwrap();
        assert!(fs::read(&here.path).unwrap() == fs::read(&path).unwrap());
    }
    let stored = below(&space.folder().join("files"));
    assert_eq!(stored.len(), 1, "{stored:?}");
}
