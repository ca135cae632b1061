//! B14: the real binary, killed while files come and go.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::durability::{Running, two_people};
use crate::uploader::{Uploader, noise, path, read_answer};

const MIB: usize = 1024 * 1024;
const PART: usize = tidings_protocol::limits::UPLOAD_PART_BYTES as usize;

fn uploader(running: &Running, token: &str) -> Uploader {
    Uploader {
        addr: running.addr,
        token: token.to_owned(),
    }
}

/// Sends the head of a PATCH for a whole part and then only its first bytes.
async fn begin_part(who: &Uploader, id: &str, at: usize, announced: usize, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(who.addr).await.unwrap();
    let head = format!(
        "PATCH {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: {at}\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {announced}\r\n\r\n",
        path(id),
        who.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let _ = stream.write_all(bytes).await;
    stream
}

fn parts(data: &Path) -> usize {
    std::fs::read_dir(data.join("files/parts")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b14_killed_at_each_mib_an_upload_goes_on_and_at_most_one_part_is_sent_again() {
    let dir = tempfile::tempdir().unwrap();
    let (token, _) = two_people(dir.path()).await;
    let bytes = noise(1, 20 * MIB + 12_345);
    let mut running = Running::start(dir.path());
    let id = uploader(&running, &token).begin("file", &bytes).await;
    let (mut acknowledged, mut sent_to) = (0, 0);
    for kill_at in (0..20).map(|n| n * MIB + 54_321) {
        let ann = uploader(&running, &token);
        let mut at = ann.status(&id).await.offset().unwrap() as usize;
        assert!(
            at >= acknowledged,
            "{at} is before what was acknowledged: {acknowledged}"
        );
        assert!(
            sent_to <= at + PART,
            "more than a part is sent again: {sent_to} after {at}"
        );
        while at + PART <= kill_at {
            let part = ann.patch(&id, at as u64, &bytes[at..at + PART]).await;
            at += PART;
            assert_eq!(part.offset(), Some(at as u64));
            acknowledged = at;
        }
        let announced = PART.min(bytes.len() - at);
        let stream = begin_part(&ann, &id, at, announced, &bytes[at..kill_at.max(at)]).await;
        sent_to = kill_at;
        // Killed by its end.
        drop(running);
        drop(stream);
        running = Running::start(dir.path());
    }
    let ann = uploader(&running, &token);
    let at = ann.status(&id).await.offset().unwrap() as usize;
    assert_eq!(ann.patch(&id, at as u64, &bytes[at..]).await.status, 204);
    assert!(ann.get(&id).await.body == bytes);
    assert_eq!(parts(dir.path()), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b14_killed_around_its_end_an_upload_is_there_once_and_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (token, _) = two_people(dir.path()).await;
    let mut running = Running::start(dir.path());
    let mut files = Vec::new();
    for n in 0..12 {
        let ann = uploader(&running, &token);
        let bytes = noise(n, MIB);
        let id = ann.begin("file", &bytes).await;
        let stream = begin_part(&ann, &id, 0, bytes.len(), &bytes).await;
        tokio::time::sleep(Duration::from_millis(u64::from(n) * 3)).await;
        drop(running);
        drop(stream);
        running = Running::start(dir.path());
        files.push((id, bytes));
    }
    let ann = uploader(&running, &token);
    for (id, bytes) in &files {
        let at = ann.status(id).await.offset().unwrap() as usize;
        let rest = ann.patch(id, at as u64, &bytes[at..]).await;
        assert_eq!(
            (rest.status, rest.offset()),
            (204, Some(bytes.len() as u64)),
            "from {at}"
        );
        assert!(ann.get(id).await.body == *bytes);
    }
    drop(running);
    let running = Running::start(dir.path());
    let ann = uploader(&running, &token);
    while parts(dir.path()) > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for (id, bytes) in &files {
        assert!(ann.get(id).await.body == *bytes);
    }
}

#[tokio::test]
async fn b14_a_download_that_was_cut_goes_on_with_a_range() {
    let dir = tempfile::tempdir().unwrap();
    let (token, _) = two_people(dir.path()).await;
    let running = Running::start(dir.path());
    let ann = uploader(&running, &token);
    let bytes = noise(2, 8 * MIB);
    let id = ann.upload("video", &bytes).await;
    let mut stream = TcpStream::connect(running.addr).await.unwrap();
    let ask = format!(
        "GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n",
        path(&id)
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut came = vec![0; MIB];
    stream.read_exact(&mut came).await.unwrap();
    drop(running);
    let running = Running::start(dir.path());
    let ann = uploader(&running, &token);
    let rest = ann
        .ask("GET", &path(&id), &[("Range", "bytes=1000000-")], b"")
        .await;
    assert_eq!(rest.status, 206);
    assert!(rest.body == bytes[1_000_000..]);
}

#[tokio::test]
async fn h35_who_says_nothing_holds_no_upload_for_others() {
    let dir = tempfile::tempdir().unwrap();
    let (token, _) = two_people(dir.path()).await;
    let running = Running::start(dir.path());
    let ann = uploader(&running, &token);
    let bytes = noise(3, 1000);
    let id = ann.begin("file", &bytes).await;
    let silent = begin_part(&ann, &id, 0, 1000, b"").await;
    assert_eq!(ann.status(&id).await.offset(), Some(0));
    assert_eq!(ann.patch(&id, 0, &bytes).await.status, 204);
    assert_eq!(read_answer(silent).await.status, 423);
}
